//! `stillpoint compare`: grid, formula, SGD and gradient flow side by side.

use super::input::{self, Input};
use super::outputs::{self, Target};
use super::progress::Progress;
use crate::error::{Error, Exit};
use crate::record::{ComparisonReport, Sampling};
use crate::{output, study};
use std::path::PathBuf;

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
    /// Print one JSON object in full precision instead of the table
    #[arg(long)]
    json: bool,
    /// Draw density, formula and histograms to a .svg or .png file
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    plot: Option<PathBuf>,
    /// Write everything, samples included, to a .h5 file
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    out: Option<PathBuf>,
}

impl Arguments {
    fn targets(&self) -> Vec<Target<'_>> {
        [("--plot", &self.plot, outputs::PICTURE), ("--out", &self.out, outputs::HDF5)]
            .into_iter()
            .filter_map(|(flag, path, extensions)| Some(Target { flag, path: path.as_deref()?, extensions }))
            .collect()
    }

    fn write(&self, report: &ComparisonReport) -> Result<(), Error> {
        let samples: Vec<&Sampling> = [&report.sgd, &report.flow].into_iter().flatten().collect();
        if let Some(path) = &self.plot {
            output::plot::write(path, &report.solution, &samples)?;
        }
        if let Some(path) = &self.out {
            output::hdf5::write(path, &report.solution, &samples)?;
        }
        Ok(())
    }
}

pub(super) fn run(arguments: &Arguments, quiet: bool) -> Result<Exit, Error> {
    let scenario = arguments.input.scenario();
    let mut inputs = vec![arguments.input.file.as_path()];
    inputs.extend(scenario.iter().filter_map(|s| s.data_file.as_deref()));
    let checked = outputs::check(&arguments.targets(), &inputs);
    let (scenario, ()) = input::both(scenario, checked)?;
    let config = scenario.sampling()?;
    let progress = Progress::new("comparing", study::steps_of_compare(&config), quiet);
    let advance = |steps| progress.advance(steps);
    let compared = study::compare(&scenario.problem(), &scenario.source, &config, &advance);
    drop(progress);
    let mut report = compared.map_err(|error| Error::Study { path: scenario.path.clone(), error })?;
    report.solution.provenance = input::provenance(&scenario, Some(config.seed));
    // A full disk must not take the numbers away: they are printed first, and the failure after them.
    let written = arguments.write(&report);
    super::print(&if arguments.json {
        output::json::to_string(&report)?
    } else {
        output::table::comparison(&report, super::colour())
    })?;
    written?;
    Ok(if report.agree && report.solution.solver.converged { Exit::Done } else { Exit::Failed })
}
