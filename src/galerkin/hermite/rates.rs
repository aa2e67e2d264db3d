//! Decay rates: the eigenvalues of the weak form nearest to zero.

use faer::Mat;
use faer::linalg::solvers::{DenseSolveCore, PartialPivLu, Solve};
use num_complex::Complex64;
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

/// Unknowns up to which all eigenvalues are found: those of a fast rotation are many, of slow and fast rates alike.
pub(super) const DENSE: usize = 500;

/// Starting vectors, which as many equal eigenvalues are told apart by, and the largest dimension of the Krylov space.
const BLOCK: usize = 4;
const DIMENSION: usize = 120;

/// Largest residual of an eigenvector of the inverse, relative to its eigenvalue.
const KNOWN: f64 = 1e-10;

/// The `count` eigenvalues of minus the factored matrix with the smallest real parts; of a large one among those that a Krylov
/// space of its inverse knows.
pub(super) fn slowest(factor: &PartialPivLu<f64>, count: usize) -> Vec<Complex64> {
    let n = factor.U().nrows();
    if n <= DENSE {
        let Ok(times) = factor.inverse().eigenvalues() else { return Vec::new() };
        return sorted(times.into_iter().map(|time| -Complex64::new(time.re, time.im).finv()).collect(), count);
    }
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    let mut basis: Vec<Mat<f64>> = Vec::new();
    for _ in 0..BLOCK.min(n) {
        let start = Mat::from_fn(n, 1, |_, _| rng.random::<f64>() - 0.5);
        extend(&mut basis, start);
    }
    let mut images: Vec<Mat<f64>> = Vec::new();
    while images.len() < basis.len() && images.len() < DIMENSION {
        let image = factor.solve(&basis[images.len()]);
        extend(&mut basis, image.clone());
        images.push(image);
    }
    let k = images.len();
    let projected = Mat::from_fn(k, k, |i, j| dot(&basis[i], &images[j]));
    let Ok(eigen) = projected.eigen() else { return Vec::new() };
    let mut decays = Vec::new();
    for at in 0..k {
        let time = eigen.S().column_vector()[at];
        let vector: Vec<Complex64> =
            (0..k).map(|i| Complex64::new(eigen.U()[(i, at)].re, eigen.U()[(i, at)].im)).collect();
        let time = Complex64::new(time.re, time.im);
        // What leads out of the space.
        let leading_out =
            (k..basis.len()).map(|i| (0..k).map(|j| vector[j] * dot(&basis[i], &images[j])).sum::<Complex64>().norm());
        let norm = vector.iter().map(Complex64::norm_sqr).sum::<f64>().sqrt();
        if leading_out.fold(0.0, f64::hypot) <= KNOWN * norm * time.norm() {
            decays.push(-time.finv());
        }
    }
    sorted(decays, count)
}

/// The first by rate.
fn sorted(mut decays: Vec<Complex64>, count: usize) -> Vec<Complex64> {
    decays.sort_by(|a, b| a.re.total_cmp(&b.re).then(a.im.total_cmp(&b.im)));
    decays.truncate(count);
    decays
}

/// Adds what a vector has across the basis, unless that is rounding.
fn extend(basis: &mut Vec<Mat<f64>>, mut vector: Mat<f64>) {
    let before = dot(&vector, &vector).sqrt();
    for _ in 0..2 {
        for known in basis.iter() {
            let along = dot(known, &vector);
            vector -= along * known;
        }
    }
    let norm = dot(&vector, &vector).sqrt();
    if norm > 1e-13 * before {
        vector *= norm.recip();
        basis.push(vector);
    }
}

fn dot(a: &Mat<f64>, b: &Mat<f64>) -> f64 {
    a.col_as_slice(0).iter().zip(b.col_as_slice(0)).map(|(a, b)| a * b).sum()
}
