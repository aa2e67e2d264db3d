//! Numbers in the fields of a line.

use super::ChainError;

/// Longest piece of a file that a message shows.
const SHOWN: usize = 60;

/// Text of the file as a message may show it.
pub(super) fn shown(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let clean: String = text.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if clean.chars().count() <= SHOWN { clean } else { clean.chars().take(SHOWN).chain("...".chars()).collect() }
}

/// A row or column, counted from 0.
pub(super) fn index(field: &[u8], which: &'static str, order: usize, line: u64) -> Result<u32, ChainError> {
    let number = std::str::from_utf8(field).ok().and_then(|text| text.parse::<u32>().ok());
    match number {
        Some(k) if (1..=order).contains(&(k as usize)) => Ok(k - 1),
        _ => Err(ChainError::Index { line, which, found: shown(field), order }),
    }
}

/// A value; nothing that was written as more than 0 becomes 0.
pub(super) fn value(field: &[u8], line: u64) -> Result<f64, ChainError> {
    let refuse = |problem| Err(ChainError::Value { line, found: shown(field), problem });
    let Ok(text) = std::str::from_utf8(field) else { return refuse("is no number") };
    let parsed = text.parse::<f64>().or_else(|_| {
        // Fortran writes 1.0D-3.
        text.replace(['d', 'D'], "e").parse()
    });
    match parsed {
        Err(_) => refuse("is no number"),
        Ok(x) if x.is_nan() => refuse("is no number"),
        Ok(x) if x.is_infinite() => refuse("is not finite in double precision"),
        Ok(x) if x.is_subnormal() || (x == 0.0 && !written_as_zero(text)) => {
            refuse("is too small for double precision; a larger unit of time helps")
        }
        Ok(x) => Ok(x),
    }
}

fn written_as_zero(text: &str) -> bool {
    let digits = text.split(['e', 'E', 'd', 'D']).next().unwrap_or_default();
    !digits.contains(|c: char| ('1'..='9').contains(&c))
}
