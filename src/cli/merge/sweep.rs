//! Shards of a sweep.

use super::Whole;
use crate::cli::sweep::existing;
use crate::error::{Error, Exit};
use crate::output;
use crate::output::hdf5::read_sweep;
use crate::record::{SweepRecord, SweepRow};
use std::path::Path;

impl Whole for SweepRecord {
    const NAME: &'static str = "sweep";
    const COMMAND: &'static str = "sweep";
    const OF: &'static str = "points";

    fn read(path: &Path) -> Result<Self, String> {
        read_sweep(path).map_err(|error| error.to_string())
    }

    fn add(&mut self, other: Self) -> Result<(), String> {
        if other.checksum != self.checksum || other.rows.len() != self.rows.len() {
            return Err("it belongs to another sweep than the first shard".to_owned());
        }
        for (have, more) in self.rows.iter_mut().zip(other.rows) {
            match (&*have, more) {
                (_, SweepRow::Elsewhere) => {}
                (SweepRow::Elsewhere, more) => *have = more,
                (have, more) if *have == more => {}
                _ => return Err("a point of it differs from that of another shard".to_owned()),
            }
        }
        Ok(())
    }

    fn present(&self) -> Vec<bool> {
        self.rows.iter().map(|row| *row != SweepRow::Elsewhere).collect()
    }

    fn shard(&self) -> Option<&str> {
        self.shard.as_deref()
    }
}

/// Writes the sweep, unless it is there already.
pub(super) fn write(out: &Path, joined: SweepRecord, quiet: bool) -> Result<Exit, Error> {
    let record = SweepRecord { shard: None, ..joined };
    if existing(out, &record.checksum, None)?.is_some() {
        crate::cli::warn(quiet, &format!("{} holds this sweep already: nothing was written", out.display()));
    } else {
        output::hdf5::write_sweep(out, &record)?;
    }
    crate::cli::print(&output::table::sweep(&record, crate::cli::colour()))?;
    Ok(Exit::Done)
}
