//! All roots of sum_i c_i e^(e_i z), the stationary points of densities in z = ln v.
//!
//! Divided by its first exponential and differentiated, a sum of m terms becomes one of m - 1 terms whose
//! roots separate those of the first (Rolle); a single term has none. So no root is missed, whatever the
//! exponents.

use crate::numeric::{Bracket, bracketed_root};

/// The sum is looked at for |z| below this.
const FAR: f64 = 700.0;

/// One term, c e^(e z).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Exponential {
    /// c
    pub coefficient: f64,
    /// e
    pub exponent: f64,
}

/// Real roots in ascending order, simple ones only (where the sign changes).
pub(super) fn real_roots(terms: &[Exponential]) -> Vec<f64> {
    roots(&merged(terms))
}

/// Terms with equal exponents joined, zero terms dropped, in the order of the exponents.
fn merged(terms: &[Exponential]) -> Vec<Exponential> {
    let mut sorted = terms.to_vec();
    sorted.sort_by(|a, b| a.exponent.total_cmp(&b.exponent));
    let mut out: Vec<Exponential> = Vec::new();
    for term in sorted {
        match out.last_mut() {
            Some(last) if last.exponent == term.exponent => last.coefficient += term.coefficient,
            _ => out.push(term),
        }
    }
    out.retain(|t| t.coefficient != 0.0);
    out
}

fn roots(terms: &[Exponential]) -> Vec<f64> {
    let Some(first) = terms.first() else { return Vec::new() };
    if terms.len() == 1 {
        return Vec::new();
    }
    let reduced: Vec<Exponential> =
        terms.iter().map(|t| Exponential { exponent: t.exponent - first.exponent, ..*t }).collect();
    let derivative: Vec<Exponential> = reduced[1..]
        .iter()
        .map(|t| Exponential { coefficient: t.coefficient * t.exponent, exponent: t.exponent })
        .collect();
    let mut edges = vec![-FAR];
    edges.extend(roots(&derivative));
    edges.push(FAR);
    edges.windows(2).filter_map(|w| crossing(&|z| sign(&reduced, z), w[0], w[1])).collect()
}

/// The sum over its largest term, so that nothing overflows.
fn sign(terms: &[Exponential], z: f64) -> f64 {
    let log_size = |t: &Exponential| t.exponent.mul_add(z, t.coefficient.abs().ln());
    let largest = terms.iter().map(log_size).fold(f64::NEG_INFINITY, f64::max);
    terms.iter().map(|t| t.coefficient.signum() * (log_size(t) - largest).exp()).sum()
}

/// The point in \[a, b\] where `f` changes sign, if it does.
pub(super) fn crossing(f: &dyn Fn(f64) -> f64, low: f64, high: f64) -> Option<f64> {
    let (start, end) = (f(low), f(high));
    if start == 0.0 || end == 0.0 || start.is_nan() || end.is_nan() || (start > 0.0) == (end > 0.0) {
        return None;
    }
    Some(bracketed_root(Bracket { low, high }, f))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(terms: &[(f64, f64)]) -> Vec<Exponential> {
        terms.iter().map(|&(coefficient, exponent)| Exponential { coefficient, exponent }).collect()
    }

    #[test]
    fn finds_all_roots_of_a_cubic() {
        // (v - 1)(v - 1.001)(v - 50)
        let terms = sum(&[(1.0, 3.0), (-52.001, 2.0), (101.051, 1.0), (-50.05, 0.0)]);
        let found = real_roots(&terms);
        assert_eq!(found.len(), 3);
        for (z, v) in found.iter().zip([1.0_f64, 1.001, 50.0]) {
            assert!((z - v.ln()).abs() < 1e-11, "{z} {v}");
        }
    }

    #[test]
    fn finds_none_where_there_is_none() {
        assert!(real_roots(&sum(&[(1.0, 2.0), (-1.0, 1.0), (1.0, 0.0)])).is_empty());
        assert!(real_roots(&sum(&[(1.0, 0.5), (-1.0, 0.5)])).is_empty());
    }
}
