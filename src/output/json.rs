//! One JSON object per result, in full precision.
//!
//! Numbers are the shortest decimals that read back to the same double. JSON knows no infinity and no NaN:
//! what does not exist is `null` (a diverging integral also says `"infinite": true`), and so is ln 0, the
//! `log_abs` of a quantile that is exactly 0.

use super::OutputError;
use serde::Serialize;

/// A record as one JSON object on one line, keys in the order of the record, without a line end.
///
/// # Errors
/// [`OutputError::Json`] if the record cannot be serialised (no record of this crate is like that).
pub fn to_string(record: &impl Serialize) -> Result<String, OutputError> {
    serde_json::to_string(record).map_err(|source| OutputError::Json { source })
}
