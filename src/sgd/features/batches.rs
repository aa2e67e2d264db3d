//! Minibatches of several features.
//!
//! A batch acts through sum_s (v.x_s - y_s) x_s only. For Gaussian inputs a large batch of S samples X = Q R L^T
//! (L L^T the covariance of the inputs) has the same sum as the N rows of R L^T, whose entries are known in law:
//! R_kk^2 is chi^2 with S - k degrees of freedom, R_kj for j > k normal (Bartlett's decomposition).

#![allow(clippy::needless_range_loop, reason = "small tensors that are indexed side by side")]

use super::FeatureSource;
use crate::model::FeatureMoments;
use crate::sgd::SgdError;
use crate::sgd::random::{LANES, Lanes, Streams};
use rand_distr::{ChiSquared, Distribution};

/// Batches of Gaussian inputs up to this size are summed; beyond it their sum is drawn whole.
const SUMMED: u64 = 16;
/// Relative difference allowed between the moments of the source and those of the model.
const MISMATCH: f64 = 1e-6;

/// One sample per lane.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sample<const N: usize> {
    pub(super) x: [Lanes; N],
    pub(super) y: Lanes,
}

impl<const N: usize> Sample<N> {
    pub(super) const ZERO: Self = Self { x: [[0.0; LANES]; N], y: [0.0; LANES] };
}

/// Inputs and target of a row.
pub(super) type Row<const N: usize> = ([f64; N], f64);

/// Draws samples for [`LANES`] chains.
#[derive(Debug, Clone)]
pub(super) struct Batches<'a, const N: usize> {
    draw: Draw<'a, N>,
    /// Samples drawn for a batch.
    pub(super) count: usize,
    /// 1 / S
    pub(super) weight: f64,
}

#[derive(Debug, Clone)]
enum Draw<'a, const N: usize> {
    Gaussian {
        /// L, lower triangular.
        factor: [[f64; N]; N],
        weights: [f64; N],
        noise: f64,
        /// For batches drawn whole: laws of R_kk^2.
        chi: Option<[ChiSquared<f64>; N]>,
    },
    Rows(&'a [Row<N>]),
}

/// The rows of a data set, empty for a teacher.
pub(super) fn rows<const N: usize>(source: &FeatureSource) -> Vec<Row<N>> {
    match source {
        FeatureSource::Gaussian { .. } => Vec::new(),
        FeatureSource::Rows { x, y } => x.iter().zip(y).map(|(row, &y)| (std::array::from_fn(|i| row[i]), y)).collect(),
    }
}

/// Checks that the source can be drawn from and has the moments of the model.
pub(super) fn check(source: &FeatureSource, model: &FeatureMoments) -> Result<(), SgdError> {
    let n = model.features();
    let columns = |found: usize| Err(SgdError::Features { found, wanted: n });
    match source {
        FeatureSource::Gaussian { covariance, weights, .. } => {
            if covariance.len() != n || weights.len() != n || covariance.iter().any(|row| row.len() != n) {
                return columns(covariance.len());
            }
        }
        FeatureSource::Rows { x, y } => {
            if x.len() != y.len() || x.is_empty() {
                return Err(SgdError::Columns { x: x.len(), y: y.len() });
            }
            if let Some(row) = x.iter().find(|row| row.len() != n) {
                return columns(row.len());
            }
        }
    }
    for i in 0..n {
        let mean = |product: &dyn Fn(&[f64], f64) -> f64| match source {
            FeatureSource::Gaussian { .. } => f64::NAN,
            FeatureSource::Rows { x, y } => x.iter().zip(y).map(|(x, y)| product(x, *y)).sum::<f64>() / y.len() as f64,
        };
        let (second, cross) = match source {
            FeatureSource::Gaussian { covariance, weights, .. } => {
                (covariance[i].clone(), (0..n).map(|j| covariance[i][j] * weights[j]).sum())
            }
            FeatureSource::Rows { .. } => {
                ((0..n).map(|j| mean(&|x, _| x[i] * x[j])).collect::<Vec<_>>(), mean(&|x, y| x[i] * y))
            }
        };
        let size = model.second[i][i];
        for j in 0..n {
            let near = (size * model.second[j][j]).sqrt();
            agree("E[x x]", second[j], model.second[i][j], near)?;
        }
        let targets = (model.constant[i][i] / size + model.centre.iter().map(|w| w * w).sum::<f64>() * size).sqrt();
        agree("E[x y]", cross, model.cross[i], size.sqrt() * targets + model.cross[i].abs())?;
    }
    if let FeatureSource::Gaussian { covariance, noise, .. } = source {
        agree("noise^2", noise * noise, model.constant[0][0] / covariance[0][0], noise * noise)?;
    }
    Ok(())
}

fn agree(name: &'static str, source_value: f64, model_value: f64, size: f64) -> Result<(), SgdError> {
    if (source_value - model_value).abs() <= MISMATCH * size {
        return Ok(());
    }
    Err(SgdError::SourceMismatch { name, source_value, model_value })
}

/// L with L L^T = `matrix`, which is positive definite.
fn factor<const N: usize>(matrix: &[Vec<f64>]) -> [[f64; N]; N] {
    let mut l = [[0.0; N]; N];
    for i in 0..N {
        for j in 0..=i {
            let known: f64 = (0..j).map(|k| l[i][k] * l[j][k]).sum();
            let rest = matrix[i][j] - known;
            l[i][j] = if i == j { rest.max(0.0).sqrt() } else { rest / l[j][j] };
        }
    }
    l
}

impl<'a, const N: usize> Batches<'a, N> {
    /// `rows` are the [`rows`] of `source`, `size` is S.
    pub(super) fn new(source: &FeatureSource, rows: &'a [Row<N>], size: u64) -> Self {
        let weight = 1.0 / size as f64;
        match source {
            FeatureSource::Gaussian { covariance, weights, noise } => {
                let laws: Option<Vec<ChiSquared<f64>>> =
                    (0..N).map(|k| ChiSquared::new(size as f64 - k as f64).ok()).collect();
                let whole = laws.filter(|_| size > SUMMED).and_then(|laws| laws.try_into().ok());
                let draw = Draw::Gaussian {
                    factor: factor(covariance),
                    weights: std::array::from_fn(|i| weights[i]),
                    noise: *noise,
                    chi: whole,
                };
                Self { count: if whole.is_some() { N } else { size as usize }, draw, weight }
            }
            FeatureSource::Rows { .. } => Self { draw: Draw::Rows(rows), count: size as usize, weight },
        }
    }

    /// Fills `out` with samples, `count` of them for every batch.
    #[inline(always)]
    pub(super) fn fill(&self, streams: &mut Streams, out: &mut [Sample<N>]) {
        match &self.draw {
            Draw::Gaussian { factor, weights, noise, chi } => {
                for batch in out.chunks_mut(self.count) {
                    normals(streams, batch);
                    if let Some(laws) = chi {
                        triangular(laws, streams, batch);
                    }
                    for sample in batch {
                        colour(factor, weights, *noise, sample);
                    }
                }
            }
            Draw::Rows(rows) => {
                let count = rows.len() as u64;
                for sample in out {
                    for lane in 0..LANES {
                        // The high half of a 128-bit product: uniform up to count / 2^64.
                        let pick = (u128::from(streams.bits(lane)) * u128::from(count)) >> 64;
                        let (x, y) = &rows[pick as usize];
                        for i in 0..N {
                            sample.x[i][lane] = x[i];
                        }
                        sample.y[lane] = *y;
                    }
                }
            }
        }
    }
}

/// Independent standard normals in all places.
#[inline(always)]
fn normals<const N: usize>(streams: &mut Streams, batch: &mut [Sample<N>]) {
    let mut spare: Option<Lanes> = None;
    let mut next = |out: &mut Lanes| {
        if let Some(kept) = spare.take() {
            *out = kept;
        } else {
            let mut second = [0.0; LANES];
            streams.normal_pair(out, &mut second);
            spare = Some(second);
        }
    };
    for sample in batch {
        sample.x.iter_mut().for_each(&mut next);
        next(&mut sample.y);
    }
}

/// Turns N samples of normals into the rows of R.
#[inline(always)]
fn triangular<const N: usize>(laws: &[ChiSquared<f64>; N], streams: &mut Streams, batch: &mut [Sample<N>]) {
    for (k, (sample, law)) in batch.iter_mut().zip(laws).enumerate() {
        for row in &mut sample.x[..k] {
            *row = [0.0; LANES];
        }
        for (lane, value) in sample.x[k].iter_mut().enumerate() {
            *value = law.sample(&mut streams.lane(lane)).sqrt();
        }
    }
}

/// Inputs and target from independent standard normals.
#[inline(always)]
fn colour<const N: usize>(factor: &[[f64; N]; N], weights: &[f64; N], noise: f64, sample: &mut Sample<N>) {
    for lane in 0..LANES {
        let normal: [f64; N] = std::array::from_fn(|i| sample.x[i][lane]);
        let mut y = noise * sample.y[lane];
        for i in 0..N {
            let mut x = 0.0;
            for j in 0..=i {
                x += factor[i][j] * normal[j];
            }
            sample.x[i][lane] = x;
            y += weights[i] * x;
        }
        sample.y[lane] = y;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sgd::statistics::mean_and_error;

    /// Mean and covariance of the batch gradient at v against A v - b and K(v) / S.
    fn check_noise(source: &FeatureSource, moments: &FeatureMoments, size: u64) {
        let rows = rows::<2>(source);
        let batches = Batches::new(source, &rows, size);
        let mut streams = Streams::new(7, 0);
        let v = [0.4, -1.3];
        let steps = 20_000;
        let mut gradients: Vec<[f64; 2]> = Vec::new();
        let mut out = vec![Sample::ZERO; batches.count];
        for _ in 0..steps {
            batches.fill(&mut streams, &mut out);
            for lane in 0..LANES {
                let mut sum = [0.0; 2];
                for s in &out {
                    let e = v[0] * s.x[0][lane] + v[1] * s.x[1][lane] - s.y[lane];
                    (0..2).for_each(|i| sum[i] += e * s.x[i][lane] * batches.weight);
                }
                gradients.push(sum);
            }
        }
        let h = moments.h(&v);
        for i in 0..2 {
            let (mean, error) = mean_and_error(&gradients.iter().map(|g| g[i]).collect::<Vec<_>>());
            assert!((mean - h[i]).abs() < 4.5 * error, "S = {size}: {mean} for {}", h[i]);
            for j in 0..=i {
                let products: Vec<f64> = gradients.iter().map(|g| (g[i] - h[i]) * (g[j] - h[j])).collect();
                let (found, error) = mean_and_error(&products);
                let k = moments.k(i, j, &v) / size as f64;
                assert!((found - k).abs() < 4.5 * error, "S = {size}: K_{i}{j} = {found} for {k}");
            }
        }
    }

    #[test]
    fn batches_have_the_mean_and_covariance_of_the_gradient() {
        let covariance = vec![vec![1.0, 0.6], vec![0.6, 2.0]];
        let (weights, noise) = (vec![1.0, -0.5], 0.7);
        let teacher = FeatureMoments::gaussian(&covariance, &weights, noise).unwrap();
        let gaussian = FeatureSource::Gaussian { covariance, weights, noise };
        let x: Vec<Vec<f64>> = (0..9).map(|i| vec![f64::from(i % 4) - 1.0, f64::from(i * i % 7) * 0.3 - 0.5]).collect();
        let y: Vec<f64> = (0..9).map(|i| f64::from(i * 5 % 9) * 0.2 - 0.7).collect();
        let data = FeatureMoments::of_data(&x, &y).unwrap();
        let rows = FeatureSource::Rows { x, y };
        for size in [1, 2, 5, 40] {
            check_noise(&gaussian, &teacher, size);
            check_noise(&rows, &data, size);
        }
        assert_eq!(check(&gaussian, &teacher), Ok(()));
        assert_eq!(check(&rows, &data), Ok(()));
        assert!(check(&rows, &teacher).is_err());
        assert!(matches!(check(&gaussian, &data), Err(SgdError::SourceMismatch { .. })));
    }
}
