//! Samples with weights: the rows of a data set, or a product of rules for a Gaussian teacher.

use super::data::LossData;
use super::quadrature::Rule;

/// Inputs and target of one sample; the target follows the inputs.
pub(super) type Sample = [f64; 4];

/// Samples with weights that are yet to be divided by their sum.
#[derive(Debug, Clone, Default)]
pub(super) struct Nodes {
    pub(super) samples: Vec<Sample>,
    pub(super) weights: Vec<f64>,
}

impl Nodes {
    /// All rows, equally weighted.
    pub(super) fn rows(x: &[Vec<f64>], y: &[f64]) -> Self {
        let sample = |(x, y): (&Vec<f64>, &f64)| -> Sample {
            let mut sample = [0.0; 4];
            sample[..x.len()].copy_from_slice(x);
            sample[x.len()] = *y;
            sample
        };
        Self { samples: x.iter().zip(y).map(sample).collect(), weights: vec![1.0; y.len()] }
    }

    /// One rule for every input and one for the noise of the target; the first input varies slowest.
    pub(super) fn product(data: &LossData, inputs: &Rule, noise: &Rule) -> Self {
        let LossData::Gaussian { weights: slopes, noise: sigma, .. } = data else { return Self::default() };
        let Ok(factor) = data.factor() else { return Self::default() };
        let n = slopes.len();
        let mut nodes = Self::default();
        let per_input = inputs.nodes.len();
        for place in 0..per_input.pow(n as u32) {
            let digit = |i: usize| place / per_input.pow((n - 1 - i) as u32) % per_input;
            let normal = |i: usize| inputs.nodes[digit(i)];
            let weight: f64 = (0..n).map(|i| inputs.weights[digit(i)]).product();
            let mut sample = [0.0; 4];
            for (i, row) in factor.iter().enumerate() {
                sample[i] = (0..=i).map(|j| row[j] * normal(j)).sum();
            }
            let mean: f64 = (0..n).map(|i| slopes[i] * sample[i]).sum();
            for (xi, share) in noise.nodes.iter().zip(&noise.weights) {
                sample[n] = mean + sigma * xi;
                nodes.samples.push(sample);
                nodes.weights.push(weight * share);
            }
        }
        nodes
    }

    /// The first of them.
    pub(super) fn first(&self, count: usize) -> Self {
        Self { samples: self.samples[..count].to_vec(), weights: self.weights[..count].to_vec() }
    }

    /// Relative rounding of their sum.
    pub(super) fn rounding(&self) -> f64 {
        f64::EPSILON * self.samples.len().max(1) as f64
    }

    /// Largest share of the mean squares of `values` (rows of the first samples) that samples with a first input above
    /// `end` of its largest have: about what a rule that stops there leaves out.
    pub(super) fn beyond(&self, values: &[f64], columns: usize, end: f64) -> f64 {
        let count = values.len() / columns.max(1);
        let samples = &self.samples[..count.min(self.samples.len())];
        let far = end * samples.iter().map(|sample| sample[0].abs()).fold(0.0, f64::max);
        let (mut all, mut outside) = (vec![0.0; columns], vec![0.0; columns]);
        for ((row, sample), w) in values.chunks_exact(columns).zip(samples).zip(&self.weights) {
            let is_outside = f64::from(u8::from(sample[0].abs() > far));
            for (k, value) in row.iter().enumerate() {
                all[k] += w * value * value;
                outside[k] += is_outside * w * value * value;
            }
        }
        let shares = outside.iter().zip(&all).filter(|(outside, _)| **outside != 0.0).map(|(o, a)| o / a);
        shares.fold(0.0, |worst, share| if share.is_nan() { f64::INFINITY } else { share.max(worst) })
    }

    /// One of each pair of opposite samples, for what is even in them; `counts` samples belong to every rung.
    pub(super) fn halved(&self, counts: &[usize]) -> (Self, Vec<usize>) {
        let mut half = Self::default();
        let mut halves = Vec::with_capacity(counts.len());
        let mut start = 0;
        for &end in counts {
            for (sample, weight) in self.samples[start..end].iter().zip(&self.weights[start..end]) {
                let first = sample.iter().copied().find(|x| *x != 0.0).unwrap_or(0.0);
                if first >= 0.0 {
                    half.samples.push(*sample);
                    half.weights.push(if first > 0.0 { *weight } else { 0.5 * weight });
                }
            }
            halves.push(half.samples.len());
            start = end;
        }
        (half, halves)
    }
}
