//! Exponentials on a uniform line by recurrence, eight nodes at a time.

#![allow(clippy::needless_range_loop, reason = "lanes that are indexed side by side become vector code")]

use super::elementary::exp;

/// Nodes of a row.
pub const ROW: usize = 8;
/// Nodes after which the recurrence starts anew: 16 multiplications lose about 2e-15.
pub const RESTART: usize = 16 * ROW;

/// e^(a + b k) for the eight k of one row, stepped row by row.
#[derive(Debug, Clone, Copy)]
pub struct Geometric {
    slope: f64,
    ratio: f64,
    /// The values on the current row.
    pub row: [f64; ROW],
}

impl Geometric {
    /// The exponent changes by `slope` from node to node (at most 80).
    pub fn new(slope: f64) -> Self {
        Self { slope, ratio: (slope * ROW as f64).exp(), row: [1.0; ROW] }
    }

    /// Moves to the row whose first exponent is `first` (a number between -700 and 700).
    #[inline(always)]
    pub fn restart(&mut self, first: f64) {
        for (k, value) in self.row.iter_mut().enumerate() {
            *value = exp(first + k as f64 * self.slope);
        }
    }

    /// Moves to the next row.
    #[inline(always)]
    pub fn advance(&mut self) {
        for value in &mut self.row {
            *value *= self.ratio;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stays_within_a_few_roundings_until_the_restart() {
        for (first, slope) in [(-30.0, 0.05), (12.0, -0.3), (0.0, 1e-5)] {
            let mut g = Geometric::new(slope);
            g.restart(first);
            for row in 0..RESTART / ROW {
                for (k, value) in g.row.iter().enumerate() {
                    let exact = (first + (row * ROW + k) as f64 * slope).exp();
                    assert!((value / exact - 1.0).abs() < 1.5e-14, "row {row}: {value} not {exact}");
                }
                g.advance();
            }
        }
    }
}
