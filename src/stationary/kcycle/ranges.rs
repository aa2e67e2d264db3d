//! Work cut into pieces that depend on its size only, never on the number of threads.

use std::ops::Range;

/// Pieces of at least this many states.
const LEAST: usize = 4096;
/// At most this many pieces.
const MOST: usize = 16;

/// 0..`states` in pieces of nearly equal length.
pub(super) fn chunks(states: usize) -> Vec<Range<usize>> {
    let pieces = (states / LEAST).clamp(1, MOST);
    (0..pieces).map(|k| k * states / pieces..(k + 1) * states / pieces).collect()
}

/// The parts of a slice at these ranges, which follow each other from its start.
pub(super) fn split<'a, T>(mut slice: &'a mut [T], ranges: &[Range<usize>]) -> Vec<&'a mut [T]> {
    let mut parts = Vec::with_capacity(ranges.len());
    for range in ranges {
        let (part, rest) = slice.split_at_mut(range.len());
        parts.push(part);
        slice = rest;
    }
    parts
}
