//! A density drawn with block characters, for a first look in the terminal.

use crate::output::number;
use crate::output::view::View;
use crate::record::Solution;

const BLOCKS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// Columns and rows of the picture.
const SIZE: (usize, usize) = (72, 7);

/// p(v) over the bulk of the mass: the lines of the picture and the line of its axis.
///
/// `None` where there is no curve.
pub(super) fn density(solution: &Solution) -> Option<(Vec<String>, Vec<String>)> {
    let view = View::new(&solution.curve, solution.support);
    if view.is_empty() {
        return None;
    }
    let (columns, rows) = SIZE;
    let [lo, hi] = view.linear_window(solution.support);
    let height = view.height([lo, hi], &solution.mode.interior);
    let step = (hi - lo) / columns as f64;
    let eighths: Vec<usize> = (0..columns)
        .map(|i| {
            let log_density = view.log_density_at(lo + (i as f64 + 0.5) * step);
            let share = log_density.map_or(0.0, |l| l.exp() / height.top).clamp(0.0, 1.0);
            (share * (8 * rows) as f64).round() as usize
        })
        .collect();
    let lines = (0..rows).rev().map(|row| {
        let block = |&filled: &usize| BLOCKS[filled.saturating_sub(8 * row).min(8)];
        eighths.iter().map(block).collect()
    });
    let mut notes = vec![axis(lo, hi, columns)];
    if height.clipped {
        notes.push(format!("cut off at p = {}", number::significant(height.top, 2)));
    }
    Some((lines.collect(), notes))
}

/// `0 ......... v ......... 3.2` under the picture.
fn axis(lo: f64, hi: f64, columns: usize) -> String {
    let digits = if (hi - lo).abs() < 1e-2 * hi.abs().max(lo.abs()) { 9 } else { 3 };
    let (left, right) = (number::significant(lo, digits), number::significant(hi, digits));
    let space = columns.saturating_sub(left.chars().count() + right.chars().count() + 1);
    format!("{left}{}v{}{right}", " ".repeat(space / 2), " ".repeat(space - space / 2))
}
