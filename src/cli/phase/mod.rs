//! `stillpoint phase`: where the law changes its character, in a plane of two parameters.

mod diagram;
mod job;
mod result;

pub(super) use result::{free, verdict};

use super::input::Input;
use super::outputs::{self, Results, Target, target};
use super::ranks::Ranks;
use super::shard::Shard;
use crate::error::{Error, Exit};
use crate::output;
use crate::output::journal::Journal;
use crate::record::PhaseSolution;
use crate::scenario::Family;
use crate::study::phase::join;
use crate::study::work_together;
use diagram::Diagram;
use job::Job;
use std::path::{Path, PathBuf};

/// Locate phase boundaries of a scenario as curves in a plane of two parameters
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  stillpoint phase @phase-diagram --plot phases.svg
  stillpoint phase @sgd-collapse
  stillpoint phase law.toml --json
  stillpoint phase law.toml --out boundaries.h5 --csv boundaries.csv
  stillpoint phase law.toml --out boundaries.h5 --shard 3/16

Needs the [phase] table of the scenario: x, optionally y, and boundaries. Ends with exit code 1 when one of the
boundaries does not exist in the plane, and says what holds at both ends of x. With --out a run that was broken off
goes on where it was when the same command is given again; what is finished meanwhile is in FILE.h5.part.
`stillpoint merge` joins shards.")]
pub(super) struct Arguments {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    results: Results,
    /// Write the points to a .csv file
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    csv: Option<PathBuf>,
    /// Compute every N-th piece of the diagram only, from the K-th on, into a file of its own (NAME.K-of-N.h5)
    #[arg(long, value_name = "K/N", requires = "out", conflicts_with_all = ["csv", "plot", "json"])]
    shard: Option<Shard>,
}

pub(super) fn run(arguments: &Arguments, quiet: bool) -> Result<Exit, Error> {
    let ranks = Ranks::join();
    if let Some(ranks) = ranks.as_ref().filter(|ranks| !ranks.leads()) {
        return Ok(follow(arguments, ranks));
    }
    let out = arguments.out();
    let diagram = Diagram::of(arguments.family(out.as_deref())?)?;
    if let (Some(shard), Some(out)) = (arguments.shard, &out) {
        shard.check("diagram", diagram.plane.pieces(), "pieces")?;
        if result::held(out, &diagram.checksum(), shard)? {
            super::warn(quiet, &format!("{} holds this shard already: nothing was computed", out.display()));
            return Ok(Exit::Done);
        }
    }
    if let Some(out) = out.as_deref().filter(|_| arguments.shard.is_none()) {
        free("--out", out, diagram.scenario())?;
    }
    let mut job = Job::open(&diagram, out.as_deref(), arguments.shard)?;
    job.run(quiet, ranks.as_ref())?;
    let Job { pieces, journal, .. } = job;
    let parts = diagram.parts(pieces, arguments.shard.map(|shard| shard.to_string()));
    if arguments.shard.is_some() {
        return result::keep(out.as_deref(), &parts, journal);
    }
    let solution = join(&parts);
    let written = arguments.write(&solution, journal);
    arguments.results.print(&solution, |s| output::table::phase(s, super::colour()), written)?;
    Ok(verdict(&solution, quiet))
}

/// Computes for rank 0, which says what is wrong with the scenario, if anything is.
fn follow(arguments: &Arguments, ranks: &Ranks) -> Exit {
    match arguments.input.family_after(&[]).and_then(Diagram::of) {
        Ok(diagram) => ranks.follow(1, work_together, &|index, _| diagram.piece(index, &|| {})),
        Err(_) => ranks.wait(),
    }
    Exit::Done
}

impl Arguments {
    /// Where the file goes.
    fn out(&self) -> Option<PathBuf> {
        let out = self.results.out.as_ref()?;
        Some(self.shard.map_or_else(|| out.clone(), |shard| shard.file(out)))
    }

    /// The document, once it is known that all results can be written.
    fn family(&self, out: Option<&Path>) -> Result<Family, Error> {
        let shard = out.filter(|_| self.shard.is_some());
        let shard = shard.map(|path| Target { flag: "--out", path, extensions: outputs::HDF5 });
        let more: Vec<Target<'_>> = target("--csv", &self.csv, outputs::CSV).into_iter().chain(shard).collect();
        self.results.family(&self.input, &more)
    }

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
