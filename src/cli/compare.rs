//! `stillpoint compare`: the computed law beside independent routes to it.

use super::input::{self, Input, Resolution};
use super::outputs::Results;
use super::progress::Progress;
use crate::error::{Error, Exit};
use crate::record::{ComparisonReport, FieldComparison, FieldSampling, Sampling};
use crate::scenario::{FieldTask, LineTask, Scenario, Task};
use crate::sgd::Config;
use crate::{output, study};

/// Set the computed law beside its formula, real SGD and the gradient flow, or Monte Carlo of your equations
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  stillpoint compare @diabetes
  stillpoint compare law.toml --plot law.svg --out law.h5

Needs the [sgd] table of the scenario. Exits with 1 when the routes disagree beyond their stated errors.")]
pub(super) struct Arguments {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    resolution: Resolution,
    #[command(flatten)]
    results: Results,
}

pub(super) fn run(arguments: &Arguments, quiet: bool) -> Result<Exit, Error> {
    let scenario = arguments.results.scenario(&arguments.input, &arguments.resolution, &[])?;
    let config = scenario.sampling()?;
    match &scenario.task {
        Task::Line(task) => line(arguments, &scenario, task, &config, quiet),
        Task::Field(task) => field(arguments, &scenario, task, &config, quiet),
    }
}

fn line(
    arguments: &Arguments,
    scenario: &Scenario,
    task: &LineTask,
    config: &Config,
    quiet: bool,
) -> Result<Exit, Error> {
    let progress = Progress::new("comparing", study::steps_of_compare(config), quiet);
    let advance = |steps| progress.advance(steps);
    let compared = study::compare(&task.problem, &task.source, config, &advance);
    drop(progress);
    let mut report = compared.map_err(|error| Error::Study { path: scenario.path.clone(), error })?;
    report.solution.provenance = input::provenance(scenario, Some(config.seed));
    let written = arguments.write(&report);
    arguments.results.print(&report, |r| output::table::comparison(r, super::colour()), written)?;
    Ok(if report.agree && report.solution.solver.converged { Exit::Done } else { Exit::Failed })
}

fn field(
    arguments: &Arguments,
    scenario: &Scenario,
    task: &FieldTask,
    config: &Config,
    quiet: bool,
) -> Result<Exit, Error> {
    let solving = Progress::new("solving", 0, quiet);
    let sampling = Progress::new("sampling", study::steps_of_compare_field(config), quiet);
    let watch = |stage: &str, done, all| solving.stage(stage, done, all);
    let compared = study::compare_field(&task.problem, &task.source, config, &watch, &|n| {
        solving.clear();
        sampling.advance(n);
    });
    drop((solving, sampling));
    let mut report = compared.map_err(|error| Error::Study { path: scenario.path.clone(), error })?;
    report.solution.provenance = input::provenance(scenario, Some(config.seed));
    let written = arguments.write_field(&report);
    arguments.results.print(&report, |r| output::table::field_comparison(r, super::screen()), written)?;
    Ok(if report.agree && report.solution.solver.converged { Exit::Done } else { Exit::Failed })
}

impl Arguments {
    fn write_field(&self, report: &FieldComparison) -> Result<(), Error> {
        // The second run has twice the step and is no picture of the law.
        let drawn: Vec<&FieldSampling> = report.samplings.iter().take(1).collect();
        if let Some(path) = &self.results.plot {
            output::plot::write_field(path, &report.solution, &drawn)?;
        }
        if let Some(path) = &self.results.out {
            output::hdf5::write_field(path, &report.solution, &report.samplings.iter().collect::<Vec<_>>())?;
        }
        Ok(())
    }

    fn write(&self, report: &ComparisonReport) -> Result<(), Error> {
        let samples: Vec<&Sampling> = [&report.sgd, &report.flow].into_iter().flatten().collect();
        if let Some(path) = &self.results.plot {
            output::plot::write(path, &report.solution, &samples)?;
        }
        if let Some(path) = &self.results.out {
            output::hdf5::write(path, &report.solution, &samples)?;
        }
        Ok(())
    }
}
