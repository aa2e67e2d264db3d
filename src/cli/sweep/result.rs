//! What is there already under the name of a result.

use crate::error::Error;
use crate::output::hdf5::{SweepFileError, read_sweep};
use crate::output::journal::JournalError;
use crate::record::SweepRecord;
use std::path::{Path, PathBuf};

const ACCEPTED: &str = "a name that is free, or that of the same sweep: an existing file is not replaced";

/// Where finished points are kept until the file is written.
pub(super) fn journal_path(out: &Path) -> PathBuf {
    let mut name = out.as_os_str().to_owned();
    name.push(".part");
    PathBuf::from(name)
}

/// The complete result of the same question; nothing where there is no file.
///
/// # Errors
/// [`Error::OutputPath`] where there is something else.
pub(in crate::cli) fn existing(out: &Path, checksum: &str, shard: Option<&str>) -> Result<Option<SweepRecord>, Error> {
    if std::fs::symlink_metadata(out).is_err() {
        return Ok(None);
    }
    let refuse = |problem: String| Err(refused("--out", out, problem));
    match read_sweep(out) {
        Ok(record) if record.checksum == checksum && record.shard.as_deref() == shard => Ok(Some(record)),
        Ok(record) if record.checksum == checksum => refuse(match record.shard {
            Some(other) => format!("it holds shard {other} of this sweep"),
            None => "it holds all shards of this sweep".to_owned(),
        }),
        Ok(record) => {
            let program = (record.provenance.version.as_str(), record.provenance.revision.as_str());
            let same = program == (env!("CARGO_PKG_VERSION"), env!("STILLPOINT_REVISION"));
            let whose = if same { "another scenario" } else { "another version of the program or another scenario" };
            refuse(format!("it holds the sweep of {whose}"))
        }
        Err(error @ (SweepFileError::Unreadable | SweepFileError::Foreign { .. } | SweepFileError::Damaged(_))) => {
            refuse(error.to_string())
        }
    }
}

/// Why a journal cannot be used.
pub(in crate::cli) fn open_error(path: &Path, error: JournalError) -> Error {
    match error {
        JournalError::Foreign { found } => refused("--out", path, found.to_owned()),
        JournalError::Output(error) => error.into(),
    }
}

fn refused(flag: &'static str, path: &Path, problem: String) -> Error {
    Error::OutputPath { flag, path: path.display().to_string(), problem, accepted: ACCEPTED.to_owned() }
}
