//! Running out of memory foreseen.

use super::ChainError;

const MEGABYTE: u64 = 1_000_000;

/// Memory that can be had without pushing other programs out, where the system tells \[bytes\].
fn available() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kilobytes.checked_mul(1024)
}

/// Refuses what takes more than there is.
///
/// # Errors
/// [`ChainError::TooLarge`].
pub(super) fn check(what: &str, needed: u64) -> Result<(), ChainError> {
    match available() {
        Some(free) if needed > free => Err(ChainError::TooLarge {
            what: what.to_owned(),
            needed: needed.div_ceil(MEGABYTE),
            available: free / MEGABYTE,
        }),
        _ => Ok(()),
    }
}
