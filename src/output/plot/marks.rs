//! Mean, mode and quantiles as flags above a panel: a pole from the curve, its text to the right.

use super::svg::{colour, text_width};
use crate::estimate::Estimate;
use crate::output::number;
use crate::record::Solution;

/// Quantiles nearer than this (in picture units) share one flag.
const SAME: f64 = 8.0;
/// Space kept free around a flag.
const GAP: f64 = 7.0;
/// Distance of the text from its pole.
pub(super) const OFFSET: f64 = 4.0;
/// How far a text may reach beyond the panel.
const OVERHANG: f64 = 36.0;
/// Rows of flags at most.
pub(super) const ROWS: usize = 5;
/// Size of the text.
pub(super) const SIZE: f64 = 14.0;

/// Something worth marking on the axis of v.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Mark {
    pub(super) v: f64,
    pub(super) text: String,
    pub(super) colour: &'static str,
    quantile: bool,
}

/// A mark at its place in a panel.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Flag {
    pub(super) v: f64,
    pub(super) x: f64,
    pub(super) text: String,
    pub(super) colour: &'static str,
    /// Row counted upwards from the panel; `None` where there is no room for the text.
    pub(super) row: Option<usize>,
    /// Whether the text is on the left of the pole.
    pub(super) leftward: bool,
}

/// The marks of a law: those of its numbers that are finite.
pub(super) fn of(solution: &Solution) -> Vec<Mark> {
    let mut marks = Vec::new();
    let named = |name: &str, v: f64, colour| Mark {
        v,
        text: format!("{name} {}", number::significant(v, 3).replace('-', "−")),
        colour,
        quantile: false,
    };
    // What is 0 within its error is 0 to the eye.
    let clean = |e: Estimate| if e.value.abs() <= e.error() { 0.0 } else { e.value };
    marks.extend(solution.mean.finite().map(|e| named("mean", clean(e), colour::MEAN)));
    if !solution.mode.diverges {
        marks.extend(solution.mode.at.finite().map(|e| named("mode", clean(e), colour::MODE)));
    }
    for row in &solution.quantiles {
        let text = number::probability(row.q);
        let mark = |v| Mark { v, text, colour: colour::QUANTILE, quantile: true };
        marks.extend(row.value.finite().map(|e| mark(e.value)));
    }
    marks.retain(|mark| mark.v.is_finite());
    marks
}

/// Flags for the marks that `position` places inside [lo, hi] (picture units).
///
/// In as few rows as possible, and with as few texts on the left of their poles as possible: over a crowd that
/// makes a tent.
pub(super) fn flags(marks: &[Mark], [lo, hi]: [f64; 2], position: impl Fn(f64) -> Option<f64>) -> Vec<Flag> {
    let mut placed: Vec<(f64, &Mark)> =
        marks.iter().filter_map(|m| position(m.v).filter(|x| (lo..=hi).contains(x)).map(|x| (x, m))).collect();
    placed.sort_by(|a, b| a.0.total_cmp(&b.0));
    let merged = merge(&placed);
    let mut best: Vec<Flag> = Vec::new();
    for rows in 1..=ROWS {
        for leftward in 0..=merged.len() {
            let flags = tent(&merged, leftward, [lo, hi], rows);
            let texts = |flags: &[Flag]| flags.iter().filter(|f| f.row.is_some()).count();
            if texts(&flags) == merged.len() {
                return flags;
            }
            if texts(&flags) > texts(&best) || best.is_empty() {
                best = flags;
            }
        }
    }
    best
}

/// The first `leftward` flags with their texts on the left, the others with theirs on the right.
fn tent(flags: &[Flag], leftward: usize, [lo, hi]: [f64; 2], rows: usize) -> Vec<Flag> {
    let (left, right) = flags.split_at(leftward);
    let mirrored: Vec<Flag> = left.iter().rev().map(|f| Flag { x: -f.x, ..f.clone() }).collect();
    let left = arrange(&mirrored, OVERHANG - lo, rows);
    let left = left.into_iter().rev().map(|f| Flag { x: -f.x, leftward: true, ..f });
    left.chain(arrange(right, hi + OVERHANG, rows)).collect()
}

/// Quantiles that fall on one spot become one flag, `1, 5 %`.
fn merge(placed: &[(f64, &Mark)]) -> Vec<Flag> {
    let mut flags: Vec<(bool, Flag)> = Vec::new();
    for (x, mark) in placed {
        let near = flags.iter_mut().rev().find(|(quantile, flag)| *quantile && x - flag.x < SAME);
        match near {
            Some((_, flag)) if mark.quantile => {
                flag.text = match flag.text.strip_suffix(" %") {
                    Some(first) if mark.text.ends_with(" %") => format!("{first}, {}", mark.text),
                    _ => format!("{}, {}", flag.text, mark.text),
                };
            }
            _ => flags.push((
                mark.quantile,
                Flag { v: mark.v, x: *x, text: mark.text.clone(), colour: mark.colour, row: None, leftward: false },
            )),
        }
    }
    flags.into_iter().map(|(_, flag)| flag).collect()
}

/// Gives every flag, from left to right, the highest row whose text does not meet another's, does not go
/// beyond `right`, and whose pole crosses no text.
fn arrange(flags: &[Flag], right: f64, rows: usize) -> Vec<Flag> {
    // Where the text of each row ends so far.
    let mut ends = vec![f64::NEG_INFINITY; rows];
    flags
        .iter()
        .map(|flag| {
            let end = flag.x + text_width(&flag.text, SIZE) + OFFSET;
            // The pole stands in all rows up to its own, so the lowest row taken at x is a ceiling.
            let ceiling = ends.iter().position(|end| *end > flag.x - GAP).unwrap_or(rows);
            let row = ceiling.checked_sub(1).filter(|_| end <= right);
            if let Some(row) = row {
                ends[row] = end;
            }
            Flag { row, ..flag.clone() }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(v: f64, text: &str, quantile: bool) -> Mark {
        Mark { v, text: text.to_owned(), colour: colour::MEAN, quantile }
    }

    #[test]
    fn texts_do_not_overlap_and_poles_cross_no_text() {
        let marks: Vec<Mark> = [60.0, 90.0, 133.0, 160.0, 201.0, 260.0, 300.0, 390.0]
            .iter()
            .enumerate()
            .map(|(i, &v)| mark(v, "mean 0.123", i % 2 == 0))
            .collect();
        let flags = flags(&marks, [0.0, 470.0], Some);
        let span = |f: &Flag| {
            let width = text_width(&f.text, SIZE) + OFFSET;
            if f.leftward { (f.x - width, f.x) } else { (f.x, f.x + width) }
        };
        for (i, a) in flags.iter().enumerate() {
            for b in &flags[i + 1..] {
                let (Some(row_a), Some(row_b)) = (a.row, b.row) else { continue };
                let ((a0, a1), (b0, b1)) = (span(a), span(b));
                assert!(row_a != row_b || a1 <= b0 || b1 <= a0, "{a:?} meets {b:?}");
                assert!(row_a >= row_b || !(a0 < b.x && b.x < a1), "{b:?} crosses {a:?}");
                assert!(row_b >= row_a || !(b0 < a.x && a.x < b1), "{a:?} crosses {b:?}");
            }
        }
        assert!(flags.iter().all(|f| f.row.is_some()), "{flags:?}");
    }

    #[test]
    fn quantiles_on_one_spot_share_a_flag() {
        let marks = [mark(0.0, "1 %", true), mark(1e-9, "5 %", true), mark(100.0, "1e-9", true)];
        let flags = flags(&marks, [0.0, 400.0], Some);
        let texts: Vec<&str> = flags.iter().map(|f| f.text.as_str()).collect();
        assert_eq!(texts, ["1, 5 %", "1e-9"]);
    }
}
