//! Real minibatch SGD on any loss of few parameters: theta <- theta - eta (minibatch mean of the exact gradient
//! + 2 gamma theta) + sqrt(2 eps eta) N(0, 1).
//!
//! Where T is not learning rate / batch size, several batches are combined with weights c_k that add up to one and
//! whose squares add up to a^2 = T S / eta: the mean of the gradient is kept and its covariance multiplied by a^2,
//! without knowing the mean.

use super::minibatch::amplification;
use super::random::{LANES, Lanes, Streams};
use super::run::{Chains, Recorded, run};
use super::{Config, SgdError};
use crate::formula::Tape;
use crate::model::{Loss, LossData};

/// Inputs of the tape: three parameters, three inputs and a target.
const COLUMNS: usize = 7;
/// Samples that a step may take.
const MOST_SAMPLES: f64 = 1e6;
/// Samples of every chain that are in memory at once.
const BLOCK: usize = 1024;

/// Draws samples for [`LANES`] chains.
#[derive(Clone)]
enum Draw<'a> {
    Gaussian { factor: &'a [Vec<f64>], weights: &'a [f64], noise: f64 },
    Rows { x: &'a [Vec<f64>], y: &'a [f64] },
}

/// What all chains of a run share.
struct Plan<'a> {
    tape: Tape,
    draw: Draw<'a>,
    inputs: usize,
    /// c_k / S, and S.
    weights: Vec<f64>,
    batch: usize,
    rate: f64,
    decay: f64,
    kick: f64,
    range: &'a [[f64; 2]],
}

/// [`LANES`] chains of N parameters.
struct Descents<'a, const N: usize> {
    plan: &'a Plan<'a>,
    streams: Streams,
    theta: [Lanes; N],
    /// Inputs and targets of some samples of a step.
    samples: Vec<[Lanes; 4]>,
}

impl Plan<'_> {
    /// Samples of a step of one chain.
    fn samples(&self) -> usize {
        self.weights.len() * self.batch
    }
}

impl Draw<'_> {
    fn fill(&self, streams: &mut Streams, samples: &mut [[Lanes; 4]]) {
        match self {
            Self::Gaussian { factor, weights, noise } => {
                let n = weights.len();
                for sample in samples {
                    streams.normals(&mut sample[..=n]);
                    for lane in 0..LANES {
                        let normal: [f64; 4] = std::array::from_fn(|i| sample[i][lane]);
                        let mut y = noise * normal[n];
                        for (i, row) in factor.iter().enumerate() {
                            let x: f64 = row.iter().zip(&normal).take(i + 1).map(|(l, z)| l * z).sum();
                            sample[i][lane] = x;
                            y += weights[i] * x;
                        }
                        sample[n][lane] = y;
                    }
                }
            }
            Self::Rows { x, y } => {
                let count = y.len() as u64;
                for sample in samples {
                    for lane in 0..LANES {
                        // The high half of a 128-bit product: uniform up to count / 2^64.
                        let pick = ((u128::from(streams.bits(lane)) * u128::from(count)) >> 64) as usize;
                        for (i, value) in x[pick].iter().enumerate() {
                            sample[i][lane] = *value;
                        }
                        sample[x[pick].len()][lane] = y[pick];
                    }
                }
            }
        }
    }
}

impl<'a, const N: usize> Descents<'a, N> {
    fn new(plan: &'a Plan<'a>, starts: &[[f64; N]], seed: u64, first: u64) -> Self {
        let start = |lane: usize| starts[(first as usize + lane) % starts.len()];
        Self {
            plan,
            streams: Streams::new(seed, first),
            theta: std::array::from_fn(|i| std::array::from_fn(|lane| start(lane)[i])),
            samples: vec![[[0.0; LANES]; 4]; plan.samples().min(BLOCK)],
        }
    }

    fn step(&mut self) {
        let plan = self.plan;
        let mut pull = [[0.0; LANES]; N];
        for first in (0..plan.samples()).step_by(BLOCK) {
            let count = (plan.samples() - first).min(BLOCK);
            plan.draw.fill(&mut self.streams, &mut self.samples[..count]);
            self.add(first, count, &mut pull);
        }
        for (i, theta) in self.theta.iter_mut().enumerate() {
            for lane in 0..LANES {
                theta[lane] -= plan.rate * (pull[i][lane] + 2.0 * plan.decay * theta[lane]);
            }
        }
        self.kick();
        self.reflect();
    }

    /// Adds the gradients of `count` samples in memory, the first of which is number `first` of the step.
    fn add(&self, first: usize, count: usize, pull: &mut [Lanes; N]) {
        let (plan, theta, samples) = (self.plan, &self.theta, &self.samples[..count]);
        let at = |k: usize| {
            let (sample, lane) = (&samples[k / LANES], k % LANES);
            let mut at = [0.0; COLUMNS];
            for i in 0..N {
                at[i] = theta[i][lane];
            }
            for i in 0..=plan.inputs {
                at[N + i] = sample[i][lane];
            }
            at
        };
        plan.tape.each(count * LANES, at, |k, row| {
            let weight = plan.weights[(first + k / LANES) / plan.batch];
            for (i, pull) in pull.iter_mut().enumerate() {
                pull[k % LANES] += weight * row.get(i);
            }
        });
    }

    fn kick(&mut self) {
        if self.plan.kick == 0.0 {
            return;
        }
        let mut normals = [[0.0; LANES]; N];
        self.streams.normals(&mut normals);
        for (theta, normal) in self.theta.iter_mut().zip(normals) {
            for lane in 0..LANES {
                theta[lane] += self.plan.kick * normal[lane];
            }
        }
    }

    /// A chain that left the range is mirrored at its end.
    fn reflect(&mut self) {
        for (theta, [lower, upper]) in self.theta.iter_mut().zip(self.plan.range) {
            for theta in theta {
                if *theta < *lower {
                    *theta = 2.0 * lower - *theta;
                }
                if *theta > *upper {
                    *theta = 2.0 * upper - *theta;
                }
            }
        }
    }
}

impl<const N: usize> Chains<N> for Descents<'_, N> {
    fn advance(&mut self, steps: u64) {
        for _ in 0..steps {
            self.step();
        }
    }

    fn values(&self) -> [Lanes; N] {
        self.theta
    }
}

/// Weights of batches whose combination has `squared` times the covariance of one.
fn combination(squared: f64) -> Vec<f64> {
    if squared == 1.0 {
        return vec![1.0];
    }
    let count = (1.0 / squared).ceil().max(2.0);
    let first = (1.0 + ((count - 1.0) * (count * squared - 1.0)).max(0.0).sqrt()) / count;
    let mut weights = vec![(1.0 - first) / (count - 1.0); count as usize];
    weights[0] = first;
    weights
}

/// Records of the chains of real SGD, by what the noise of its batches was multiplied, and how many starts there were.
pub(super) fn records(
    model: &Loss,
    config: &Config,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<(Recorded, f64, usize), SgdError> {
    let setup = model.setup();
    let amplification = amplification(setup.temperature, config);
    let batch = config.batch_size;
    let count = (1.0 / amplification.powi(2)).max(1.0) * batch as f64;
    if count > MOST_SAMPLES {
        let accepted = "a step that takes at most a million samples to have the noise of the temperature";
        return Err(SgdError::Config { key: "batch_size", value: batch as f64, accepted });
    }
    let factor = setup.data.factor().unwrap_or_default();
    let draw = match &setup.data {
        LossData::Gaussian { weights, noise, .. } => Draw::Gaussian { factor: &factor, weights, noise: *noise },
        LossData::Rows { x, y } => Draw::Rows { x, y },
    };
    let plan = Plan {
        tape: model.gradient(),
        draw,
        inputs: setup.data.inputs(),
        weights: combination(amplification.powi(2)).iter().map(|c| c / batch as f64).collect(),
        batch: batch as usize,
        rate: config.learning_rate,
        decay: setup.weight_decay,
        kick: (2.0 * setup.isotropic_noise * config.learning_rate).sqrt(),
        range: &setup.range,
    };
    let start = model.start_in_parameters();
    let starts = if model.mirrored() { 2 } else { 1 };
    let recorded = match setup.names.len() {
        1 => chains::<1>(&plan, &start, starts, config, progress),
        2 => chains::<2>(&plan, &start, starts, config, progress),
        _ => chains::<3>(&plan, &start, starts, config, progress),
    };
    Ok((recorded, amplification, starts))
}

fn chains<const N: usize>(
    plan: &Plan<'_>,
    start: &[f64],
    starts: usize,
    config: &Config,
    progress: &(dyn Fn(u64) + Sync),
) -> Recorded {
    let side = |sign: f64| -> [f64; N] { std::array::from_fn(|i| sign * start.get(i).copied().unwrap_or(0.0)) };
    let starts: Vec<[f64; N]> = [1.0, -1.0][..starts].iter().map(|sign| side(*sign)).collect();
    run(config.chains, config.steps, |first| Descents::new(plan, &starts, config.seed, first), progress)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn combined_batches_keep_the_mean_and_scale_the_covariance() {
        for squared in [1.0, 0.5, 0.03, 0.999, 1.7, 25.0] {
            let weights = combination(squared);
            let (sum, squares) = weights.iter().fold((0.0, 0.0), |(s, q), c| (s + c, q + c * c));
            assert!(
                (sum - 1.0_f64).abs() < 1e-12 && (squares - squared).abs() < 1e-12 * squared,
                "{squared}: {weights:?}"
            );
        }
        assert_eq!(combination(1.0), [1.0]);
    }
}
