//! `stillpoint solve`: the stationary law of a scenario.

use super::input::{self, Input};
use super::outputs::{self, Target};
use crate::error::{Error, Exit};
use crate::record::Solution;
use crate::{output, study};
use std::path::PathBuf;

/// Compute the stationary law of a scenario
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  stillpoint solve @diabetes
  stillpoint solve law.toml --set model.temperature=0.2 --json
  stillpoint solve law.toml --plot law.svg --out law.h5 --csv law.csv")]
pub(super) struct Arguments {
    #[command(flatten)]
    input: Input,
    /// Print one JSON object in full precision instead of the table
    #[arg(long)]
    json: bool,
    /// Draw the density (and the formula, where there is one) to a .svg or .png file
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    plot: Option<PathBuf>,
    /// Write everything to a .h5 file
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    out: Option<PathBuf>,
    /// Write the density on its grid to a .csv file
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    csv: Option<PathBuf>,
}

impl Arguments {
    fn targets(&self) -> Vec<Target<'_>> {
        [
            ("--plot", &self.plot, outputs::PICTURE),
            ("--out", &self.out, outputs::HDF5),
            ("--csv", &self.csv, outputs::CSV),
        ]
        .into_iter()
        .filter_map(|(flag, path, extensions)| Some(Target { flag, path: path.as_deref()?, extensions }))
        .collect()
    }

    fn write(&self, solution: &Solution) -> Result<(), Error> {
        if let Some(path) = &self.plot {
            output::plot::write(path, solution, &[])?;
        }
        if let Some(path) = &self.out {
            output::hdf5::write(path, solution, &[])?;
        }
        if let Some(path) = &self.csv {
            output::csv::write(path, solution)?;
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
    let solved = study::solve(&scenario.problem());
    let mut solution = solved.map_err(|error| Error::Study { path: scenario.path.clone(), error })?;
    solution.provenance = input::provenance(&scenario, None);
    // A full disk must not take the numbers away: they are printed first, and the failure after them.
    let written = arguments.write(&solution);
    super::print(&if arguments.json {
        output::json::to_string(&solution)?
    } else {
        output::table::solution(&solution, super::colour())
    })?;
    written?;
    if !solution.solver.converged {
        let (wanted, reached) = (solution.solver.tolerance, solution.solver.reached);
        super::warn(quiet, &format!("the tolerance {wanted:e} was not reached, only {reached:.1e}"));
        return Ok(Exit::Failed);
    }
    match &solution.comparison {
        Some(comparison) if !comparison.agree => {
            super::warn(quiet, "grid and formula differ by more than their stated errors");
            Ok(Exit::Failed)
        }
        _ => Ok(Exit::Done),
    }
}
