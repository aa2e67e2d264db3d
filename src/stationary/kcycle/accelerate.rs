//! The Krylov method around the cycle: what it minimises is the correction that the cycle still asks for.
//!
//! Arnoldi's process for z -> K A z with K the cycle, and least squares in a product of relative corrections
//! weighted with a root of the outflow (GMRES, preconditioned from the left): light wells and tails are heard, and a
//! slow mode, which hardly shows in a residual, shows in K times it.

use super::cycle::Cycle;
use super::level::Level;
use rayon::prelude::*;

/// Exponent of the outflow in the weights.
const ROOT: f64 = 0.25;

/// What the iteration found.
pub(super) struct Found {
    /// The correction e with A e = r.
    pub correction: Vec<f64>,
    /// Norm of what the cycle still asks for, relative to the beginning.
    pub reduction: f64,
    /// Applications of the cycle.
    pub steps: usize,
}

/// Weights of the products; zero for cells that take no part.
pub(super) fn weights(level: &Level, loud: &[bool]) -> Vec<f64> {
    let weight = |(w, loud): (&f64, &bool)| if *loud { w.powf(ROOT) } else { 0.0 };
    let mut weights: Vec<f64> = level.weight.par_iter().zip(loud).map(weight).collect();
    let total: f64 = weights.iter().sum();
    weights.par_iter_mut().for_each(|w| *w /= total);
    weights
}

/// Solves A e = r for the cells that have a `weight`, to a `reduction` or with `most` applications of the cycle;
/// nothing when numbers leave their range.
pub(super) fn accelerated(
    level: &Level,
    cycle: &Cycle<'_>,
    weights: &[f64],
    reduction: f64,
    most: usize,
) -> Option<Found> {
    let dot = |a: &[f64], b: &[f64]| -> f64 { a.iter().zip(b).zip(weights).map(|((a, b), w)| w * a * b).sum() };
    let apply = |share: f64, rest: Vec<f64>| -> Option<Vec<f64>> {
        let mut z = cycle.apply(share, rest)?;
        // Errors of tails that carry nothing would drown the rest.
        z.par_iter_mut().zip(weights).filter(|(_, w)| **w == 0.0).for_each(|(z, _)| *z = 0.0);
        Some(z)
    };
    let mut first = apply(1.0, vec![0.0; level.states()])?;
    let size = dot(&first, &first).sqrt();
    if !size.is_finite() {
        return None;
    }
    let mut least = LeastSquares::new(size);
    if size > 0.0 {
        first.par_iter_mut().for_each(|z| *z /= size);
    }
    let mut basis = vec![first];
    let mut steps = 1;
    while size > 0.0 && steps < most && least.left() > reduction * size {
        let mut next = apply(0.0, level.apply(&basis[basis.len() - 1]))?;
        steps += 1;
        let mut column = vec![0.0; basis.len() + 1];
        // Twice is enough (Kahan, Parlett).
        for _ in 0..2 {
            for (vector, entry) in basis.iter().zip(&mut column) {
                let part = dot(vector, &next);
                next.par_iter_mut().zip(vector).for_each(|(n, v)| *n -= part * v);
                *entry += part;
            }
        }
        let length = dot(&next, &next).sqrt();
        column[basis.len()] = length;
        if !length.is_finite() {
            return None;
        }
        least.push(column);
        if length <= 1e-14 {
            break;
        }
        next.par_iter_mut().for_each(|n| *n /= length);
        basis.push(next);
    }
    let coefficients = if steps == 1 { vec![size] } else { least.solve()? };
    let mut correction = vec![0.0; level.states()];
    for (vector, y) in basis.iter().zip(&coefficients) {
        correction.par_iter_mut().zip(vector).for_each(|(e, v)| *e += y * v);
    }
    Some(Found { correction, reduction: if size > 0.0 { least.left() / size } else { 0.0 }, steps })
}

/// min |size e_1 - H y| by rotations, column after column.
struct LeastSquares {
    columns: Vec<Vec<f64>>,
    rotations: Vec<[f64; 2]>,
    right: Vec<f64>,
}

impl LeastSquares {
    fn new(size: f64) -> Self {
        Self { columns: Vec::new(), rotations: Vec::new(), right: vec![size] }
    }

    fn left(&self) -> f64 {
        self.right[self.right.len() - 1].abs()
    }

    fn push(&mut self, mut column: Vec<f64>) {
        for (k, [c, s]) in self.rotations.iter().enumerate() {
            let (a, b) = (column[k], column[k + 1]);
            (column[k], column[k + 1]) = (c * a + s * b, c * b - s * a);
        }
        let k = column.len() - 2;
        let length = column[k].hypot(column[k + 1]);
        let [c, s] = if length > 0.0 { [column[k] / length, column[k + 1] / length] } else { [1.0, 0.0] };
        column[k] = length;
        column.truncate(k + 1);
        let last = self.right[k];
        self.right[k] = c * last;
        self.right.push(-s * last);
        self.rotations.push([c, s]);
        self.columns.push(column);
    }

    /// Nothing when the matrix is singular.
    fn solve(&self) -> Option<Vec<f64>> {
        let m = self.columns.len();
        let mut y = self.right[..m].to_vec();
        for k in (0..m).rev() {
            if self.columns[k][k] == 0.0 {
                return None;
            }
            y[k] /= self.columns[k][k];
            for i in 0..k {
                y[i] -= self.columns[k][i] * y[k];
            }
        }
        Some(y)
    }
}
