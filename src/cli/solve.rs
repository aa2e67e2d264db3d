//! `stillpoint solve`: the stationary law of a scenario.

use super::export;
use super::input::{self, Input, Resolution};
use super::outputs::{self, Results, target};
use super::progress::Progress;
use crate::error::{Error, Exit};
use crate::record::{FieldSolution, Solution};
use crate::scenario::{FieldTask, LineTask, Scenario, Task};
use crate::study::FinestChain;
use crate::{output, study};
use std::path::PathBuf;

/// Compute the stationary law of a scenario
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  stillpoint solve @diabetes
  stillpoint solve law.toml --set model.temperature=0.2 --json
  stillpoint solve law.toml --plot law.svg --out law.h5 --csv law.csv
  stillpoint solve @two-features --grid 512 --plot law.png
  stillpoint solve @two-features --grid 128 --export-matrix law.mtx")]
pub(super) struct Arguments {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    resolution: Resolution,
    #[command(flatten)]
    results: Results,
    /// Write the density on its grid to a .csv file
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    csv: Option<PathBuf>,
    /// Write the generator of the finest grid, rows its sources, to a Matrix Market file
    #[arg(long, value_name = "FILE.mtx", value_hint = clap::ValueHint::FilePath)]
    export_matrix: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments, quiet: bool) -> Result<Exit, Error> {
    let csv = target("--csv", &arguments.csv, outputs::CSV);
    let matrix = target("--export-matrix", &arguments.export_matrix, outputs::MATRIX);
    let more: Vec<outputs::Target<'_>> = csv.into_iter().chain(matrix).collect();
    let scenario = arguments.results.scenario(&arguments.input, &arguments.resolution, &more)?;
    match &scenario.task {
        Task::Line(task) => line(arguments, &scenario, task, quiet),
        Task::Field(task) => field(arguments, &scenario, task, quiet),
    }
}

fn line(arguments: &Arguments, scenario: &Scenario, task: &LineTask, quiet: bool) -> Result<Exit, Error> {
    let solved = match arguments.export_matrix {
        Some(_) => study::solve_with_chain(&task.problem),
        None => study::solve(&task.problem).map(|solution| (solution, None)),
    };
    let (mut solution, chain) = solved.map_err(|error| Error::Study { path: scenario.path.clone(), error })?;
    solution.provenance = input::provenance(scenario, None);
    let written = arguments.write_line(scenario, &solution, chain.as_ref());
    arguments.results.print(&solution, |s| output::table::solution(s, super::colour()), written)?;
    let solver = &solution.solver;
    if reached(quiet, solver.converged, solver.tolerance, solver.reached) == Exit::Failed {
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

fn field(arguments: &Arguments, scenario: &Scenario, task: &FieldTask, quiet: bool) -> Result<Exit, Error> {
    let progress = Progress::new("solving", 0, quiet);
    let watch: &study::Watch<'_> = &|stage, done, all| progress.stage(stage, done, all);
    let solved = match arguments.export_matrix {
        Some(_) => study::solve_field_with_chain(&task.problem, watch),
        None => study::solve_field(&task.problem, watch).map(|solution| (solution, None)),
    };
    drop(progress);
    let (mut solution, chain) = solved.map_err(|error| Error::Study { path: scenario.path.clone(), error })?;
    solution.provenance = input::provenance(scenario, None);
    let written = arguments.write_field(scenario, &solution, chain.as_ref());
    arguments.results.print(&solution, |s| output::table::field(s, super::screen()), written)?;
    if arguments.results.json {
        // The table carries its own warnings.
        solution.warnings.iter().for_each(|warning| super::warn(quiet, warning));
    }
    let solver = &solution.solver;
    Ok(reached(quiet, solver.converged, solver.tolerance, solver.reached))
}

/// How a solve ends, with a word on a tolerance that was not reached.
fn reached(quiet: bool, converged: bool, wanted: f64, reached: f64) -> Exit {
    if converged {
        return Exit::Done;
    }
    super::warn(quiet, &format!("the tolerance {wanted:e} was not reached, only {reached:.1e}"));
    Exit::Failed
}

impl Arguments {
    fn write_line(&self, scenario: &Scenario, solution: &Solution, chain: Option<&FinestChain>) -> Result<(), Error> {
        if let Some(path) = &self.results.plot {
            output::plot::write(path, solution, &[])?;
        }
        if let Some(path) = &self.results.out {
            output::hdf5::write(path, solution, &[])?;
        }
        if let Some(path) = &self.csv {
            output::csv::write(path, solution)?;
        }
        if let Some(path) = &self.export_matrix {
            export::write(path, scenario, chain, &export::of_line(solution), &solution.provenance)?;
        }
        Ok(())
    }

    fn write_field(
        &self,
        scenario: &Scenario,
        solution: &FieldSolution,
        chain: Option<&FinestChain>,
    ) -> Result<(), Error> {
        if let Some(path) = &self.results.plot {
            output::plot::write_field(path, solution, &[])?;
        }
        if let Some(path) = &self.results.out {
            output::hdf5::write_field(path, solution, &[])?;
        }
        if let Some(path) = &self.csv {
            output::csv::write_field(path, solution)?;
        }
        if let Some(path) = &self.export_matrix {
            export::write(path, scenario, chain, &export::of_field(solution), &solution.provenance)?;
        }
        Ok(())
    }
}
