//! Minibatch SGD on a two-layer ReLU network f(x) = W max(U x, 0), by products of matrices, and the two sides of its
//! law of balance.
//!
//! The loss |f - y|^2 of a sample depends on the input weights u_i and the output weights w_i of neuron i through
//! products u_ia w_ib alone. Then (theorem 3.1; theory manual, section 1)
//!
//! d(|u_i|^2 - |w_i|^2)/dt = -T (u_i' C1 u_i - w_i' C2 w_i),
//!
//! where u_i' C1 u_i is the variance of the per-sample gradient in w_i, summed over its components, and w_i' C2 w_i that
//! in u_i. A step of finite size adds eta (|E g_u|^2 - |E g_w|^2), exactly.

mod network;
mod probe;

use super::random::Streams;
use super::{Config, MOST_PARAMETERS, SgdError};
use network::Network;
use probe::Probe;
use rayon::prelude::*;

/// Records that a run may have, and samples of a probe.
const MOST: usize = 1_000_000;

/// The network, its data x ~ N(0, 1), y = x + `noise` N(0, 1) in every component that both have, and its training.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReluTraining {
    /// Components of x, hidden neurons, components of y.
    pub widths: [usize; 3],
    /// Standard deviation of the noise of the targets.
    pub noise: f64,
    /// Standard deviation of the weights at the start: U and W.
    pub initial: [f64; 2],
    /// Learning rate, batch size, networks (chains), steps and seed.
    pub config: Config,
    /// Steps between records.
    pub interval: u64,
    /// Fresh samples on which the gradients of a record are measured.
    pub probe: usize,
}

/// A network at one time, a number for every neuron.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ReluRecord {
    /// Learning rate times steps.
    pub time: f64,
    /// |u_i|^2 and |w_i|^2.
    pub norms: [Vec<f64>; 2],
    /// u_i' C1 u_i and w_i' C2 w_i.
    pub noise: [Vec<f64>; 2],
    /// |E g_w|^2 and |E g_u|^2.
    pub drift: [Vec<f64>; 2],
    /// Mean loss.
    pub loss: f64,
}

impl ReluRecord {
    /// d(|u_i|^2 - |w_i|^2)/dt by theorem 3.1, and what a finite step adds.
    pub fn rate(&self, neuron: usize, config: &Config) -> [f64; 2] {
        let gap = |pair: &[Vec<f64>; 2]| match (pair[0].get(neuron), pair[1].get(neuron)) {
            (Some(a), Some(b)) => a - b,
            _ => f64::NAN,
        };
        let temperature = config.learning_rate / config.batch_size as f64;
        [-temperature * gap(&self.noise), -config.learning_rate * gap(&self.drift)]
    }
}

impl ReluTraining {
    fn check(&self) -> Result<(), SgdError> {
        self.config.check(&[])?;
        let fail = |key, value, accepted| Err(SgdError::Config { key, value, accepted });
        let [inputs, hidden, outputs] = self.widths;
        if self.widths.contains(&0) {
            return fail("widths", 0.0, "numbers of neurons > 0");
        }
        let parameters = (inputs.saturating_add(outputs)).saturating_mul(hidden) as u64;
        if parameters > MOST_PARAMETERS {
            return Err(SgdError::TooLarge { parameters, most: MOST_PARAMETERS });
        }
        if let Some(&bad) = [self.noise, self.initial[0], self.initial[1]].iter().find(|x| !(0.0..=1e50).contains(*x)) {
            return fail("noise, initial", bad, "finite numbers >= 0");
        }
        if self.interval == 0 || self.config.steps / self.interval.max(1) > MOST as u64 {
            return fail("interval", self.interval as f64, "a number of steps > 0, a millionth of the run at least");
        }
        match self.probe {
            2..=MOST => Ok(()),
            _ => fail("probe", self.probe as f64, "a number of samples from 2 to 1000000"),
        }
    }
}

/// Trains `training.config.chains` networks, each from a start of its own; all records of each, the first of the start.
///
/// `progress` is told how many more steps were taken, summed over networks. The same seed gives the same digits on any
/// number of threads.
///
/// # Errors
/// [`SgdError::Config`] for a setting out of range, [`SgdError::TooLarge`].
pub fn relu_sgd(training: &ReluTraining, progress: &(dyn Fn(u64) + Sync)) -> Result<Vec<Vec<ReluRecord>>, SgdError> {
    training.check()?;
    Ok((0..training.config.chains).into_par_iter().map(|chain| one(training, chain, progress)).collect())
}

fn one(training: &ReluTraining, chain: u64, progress: &(dyn Fn(u64) + Sync)) -> Vec<ReluRecord> {
    let config = &training.config;
    // Sixteen lanes serve one network; the probe has streams of its own, so that it does not change the training.
    let lanes = super::random::LANES as u64;
    let mut network = Network::new(training, Streams::new(config.seed, chain * lanes));
    let mut probe = Probe::new(training, Streams::new(!config.seed, chain * lanes));
    let mut records = vec![probe.record(&network, 0.0)];
    let mut done = 0;
    while done < config.steps {
        let steps = training.interval.min(config.steps - done);
        (0..steps).for_each(|_| network.step());
        done += steps;
        records.push(probe.record(&network, done as f64 * config.learning_rate));
        progress(steps);
    }
    records
}

#[cfg(test)]
mod tests {
    use super::super::statistics::mean_and_error;
    use super::*;

    fn training() -> ReluTraining {
        ReluTraining {
            widths: [3, 4, 2],
            noise: 1.0,
            initial: [0.9, 0.3],
            config: Config { learning_rate: 0.01, batch_size: 1, chains: 48, steps: 400, seed: 9 },
            interval: 4,
            probe: 500,
        }
    }

    #[test]
    fn the_imbalance_changes_at_the_rate_of_the_theorem() {
        let training = training();
        let networks = relu_sgd(&training, &|_| ()).unwrap();
        let change = |records: &Vec<ReluRecord>, neuron: usize| {
            let gap = |r: &ReluRecord| r.norms[0][neuron] - r.norms[1][neuron];
            let measured = gap(&records[records.len() - 1]) - gap(&records[0]);
            let rate = |r: &ReluRecord| r.rate(neuron, &training.config).iter().sum::<f64>();
            let integral: f64 =
                records.windows(2).map(|w| 0.5 * (rate(&w[0]) + rate(&w[1])) * (w[1].time - w[0].time)).sum();
            (measured, integral)
        };
        for neuron in 0..4 {
            let pairs: Vec<(f64, f64)> = networks.iter().map(|records| change(records, neuron)).collect();
            let (off, error) = mean_and_error(&pairs.iter().map(|(a, b)| a - b).collect::<Vec<_>>());
            let (size, _) = mean_and_error(&pairs.iter().map(|(a, _)| *a).collect::<Vec<_>>());
            assert!(off.abs() < 4.5 * error, "neuron {neuron}: {off} +- {error} of {size}");
            assert!(error < 0.2 * size.abs(), "too little data: {error} of {size}");
        }
    }

    #[test]
    fn networks_belong_to_their_numbers_and_learn() {
        let networks = relu_sgd(&training(), &|_| ()).unwrap();
        let fewer = ReluTraining { config: Config { chains: 2, ..training().config }, ..training() };
        assert_eq!(relu_sgd(&fewer, &|_| ()).unwrap()[..], networks[..2]);
        let mean = |k: usize| networks.iter().map(|r| r[k].loss).sum::<f64>() / networks.len() as f64;
        // The noise of the targets, twice 1, is what is left at best.
        assert!(mean(100) < 0.8 * mean(0) && mean(100) > 2.0, "{} {}", mean(0), mean(100));
    }

    #[test]
    fn settings_out_of_range_are_refused() {
        for bad in [
            ReluTraining { widths: [3, 0, 2], ..training() },
            ReluTraining { interval: 0, ..training() },
            ReluTraining { probe: 1, ..training() },
            ReluTraining { noise: f64::NAN, ..training() },
        ] {
            assert!(matches!(relu_sgd(&bad, &|_| ()), Err(SgdError::Config { .. })), "{bad:?}");
        }
        let huge = ReluTraining { widths: [2000, 2000, 2000], ..training() };
        assert!(matches!(relu_sgd(&huge, &|_| ()), Err(SgdError::TooLarge { .. })));
    }
}
