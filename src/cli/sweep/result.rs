//! What is there already under the name of a result.

use crate::cli::kept;
use crate::error::Error;
use crate::output::hdf5::read_sweep;
use crate::record::{SweepRecord, SweepRow};
use std::path::Path;

/// The complete result of the same question; nothing where there is no file.
///
/// # Errors
/// [`Error::OutputPath`] where there is something else.
pub(in crate::cli) fn existing(out: &Path, checksum: &str, shard: Option<&str>) -> Result<Option<SweepRecord>, Error> {
    if std::fs::symlink_metadata(out).is_err() {
        return Ok(None);
    }
    let refuse = |problem| Err(kept::refused::<SweepRow>(out, problem));
    match read_sweep(out) {
        Ok(record) => {
            let found = (record.checksum.as_str(), record.shard.as_deref());
            match kept::stranger::<SweepRow>((checksum, shard), found, &record.provenance) {
                None => Ok(Some(record)),
                Some(problem) => refuse(problem),
            }
        }
        Err(error) => refuse(error.to_string()),
    }
}
