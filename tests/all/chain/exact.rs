//! Linear systems in 1200-bit arithmetic: plain elimination with pivoting, nothing clever.

use dashu::base::{Abs, AbsOrd};
use dashu::float::{FBig, round::mode::HalfAway};
use stillpoint::operator::Generator;

pub type Real = FBig<HalfAway, 2>;

const BITS: usize = 1200;

pub fn real(x: f64) -> Real {
    Real::try_from(x).expect("finite").with_precision(BITS).value()
}

/// ln x of a positive number, to double precision.
pub fn ln(x: &Real) -> f64 {
    assert!(*x > Real::ZERO, "{x:?} has no logarithm");
    x.clone().with_precision(120).value().ln().to_f64().value()
}

/// Solves a x = b for several right-hand sides, the columns of b.
fn solve(mut a: Vec<Vec<Real>>, mut b: Vec<Vec<Real>>) -> Vec<Vec<Real>> {
    let n = a.len();
    for k in 0..n {
        let pivot = (k..n).max_by(|&i, &j| a[i][k].abs_cmp(&a[j][k])).expect("rows");
        a.swap(k, pivot);
        b.swap(k, pivot);
        let (row, right) = (a[k].clone(), b[k].clone());
        for i in k + 1..n {
            if a[i][k] == Real::ZERO {
                continue;
            }
            let factor = &a[i][k] / &row[k];
            a[i][k..].iter_mut().zip(&row[k..]).for_each(|(target, known)| *target -= &factor * known);
            b[i].iter_mut().zip(&right).for_each(|(target, known)| *target -= &factor * known);
        }
    }
    for k in (0..n).rev() {
        for j in 0..b[k].len() {
            let known: Real = (k + 1..n).fold(real(0.0), |sum, i| sum + &a[k][i] * &b[i][j]);
            b[k][j] = (&b[k][j] - known) / &a[k][k];
        }
    }
    b
}

/// The generator with its diagonal, row = source.
fn dense(generator: &Generator) -> Vec<Vec<Real>> {
    let n = generator.cells();
    let mut a = vec![vec![real(0.0); n]; n];
    for (from, row) in generator.rates().outer_iterator().enumerate() {
        for (to, &rate) in row.iter() {
            a[from][to] += real(rate);
            a[from][from] -= real(rate);
        }
    }
    a
}

/// ln of the stationary probabilities of an irreducible chain.
pub fn stationary(generator: &Generator) -> Vec<f64> {
    let n = generator.cells();
    let a = dense(generator);
    // Balance of every state but the last; probabilities add up to 1.
    let mut transposed: Vec<Vec<Real>> = (0..n).map(|to| (0..n).map(|from| a[from][to].clone()).collect()).collect();
    transposed[n - 1] = vec![real(1.0); n];
    let right = (0..n).map(|k| vec![real(if k == n - 1 { 1.0 } else { 0.0 })]).collect();
    solve(transposed, right).iter().map(|row| ln(&row[0])).collect()
}

/// Probabilities \[start, class\] to end in the closed classes; the zeros are rounding at 1e-150 or less.
pub fn absorption(generator: &Generator, closed: &[Vec<usize>], transient: &[usize]) -> Vec<Vec<Real>> {
    let a = dense(generator);
    let left = transient.iter().map(|&x| transient.iter().map(|&y| -a[x][y].clone()).collect()).collect();
    let into = |x: usize, class: &Vec<usize>| class.iter().fold(real(0.0), |sum, &y| sum + &a[x][y]);
    let right = transient.iter().map(|&x| closed.iter().map(|class| into(x, class)).collect()).collect();
    solve(left, right)
}

/// |x| below which a 1200-bit solution may be rounding.
pub fn negligible(x: &Real) -> bool {
    x.clone().abs() < real(1e-150)
}
