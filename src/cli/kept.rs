//! What long runs keep: the journal beside a result, and results of the same question that are there already.

use crate::error::Error;
use crate::output::journal::{Entry, Journal, JournalError};
use crate::record::Provenance;
use std::path::{Path, PathBuf};

/// Opens the journal of the result `out`, or begins it; what is finished.
///
/// # Errors
/// [`Error::OutputPath`] where there is something else under its name.
pub(super) fn journal<R: Entry>(out: &Path, subject: &str) -> Result<(Journal, Vec<(usize, R)>), Error> {
    let mut name = out.as_os_str().to_owned();
    name.push(".part");
    let path = PathBuf::from(name);
    Journal::open(&path, subject).map_err(|error| match error {
        JournalError::Foreign { found } => refused::<R>(&path, found),
        JournalError::Output(error) => error.into(),
    })
}

/// What a result of this kind that is there already, with this checksum and shard, has against being that of the
/// question asked: nothing, or whose it is.
pub(super) fn stranger<R: Entry>(
    asked: (&str, Option<&str>),
    found: (&str, Option<&str>),
    made: &Provenance,
) -> Option<String> {
    if found == asked {
        return None;
    }
    let of = R::OF;
    Some(match found {
        (checksum, Some(other)) if checksum == asked.0 => format!("it holds shard {other} of this {of}"),
        (checksum, None) if checksum == asked.0 => format!("it holds all shards of this {of}"),
        _ => {
            let program = (made.version.as_str(), made.revision.as_str());
            let same = program == (env!("CARGO_PKG_VERSION"), env!("STILLPOINT_REVISION"));
            let whose = if same { "another scenario" } else { "another version of the program or another scenario" };
            format!("it holds the {of} of {whose}")
        }
    })
}

/// A file under the name of a result or of its journal that must stay.
pub(super) fn refused<R: Entry>(path: &Path, problem: String) -> Error {
    let accepted = format!("a name that is free, or that of the same {}: an existing file is not replaced", R::OF);
    Error::OutputPath { flag: "--out", path: path.display().to_string(), problem, accepted }
}
