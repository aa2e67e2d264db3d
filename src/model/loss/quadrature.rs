//! Averages over a standard normal: Gauss-Hermite rules, exact for polynomials, and a graded trapezoidal rule for
//! everything else.

use std::f64::consts::{PI, SQRT_2};

/// Nodes and their weights, which add up to one.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    pub(super) nodes: Vec<f64>,
    pub(super) weights: Vec<f64>,
}

/// The Gauss-Hermite rule of `n` nodes, exact for polynomials of degree 2n - 1: zeros by Golub and Welsch, brought to the
/// last digits by Newton's method, and Christoffel's weights, small ones as exact as large ones.
pub(super) fn hermite(n: usize) -> Rule {
    let jacobi = faer::Mat::from_fn(n, n, |i, j| if i.abs_diff(j) == 1 { (i.max(j) as f64).sqrt() } else { 0.0 });
    let Ok(eigen) = jacobi.self_adjoint_eigen(faer::Side::Lower) else {
        return Rule { nodes: vec![0.0], weights: vec![1.0] };
    };
    let zeros: Vec<f64> = (0..n).map(|k| (0..2).fold(eigen.S()[k], |x, _| x - orthonormal(n, x).0)).collect();
    // Exactly symmetric, so that odd averages vanish.
    let nodes: Vec<f64> = (0..n).map(|k| 0.5 * (zeros[k] - zeros[n - 1 - k])).collect();
    let weights: Vec<f64> = nodes.iter().map(|x| 1.0 / orthonormal(n, *x).1).collect();
    let total: f64 = weights.iter().sum();
    Rule { nodes, weights: weights.iter().map(|w| w / total).collect() }
}

/// Newton's step p_n/p_n' and p_0^2 + ... + p_(n-1)^2 of the orthonormal Hermite polynomials: p_n' = sqrt(n) p_(n-1).
fn orthonormal(n: usize, x: f64) -> (f64, f64) {
    let (mut before, mut now, mut squares) = (0.0, 1.0, 0.0);
    for k in 0..n {
        squares += now * now;
        (before, now) = (now, (x * now - (k as f64).sqrt() * before) / (k as f64 + 1.0).sqrt());
    }
    (now / ((n as f64).sqrt() * before), squares)
}

/// Largest relative error of the moments of a rule up to this degree.
pub(super) fn defect(rule: &Rule, degree: u32) -> f64 {
    let total: f64 = rule.weights.iter().sum();
    let moment = |k: i32| rule.nodes.iter().zip(&rule.weights).map(|(x, w)| w * x.powi(2 * k)).sum::<f64>() / total;
    let mut exact = 1.0;
    let mut worst = 0.0_f64;
    for k in 1..=(degree / 2).min(i32::MAX as u32) as i32 {
        exact *= 2.0 * f64::from(k) - 1.0;
        worst = worst.max((moment(k) / exact - 1.0).abs());
    }
    worst
}

/// Step of the coarsest graded rule, in t.
const STEP: f64 = 0.48;
/// The grid is as dense as this near 0: networks without bias have their kinks and transitions there.
const CORE: f64 = 1e-3;
/// Largest |x|: beyond it the normal density is below 1e-20.
const FAR: f64 = 9.5;

/// The trapezoidal rule in t with x = `CORE` sinh t, which refines by halving: its first nodes are rung 0, then come
/// those that rung 1 adds between them, and so on. Returns nodes, weights that are yet to be divided by their sum, and
/// how many nodes belong to every rung.
///
/// For functions analytic within a strip around the real axis its error falls like exp(-c / step); a transition of
/// width 1/u at x = 0 needs ln u more nodes, not u times as many.
pub(super) fn graded(rungs: usize) -> (Rule, Vec<usize>) {
    let end = (FAR / CORE).asinh();
    let (mut nodes, mut weights, mut counts) = (Vec::new(), Vec::new(), Vec::new());
    for rung in 0..rungs {
        let step = STEP / 2f64.powi(rung as i32);
        let last = (end / step).floor() as i64;
        for k in (-last..=last).filter(|k| rung == 0 || k % 2 != 0) {
            let t = k as f64 * step;
            let x = CORE * t.sinh();
            nodes.push(x);
            weights.push((-0.5 * x * x).exp() * CORE * t.cosh() / (SQRT_2 * PI.sqrt()));
        }
        counts.push(nodes.len());
    }
    (Rule { nodes, weights }, counts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn average(rule: &Rule, f: impl Fn(f64) -> f64) -> f64 {
        let total: f64 = rule.weights.iter().sum();
        rule.nodes.iter().zip(&rule.weights).map(|(x, w)| w * f(*x)).sum::<f64>() / total
    }

    #[test]
    fn moments_of_a_normal_are_exact() {
        for n in [1, 2, 5, 16, 64] {
            let rule = hermite(n);
            let mut exact = 1.0;
            for k in 1..n.min(8) as i32 {
                // E x^2k = (2k - 1)!!
                exact *= f64::from(2 * k - 1);
                let found = average(&rule, |x| x.powi(2 * k));
                assert!((found / exact - 1.0).abs() < 1e-12, "{n} nodes, E x^{}: {found}", 2 * k);
                assert!(average(&rule, |x| x.powi(2 * k - 1)).abs() < 1e-12 * exact);
            }
        }
        let (rule, _) = graded(3);
        for (k, exact) in [(2, 1.0), (4, 3.0), (6, 15.0), (8, 105.0)] {
            assert!((average(&rule, |x| x.powi(k)) / exact - 1.0).abs() < 1e-11, "E x^{k}");
        }
    }

    #[test]
    fn rules_of_many_nodes_keep_their_degree() {
        for n in [2, 3, 6, 12, 24, 48] {
            let found = defect(&hermite(n), 2 * n as u32 - 2);
            assert!(found < 2e-13, "{n} nodes: {found:e}");
        }
        assert!(defect(&hermite(3), 6) > 0.1);
    }

    #[test]
    fn transitions_at_zero_of_any_width_are_resolved() {
        // E[cos(a x)] = exp(-a^2/2); E[x tanh(u x)] = u E[sech^2(u x)] (Stein), which checks itself; for
        // u -> infinity it is E|x| - (pi^2/12) phi(0) / u^2 + O(u^-4).
        let (rule, _) = graded(4);
        assert!((average(&rule, |x| (1.5 * x).cos()) - (-1.125f64).exp()).abs() < 1e-13);
        for u in [0.1, 1.0, 10.0, 100.0] {
            let left = average(&rule, |x| x * (u * x).tanh());
            let right = average(&rule, |x| u / (u * x).cosh().powi(2));
            assert!((left - right).abs() < 1e-12, "u = {u}: {left} and {right}");
        }
        let u: f64 = 1000.0;
        let limit = (2.0 / PI).sqrt() - PI * PI / 12.0 / (2.0 * PI).sqrt() / (u * u);
        assert!((average(&rule, |x| x * (u * x).tanh()) - limit).abs() < 1e-11);
    }
}
