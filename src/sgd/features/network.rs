//! The networks of several features and one step of SGD on all their layers:
//! u <- u - eta [ 2 g_i prod of the other layers + 2 gamma u ], g the batch mean of (v.x - y) x.

#![allow(clippy::needless_range_loop, reason = "small tensors that are indexed side by side")]

use super::batches::{Batches, Sample};
use crate::model::Features;
use crate::sgd::Config;
use crate::sgd::neurons::{Parameters, Rate};
use crate::sgd::random::{LANES, Lanes, SplitMix, Streams};
use crate::sgd::run::Chains;
use pulp::{Arch, Simd, WithSimd};

/// Samples drawn together, so that they stay in the nearest cache.
const CHUNK: usize = 32;
/// Relative size of the random imbalance of the layers at the start.
const IMBALANCE: f64 = 0.01;

/// [`LANES`] networks with their streams of samples.
pub(super) struct Networks<'a, const N: usize> {
    streams: Streams,
    batches: Batches<'a, N>,
    features: [Parameters; N],
    second: [[f64; N]; N],
    cross: [f64; N],
    /// lambda = sqrt(T S / eta)
    amplification: f64,
    rate: Rate,
    samples: Vec<Sample<N>>,
    arch: Arch,
}

/// Where the chains start: |v_i| near the middle of the law. Features whose sign is not that of the regression
/// start exactly balanced: any imbalance would grow and carry them across v_i = 0. So does a `small` feature, which
/// begins at this ln|v|.
fn layers<const N: usize>(
    model: &Features,
    config: &Config,
    small: Option<(usize, f64)>,
    first: u64,
) -> [Parameters; N] {
    let (layers, width) = (model.depth as usize + 1, model.width as usize);
    let mut seeds: [SplitMix; LANES] =
        std::array::from_fn(|lane| SplitMix::new(!config.seed, first.wrapping_add(lane as u64)));
    let natural = model.moments.natural_signs();
    let mut start = model.start();
    if let Some((feature, log_abs)) = small {
        start[feature] = log_abs;
    }
    std::array::from_fn(|i| {
        let size = ((start[i] - f64::from(model.width).ln()) / layers as f64).exp();
        let balanced = model.signs[i] != natural[i] || small.is_some_and(|(feature, _)| feature == i);
        let imbalance = if balanced { 0.0 } else { IMBALANCE };
        let mut values = vec![[0.0; LANES]; layers * width];
        for (place, row) in values.iter_mut().enumerate() {
            let signed = if place % layers == 0 { size * model.signs[i] } else { size };
            for (value, seed) in row.iter_mut().zip(&mut seeds) {
                *value = signed * (1.0 + imbalance * (2.0 * seed.uniform() - 1.0));
            }
        }
        Parameters::new(layers, values)
    })
}

impl<'a, const N: usize> Networks<'a, N> {
    /// Networks `first .. first + LANES` of a run on a model with N features.
    pub(super) fn new(
        model: &Features,
        config: &Config,
        batches: Batches<'a, N>,
        amplification: f64,
        small: Option<(usize, f64)>,
        first: u64,
    ) -> Self {
        let m = &model.moments;
        let batch = batches.count;
        Self {
            streams: Streams::new(config.seed, first),
            features: layers(model, config, small, first),
            second: std::array::from_fn(|i| std::array::from_fn(|j| m.second[i][j])),
            cross: std::array::from_fn(|i| m.cross[i]),
            amplification,
            rate: Rate {
                twice: 2.0 * config.learning_rate,
                keep: 1.0 - 2.0 * config.learning_rate * model.weight_decay,
            },
            samples: vec![Sample::ZERO; batch * (CHUNK / batch).max(1)],
            batches,
            arch: Arch::new(),
        }
    }

    #[inline(always)]
    fn steps(&mut self, count: usize) {
        let batch = self.batches.count;
        let Self { samples, streams, batches, .. } = self;
        batches.fill(streams, &mut samples[..count * batch]);
        for first in (0..count * batch).step_by(batch) {
            self.step(first, batch);
        }
    }

    #[inline(always)]
    fn step(&mut self, first: usize, batch: usize) {
        let v: [Lanes; N] = std::array::from_fn(|i| self.features[i].output());
        let mut pull = [[0.0; LANES]; N];
        for sample in &self.samples[first..first + batch] {
            for lane in 0..LANES {
                let mut residual = -sample.y[lane];
                for i in 0..N {
                    residual += v[i][lane] * sample.x[i][lane];
                }
                for i in 0..N {
                    pull[i][lane] += residual * sample.x[i][lane];
                }
            }
        }
        // Only the deviation from the mean gradient A v - b is amplified.
        let (own, mean) = (self.amplification * self.batches.weight, 1.0 - self.amplification);
        for i in 0..N {
            for lane in 0..LANES {
                let mut slope = -self.cross[i];
                for j in 0..N {
                    slope += self.second[i][j] * v[j][lane];
                }
                pull[i][lane] = self.rate.twice * (own * pull[i][lane] + mean * slope);
            }
        }
        for i in 0..N {
            self.features[i].descend(&pull[i], self.rate);
        }
    }
}

impl<const N: usize> Chains<N> for Networks<'_, N> {
    fn advance(&mut self, steps: u64) {
        struct Work<'b, 'a, const N: usize>(&'b mut Networks<'a, N>, u64);
        impl<const N: usize> WithSimd for Work<'_, '_, N> {
            type Output = ();
            #[inline(always)]
            fn with_simd<S: Simd>(self, _: S) {
                let Self(networks, mut left) = self;
                let most = networks.samples.len() / networks.batches.count;
                while left > 0 {
                    let now = left.min(most as u64) as usize;
                    networks.steps(now);
                    left -= now as u64;
                }
            }
        }
        self.arch.dispatch(Work(self, steps));
    }

    fn values(&self) -> [Lanes; N] {
        std::array::from_fn(|i| self.features[i].output())
    }
}
