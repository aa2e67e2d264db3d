//! The slowest decays: the first eigenvalues of L f = -lambda f.
//!
//! The backward equation has bounded eigenfunctions, so no tail is out of range. Its inverse T on functions of mean
//! zero is applied through [`Poisson`], entrywise accurate whatever the gap; eigenvalues of T in the inner product of
//! the stationary law come from Krylov spaces. Modes much slower than the rest are found first and kept out of the
//! rest, because what T makes of a rounding error along them would swamp the faster ones.

use super::poisson::{Parts, Poisson};
use super::{Layout, StationaryError, orthogonal};
use crate::operator::Generator;
use faer::Mat;
use faer::linalg::solvers::DenseSolveCore;
use num_complex::Complex64;
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

/// One decay e^(-rate t) cos(frequency t) of correlations.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decay {
    /// Real part of an eigenvalue of minus the generator \[1 / time\].
    pub rate: f64,
    /// Its imaginary part \[1 / time\]; complex eigenvalues come in pairs of both signs.
    pub frequency: f64,
    /// How far the eigenvalue of the chain may be from here.
    pub error: f64,
    /// E\[|f|\]^2 of its eigenfunction f with E\[|f|^2\] = 1: the mass of the set of states that it tells from the rest, where it is
    /// one.
    pub share: f64,
}

/// Ratio from which slow modes are separated from the rest.
const APART: f64 = 100.0;

/// Starting vectors of the Krylov space, which as many equal eigenvalues are told apart by; and vectors that T is applied to at
/// once.
const BLOCK: usize = 4;

/// Largest dimension of the Krylov space.
const DIMENSION: usize = 160;

/// Dimensions between looks at its eigenvalues.
const BETWEEN: usize = 12;

/// Eigenvalues that differ by less than this, relative to themselves, may be equal ones.
const EQUAL: f64 = 1e-8;

/// Accuracy of a part of a solution of [`Poisson`] relative to its size.
const NOISE: f64 = 4e-15;

/// The `count` smallest eigenvalues, by real part, of minus the generator apart from zero. `log_mass` is its
/// stationary vector, as [`super::solve`] gives it. The search ends where all have this relative `accuracy`, or rounding
/// allows no more.
///
/// # Errors
/// [`StationaryError::TooSlow`] when a time leaves floating-point range; those of [`super::solve`].
///
/// # Accuracy
/// Gaps of 1e-10 and below keep their digits relative to themselves. Faster modes beside a much slower one keep
/// theirs when the chain is reversible; otherwise `error` says what is left.
pub fn spectrum(
    generator: &Generator,
    log_mass: &[f64],
    layout: Layout<'_>,
    count: usize,
    accuracy: f64,
) -> Result<Vec<Decay>, StationaryError> {
    let n = generator.cells();
    let wanted = count.min(n.saturating_sub(1));
    if wanted == 0 {
        return Ok(Vec::new());
    }
    let heaviest = (0..n).max_by(|&i, &j| log_mass[i].total_cmp(&log_mass[j])).unwrap_or(0);
    let mut pins = vec![heaviest];
    let inverse = Inverse::new(Poisson::new(generator, layout, &pins)?, log_mass, heaviest);
    let mut space = Space { inverse, kept: vec![vec![1.0; n]], noise: 0.0 };
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    let mut start: Vec<Vec<f64>> =
        (0..(wanted + 2).max(BLOCK)).map(|_| (0..n).map(|_| rng.random::<f64>() - 0.5).collect()).collect();
    let mut found: Vec<Decay> = Vec::new();
    while found.len() < wanted {
        let slow = space.slow_modes(&mut start)?;
        if slow.is_empty() {
            found.extend(space.krylov(start, wanted - found.len(), accuracy)?);
            break;
        }
        found.extend(slow);
        space.pin_basins(&mut pins);
        if found.len() < wanted {
            space.inverse.poisson = Poisson::new(generator, layout, &pins)?;
        }
    }
    found.sort_by(|a, b| a.rate.total_cmp(&b.rate).then(a.frequency.total_cmp(&b.frequency)));
    found.truncate(count);
    Ok(found)
}

/// An eigenvalue of the inverse, its error, and its eigenvector in some basis.
struct Eigenvalue {
    time: Complex64,
    error: f64,
    vector: Vec<Complex64>,
}

/// T: g -> f with L f = -g, both of mean zero.
struct Inverse<'a> {
    poisson: Poisson<'a>,
    weight: Vec<f64>,
}

impl<'a> Inverse<'a> {
    fn new(poisson: Poisson<'a>, log_mass: &[f64], heaviest: usize) -> Self {
        let mut weight: Vec<f64> = log_mass.iter().map(|mass| (mass - log_mass[heaviest]).exp()).collect();
        let total: f64 = weight.iter().sum();
        weight.iter_mut().for_each(|w| *w /= total);
        Self { poisson, weight }
    }

    /// T g up to a constant for up to [`BLOCK`] vectors g, and the size of its rounding errors: those of the parts that may
    /// cancel.
    fn apply(&self, g: &[Vec<f64>]) -> Result<(Vec<[f64; BLOCK]>, f64), StationaryError> {
        let lanes = |cell: usize| std::array::from_fn(|lane| g.get(lane).map_or(0.0, |g| g[cell]));
        let together: Vec<[f64; BLOCK]> = (0..self.weight.len()).map(lanes).collect();
        let Parts { above, below, spread } = self.poisson.solve(&together).ok_or(StationaryError::TooSlow)?;
        let size = |part: &Vec<[f64; BLOCK]>| (0..g.len()).map(|k| self.norm(&lane(part, k))).fold(0.0, f64::max);
        let size = [&above, &below, &spread].map(size).into_iter().fold(0.0, f64::max);
        let sum = |((a, b), s): ((&[f64; BLOCK], &[f64; BLOCK]), &[f64; BLOCK])| {
            std::array::from_fn(|lane| a[lane] - b[lane] + s[lane])
        };
        Ok((above.iter().zip(&below).zip(&spread).map(sum).collect(), NOISE * size))
    }

    /// Without overflow of squares.
    fn norm(&self, vector: &[f64]) -> f64 {
        let top = vector.iter().fold(0.0f64, |top, v| top.max(v.abs()));
        if top == 0.0 {
            return 0.0;
        }
        let squares = self.weight.iter().zip(vector).map(|(w, v)| w * (v / top) * (v / top));
        top * squares.sum::<f64>().sqrt()
    }
}

/// T on a basis: the images, the matrix of T, the norm of what leads out of the basis.
type Images = (Vec<Vec<f64>>, Mat<f64>, f64);

struct Space<'a> {
    inverse: Inverse<'a>,
    /// Orthonormal: the constants, then the slow modes.
    kept: Vec<Vec<f64>>,
    /// Size of the rounding errors of T on the complement.
    noise: f64,
}

impl Space<'_> {
    /// Adds cells to `pins` until there is one for every slow mode and one more: where, weighted with their mass, the
    /// slow modes differ most from all pinned so far.
    fn pin_basins(&self, pins: &mut Vec<usize>) {
        let mut modes: Vec<Vec<f64>> = self.kept[1..].to_vec();
        for round in 0..modes.len() {
            let at = if round == 0 { pins[0] } else { self.farthest(&modes) };
            // Differences to the first pin, then what is left across the directions of the others.
            let here: Vec<f64> = modes.iter().map(|mode| mode[at]).collect();
            let length: f64 = here.iter().map(|h| h * h).sum::<f64>();
            for cell in 0..modes[0].len() {
                let along = modes.iter().zip(&here).map(|(mode, h)| mode[cell] * h).sum::<f64>() / length;
                let along = if round == 0 { 1.0 } else { along };
                modes.iter_mut().zip(&here).for_each(|(mode, h)| mode[cell] -= along * h);
            }
            if round > 0 && !pins.contains(&at) {
                pins.push(at);
            }
        }
        let last = self.farthest(&modes);
        if !pins.contains(&last) {
            pins.push(last);
        }
    }

    /// The cell with the largest mass times squared distance of the modes from zero.
    fn farthest(&self, modes: &[Vec<f64>]) -> usize {
        let size = |&cell: &usize| self.inverse.weight[cell] * modes.iter().map(|m| m[cell] * m[cell]).sum::<f64>();
        (0..modes[0].len()).max_by(|a, b| size(a).total_cmp(&size(b))).unwrap_or(0)
    }

    /// The decays of eigenvectors in a basis.
    fn decays(&self, found: &[Eigenvalue], basis: &[Vec<f64>]) -> Vec<Decay> {
        let weight = &self.inverse.weight;
        let one = |Eigenvalue { time, error, vector }: &Eigenvalue| {
            let (value, norm) = (time.finv(), time.norm());
            let error = if *error < norm { error / norm / (norm - error) } else { f64::INFINITY };
            let mut f = vec![Complex64::ZERO; weight.len()];
            for (member, along) in basis.iter().zip(vector) {
                f.iter_mut().zip(member).for_each(|(f, member)| *f += along * member);
            }
            let size: f64 = weight.iter().zip(&f).map(|(w, f)| w * f.norm()).sum();
            Decay { rate: value.re, frequency: value.im, error, share: size * size }
        };
        found.iter().map(one).collect()
    }

    /// Takes the components along `basis` out of a vector and returns them.
    fn project(&self, vector: &mut [f64], basis: &[Vec<f64>]) -> Vec<f64> {
        let components = orthogonal::project::<1>(&self.inverse.weight, basis, vector.as_chunks_mut().0);
        components.into_iter().flatten().collect()
    }

    /// Orthonormal basis of the complement of what is kept; drops what depends on the rest.
    fn orthonormal(&self, vectors: Vec<Vec<f64>>) -> Vec<Vec<f64>> {
        let mut basis: Vec<Vec<f64>> = Vec::new();
        for mut vector in vectors {
            let before = self.inverse.norm(&vector);
            self.project(&mut vector, &self.kept);
            self.project(&mut vector, &basis);
            let norm = self.inverse.norm(&vector);
            if norm > 1e-14 * before && norm > 0.0 {
                vector.iter_mut().for_each(|v| *v /= norm);
                basis.push(vector);
            }
        }
        basis
    }

    /// T of up to [`BLOCK`] vectors within the complement of what is kept.
    fn apply(&mut self, vectors: &[Vec<f64>]) -> Result<Vec<[f64; BLOCK]>, StationaryError> {
        let (mut images, noise) = self.inverse.apply(vectors)?;
        self.noise = self.noise.max(noise);
        orthogonal::project(&self.inverse.weight, &self.kept, &mut images);
        Ok(images)
    }

    /// T on a basis.
    fn images(&mut self, basis: &[Vec<f64>]) -> Result<Images, StationaryError> {
        let mut matrix = Mat::zeros(basis.len(), basis.len());
        let (mut images, mut outside) = (Vec::new(), 0.0f64);
        for vectors in basis.chunks(BLOCK) {
            let found = self.apply(vectors)?;
            images.extend((0..vectors.len()).map(|k| lane(&found, k)));
        }
        for (j, image) in images.iter().enumerate() {
            let mut rest = image.clone();
            for (i, component) in self.project(&mut rest, basis).into_iter().enumerate() {
                matrix[(i, j)] = component;
            }
            outside = outside.hypot(self.inverse.norm(&rest));
        }
        Ok((images, matrix, outside))
    }

    /// The eigenvalues far slower than all others, which are kept out from then on; none if none is. `start` becomes
    /// what is left of it.
    fn slow_modes(&mut self, start: &mut Vec<Vec<f64>>) -> Result<Vec<Decay>, StationaryError> {
        let mut basis = self.orthonormal(std::mem::take(start));
        let mut times = Vec::new();
        for _ in 0..3 {
            let (images, matrix, _) = self.images(&basis)?;
            times = eigenvalues(&matrix, &|_| 0.0).iter().map(|e| e.time.norm()).collect();
            times.sort_by(|a, b| b.total_cmp(a));
            basis = self.orthonormal(images);
        }
        let Some(slow) = times.windows(2).position(|pair| pair[0] > APART * pair[1]) else {
            *start = basis;
            return Ok(Vec::new());
        };
        let rest = basis.split_off((slow + 1).min(basis.len()));
        let mut best = f64::INFINITY;
        loop {
            self.noise = 0.0;
            let (images, matrix, outside) = self.images(&basis)?;
            if outside > 0.1 * best || outside == 0.0 {
                let noise = self.noise.max(outside);
                let found = eigenvalues(&matrix, &|_| noise);
                let found = self.decays(&found, &basis);
                self.kept.extend(basis);
                *start = rest;
                self.noise = 0.0;
                return Ok(found);
            }
            best = outside;
            basis = self.orthonormal(images);
        }
    }

    /// Block Arnoldi: eigenvalues of T on the complement of what is kept, the largest `wanted` of them, to a relative
    /// `accuracy`.
    ///
    /// A block has as many of equal eigenvalues as it has vectors. Where it may miss some, because it has so many equal ones or
    /// is closed under T, new vectors are added until they bring nothing new.
    fn krylov(&mut self, start: Vec<Vec<f64>>, wanted: usize, accuracy: f64) -> Result<Vec<Decay>, StationaryError> {
        let mut basis = self.orthonormal(start);
        basis.truncate(BLOCK);
        let mut columns: Vec<Vec<f64>> = Vec::new();
        let mut next = 2 * wanted + BLOCK;
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(2);
        let mut before: Option<Vec<Eigenvalue>> = None;
        loop {
            let done = columns.len();
            let exhausted = done == basis.len();
            if exhausted || done == DIMENSION || done >= next {
                next = done + BETWEEN;
                let mut found = self.ritz(&columns, basis.len());
                found.sort_by(|a, b| b.time.norm().total_cmp(&a.time.norm()));
                found.truncate(wanted);
                let settled = found.iter().all(|e| e.error < accuracy * e.time.norm());
                if exhausted || done == DIMENSION || settled {
                    // Beside far slower modes new vectors may hold nothing but rounding errors along those.
                    let lost = found.iter().any(|e| e.error >= e.time.norm());
                    if let Some(before) = before.take_if(|_| lost) {
                        return Ok(self.decays(&before, &basis));
                    }
                    let whole = done == DIMENSION || before.as_ref().is_some_and(|before| same(&found, before));
                    if whole || !(exhausted || crowded(&found)) || !self.add_random(&mut basis, &mut rng) {
                        return Ok(self.decays(&found, &basis));
                    }
                    before = Some(found);
                }
            }
            let (known, end) = (basis.len(), basis.len().min(done + BLOCK).min(DIMENSION));
            let mut images = self.apply(&basis[done..end])?;
            let before: Vec<f64> = (done..end).map(|k| self.inverse.norm(&lane(&images, k - done))).collect();
            let components = orthogonal::project(&self.inverse.weight, &basis, &mut images);
            for (k, before) in before.into_iter().enumerate() {
                let mut image = lane(&images, k);
                let mut column: Vec<f64> = components.iter().map(|along| along[k]).collect();
                let outside = self.inverse.norm(&image);
                column.extend(self.project(&mut image, &basis[known..]));
                if self.inverse.norm(&image) < 0.1 * outside {
                    // What is left of little is not orthogonal to rounding any more.
                    let again = self.project(&mut image, &basis);
                    column.iter_mut().zip(again).for_each(|(sum, along)| *sum += along);
                }
                self.project(&mut image, &self.kept);
                let norm = self.inverse.norm(&image);
                if norm <= 1e-12 * before {
                    // Nothing but rounding: a direction made of it would bring the slow modes back.
                    self.noise = self.noise.max(norm);
                } else {
                    image.iter_mut().for_each(|v| *v /= norm);
                    basis.push(image);
                    column.push(norm);
                }
                columns.push(column);
            }
        }
    }

    /// Adds random vectors to a basis; false where it spans everything.
    fn add_random(&self, basis: &mut Vec<Vec<f64>>, rng: &mut Xoshiro256PlusPlus) -> bool {
        let n = self.inverse.weight.len();
        let known = basis.len();
        for _ in 0..BLOCK.min(n.saturating_sub(known + self.kept.len())) {
            let mut vector: Vec<f64> = (0..n).map(|_| rng.random::<f64>() - 0.5).collect();
            let before = self.inverse.norm(&vector);
            self.project(&mut vector, &self.kept);
            self.project(&mut vector, basis);
            let norm = self.inverse.norm(&vector);
            if norm > 1e-14 * before {
                vector.iter_mut().for_each(|v| *v /= norm);
                basis.push(vector);
            }
        }
        basis.len() > known
    }

    /// Eigenvalues of the projected T; the errors are what leads out of the space, times the condition.
    fn ritz(&self, columns: &[Vec<f64>], size: usize) -> Vec<Eigenvalue> {
        let k = columns.len();
        let entry = |i: usize, j: usize| columns[j].get(i).copied().unwrap_or(0.0);
        let matrix = Mat::from_fn(k, k, entry);
        let noise = self.noise;
        let leading_out = |vector: &[Complex64]| -> f64 {
            let along = |i: usize| vector.iter().enumerate().map(|(j, v)| v * entry(i, j)).sum::<Complex64>().norm();
            (k..size).map(along).fold(0.0, f64::hypot) + noise
        };
        eigenvalues(&matrix, &leading_out)
    }
}

/// Whether so many eigenvalues are equal that there may be more of them.
fn crowded(found: &[Eigenvalue]) -> bool {
    // Pairs stand side by side, one of either sign.
    let upper: Vec<Complex64> = found.iter().map(|e| e.time).filter(|time| time.im >= 0.0).collect();
    upper.windows(BLOCK).any(|equal| (equal[0] - equal[BLOCK - 1]).norm() <= EQUAL * equal[0].norm())
}

/// Whether two lists have the same eigenvalues.
fn same(one: &[Eigenvalue], other: &[Eigenvalue]) -> bool {
    let close = |(a, b): (&Eigenvalue, &Eigenvalue)| (a.time - b.time).norm() <= EQUAL * a.time.norm();
    one.len() == other.len() && one.iter().zip(other).all(close)
}

/// One of several vectors.
fn lane<const L: usize>(vectors: &[[f64; L]], lane: usize) -> Vec<f64> {
    vectors.iter().map(|v| v[lane]).collect()
}

/// Eigenvalues of a small matrix; `residual` of a normalised eigenvector times the condition is the error.
fn eigenvalues(matrix: &Mat<f64>, residual: &dyn Fn(&[Complex64]) -> f64) -> Vec<Eigenvalue> {
    let k = matrix.nrows();
    let size = matrix.norm_max();
    if size == 0.0 {
        return Vec::new();
    }
    let scaled = Mat::from_fn(k, k, |i, j| matrix[(i, j)] / size);
    let Ok(eigen) = scaled.eigen() else { return Vec::new() };
    let vectors = eigen.U();
    let left = vectors.partial_piv_lu().inverse();
    let values = eigen.S().column_vector();
    let condition = |at: usize| {
        let right: f64 = (0..k).map(|i| vectors[(i, at)].norm_sqr()).sum();
        let left: f64 = (0..k).map(|i| left[(at, i)].norm_sqr()).sum();
        (right * left).sqrt()
    };
    let one = |at: usize| {
        let vector: Vec<Complex64> = (0..k).map(|i| Complex64::new(vectors[(i, at)].re, vectors[(i, at)].im)).collect();
        let norm = vector.iter().map(Complex64::norm_sqr).sum::<f64>().sqrt();
        let vector: Vec<Complex64> = vector.into_iter().map(|v| v / norm).collect();
        let time = Complex64::new(values[at].re, values[at].im) * size;
        Eigenvalue { time, error: residual(&vector) * condition(at), vector }
    };
    (0..k).map(one).collect()
}
