//! Minibatches, as far as the network can tell them apart.
//!
//! The gradient of the minibatch loss is 2 (v m1 - m2) grad v with m1 = mean x^2 and m2 = mean xy over the
//! batch, so a batch is the pair (m1, m2). Where T is not learning rate / batch size, the deviation of the
//! pair from its mean is multiplied by lambda = sqrt(T S / eta), which keeps the noise of the gradient flow,
//! T C, at any learning rate.

use super::random::{LANES, Lanes, Streams};
use super::{Config, SgdError, Source};
use crate::model::Moments;
use rand_distr::{ChiSquared, Distribution};

/// Batches of Gaussian inputs up to this size are summed; beyond it the sum of squares is drawn whole.
const SUMMED: u64 = 16;
/// Relative difference allowed between the moments of the source and those of the model.
const MISMATCH: f64 = 1e-6;

/// (m1, m2) of one batch per lane.
pub(super) type Batch = [Lanes; 2];

/// Draws batches for [`LANES`] chains.
#[derive(Debug, Clone)]
pub(super) struct Minibatches<'a> {
    draw: Draw<'a>,
    /// lambda
    amplification: f64,
    /// (E m1, E m2)
    mean: [f64; 2],
}

#[derive(Debug, Clone)]
enum Draw<'a> {
    /// m = mean + lower-triangular factor times two normals.
    Normal { factor: [f64; 3] },
    /// m1 = A chi^2_S / S and, given it, m2 = slope m1 + noise sqrt(m1 / S) N(0, 1).
    Gaussian { scale: f64, slope: f64, noise: f64, size: u64, chi: Option<ChiSquared<f64>> },
    /// Means of rows drawn with replacement.
    Rows { rows: &'a [[f64; 2]], size: u64 },
}

/// (x^2, xy) of every row, empty unless the source is a data set.
pub(super) fn products(source: &Source) -> Vec<[f64; 2]> {
    match source {
        Source::Data { x, y } => x.iter().zip(y).map(|(&x, &y)| [x * x, x * y]).collect(),
        _ => Vec::new(),
    }
}

/// Checks that the source can be drawn from and has the moments of the model.
pub(super) fn check_source(source: &Source, moments: &Moments) -> Result<(), SgdError> {
    let found = match source {
        Source::Moments(m) => [m.alpha1(), m.alpha2(), m.alpha3(), m.beta1(), m.beta2()],
        Source::Gaussian { variance: a, slope, noise } => {
            let alpha3 = 2.0 * a * a * slope * slope + a * noise * noise;
            [2.0 * a * a, 2.0 * a * a * slope, alpha3, *a, a * slope]
        }
        Source::Data { x, y } => {
            if x.len() != y.len() || x.is_empty() {
                return Err(SgdError::Columns { x: x.len(), y: y.len() });
            }
            data_moments(&products(source))
        }
    };
    let m = moments;
    let wanted = [m.alpha1(), m.alpha2(), m.alpha3(), m.beta1(), m.beta2()];
    let covariance = (m.alpha1() * m.alpha3()).sqrt();
    let product = (m.beta2().abs()).max((m.alpha3() + m.beta2() * m.beta2()).sqrt());
    let square = m.beta1() * m.beta1();
    let scales = [m.alpha1().max(square), covariance.max(m.beta1() * product), product * product, m.beta1(), product];
    for (i, name) in ["alpha1", "alpha2", "alpha3", "beta1", "beta2"].into_iter().enumerate() {
        let near = (found[i] - wanted[i]).abs() <= MISMATCH * scales[i];
        if !near {
            return Err(SgdError::SourceMismatch { name, source_value: found[i], model_value: wanted[i] });
        }
    }
    Ok(())
}

fn data_moments(rows: &[[f64; 2]]) -> [f64; 5] {
    let n = rows.len() as f64;
    let mean = mean_row(rows);
    let covariance = |i: usize, j: usize| rows.iter().map(|r| (r[i] - mean[i]) * (r[j] - mean[j])).sum::<f64>() / n;
    [covariance(0, 0), covariance(0, 1), covariance(1, 1), mean[0], mean[1]]
}

fn mean_row(rows: &[[f64; 2]]) -> [f64; 2] {
    let n = rows.len() as f64;
    [0, 1].map(|i| rows.iter().map(|row| row[i]).sum::<f64>() / n)
}

/// lambda = sqrt(T S / eta), exactly 1 when T is learning rate / batch size up to rounding.
pub(super) fn amplification(temperature: f64, config: &Config) -> f64 {
    let ratio = temperature * config.batch_size as f64 / config.learning_rate;
    if (ratio - 1.0).abs() < 1e-12 { 1.0 } else { ratio.sqrt() }
}

impl<'a> Minibatches<'a> {
    /// `rows` are the [`products`] of `source`.
    pub(super) fn new(source: &Source, rows: &'a [[f64; 2]], size: u64, amplification: f64) -> Self {
        let n = size as f64;
        let (draw, mean) = match source {
            Source::Moments(m) => {
                let first = (m.alpha1() / n).sqrt();
                let shared = if m.alpha1() > 0.0 { m.alpha2() / (m.alpha1() * n).sqrt() } else { 0.0 };
                let own = if m.alpha1() > 0.0 { m.discriminant() / m.alpha1() } else { m.alpha3() };
                (Draw::Normal { factor: [first, shared, (own / n).sqrt()] }, [m.beta1(), m.beta2()])
            }
            Source::Gaussian { variance, slope, noise } => {
                let chi = if size > SUMMED { ChiSquared::new(n).ok() } else { None };
                let draw = Draw::Gaussian { scale: variance / n, slope: *slope, noise: noise / n.sqrt(), size, chi };
                (draw, [*variance, variance * slope])
            }
            Source::Data { .. } => (Draw::Rows { rows, size }, mean_row(rows)),
        };
        Self { draw, amplification, mean }
    }

    /// Fills `out` with one batch per lane and row.
    #[inline(always)]
    pub(super) fn fill(&self, streams: &mut Streams, out: &mut [Batch]) {
        match &self.draw {
            Draw::Normal { factor } => self.fill_normal(*factor, streams, out),
            Draw::Gaussian { scale, slope, noise, size, chi } => {
                for batch in &mut *out {
                    let [squares, normal] = batch;
                    sum_of_squares(*size, chi.as_ref(), streams, squares, normal);
                    for lane in 0..LANES {
                        let m1 = scale * squares[lane];
                        squares[lane] = m1;
                        normal[lane] = slope * m1 + noise * m1.sqrt() * normal[lane];
                    }
                }
            }
            Draw::Rows { rows, size } => fill_rows(rows, *size, streams, out),
        }
        if self.amplification != 1.0 {
            self.amplify(out);
        }
    }

    #[inline(always)]
    fn fill_normal(&self, [first, shared, own]: [f64; 3], streams: &mut Streams, out: &mut [Batch]) {
        for batch in out {
            let [m1, m2] = batch;
            streams.normal_pair(m1, m2);
            for lane in 0..LANES {
                m2[lane] = self.mean[1] + (shared * m1[lane] + own * m2[lane]);
                m1[lane] = self.mean[0] + first * m1[lane];
            }
        }
    }

    #[inline(always)]
    fn amplify(&self, out: &mut [Batch]) {
        for batch in out {
            for (row, mean) in batch.iter_mut().zip(self.mean) {
                for value in row {
                    *value = mean + self.amplification * (*value - mean);
                }
            }
        }
    }
}

/// chi^2 with `size` degrees of freedom, and one more normal, per lane.
#[inline(always)]
fn sum_of_squares(
    size: u64,
    chi: Option<&ChiSquared<f64>>,
    streams: &mut Streams,
    squares: &mut Lanes,
    normal: &mut Lanes,
) {
    if let Some(chi) = chi {
        // Only the normal is wanted; the pair's other half is overwritten.
        streams.normal_pair(squares, normal);
        for (lane, square) in squares.iter_mut().enumerate() {
            *square = chi.sample(&mut streams.lane(lane));
        }
        return;
    }
    streams.normal_pair(squares, normal);
    for square in &mut *squares {
        *square *= *square;
    }
    let (mut first, mut second) = ([0.0; LANES], [0.0; LANES]);
    let mut left = size - 1;
    while left > 0 {
        streams.normal_pair(&mut first, &mut second);
        let both = if left > 1 { 1.0 } else { 0.0 };
        for lane in 0..LANES {
            squares[lane] += first[lane] * first[lane] + both * (second[lane] * second[lane]);
        }
        left -= left.min(2);
    }
}

#[inline(always)]
fn fill_rows(rows: &[[f64; 2]], size: u64, streams: &mut Streams, out: &mut [Batch]) {
    let count = rows.len() as u64;
    let weight = 1.0 / size as f64;
    for batch in out {
        let (mut first, mut second) = ([0.0; LANES], [0.0; LANES]);
        for _ in 0..size {
            for lane in 0..LANES {
                // The high half of a 128-bit product: uniform up to count / 2^64.
                let pick = (u128::from(streams.bits(lane)) * u128::from(count)) >> 64;
                let [square, product] = rows[pick as usize];
                first[lane] += square;
                second[lane] += product;
            }
        }
        *batch = [first.map(|sum| sum * weight), second.map(|sum| sum * weight)];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Means, variances and covariance of (m1, m2) with their standard errors, against theory.
    fn check(source: &Source, size: u64, amplification: f64) {
        let rows = products(source);
        let batches = Minibatches::new(source, &rows, size, amplification);
        let mut streams = Streams::new(5, 0);
        let mut out = vec![[[0.0; LANES]; 2]; 20_000];
        batches.fill(&mut streams, &mut out);
        let pairs: Vec<[f64; 2]> = out.iter().flat_map(|[a, b]| a.iter().zip(b).map(|(&a, &b)| [a, b])).collect();
        let m = moments(source);
        let factor = amplification * amplification / size as f64;
        let exact = [m.beta1(), m.beta2(), factor * m.alpha1(), factor * m.alpha2(), factor * m.alpha3()];
        let (d1, d2) = (|p: &[f64; 2]| p[0] - m.beta1(), |p: &[f64; 2]| p[1] - m.beta2());
        let statistics: [Vec<f64>; 5] = [
            pairs.iter().map(|p| p[0]).collect(),
            pairs.iter().map(|p| p[1]).collect(),
            pairs.iter().map(|p| d1(p) * d1(p)).collect(),
            pairs.iter().map(|p| d1(p) * d2(p)).collect(),
            pairs.iter().map(|p| d2(p) * d2(p)).collect(),
        ];
        for (i, values) in statistics.iter().enumerate() {
            let (mean, error) = crate::sgd::statistics::mean_and_error(values);
            assert!(
                (mean - exact[i]).abs() < 4.5 * error + 1e-12,
                "{source:?} S = {size}: {i}: {mean} for {}",
                exact[i]
            );
        }
    }

    fn moments(source: &Source) -> Moments {
        match source {
            Source::Moments(m) => *m,
            Source::Gaussian { variance, slope, noise } => Moments::gaussian(*variance, *slope, *noise).unwrap(),
            Source::Data { .. } => {
                let [a1, a2, a3, b1, b2] = data_moments(&products(source));
                Moments::try_new(a1, a2, a3, b1, b2).unwrap()
            }
        }
    }

    #[test]
    fn batches_have_the_moments_of_the_gradient_noise() {
        let sources = [
            Source::Gaussian { variance: 1.5, slope: 0.7, noise: 1.2 },
            Source::Moments(Moments::try_new(2.0, -1.0, 3.0, 1.0, 0.5).unwrap()),
            Source::Moments(Moments::try_new(0.0, 0.0, 3.0, 1.0, 0.5).unwrap()),
            Source::Data { x: vec![1.0, 2.0, -1.5, 0.3, 0.7], y: vec![0.5, 1.0, -2.0, 0.0, 3.0] },
        ];
        for source in &sources {
            for size in [1, 2, 5, 40] {
                check(source, size, 1.0);
            }
            // Amplification keeps the means and multiplies the covariance by lambda^2.
            check(source, 3, 2.5);
        }
    }

    #[test]
    fn amplification_keeps_the_temperature() {
        let config = |learning_rate, batch_size| Config { learning_rate, batch_size, chains: 2, steps: 100, seed: 0 };
        assert_eq!(amplification(0.1, &config(0.3, 3)), 1.0);
        assert_eq!(amplification(0.1, &config(0.025, 1)), 2.0);
    }

    #[test]
    fn a_source_with_other_moments_is_refused() {
        let m = Moments::gaussian(1.0, 1.0, 1.0).unwrap();
        assert_eq!(check_source(&Source::Gaussian { variance: 1.0, slope: 1.0, noise: 1.0 }, &m), Ok(()));
        let other = check_source(&Source::Gaussian { variance: 1.0, slope: 1.0, noise: 1.1 }, &m);
        assert!(matches!(other, Err(SgdError::SourceMismatch { name: "alpha3", .. })), "{other:?}");
        let ragged = check_source(&Source::Data { x: vec![1.0], y: vec![] }, &m);
        assert_eq!(ragged, Err(SgdError::Columns { x: 1, y: 0 }));
    }
}
