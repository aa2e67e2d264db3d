//! How much memory a solve may use, and what grids fit into it.

/// Part of the available memory that is used when nothing else is asked for.
const SHARE: f64 = 0.75;
/// What is assumed where the system does not say \[bytes\].
const UNKNOWN: u64 = 4 << 30;

/// Memory that may be used \[bytes\].
pub(super) fn allowed(asked: Option<u64>) -> u64 {
    asked.unwrap_or_else(|| (available().unwrap_or(UNKNOWN) as f64 * SHARE) as u64)
}

/// What the system calls available \[bytes\].
fn available() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("MemAvailable:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1024)
}
