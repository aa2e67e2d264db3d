//! The network's parameters and one step of SGD on them.
//!
//! v = sum_i prod_k u_i^(k); u_i^(k) <- u_i^(k) - eta [ 2 (v m1 - m2) prod_{l != k} u_i^(l) + 2 gamma u_i^(k) ].

use super::Config;
use super::minibatch::{Batch, Minibatches};
use super::neurons::{Parameters, Rate, descend, descend_many, output, output_many};
use super::random::{LANES, Lanes, SplitMix, Streams};
use super::run::Chains;
use crate::model::{Branch, Diagonal};
use pulp::{Arch, Simd, WithSimd};

/// Steps whose batches are drawn together: 16 kB of numbers, so that they stay in the nearest cache.
const CHUNK: usize = 64;
/// Relative size of the random imbalance of the layers at the start.
const IMBALANCE: f64 = 0.01;

/// [`LANES`] networks with their streams of minibatches.
pub(super) struct Networks<'a> {
    streams: Streams,
    batches: Minibatches<'a>,
    parameters: Parameters,
    rate: Rate,
    arch: Arch,
}

/// Where the chains start: v, and whether the layers are exactly balanced there.
///
/// At the noise-free minimum beta2 / beta1 if that is on the branch. On the other branch at its mirror
/// image, exactly balanced: any imbalance would grow and carry the chain across v = 0 (theory manual,
/// section 3).
pub(super) fn start(model: &Diagonal, branch: Branch) -> (f64, bool) {
    let m = &model.moments;
    let minimum = m.beta2() / m.beta1();
    if model.depth == 0 || minimum * branch.sign() > 0.0 {
        return (minimum, false);
    }
    let magnitude = if minimum == 0.0 { 1.0 } else { minimum.abs() };
    (branch.sign() * magnitude, true)
}

impl<'a> Networks<'a> {
    /// Networks `first .. first + LANES` of a run.
    pub(super) fn new(model: &Diagonal, branch: Branch, config: &Config, batches: Minibatches<'a>, first: u64) -> Self {
        Self::begun(model, start(model, branch), config, batches, first)
    }

    /// The same, begun at `v`, exactly `balanced` or not.
    pub(super) fn begun(
        model: &Diagonal,
        (v, balanced): (f64, bool),
        config: &Config,
        batches: Minibatches<'a>,
        first: u64,
    ) -> Self {
        let (layers, width) = (model.depth as usize + 1, model.width as usize);
        let mut seeds: [SplitMix; LANES] =
            std::array::from_fn(|lane| SplitMix::new(!config.seed, first.wrapping_add(lane as u64)));
        let size = (v.abs() / width as f64).powf(1.0 / layers as f64);
        let imbalance = if balanced { 0.0 } else { IMBALANCE };
        let mut values = vec![[0.0; LANES]; layers * width];
        for (i, row) in values.iter_mut().enumerate() {
            let signed = if i % layers == 0 { size.copysign(v) } else { size };
            for (value, seed) in row.iter_mut().zip(&mut seeds) {
                *value = signed * (1.0 + imbalance * (2.0 * seed.uniform() - 1.0));
            }
        }
        Self {
            streams: Streams::new(config.seed, first),
            batches,
            parameters: Parameters::new(layers, values),
            rate: Rate {
                twice: 2.0 * config.learning_rate,
                keep: 1.0 - 2.0 * config.learning_rate * model.weight_decay,
            },
            arch: Arch::new(),
        }
    }

    #[inline(always)]
    fn advance_chunk(&mut self, chunk: &mut [Batch]) {
        self.batches.fill(&mut self.streams, chunk);
        match &mut self.parameters {
            Parameters::One(neurons) => step(neurons, chunk, self.rate),
            Parameters::Two(neurons) => step(neurons, chunk, self.rate),
            Parameters::Three(neurons) => step(neurons, chunk, self.rate),
            Parameters::Four(neurons) => step(neurons, chunk, self.rate),
            Parameters::Five(neurons) => step(neurons, chunk, self.rate),
            Parameters::Six(neurons) => step(neurons, chunk, self.rate),
            Parameters::Many { layers, values, prefix } => step_many(*layers, values, prefix, chunk, self.rate),
        }
    }
}

impl Chains<1> for Networks<'_> {
    fn advance(&mut self, steps: u64) {
        struct Work<'b, 'a>(&'b mut Networks<'a>, u64);
        impl WithSimd for Work<'_, '_> {
            type Output = ();
            #[inline(always)]
            fn with_simd<S: Simd>(self, _: S) {
                let Self(networks, mut left) = self;
                let mut chunk = [[[0.0; LANES]; 2]; CHUNK];
                while left > 0 {
                    let now = left.min(CHUNK as u64) as usize;
                    networks.advance_chunk(&mut chunk[..now]);
                    left -= now as u64;
                }
            }
        }
        self.arch.dispatch(Work(self, steps));
    }

    fn values(&self) -> [Lanes; 1] {
        [self.parameters.output()]
    }
}

/// 2 eta (v m1 - m2) per lane.
#[inline(always)]
fn pull(v: &Lanes, [m1, m2]: &Batch, rate: Rate) -> Lanes {
    let mut pull = [0.0; LANES];
    for lane in 0..LANES {
        pull[lane] = rate.twice * (v[lane] * m1[lane] - m2[lane]);
    }
    pull
}

/// One step for each batch.
#[inline(always)]
fn step<const K: usize>(neurons: &mut [[Lanes; K]], chunk: &[Batch], rate: Rate) {
    if let [only] = neurons {
        // A copy of its own lives in registers.
        let mut neuron = *only;
        for batch in chunk {
            let pull = pull(&output(std::slice::from_ref(&neuron)), batch, rate);
            descend(&mut neuron, &pull, rate);
        }
        *only = neuron;
        return;
    }
    for batch in chunk {
        let pull = pull(&output(neurons), batch, rate);
        for neuron in &mut *neurons {
            descend(neuron, &pull, rate);
        }
    }
}

#[inline(always)]
fn step_many(layers: usize, values: &mut [Lanes], prefix: &mut [Lanes], chunk: &[Batch], rate: Rate) {
    for batch in chunk {
        let pull = pull(&output_many(layers, values), batch, rate);
        descend_many(layers, values, prefix, &pull, rate);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Moments;
    use crate::sgd::Source;
    use crate::sgd::statistics::mean_and_error;

    fn model(depth: u32, width: u32, weight_decay: f64) -> Diagonal {
        let moments = Moments::gaussian(1.0, 1.0, 1.0).unwrap();
        Diagonal { depth, width, temperature: 0.01, weight_decay, modified_loss: false, moments }
    }

    const SOURCE: Source = Source::Gaussian { variance: 1.0, slope: 1.0, noise: 1.0 };
    const CONFIG: Config = Config { learning_rate: 0.01, batch_size: 1, chains: 16, steps: 100, seed: 3 };

    fn networks(model: &Diagonal) -> Networks<'static> {
        Networks::new(model, Branch::Positive, &CONFIG, Minibatches::new(&SOURCE, &[], 1, 1.0), 0)
    }

    #[test]
    fn imbalance_decays_by_one_minus_e_squared_exactly() {
        // Q' = (1 - e^2) Q for Q = u^2 - w^2, e = 2 eta (v m1 - m2) (theory manual, section 1).
        let mut all = networks(&model(1, 1, 0.0));
        for _ in 0..200 {
            let Parameters::Two(before) = &all.parameters else { panic!("one hidden layer has two factors") };
            let ([u, w], v) = (before[0], all.values()[0]);
            let mut batch = [[[0.0; LANES]; 2]];
            let mut streams = all.streams.clone();
            all.batches.fill(&mut streams, &mut batch);
            all.advance(1);
            let Parameters::Two(after) = &all.parameters else { panic!("one hidden layer has two factors") };
            let [u1, w1] = after[0];
            for lane in 0..LANES {
                let e = 2.0 * CONFIG.learning_rate * (v[lane] * batch[0][0][lane] - batch[0][1][lane]);
                let expected = (1.0 - e * e) * (u[lane] * u[lane] - w[lane] * w[lane]);
                let found = u1[lane] * u1[lane] - w1[lane] * w1[lane];
                assert!((found - expected).abs() < 1e-15 * (1.0 + v[lane].abs()), "{found}, expected {expected}");
            }
        }
    }

    #[test]
    fn one_step_has_the_drift_and_diffusion_of_the_equation() {
        // Theory manual, section 2; a step is a time eta, and its O(eta) corrections are below 3 eta.
        for (depth, width) in [(0, 1), (1, 1), (2, 1), (4, 1), (6, 1), (1, 3), (3, 2)] {
            let model = model(depth, width, 0.3);
            let (m, d, n) = (model.moments, f64::from(width), f64::from(depth) + 1.0);
            let (eta, v0) = (1e-3, 1.7_f64);
            let config = Config { learning_rate: eta, ..CONFIG };
            let mut changes = Vec::new();
            for first in 0..12_000 {
                let mut block = Networks::new(
                    &model,
                    Branch::Positive,
                    &config,
                    Minibatches::new(&SOURCE, &[], 1, 1.0),
                    first * 16,
                );
                block.parameters.set((v0 / d).powf(1.0 / n));
                block.advance(1);
                changes.extend(block.values()[0].map(|v| (v - v0) / eta));
            }
            let s = n * v0.powf(2.0 * (n - 1.0) / n) * d.powf(2.0 / n - 1.0);
            let ito = if depth > 0 { 2.0 * eta * m.g(v0) * (n - 1.0) / n * s * s / v0 } else { 0.0 };
            let drift = -2.0 * s * m.h(v0) + ito - 2.0 * 0.3 * n * v0;
            let diffusion = 4.0 * eta * m.g(v0) * s * s;
            let (mean, error) = mean_and_error(&changes);
            assert!(
                (mean - drift).abs() < 4.0 * error + 0.02 * drift.abs(),
                "D = {depth}, d = {width}: {mean}, {drift}"
            );
            let squares: Vec<f64> = changes.iter().map(|c| (c - mean) * (c - mean) * eta).collect();
            let (variance, error) = mean_and_error(&squares);
            assert!(
                (variance / diffusion - 1.0).abs() < 4.0 * error / diffusion + 0.08,
                "D = {depth}, d = {width}: {variance}, {diffusion}"
            );
        }
    }

    #[test]
    fn any_depth_steps_like_a_known_depth() {
        let model = model(3, 2, 0.1);
        let mut fixed = networks(&model);
        let mut any = networks(&model);
        let Parameters::Four(neurons) = &any.parameters else { panic!("three hidden layers have four factors") };
        let values = neurons.concat();
        any.parameters = Parameters::Many { layers: 4, values, prefix: vec![[0.0; LANES]; 4] };
        fixed.advance(1000);
        any.advance(1000);
        for (a, b) in fixed.values()[0].iter().zip(any.values()[0]) {
            assert!((a - b).abs() < 1e-10, "{a} and {b}");
        }
    }

    #[test]
    fn a_start_on_the_wrong_branch_stays_exactly_balanced() {
        for depth in [1, 2, 3, 4, 5] {
            let model = model(depth, 1, 0.0);
            let mut all = Networks::new(&model, Branch::Negative, &CONFIG, Minibatches::new(&SOURCE, &[], 1, 1.0), 0);
            all.advance(500);
            all.parameters.each_layer(|magnitudes| assert!(magnitudes.iter().all(|m| m == &magnitudes[0])));
            assert!(all.values()[0].iter().all(|&v| v < 0.0));
        }
    }

    impl Parameters {
        fn rows(&self) -> Vec<Vec<Lanes>> {
            match self {
                Self::One(n) => n.iter().map(|n| n.to_vec()).collect(),
                Self::Two(n) => n.iter().map(|n| n.to_vec()).collect(),
                Self::Three(n) => n.iter().map(|n| n.to_vec()).collect(),
                Self::Four(n) => n.iter().map(|n| n.to_vec()).collect(),
                Self::Five(n) => n.iter().map(|n| n.to_vec()).collect(),
                Self::Six(n) => n.iter().map(|n| n.to_vec()).collect(),
                Self::Many { layers, values, .. } => values.chunks(*layers).map(<[Lanes]>::to_vec).collect(),
            }
        }

        fn set(&mut self, value: f64) {
            let rows = self.rows();
            *self = Self::new(rows[0].len(), vec![[value; LANES]; rows.concat().len()]);
        }

        fn each_layer(&self, check: impl Fn(&[f64])) {
            for neuron in self.rows() {
                for lane in 0..LANES {
                    check(&neuron.iter().map(|layer| layer[lane].abs()).collect::<Vec<_>>());
                }
            }
        }
    }
}
