//! Real minibatch SGD on a diagonal network with every step seen by the caller, from any start.
//!
//! u_i^(k) <- (1 - 2 eta gamma) u_i^(k) - e prod_{l != k} u_i^(l) + sqrt(2 eps eta) N(0, 1), e = 2 eta (v m1 - m2).

use super::minibatch::{Batch, Minibatches, amplification, check_source, products};
use super::random::{LANES, Lanes, Streams};
use super::{Config, MOST_PARAMETERS, SgdError, Source};
use crate::model::Diagonal;
use rayon::prelude::*;

/// Steps whose noise is drawn together.
const CHUNK: usize = 64;

/// What is trained, on what and how.
#[derive(Debug, Clone, Copy)]
pub struct Training<'a> {
    /// The network; temperature 0 is gradient descent, any other than learning rate / batch size multiplies the
    /// deviation of each batch from its mean by sqrt(T S / eta).
    pub model: &'a Diagonal,
    /// The data.
    pub source: &'a Source,
    /// eps >= 0: noise of its own for every parameter, of variance 2 eps per unit of time.
    pub isotropic_noise: f64,
    /// Learning rate, batch size, chains, steps and seed.
    pub config: Config,
}

/// One step of one chain.
#[derive(Debug, Clone, Copy)]
pub struct Step<'a> {
    /// Parameters before it, neuron by neuron, the layers of each in order.
    pub before: &'a [f64],
    /// Parameters after it.
    pub after: &'a [f64],
    /// v before it.
    pub v: f64,
    /// e = 2 eta (v m1 - m2), with the batch of this step.
    pub pull: f64,
}

/// Runs all chains of `training` from `start` (the parameters, neuron by neuron); chain k is seen by `begin(k)`, which
/// `see` is given with every step. The same seed gives the same digits on any number of threads.
///
/// # Errors
/// [`SgdError::Config`] for a setting out of range, [`SgdError::Start`] for a start of another size than the network
/// or one that is not finite, and those of [`sgd`](super::sgd) for data that are not those of the model.
pub fn follow<O: Send>(
    training: &Training<'_>,
    start: &[f64],
    begin: impl Fn(u64) -> O + Sync,
    see: impl Fn(&mut O, &Step<'_>) + Sync,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Vec<O>, SgdError> {
    let Training { model, source, isotropic_noise, config } = *training;
    config.check(&[])?;
    let parameters = (u64::from(model.depth) + 1) * u64::from(model.width);
    if parameters > MOST_PARAMETERS {
        return Err(SgdError::TooLarge { parameters, most: MOST_PARAMETERS });
    }
    if start.len() as u64 != parameters || start.iter().any(|u| !u.is_finite()) {
        return Err(SgdError::Start { index: 0, start: start.to_vec(), variables: parameters as usize });
    }
    if !(isotropic_noise >= 0.0 && isotropic_noise.is_finite()) {
        let accepted = "a finite number >= 0";
        return Err(SgdError::Config { key: "isotropic_noise", value: isotropic_noise, accepted });
    }
    check_source(source, &model.moments)?;
    let rows = products(source);
    let batches = Minibatches::new(source, &rows, config.batch_size, amplification(model.temperature, &config));
    let blocks: Vec<Vec<O>> = (0..config.chains.div_ceil(LANES as u64))
        .into_par_iter()
        .map(|block| {
            let first = block * LANES as u64;
            let lanes = (config.chains - first).min(LANES as u64);
            let mut seen: Vec<O> = (first..first + lanes).map(&begin).collect();
            Block::new(training, batches.clone(), start, first).run(config.steps, &mut seen, &see, progress);
            seen
        })
        .collect();
    Ok(blocks.into_iter().flatten().collect())
}

/// [`LANES`] chains.
struct Block<'a> {
    streams: Streams,
    batches: Minibatches<'a>,
    layers: usize,
    chains: Vec<Vec<f64>>,
    after: Vec<f64>,
    /// 2 eta, 1 - 2 eta gamma, sqrt(2 eps eta)
    twice: f64,
    keep: f64,
    kick: f64,
}

impl<'a> Block<'a> {
    fn new(training: &Training<'_>, batches: Minibatches<'a>, start: &[f64], first: u64) -> Self {
        let rate = training.config.learning_rate;
        Self {
            streams: Streams::new(training.config.seed, first),
            batches,
            layers: training.model.depth as usize + 1,
            chains: vec![start.to_vec(); LANES],
            after: start.to_vec(),
            twice: 2.0 * rate,
            keep: 1.0 - 2.0 * rate * training.model.weight_decay,
            kick: (2.0 * training.isotropic_noise * rate).sqrt(),
        }
    }

    fn run<O>(
        &mut self,
        steps: u64,
        seen: &mut [O],
        see: &impl Fn(&mut O, &Step<'_>),
        progress: &(dyn Fn(u64) + Sync),
    ) {
        let mut chunk: Vec<Batch> = vec![[[0.0; LANES]; 2]; CHUNK];
        let size = self.after.len();
        let mut kicks: Vec<Lanes> = vec![[0.0; LANES]; if self.kick > 0.0 { CHUNK * size } else { 0 }];
        let mut left = steps;
        while left > 0 {
            let now = left.min(CHUNK as u64) as usize;
            self.batches.fill(&mut self.streams, &mut chunk[..now]);
            self.streams.normals(&mut kicks);
            for (lane, seen) in seen.iter_mut().enumerate() {
                for (k, batch) in chunk[..now].iter().enumerate() {
                    let kicks = kicks.get(k * size..(k + 1) * size).unwrap_or(&[]);
                    self.step(lane, [batch[0][lane], batch[1][lane]], kicks, |step| see(seen, step));
                }
            }
            left -= now as u64;
            progress(now as u64 * seen.len() as u64);
        }
    }

    fn step(&mut self, lane: usize, [m1, m2]: [f64; 2], kicks: &[Lanes], see: impl FnOnce(&Step<'_>)) {
        let before = &mut self.chains[lane];
        let v: f64 = before.chunks_exact(self.layers).map(|neuron| neuron.iter().product::<f64>()).sum();
        let pull = self.twice * (v * m1 - m2);
        for (old, new) in before.chunks_exact(self.layers).zip(self.after.chunks_exact_mut(self.layers)) {
            for (k, new) in new.iter_mut().enumerate() {
                // In the order of the layers, so that equal layers stay exactly equal.
                let others: f64 = old.iter().enumerate().filter(|(l, _)| *l != k).map(|(_, u)| u).product();
                *new = self.keep * old[k] - pull * others;
            }
        }
        for (new, kick) in self.after.iter_mut().zip(kicks) {
            *new += self.kick * kick[lane];
        }
        see(&Step { before, after: &self.after, v, pull });
        before.copy_from_slice(&self.after);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Moments;

    fn model(depth: u32, width: u32, temperature: f64) -> Diagonal {
        let moments = Moments::gaussian(1.0, 1.0, 1.0).unwrap();
        Diagonal { depth, width, temperature, weight_decay: 0.0, modified_loss: false, moments }
    }

    #[test]
    fn no_noise_is_gradient_descent_to_the_minimum() {
        let model = model(2, 2, 0.0);
        let source = Source::Gaussian { variance: 1.0, slope: 1.0, noise: 1.0 };
        let config = Config { learning_rate: 0.01, batch_size: 1, chains: 2, steps: 5000, seed: 1 };
        let training = Training { model: &model, source: &source, isotropic_noise: 0.0, config };
        let start = [0.5, 0.6, 0.7, 0.3, 0.4, 0.5];
        let ends = follow(&training, &start, |_| 0.0, |v, step| *v = step.v, &|_| ()).unwrap();
        // beta2 / beta1, and the first step by hand.
        assert!(ends.iter().all(|v| (v - 1.0).abs() < 1e-9), "{ends:?}");
        let first = |seen: &mut Option<f64>, step: &Step<'_>| {
            seen.get_or_insert(step.after[0]);
        };
        let found = follow(&training, &start, |_| None, first, &|_| ()).unwrap();
        let v = 0.5 * 0.6 * 0.7 + 0.3 * 0.4 * 0.5;
        assert!((found[0].unwrap() - (0.5 - 0.02 * (v - 1.0) * 0.42)).abs() < 1e-15);
    }

    #[test]
    fn starts_of_another_size_are_refused() {
        let model = model(1, 1, 0.1);
        let source = Source::Gaussian { variance: 1.0, slope: 1.0, noise: 1.0 };
        let config = Config { learning_rate: 0.01, batch_size: 1, chains: 2, steps: 100, seed: 1 };
        let training = Training { model: &model, source: &source, isotropic_noise: 0.0, config };
        let refused = follow(&training, &[1.0], |_| (), |(), _| (), &|_| ());
        assert!(matches!(refused, Err(SgdError::Start { variables: 2, .. })), "{refused:?}");
        let training = Training { isotropic_noise: -1.0, ..training };
        let refused = follow(&training, &[1.0, 1.0], |_| (), |(), _| (), &|_| ());
        assert!(matches!(refused, Err(SgdError::Config { key: "isotropic_noise", .. })), "{refused:?}");
    }
}
