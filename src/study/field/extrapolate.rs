//! Extrapolation of one number over several resolutions, with an error bar from the same table.
//!
//! A number on a lattice with steps proportional to 1/n has the expansion v + c1/n^2 + c2/n^4 + ...; Neville's
//! table removes one term per column. The entry of column j differs from that of column j + 1 by its own error as
//! long as the expansion holds, and that difference shrinks by (n_k / n_(k-1-j))^2 from row to row: where it does
//! not, the expansion does not hold and the bar says so.

use crate::estimate::Estimate;

/// Relative rounding of a number read off one lattice.
const ROUNDING: f64 = 2e-14;
/// Changes that shrink as they should, within this much in their logarithm, are held to be regular.
const REGULAR: f64 = 0.7;
/// Part of the last change that is left at least of a regular one.
const SHARE: f64 = 0.4;
/// Times what the expansion lets expect to be left of a regular change.
const AMPLE: f64 = 4.0;
/// Times the last change that is allowed for an irregular one.
const UNTRIED: f64 = 2.0;
/// All bars are longer than the changes suggest by this factor: changes may be small by chance.
const MARGIN: f64 = 1.5;
/// A change may be small by chance, but not more often than the one before it shrinks like this.
const LAG: f64 = 8.0;

/// Lattices that are compared where errors have no expansion, and how often the largest difference counts (twice was still short
/// where errors of two orders and signs met).
const COMPARED: usize = 4;
const IRREGULAR: f64 = 4.0;

/// A limit from cells per axis, values, the size of their terms and the noise of every lattice: see [`extrapolate`].
pub(super) type Limit = fn(&[usize], &[f64], f64, &[f64]) -> Option<Estimate>;

/// The limit of values whose errors have no expansion in the step: that of the finest lattice, as uncertain as it is far from the
/// others. `None` when a value is not a number.
pub fn unexpanded(_: &[usize], values: &[f64], scale: f64, noise: &[f64]) -> Option<Estimate> {
    let (last, noise) = (*values.last()?, noise.last()?);
    let apart = values.iter().rev().take(COMPARED).map(|value| (value - last).abs()).fold(0.0, f64::max);
    let bar = match values.len() {
        1 => f64::INFINITY,
        // One difference may be small by chance (1.01 bars off).
        2 => 2.0 * IRREGULAR * apart,
        _ => IRREGULAR * apart,
    };
    values.iter().all(|v| v.is_finite()).then(|| Estimate::computed(last, bar, ROUNDING.max(*noise) * scale))
}

/// The limit of `values` on lattices with `cells` cells per axis (ascending), with what is left of the error of
/// the grid. `scale` is the size of the terms that the values were added up from: rounding is relative to it,
/// and so is the `noise` of every lattice, what its solver left uncertain.
///
/// `None` when a value is not a number.
pub fn extrapolate(cells: &[usize], values: &[f64], scale: f64, noise: &[f64]) -> Option<Estimate> {
    if values.is_empty() || values.iter().any(|v| !v.is_finite()) {
        return None;
    }
    let rows = values.len();
    let last = values[rows - 1];
    let units: Vec<f64> = noise.iter().map(|noise| ROUNDING.max(*noise)).collect();
    if rows == 1 {
        return Some(Estimate::computed(last, f64::INFINITY, units[0] * scale));
    }
    let x: Vec<f64> = cells.iter().map(|&n| (n as f64).powi(-2)).collect();
    let table = Table::of(&x, values, &units);
    // The plain differences of the last lattices are the bar of last resort.
    let mut best = Estimate::computed(last, table.plain(), units[rows - 1] * scale);
    for column in 1..rows - 1 {
        let rounding = scale * table.noise[column];
        let bar = MARGIN * table.bar(&x, column, 4.0 * rounding);
        if bar + rounding < best.error() {
            best = Estimate::computed(table.entries[rows - 1][column], bar, rounding);
        }
    }
    Some(best)
}

struct Table {
    /// `entries[k][j]`: from the values k - j ..= k.
    entries: Vec<Vec<f64>>,
    /// What the noise of the values makes of the entries of the last row.
    noise: Vec<f64>,
}

impl Table {
    fn of(x: &[f64], values: &[f64], units: &[f64]) -> Self {
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
            let (nodes, units) = (&x[rows - 1 - j..], &units[rows - 1 - j..]);
            let weight = |i: usize| -> f64 {
                let others = nodes.iter().enumerate().filter(|(m, _)| *m != i);
                others.map(|(_, y)| y / (y - nodes[i])).product()
            };
            (0..nodes.len()).map(|i| weight(i).abs() * units[i]).sum()
        };
        Self { noise: (0..rows).map(weights).collect(), entries }
    }

    /// Largest of the last differences of plain values.
    fn plain(&self) -> f64 {
        let rows = self.entries.len();
        let difference = |k: usize| (self.entries[k][0] - self.entries[k - 1][0]).abs();
        (rows.saturating_sub(3).max(1)..rows).map(difference).fold(0.0, f64::max)
    }

    /// Error of the last entry of a column, from its changes over the last rows.
    ///
    /// Where the expansion holds, changes shrink by a known factor from row to row, and the last entry is as much
    /// nearer to the limit. Where they do not shrink like that, what is left is irregular: then the last change
    /// itself is the bar, since the last entry is about as far off as the one before it.
    fn bar(&self, x: &[f64], column: usize, noise: f64) -> f64 {
        let last = self.entries.len() - 1;
        let step = |k: usize| self.entries[k][column] - self.entries[k - 1][column];
        let now = step(last).abs();
        if last < column + 2 {
            // No earlier row to hold it against: nor is it believed to gain more on the column before than changes do from
            // row to row.
            let gained = (self.entries[last][column] - self.entries[last][column - 1]).abs();
            return UNTRIED * now.max(gained / LAG);
        }
        let before = step(last - 1).abs();
        if now <= noise && before <= noise {
            return now.max(before);
        }
        let expected = x[last - 2 - column] / x[last - 1];
        let guarded = now.max(before / LAG);
        // Changes of one term have one sign (next to a layer at a wall two terms met: 1.08 bars off).
        let alike = step(last) * step(last - 1) > 0.0;
        let regular = alike && (before / now / expected).ln().abs() < REGULAR;
        let left = SHARE.max(AMPLE / (expected - 1.0)).min(UNTRIED);
        if regular { left * guarded } else { UNTRIED * guarded }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CELLS: [usize; 7] = [48, 64, 96, 128, 192, 256, 384];

    #[test]
    fn an_expansion_in_squares_is_summed() {
        let value = |n: &usize| {
            let x = (*n as f64).powi(-2);
            1.0 + 3.0 * x - 40.0 * x * x + 900.0 * x.powi(3)
        };
        let limit = extrapolate(&CELLS, &CELLS.each_ref().map(value), 1.0, &[0.0; 7]).unwrap();
        assert!(limit.covers(1.0) && limit.error() < 1e-11, "{limit:?}");
    }

    /// A mean next to a layer at a wall, where two terms of both signs meet: spectral elements and finer lattices know the limit.
    #[test]
    fn changes_of_both_signs_are_not_those_of_one_term() {
        let values = [
            1.7620571091494028,
            1.7623721260614769,
            1.7625926000942935,
            1.7626688310282177,
            1.7627230269728027,
            1.7627419681564458,
            1.7627555054409993,
        ];
        let limit = extrapolate(&CELLS, &values, 1.76, &[0.0; 7]).unwrap();
        assert!(limit.covers(1.76276636612491) && limit.error() < 1e-7, "{limit:?}");
    }
}
