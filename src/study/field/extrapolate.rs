//! Extrapolation of one number over several resolutions, with an error bar from the same table.
//!
//! A number on a lattice with steps proportional to 1/n has the expansion v + c1/n^2 + c2/n^4 + ...; Neville's
//! table removes one term per column. The entry of column j differs from that of column j + 1 by its own error as
//! long as the expansion holds, and that difference shrinks by (n_k / n_(k-1-j))^2 from row to row: where it does
//! not, the expansion does not hold and the bar says so.

use crate::estimate::Estimate;

/// The difference of two columns is the error of the first to leading order; the rest of the expansion gets this
/// much room.
const SAFETY: f64 = 3.0;
/// Relative rounding of a number read off one lattice.
const ROUNDING: f64 = 2e-14;
/// A column is trusted when its differences shrink at least this part as fast as they should.
const PARTIAL: f64 = 0.3;

/// The limit of `values` on lattices with `cells` cells per axis (ascending), with what is left of the error of
/// the grid. `scale` is the size of the terms that the values were added up from: rounding is relative to it.
///
/// `None` when a value is not a number.
pub fn extrapolate(cells: &[usize], values: &[f64], scale: f64) -> Option<Estimate> {
    if values.is_empty() || values.iter().any(|v| !v.is_finite()) {
        return None;
    }
    let rows = values.len();
    let last = values[rows - 1];
    if rows == 1 {
        return Some(Estimate::computed(last, f64::INFINITY, ROUNDING * scale));
    }
    let x: Vec<f64> = cells.iter().map(|&n| (n as f64).powi(-2)).collect();
    let table = Table::of(&x, values);
    // The plain differences of the last lattices are the bar of last resort.
    let mut best = Estimate::computed(last, table.plain(), ROUNDING * scale);
    for column in 0..rows - 1 {
        let rounding = ROUNDING * scale * table.amplification[column];
        let bar = table.bar(&x, column, 4.0 * rounding);
        if bar + rounding < best.error() {
            best = Estimate::computed(table.entries[rows - 1][column], bar, rounding);
        }
    }
    Some(best)
}

struct Table {
    /// `entries[k][j]`: from the values k - j ..= k.
    entries: Vec<Vec<f64>>,
    /// Sum of the magnitudes of the weights of the last row.
    amplification: Vec<f64>,
}

impl Table {
    fn of(x: &[f64], values: &[f64]) -> Self {
        let mut entries: Vec<Vec<f64>> = Vec::with_capacity(values.len());
        for (k, &value) in values.iter().enumerate() {
            let mut row = vec![value];
            for j in 1..=k {
                let factor = 1.0 / (x[k - j] / x[k] - 1.0);
                row.push(row[j - 1] + (row[j - 1] - entries[k - 1][j - 1]) * factor);
            }
            entries.push(row);
        }
        let rows = values.len();
        let weights = |j: usize| -> f64 {
            let nodes = &x[rows - 1 - j..];
            let weight = |i: usize| -> f64 {
                let others = nodes.iter().enumerate().filter(|(m, _)| *m != i);
                others.map(|(_, y)| y / (y - nodes[i])).product()
            };
            (0..nodes.len()).map(|i| weight(i).abs()).sum()
        };
        Self { amplification: (0..rows).map(weights).collect(), entries }
    }

    /// Largest of the last differences of plain values.
    fn plain(&self) -> f64 {
        let rows = self.entries.len();
        let difference = |k: usize| (self.entries[k][0] - self.entries[k - 1][0]).abs();
        (rows.saturating_sub(3).max(1)..rows).map(difference).fold(0.0, f64::max)
    }

    /// Error of the last entry of a column: what the next column removes from it, and not less than the same
    /// one row earlier lets expect; differences below `noise` say nothing about convergence.
    fn bar(&self, x: &[f64], column: usize, noise: f64) -> f64 {
        let last = self.entries.len() - 1;
        let removed = |k: usize| (self.entries[k][column + 1] - self.entries[k][column]).abs();
        let now = removed(last);
        if last < column + 2 {
            // No earlier row to hold it against.
            return 3.0 * SAFETY * now;
        }
        let before = removed(last - 1);
        let expected = x[last - 1 - column] / x[last];
        if now <= noise && before <= noise {
            return SAFETY * now.max(before);
        }
        if before >= PARTIAL * expected * now {
            SAFETY * now.max(before / expected)
        } else {
            SAFETY * 3.0 * now.max(before)
        }
    }
}
