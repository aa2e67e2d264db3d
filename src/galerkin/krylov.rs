//! Eigenvalues of a generator nearest to zero, from Krylov spaces of its inverse.

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, Par};
use num_complex::Complex64;
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

/// Starting vectors, which as many equal eigenvalues are told apart by, and the largest dimension of the Krylov space.
const BLOCK: usize = 4;
const DIMENSION: usize = 120;

/// Dimension from which on, and dimensions between which, its eigenvalues are looked at.
const FIRST: usize = 32;
const BETWEEN: usize = 12;

/// Largest residual of an eigenvector of the inverse, relative to its eigenvalue.
const KNOWN: f64 = 1e-10;

/// Part of the largest weight that no weight is below: values far out stay finite.
const LEAST: f64 = 1e-60;

/// Decay rates (real parts) with their frequencies (imaginary parts), nearest to zero first, and whether the space knows them;
/// `inverse` applies the inverse of the generator to some vectors, and `weight` makes the inner product. It ends
/// once the first `enough` are known.
pub(super) fn decays(
    weight: &[f64],
    enough: usize,
    inverse: impl Fn(&[Vec<f64>]) -> Vec<Vec<f64>>,
) -> Vec<(Complex64, bool)> {
    let mut space = Space::new(weight);
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    let start = (0..BLOCK.min(weight.len())).map(|_| (0..weight.len()).map(|_| rng.random::<f64>() - 0.5).collect());
    // Once through the inverse, starting vectors are in its range.
    space.extend(inverse(&start.collect::<Vec<Vec<f64>>>()));
    space.columns.clear();
    let mut next = FIRST;
    loop {
        let (done, known) = (space.columns.len(), space.size);
        let exhausted = done == known || done >= DIMENSION;
        if exhausted || done >= next.max(enough) {
            next = done + BETWEEN;
            let found = space.found();
            if exhausted || found.len() >= enough && found.iter().take(enough).all(|(_, known)| *known) {
                return found;
            }
        }
        let vectors: Vec<Vec<f64>> = (done..known.min(done + BLOCK)).map(|k| space.member(k)).collect();
        space.extend(inverse(&vectors));
    }
}

/// An orthonormal basis, and what the inverse does to it.
struct Space {
    /// Square roots of the weights.
    roots: Vec<f64>,
    /// Columns, times the roots, of which `size` are in use.
    basis: Mat<f64>,
    size: usize,
    /// Components along the basis of the images of its first members.
    columns: Vec<Vec<f64>>,
}

impl Space {
    fn new(weight: &[f64]) -> Self {
        let floor = LEAST * weight.iter().copied().fold(0.0, f64::max);
        let roots = weight.iter().map(|w| w.max(floor).sqrt()).collect();
        Self { roots, basis: Mat::zeros(weight.len(), DIMENSION + 2 * BLOCK), size: 0, columns: Vec::new() }
    }

    fn member(&self, k: usize) -> Vec<f64> {
        self.basis.col_as_slice(k).iter().zip(&self.roots).map(|(y, root)| y / root).collect()
    }

    /// Takes images of the next members, and adds to the basis what they have across it, unless that is rounding.
    fn extend(&mut self, images: Vec<Vec<f64>>) {
        let mut images = Mat::from_fn(self.roots.len(), images.len(), |i, k| self.roots[i] * images[k][i]);
        let sizes: Vec<f64> = (0..images.ncols()).map(|k| images.col(k).norm_l2()).collect();
        let known = self.size;
        let along = self.take_out(0..known, &mut images);
        for (k, size) in sizes.into_iter().enumerate() {
            let mut rest = Mat::from_fn(self.roots.len(), 1, |i, _| images[(i, k)]);
            // Once more along all of it: what is left of little is not across it to rounding.
            let again = self.take_out(0..self.size, &mut rest);
            let mut column: Vec<f64> = (0..self.size).map(|i| again[(i, 0)]).collect();
            column.iter_mut().zip(0..known).for_each(|(sum, i)| *sum += along[(i, k)]);
            let norm = rest.norm_l2();
            if norm > 1e-13 * size {
                let next = self.basis.col_as_slice_mut(self.size);
                next.iter_mut().zip(rest.col_as_slice(0)).for_each(|(next, rest)| *next = rest / norm);
                self.size += 1;
                column.push(norm);
            }
            self.columns.push(column);
        }
    }

    /// Takes the components along some members out of vectors; returns them.
    fn take_out(&self, members: std::ops::Range<usize>, vectors: &mut Mat<f64>) -> Mat<f64> {
        let basis = self.basis.subcols(members.start, members.len());
        let mut all = Mat::zeros(members.len(), vectors.ncols());
        for _ in 0..2 {
            let along = basis.transpose() * &*vectors;
            matmul(&mut *vectors, Accum::Add, basis, &along, -1.0, Par::Seq);
            all += along;
        }
        all
    }

    /// The eigenvalues that the space has.
    fn found(&self) -> Vec<(Complex64, bool)> {
        let (k, size) = (self.columns.len(), self.size);
        let entry = |i: usize, j: usize| self.columns[j].get(i).copied().unwrap_or(0.0);
        if k == 0 || !self.columns.iter().flatten().all(|along| along.is_finite()) {
            return Vec::new();
        }
        let Ok(eigen) = Mat::from_fn(k, k, entry).eigen() else { return Vec::new() };
        let times = eigen.S().column_vector();
        let one = |at: usize| {
            let time = Complex64::new(times[at].re, times[at].im);
            let vector: Vec<Complex64> =
                (0..k).map(|i| Complex64::new(eigen.U()[(i, at)].re, eigen.U()[(i, at)].im)).collect();
            // What leads out of the space.
            let outside = (k..size).map(|i| (0..k).map(|j| vector[j] * entry(i, j)).sum::<Complex64>().norm());
            let norm = vector.iter().map(Complex64::norm_sqr).sum::<f64>().sqrt();
            (-time.finv(), outside.fold(0.0, f64::hypot) <= KNOWN * norm * time.norm())
        };
        let mut found: Vec<(Complex64, bool)> = (0..k).map(one).collect();
        found.sort_by(|a, b| a.0.norm().total_cmp(&b.0.norm()));
        found
    }
}

/// Sorted by rate.
pub(super) fn by_rate(mut decays: Vec<Complex64>) -> Vec<Complex64> {
    decays.sort_by(|a, b| a.re.total_cmp(&b.re).then(a.im.total_cmp(&b.im)));
    decays
}
