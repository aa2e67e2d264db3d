//! Decay rates: the eigenvalues of the weak form nearest to zero.

use crate::galerkin::krylov::{by_rate, decays};
use faer::Mat;
use faer::linalg::solvers::{DenseSolveCore, PartialPivLu, Solve};
use num_complex::Complex64;

/// Unknowns up to which all eigenvalues are found: those of a fast rotation are many, of slow and fast rates alike.
pub(super) const DENSE: usize = 500;

/// The `count` eigenvalues of minus the factored matrix with the smallest real parts; of a large one among those that a Krylov
/// space of its inverse knows.
pub(super) fn slowest(factor: &PartialPivLu<f64>, count: usize) -> Vec<Complex64> {
    let n = factor.U().nrows();
    if n <= DENSE {
        let Ok(times) = factor.inverse().eigenvalues() else { return Vec::new() };
        return first(times.into_iter().map(|time| -Complex64::new(time.re, time.im).finv()).collect(), count);
    }
    let inverse = |vectors: &[Vec<f64>]| -> Vec<Vec<f64>> {
        let images = factor.solve(Mat::from_fn(n, vectors.len(), |i, j| vectors[j][i]));
        (0..vectors.len()).map(|j| images.col_as_slice(j).to_vec()).collect()
    };
    let found = decays(&vec![1.0; n], usize::MAX, inverse);
    first(found.into_iter().filter_map(|(decay, known)| known.then_some(decay)).collect(), count)
}

fn first(decays: Vec<Complex64>, count: usize) -> Vec<Complex64> {
    let mut decays = by_rate(decays);
    decays.truncate(count);
    decays
}
