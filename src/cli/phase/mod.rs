//! `stillpoint phase`: where the law changes its character, in a plane of two parameters.

mod job;

use super::input::{self, Input};
use super::outputs::{self, Results, target};
use crate::error::{Error, Exit};
use crate::output;
use crate::output::journal::Journal;
use crate::record::{PhasePiece, PhaseSolution};
use crate::scenario::{Family, FieldTask, LineTask, Phase, Scenario, Task};
use crate::study::phase::{Case, Measure, Plane, Setting, Unjudged, join, parts};
use job::Job;
use std::path::PathBuf;

/// Locate phase boundaries of a scenario as curves in a plane of two parameters
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  stillpoint phase @phase-diagram --plot phases.svg
  stillpoint phase @sgd-collapse
  stillpoint phase law.toml --json
  stillpoint phase law.toml --out boundaries.h5 --csv boundaries.csv

Needs the [phase] table of the scenario: x, optionally y, and boundaries. Ends with exit code 1 when one of the
boundaries does not exist in the plane, and says what holds at both ends of x. With --out a run that was broken off
goes on where it was when the same command is given again; what is finished meanwhile is in FILE.h5.part.")]
pub(super) struct Arguments {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    results: Results,
    /// Write the points to a .csv file
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    csv: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments, quiet: bool) -> Result<Exit, Error> {
    let csv = target("--csv", &arguments.csv, outputs::CSV);
    let more: Vec<outputs::Target<'_>> = csv.into_iter().collect();
    let family = arguments.results.family(&arguments.input, &more)?;
    let question = Phase::read(&family)?;
    let scenario = family.base();
    let plane = plane(scenario, &question);
    let mut job = Job::open(&plane, arguments.results.out.as_deref(), &family.phase_fingerprint())?;
    job.run(&|index| piece(&family, &question, &plane, index), quiet)?;
    let Job { pieces, journal, .. } = job;
    let mut solution = join(&parts(&plane, pieces));
    solution.provenance = input::provenance(scenario, scenario.sgd.map(|config| config.seed));
    let written = arguments.write(&solution, journal);
    arguments.results.print(&solution, |s| output::table::phase(s, super::colour()), written)?;
    Ok(verdict(&solution, quiet))
}

fn piece(family: &Family, question: &Phase, plane: &Plane, index: usize) -> PhasePiece {
    let at = |x: f64, y: Option<f64>| -> Result<Case, Unjudged> {
        let member = family.at(&question.changes(x, y));
        member.map(case).map_err(|error| Unjudged::Invalid(error.to_string()))
    };
    crate::study::phase::piece(plane, index, &at, &|| {})
}

fn plane(scenario: &Scenario, question: &Phase) -> Plane {
    let measured = scenario.sgd.filter(|_| question.sgd > 0).map(|config| Measure { points: question.sgd, config });
    Plane {
        title: scenario.title.clone(),
        x: question.x.clone(),
        y: question.y.clone(),
        kinds: question.kinds.clone(),
        measured,
    }
}

fn case(scenario: Scenario) -> Case {
    let batch_size = scenario.sgd.map_or(1, |config| config.batch_size);
    let setting = match scenario.task {
        Task::Line(task) => {
            let LineTask { problem, source } = *task;
            Setting::Line(problem, source)
        }
        Task::Field(task) => {
            let FieldTask { problem, source } = *task;
            Setting::Field(problem, source)
        }
    };
    Case { setting, batch_size }
}

fn verdict(solution: &PhaseSolution, quiet: bool) -> Exit {
    let differ = solution.disagreements();
    if differ > 0 {
        super::warn(quiet, &format!("{differ} points differ from their formula by more than their errors"));
    }
    for boundary in &solution.boundaries {
        if let Some(reason) = &boundary.reason {
            super::warn(quiet, &format!("{}: {reason}", boundary.kind));
        }
    }
    if differ > 0 || !solution.complete() { Exit::Failed } else { Exit::Done }
}

impl Arguments {
    /// Writes what was asked for; the journal is kept until its content is in the file.
    fn write(&self, solution: &PhaseSolution, journal: Option<Journal>) -> Result<(), Error> {
        if let Some(path) = &self.results.plot {
            output::plot::write_phase(path, solution)?;
        }
        if let Some(path) = &self.results.out {
            output::hdf5::write_phase(path, solution)?;
            if let Some(journal) = journal {
                journal.discard();
            }
        }
        if let Some(path) = &self.csv {
            output::csv::write_phase(path, solution)?;
        }
        Ok(())
    }
}
