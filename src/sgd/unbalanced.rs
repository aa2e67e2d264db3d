//! Real minibatch SGD on the two layers of one neuron, with isotropic noise added to every step:
//! u <- u - eta [ 2 (v m1 - m2) w + 2 gamma u ] + sqrt(2 eps eta) N(0, 1), and the same for w.

use super::minibatch::{Batch, Minibatches, amplification, check_source, products};
use super::random::{LANES, Lanes, Streams};
use super::run::{Chains, Recorded, run};
use super::{Config, SgdError, Source};
use crate::model::Unbalanced;
use pulp::{Arch, Simd, WithSimd};

/// Steps whose noise is drawn together, so that it stays in the nearest cache.
const CHUNK: usize = 32;

/// [`LANES`] pairs of layers with their streams.
struct Pairs<'a> {
    streams: Streams,
    batches: Minibatches<'a>,
    u: Lanes,
    w: Lanes,
    /// 2 eta, 1 - 2 eta gamma, sqrt(2 eps eta)
    twice: f64,
    keep: f64,
    kick: f64,
    arch: Arch,
}

impl<'a> Pairs<'a> {
    fn new(model: &Unbalanced, config: &Config, batches: Minibatches<'a>, first: u64) -> Self {
        let rate = config.learning_rate;
        let v = model.typical();
        let size = v.abs().sqrt();
        Self {
            streams: Streams::new(config.seed, first),
            batches,
            u: [size.copysign(v); LANES],
            w: [size; LANES],
            twice: 2.0 * rate,
            keep: 1.0 - 2.0 * rate * model.weight_decay,
            kick: (2.0 * model.isotropic_noise * rate).sqrt(),
            arch: Arch::new(),
        }
    }

    #[inline(always)]
    fn steps(&mut self, batches: &mut [Batch], kicks: &mut [Batch]) {
        self.batches.fill(&mut self.streams, batches);
        for [first, second] in &mut *kicks {
            self.streams.normal_pair(first, second);
        }
        let (mut u, mut w) = (self.u, self.w);
        for ([m1, m2], [first, second]) in batches.iter().zip(&*kicks) {
            for lane in 0..LANES {
                let (a, b) = (u[lane], w[lane]);
                let pull = self.twice * (a * b * m1[lane] - m2[lane]);
                u[lane] = self.keep * a - pull * b + self.kick * first[lane];
                w[lane] = self.keep * b - pull * a + self.kick * second[lane];
            }
        }
        (self.u, self.w) = (u, w);
    }
}

impl Chains<2> for Pairs<'_> {
    fn advance(&mut self, steps: u64) {
        struct Work<'b, 'a>(&'b mut Pairs<'a>, u64);
        impl WithSimd for Work<'_, '_> {
            type Output = ();
            #[inline(always)]
            fn with_simd<S: Simd>(self, _: S) {
                let Self(pairs, mut left) = self;
                let (mut batches, mut kicks) = ([[[0.0; LANES]; 2]; CHUNK], [[[0.0; LANES]; 2]; CHUNK]);
                while left > 0 {
                    let now = left.min(CHUNK as u64) as usize;
                    pairs.steps(&mut batches[..now], &mut kicks[..now]);
                    left -= now as u64;
                }
            }
        }
        self.arch.dispatch(Work(self, steps));
    }

    /// v = u w and Q = (u^2 - w^2) / 2.
    fn values(&self) -> [Lanes; 2] {
        let each = |of: &dyn Fn(f64, f64) -> f64| std::array::from_fn(|lane| of(self.u[lane], self.w[lane]));
        [each(&|u, w| u * w), each(&|u, w| 0.5 * (u - w) * (u + w))]
    }
}

/// Records of the chains of real SGD, and by what the noise of its batches was multiplied.
pub(super) fn records(
    model: &Unbalanced,
    source: &Source,
    config: &Config,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<(Recorded, f64), SgdError> {
    check_source(source, &model.moments)?;
    let amplification = amplification(model.temperature, config);
    let rows = products(source);
    let batches = Minibatches::new(source, &rows, config.batch_size, amplification);
    let make = |first| Pairs::new(model, config, batches.clone(), first);
    Ok((run(config.chains, config.steps, make, progress), amplification))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Moments;
    use crate::sgd::statistics::mean_and_error;

    /// E\[G Q^2\] = (eps / 4T) E\[s\] holds up to O(eta).
    #[test]
    #[ignore = "open: some chains diverge at this step size"]
    fn imbalance_is_held_as_the_identity_says() {
        let moments = Moments::gaussian(1.0, 1.0, 1.5).unwrap();
        let source = Source::Gaussian { variance: 1.0, slope: 1.0, noise: 1.5 };
        for eps in [1e-3, 0.1] {
            let model = Unbalanced { temperature: 0.04, weight_decay: 0.0, isotropic_noise: eps, moments };
            let config = Config { learning_rate: 0.002, batch_size: 1, chains: 64, steps: 60_000, seed: 11 };
            let (recorded, _) = records(&model, &source, &config, &|_| ()).unwrap();
            let sides: Vec<[f64; 2]> = (0..64)
                .map(|chain| {
                    let rows = recorded.variables[0][chain].len();
                    let mut sums = [0.0; 2];
                    for row in rows / 2..rows {
                        let [v, q] = [0, 1].map(|x: usize| recorded.variables[x][chain][row]);
                        sums[0] += moments.g(v) * q * q;
                        sums[1] += eps / (2.0 * model.temperature) * v.hypot(q);
                    }
                    sums.map(|s| s / (rows - rows / 2) as f64)
                })
                .collect();
            let (difference, error) = mean_and_error(&sides.iter().map(|s| s[0] - s[1]).collect::<Vec<_>>());
            let (size, _) = mean_and_error(&sides.iter().map(|s| s[1]).collect::<Vec<_>>());
            assert!(error < 0.05 * size, "too little data: {error} of {size}");
            assert!(difference.abs() < 4.5 * error + 0.03 * size, "{difference} +- {error} of {size}");
        }
    }
}
