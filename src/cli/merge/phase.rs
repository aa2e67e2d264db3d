//! Shards of a phase diagram.

use super::Whole;
use crate::cli::phase::{free, verdict};
use crate::error::{Error, Exit};
use crate::output;
use crate::output::hdf5::read_parts;
use crate::output::journal;
use crate::record::PhaseParts;
use crate::study::phase::join;
use std::path::Path;

impl Whole for PhaseParts {
    const NAME: &'static str = "phase diagram";
    const COMMAND: &'static str = "phase";
    const OF: &'static str = "pieces";

    fn read(path: &Path) -> Result<Self, String> {
        read_parts(path).map_err(|error| error.to_string())
    }

    fn add(&mut self, other: Self) -> Result<(), String> {
        if other.checksum != self.checksum || other.pieces.len() != self.pieces.len() {
            return Err("it belongs to another phase diagram than the first shard".to_owned());
        }
        for (have, more) in self.pieces.iter_mut().zip(other.pieces) {
            match (&*have, more) {
                (_, None) => {}
                (None, more) => *have = more,
                // By their bits.
                (Some(have), Some(more)) if journal::line(0, have) == journal::line(0, &more) => {}
                _ => return Err("a piece of it differs from that of another shard".to_owned()),
            }
        }
        Ok(())
    }

    fn present(&self) -> Vec<bool> {
        self.pieces.iter().map(Option::is_some).collect()
    }

    fn shard(&self) -> Option<&str> {
        self.shard.as_deref()
    }
}

/// Writes the diagram, as one run would, also over the same that is there.
pub(super) fn write(out: &Path, joined: PhaseParts, quiet: bool) -> Result<Exit, Error> {
    free("OUT", out, &joined.provenance.scenario)?;
    let solution = join(&joined);
    output::hdf5::write_phase(out, &solution)?;
    crate::cli::print(&output::table::phase(&solution, crate::cli::colour()))?;
    Ok(verdict(&solution, quiet))
}
