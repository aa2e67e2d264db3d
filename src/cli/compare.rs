//! `stillpoint compare`: the computed law beside independent routes to it.

use super::input::{self, Input, Resolution};
use super::outputs::Results;
use super::progress::Progress;
use crate::error::{Error, Exit};
use crate::record::{ComparisonReport, Sampling};
use crate::scenario::{LineTask, Scenario, Task};
use crate::sgd::Config;
use crate::{output, study};

/// Set the computed law beside its formula, real SGD and the gradient flow
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
        Task::Field(_) => Err(Error::NoRoute { path: scenario.path.clone(), command: "compare" }),
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

impl Arguments {
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
