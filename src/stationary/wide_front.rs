//! Elimination of the pivots of one front in wide numbers, for fronts that floating-point range cannot hold.

use super::front::Trouble;
use super::wide::Wide;

/// A column-major matrix of m x m rates, pivots first.
pub(super) struct WideFront {
    pub order: usize,
    pub rates: Vec<Wide>,
}

impl WideFront {
    pub(super) fn new(order: usize) -> Self {
        Self { order, rates: vec![Wide::ZERO; order * order] }
    }

    pub(super) fn add(&mut self, row: usize, column: usize, rate: Wide) {
        let entry = &mut self.rates[row + column * self.order];
        *entry = *entry + rate;
    }

    /// Leaves F below, s on and V above the diagonal of the first `pivots` columns, the censored chain in the rest.
    pub(super) fn eliminate(&mut self, pivots: usize, last: bool) -> Result<(), Trouble> {
        let m = self.order;
        for k in 0..pivots {
            let (done, later) = self.rates.split_at_mut((k + 1) * m);
            let column = &mut done[k * m + k..];
            let sum = later.iter().skip(k).step_by(m).fold(Wide::ZERO, |sum, &rate| sum + rate);
            if sum.is_zero() {
                if last && k + 1 == m {
                    column[0] = Wide::UNIT;
                    continue;
                }
                return Err(Trouble::Closed(k));
            }
            column[0] = sum;
            let column = &column[1..];
            for target in later.chunks_exact_mut(m) {
                if target[k].is_zero() {
                    continue;
                }
                let factor = target[k] / sum;
                target[k] = factor;
                for (t, &rate) in target[k + 1..].iter_mut().zip(column) {
                    if !rate.is_zero() {
                        *t = *t + factor * rate;
                    }
                }
            }
        }
        Ok(())
    }
}
