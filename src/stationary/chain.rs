//! Elimination of a chain of cells in a row, O(n).
//!
//! Eliminating cell after cell from one end leaves log m_(k+1) - log m_k = ln(rate k -> k+1) - ln(rate k+1 -> k):
//! logarithms of ratios of rates, added up outward from the heaviest cell with compensation.

use super::{StationaryError, StationaryVector};
use crate::numeric::Compensated;
use crate::operator::Generator;

/// The stationary vector of a chain.
///
/// # Errors
/// [`StationaryError::NotAChain`] when a rate skips a cell, [`StationaryError::Reducible`] when a rate between
/// neighbours is zero.
///
/// # Accuracy
/// Every ratio of neighbouring masses is right to a few roundings, whatever the spectral gap.
pub fn solve_chain(generator: &Generator) -> Result<StationaryVector, StationaryError> {
    let n = generator.cells();
    if n == 0 {
        return Err(StationaryError::Empty);
    }
    let (mut up, mut down) = (vec![0.0; n - 1], vec![0.0; n - 1]);
    for (from, row) in generator.rates().outer_iterator().enumerate() {
        for (to, &rate) in row.iter() {
            if to == from + 1 {
                up[from] = rate;
            } else if from == to + 1 {
                down[to] = rate;
            } else if rate > 0.0 {
                return Err(StationaryError::NotAChain { from, to });
            }
        }
    }
    let mut steps = Vec::with_capacity(n - 1);
    for k in 0..n - 1 {
        if up[k] == 0.0 {
            return Err(StationaryError::Reducible { from: k, to: k + 1 });
        }
        if down[k] == 0.0 {
            return Err(StationaryError::Reducible { from: k + 1, to: k });
        }
        let ratio = up[k] / down[k];
        // The quotient may leave floating-point range where its logarithm does not.
        let step = if ratio.is_normal() { ratio.ln() } else { up[k].ln() - down[k].ln() };
        steps.push(step);
    }
    let heaviest = heaviest(&steps);
    let mut log_mass = vec![0.0; n];
    let mut sum = Compensated::default();
    for k in heaviest..n - 1 {
        sum.add(steps[k]);
        log_mass[k + 1] = sum.value();
    }
    let mut sum = Compensated::default();
    for k in (0..heaviest).rev() {
        sum.add(-steps[k]);
        log_mass[k] = sum.value();
    }
    Ok(StationaryVector::normalised(log_mass))
}

/// The cell that the steps lead up to.
fn heaviest(steps: &[f64]) -> usize {
    let (mut best, mut top, mut sum) = (0, 0.0, 0.0);
    for (k, step) in steps.iter().enumerate() {
        sum += step;
        if sum > top {
            (best, top) = (k + 1, sum);
        }
    }
    best
}
