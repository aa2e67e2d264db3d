//! Dense elimination of any generator, the reference that the sparse solvers are held against. O(n^3).

use super::wide::Wide;
use super::{StationaryError, StationaryVector};
use crate::operator::Generator;

/// The stationary vector of any irreducible generator by dense elimination and back substitution with wide exponents.
///
/// Only sums, products and quotients of non-negative numbers occur, so every entry has a small relative error
/// whatever the spectral gap (O'Cinneide 1993).
///
/// # Errors
/// [`StationaryError::Reducible`] when the cells before and including some cell cannot leave it.
pub fn solve_dense(generator: &Generator) -> Result<StationaryVector, StationaryError> {
    let n = generator.cells();
    if n == 0 {
        return Err(StationaryError::Empty);
    }
    let mut a = vec![0.0; n * n];
    for (from, row) in generator.rates().outer_iterator().enumerate() {
        for (to, &rate) in row.iter() {
            a[from * n + to] += rate;
        }
    }
    // Cell k is eliminated for k = n-1 .. 1: what flows into it is passed on to the cells below.
    for k in (1..n).rev() {
        let out: f64 = a[k * n..k * n + k].iter().sum();
        if out == 0.0 {
            return Err(StationaryError::Reducible { from: k, to: k - 1 });
        }
        let (above, pivot_row) = a.split_at_mut(k * n);
        for row in above.chunks_exact_mut(n) {
            let factor = row[k] / out;
            row[k] = factor;
            if factor > 0.0 {
                for (target, rate) in row[..k].iter_mut().zip(&pivot_row[..k]) {
                    *target += factor * rate;
                }
            }
        }
    }
    // Sums of logarithms would collect a rounding of their size at every step.
    let mut mass = vec![Wide::UNIT; n];
    for k in 1..n {
        mass[k] = (0..k).fold(Wide::ZERO, |sum, i| sum + mass[i] * Wide::from(a[i * n + k]));
        if mass[k].is_zero() {
            return Err(StationaryError::Reducible { from: k - 1, to: k });
        }
    }
    let log_mass = mass.into_iter().map(Wide::ln).collect();
    Ok(StationaryVector::normalised(log_mass))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stationary::solve_chain;

    #[test]
    fn three_states_by_hand() {
        // Balance by hand: m = (2, 3, 1)/6 for the cycle 0 -> 1 -> 2 -> 0 with outflows 3, 2, 6.
        let g = Generator::from_triplets(3, &[(0, 1, 3.0), (1, 2, 2.0), (2, 0, 6.0)]).expect("valid rates");
        let m = solve_dense(&g).expect("irreducible");
        for (found, exact) in m.log_mass.iter().zip([2.0f64, 3.0, 1.0]) {
            assert!((found - (exact / 6.0).ln()).abs() < 1e-15);
        }
    }

    #[test]
    fn chain_and_dense_agree_over_a_range_of_a_thousand_in_log_mass() {
        let up: Vec<f64> = (0..60).map(|k| (f64::from(k) * 0.7).sin().exp() * 1e-3).collect();
        let down: Vec<f64> = (0..60).map(|k| up[k] * (if k < 30 { -37.0f64 } else { 35.5 }).exp()).collect();
        let g = Generator::chain(&up, &down).expect("valid rates");
        let (chain, dense) = (solve_chain(&g).expect("chain"), solve_dense(&g).expect("chain"));
        for (a, b) in chain.log_mass.iter().zip(&dense.log_mass) {
            assert!((a - b).abs() < 1e-12 * (1.0 + a.abs()), "{a} {b}");
        }
        assert!(chain.log_mass[0] < -1000.0);
        assert!(g.residual(&chain.log_mass) < 1e-12);
    }

    #[test]
    fn a_broken_chain_is_named() {
        let g = Generator::chain(&[1.0, 0.0], &[1.0, 1.0]).expect("valid rates");
        assert_eq!(solve_chain(&g), Err(StationaryError::Reducible { from: 1, to: 2 }));
        let g = Generator::from_triplets(3, &[(0, 2, 1.0), (2, 0, 1.0), (0, 1, 1.0), (1, 0, 1.0)]).expect("valid");
        assert_eq!(solve_chain(&g), Err(StationaryError::NotAChain { from: 0, to: 2 }));
    }
}
