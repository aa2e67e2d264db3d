//! What is said of a diagram, and files of its shards.

use crate::cli::kept;
use crate::cli::shard::Shard;
use crate::error::{Error, Exit};
use crate::output::hdf5::{phase_scenario, read_parts, write_parts};
use crate::output::journal::Journal;
use crate::record::{PhaseParts, PhasePiece, PhaseSolution};
use std::path::Path;

/// Whether the file is there already and holds this shard.
///
/// # Errors
/// [`Error::OutputPath`] where there is something else.
pub(super) fn held(out: &Path, checksum: &str, shard: Shard) -> Result<bool, Error> {
    if std::fs::symlink_metadata(out).is_err() {
        return Ok(false);
    }
    let shard = shard.to_string();
    let problem = match read_parts(out) {
        Ok(parts) => {
            let found = (parts.checksum.as_str(), parts.shard.as_deref());
            kept::stranger::<PhasePiece>((checksum, Some(&shard)), found, &parts.provenance)
        }
        Err(error) => Some(error.to_string()),
    };
    problem.map_or(Ok(true), |problem| Err(kept::refused::<PhasePiece>(out, problem)))
}

/// Refuses a name under which there is anything but the boundaries of the same scenario, which are written anew.
///
/// # Errors
/// [`Error::OutputPath`]
pub(in crate::cli) fn free(flag: &'static str, out: &Path, scenario: &str) -> Result<(), Error> {
    if std::fs::symlink_metadata(out).is_err() {
        return Ok(());
    }
    let problem = match phase_scenario(out) {
        Some(found) if found == scenario => return Ok(()),
        Some(_) => "it holds the phase diagram of another scenario",
        None => "it is no file of boundaries",
    };
    let (path, problem) = (out.display().to_string(), problem.to_owned());
    let accepted = "a name that is free, or that of the boundaries of the same scenario".to_owned();
    Err(Error::OutputPath { flag, path, problem, accepted })
}

/// Writes a shard, and says so.
pub(super) fn keep(out: Option<&Path>, parts: &PhaseParts, journal: Option<Journal>) -> Result<Exit, Error> {
    // A shard has a file.
    let Some(out) = out else { return Ok(Exit::Done) };
    write_parts(out, parts)?;
    if let Some(journal) = journal {
        journal.discard();
    }
    let (own, all) = (parts.pieces.iter().flatten().count(), parts.pieces.len());
    let shard = parts.shard.as_deref().unwrap_or_default();
    crate::cli::print(&format!("shard {shard}: {own} of {all} pieces of the diagram, in {}", out.display()))?;
    Ok(Exit::Done)
}

/// How a diagram came out, with warnings of what is not as it should be.
pub(in crate::cli) fn verdict(solution: &PhaseSolution, quiet: bool) -> Exit {
    let differ = solution.disagreements();
    if differ > 0 {
        crate::cli::warn(quiet, &format!("{differ} points differ from their formula by more than their errors"));
    }
    for boundary in &solution.boundaries {
        if let Some(reason) = &boundary.reason {
            crate::cli::warn(quiet, &format!("{}: {reason}", boundary.kind));
        }
    }
    if differ > 0 || !solution.complete() { Exit::Failed } else { Exit::Done }
}
