//! The law of balance, measured: how fast two layers of a neuron come to equal magnitude.
//!
//! Q = u_k^2 - u_j^2 has no noise of its own. One step of SGD multiplies it by
//!
//! (1 - 2 eta gamma)^2 - e^2 R^2, e = 2 eta (v m1 - m2), R the product of the other layers of the neuron,
//!
//! exactly, at any learning rate. For small steps Q decays at the rate 4 (T G R^2 + gamma) (theory manual, section 1).

use super::statistics::mean_and_error;
use super::trajectory::{Step, Training, follow};
use super::{SgdError, scale};
use crate::estimate::Estimate;

/// Q is measured while it is this much larger than what rounding of the layers leaves of it.
const CLEAR: f64 = 1e-9;

/// Two layers of the first neuron, and how long to wait.
#[derive(Debug, Clone, Copy)]
pub struct Pair {
    /// Numbers of two layers, from 0.
    pub layers: [usize; 2],
    /// Steps after which rates are those of the stationary law.
    pub burn_in: u64,
}

/// How an imbalance decays \[1 / time; a step takes the time eta\].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decay {
    /// -d ln|Q| / dt off the layers themselves, from the start for as long as rounding leaves Q alone.
    pub measured: Estimate,
    /// 4 (T G R^2 + gamma) averaged over the same stretch of the same chains.
    pub formula: Estimate,
    /// The difference of the two, chain by chain: what a finite step does, and nothing else.
    pub difference: Estimate,
    /// -ln|(1 - 2 eta gamma)^2 - e^2 R^2| / eta after the burn-in.
    pub settled: Estimate,
    /// 4 (T G R^2 + gamma) after the burn-in.
    pub settled_formula: Estimate,
    /// Largest |Q' / Q - ((1 - 2 eta gamma)^2 - e^2 R^2)| of a step, in units of the rounding of Q'.
    pub defect: f64,
    /// Chains that diverged; not in the numbers.
    pub diverged: u64,
}

/// What is noted of a chain.
#[derive(Debug, Clone, Default)]
struct Seen {
    steps: u64,
    /// Of the stretch on which Q is measured: its steps, ln of the share of Q that is left, and the integral of the rate.
    clear: Option<Clear>,
    over: bool,
    /// Sums after the burn-in.
    settled: [f64; 2],
    defect: f64,
    last: f64,
}

#[derive(Debug, Clone, Copy)]
struct Clear {
    first: f64,
    steps: u64,
    log_left: f64,
    integral: f64,
}

/// Follows the imbalance of two layers of the first neuron along all chains of `training`.
///
/// # Errors
/// Those of [`follow`]; [`SgdError::Config`] where no chain is left, or the burn-in leaves no steps.
pub fn decay(
    training: &Training<'_>,
    start: &[f64],
    pair: Pair,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Decay, SgdError> {
    let (config, model) = (training.config, training.model);
    let layers = model.depth as usize + 1;
    let fail = |key, value, accepted| Err(SgdError::Config { key, value, accepted });
    if pair.burn_in >= config.steps {
        return fail("burn_in", pair.burn_in as f64, "fewer steps than the run has");
    }
    if let Some(&layer) = pair.layers.iter().find(|layer| **layer >= layers) {
        return fail("layers", layer as f64, "layers of the network, counted from 0");
    }
    let [k, j] = pair.layers;
    let eta = config.learning_rate;
    let keep = 1.0 - 2.0 * eta * model.weight_decay;
    let see = |seen: &mut Seen, step: &Step<'_>| {
        let others: f64 =
            step.before.iter().take(layers).enumerate().filter(|(l, _)| *l != k && *l != j).map(|l| l.1).product();
        let factor = keep * keep - step.pull * step.pull * others * others;
        let rate = 4.0 * (model.temperature * model.moments.g(step.v) * others * others + model.weight_decay);
        seen.note([step.before[k], step.before[j]], [step.after[k], step.after[j]], factor, eta * rate);
        seen.steps += 1;
        if seen.steps > pair.burn_in {
            seen.settled[0] -= factor.abs().ln();
            seen.settled[1] += eta * rate;
        }
        seen.last = step.v;
    };
    let chains = follow(training, start, |_| Seen::default(), see, progress)?;
    let bound = 1e12 * scale(start.iter().product::<f64>(), &model.moments);
    let kept: Vec<&Seen> = chains.iter().filter(|c| c.last.abs() < bound && c.settled[0].is_finite()).collect();
    if kept.len() < 2 {
        return fail("learning_rate", eta, "one small enough for chains not to diverge");
    }
    let time = (config.steps - pair.burn_in) as f64 * eta;
    let over = |value: &dyn Fn(&Seen) -> Option<f64>| {
        let values: Vec<f64> = kept.iter().filter_map(|seen| value(seen)).collect();
        let (mean, error) = mean_and_error(&values);
        Estimate::sampled(mean, error)
    };
    let stretch = |of: fn(&Clear) -> f64| {
        move |seen: &Seen| seen.clear.filter(|c| c.steps > 0).map(|c| of(&c) / (c.steps as f64 * eta))
    };
    Ok(Decay {
        measured: over(&stretch(|c| -c.log_left)),
        formula: over(&stretch(|c| c.integral)),
        difference: over(&stretch(|c| -c.log_left - c.integral)),
        settled: over(&|seen| Some(seen.settled[0] / time)),
        settled_formula: over(&|seen| Some(seen.settled[1] / time)),
        defect: kept.iter().map(|seen| seen.defect).fold(0.0, f64::max),
        diverged: (chains.len() - kept.len()) as u64,
    })
}

impl Seen {
    /// Notes one step of the two layers.
    fn note(&mut self, before: [f64; 2], after: [f64; 2], factor: f64, rate: f64) {
        if self.over {
            return;
        }
        let imbalance = |[a, b]: [f64; 2]| (a - b) * (a + b);
        let size = |[a, b]: [f64; 2]| a * a + b * b;
        let (old, new) = (imbalance(before), imbalance(after));
        let blur = f64::EPSILON * (size(before) + size(after));
        let defect = (new - factor * old).abs() / blur;
        if defect.is_finite() {
            self.defect = self.defect.max(defect);
        }
        let clear = self.clear.get_or_insert(Clear { first: old, steps: 0, log_left: 0.0, integral: 0.0 });
        if new.abs() < CLEAR * size(after) || !new.is_finite() {
            self.over = true;
            return;
        }
        clear.steps += 1;
        clear.log_left = (new / clear.first).abs().ln();
        clear.integral += rate;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Diagonal, Moments};
    use crate::sgd::{Config, Source};

    /// Cold, the deeper the colder, with normal batches: no chain diverges.
    fn measured(depth: u32, decay_rate: f64, eta: f64) -> Decay {
        let moments = Moments::gaussian(1.0, 1.0, 1.0).unwrap();
        let temperature = 0.02 / f64::from(depth).powi(4);
        let model = Diagonal { depth, width: 1, temperature, weight_decay: decay_rate, modified_loss: false, moments };
        let source = Source::Moments(moments);
        let config = Config { learning_rate: eta, batch_size: 1, chains: 64, steps: (20.0 / eta) as u64, seed: 3 };
        let training = Training { model: &model, source: &source, isotropic_noise: 0.0, config };
        let start: Vec<f64> = (0..=depth).map(|k| 0.7 + 0.2 * f64::from(k)).collect();
        decay(&training, &start, Pair { layers: [0, 1], burn_in: config.steps / 2 }, &|_| ()).unwrap()
    }

    #[test]
    fn every_step_multiplies_the_imbalance_as_the_identity_says() {
        for depth in 1..=3 {
            for gamma in [0.0, 0.05] {
                let found = measured(depth, gamma, 0.002);
                assert!(found.defect < 4.0, "D = {depth}, gamma = {gamma}: {} roundings", found.defect);
                assert_eq!(found.diverged, 0, "D = {depth}");
            }
        }
    }

    #[test]
    fn the_rate_tends_to_the_formula_with_the_step() {
        let off = |eta: f64| {
            let found = measured(1, 0.1, eta);
            (found.difference.value, found.difference.error(), found.formula.value)
        };
        let ((coarse, coarse_error, _), (fine, error, rate)) = (off(0.01), off(0.005));
        assert!(fine.abs() < 0.05 * rate, "{fine} of {rate}");
        // First order in eta: twice the fine difference is the coarse one.
        assert!((coarse - 2.0 * fine).abs() < 4.0 * coarse_error.hypot(2.0 * error), "{coarse} {fine} +- {error}");
    }

    #[test]
    fn what_cannot_be_measured_is_refused() {
        let moments = Moments::gaussian(1.0, 1.0, 1.0).unwrap();
        let model =
            Diagonal { depth: 1, width: 1, temperature: 0.05, weight_decay: 0.0, modified_loss: false, moments };
        let source = Source::Gaussian { variance: 1.0, slope: 1.0, noise: 1.0 };
        let config = Config { learning_rate: 0.01, batch_size: 1, chains: 2, steps: 100, seed: 3 };
        let training = Training { model: &model, source: &source, isotropic_noise: 0.0, config };
        for pair in [Pair { layers: [0, 2], burn_in: 0 }, Pair { layers: [0, 1], burn_in: 100 }] {
            assert!(matches!(decay(&training, &[1.0, 2.0], pair, &|_| ()), Err(SgdError::Config { .. })));
        }
    }
}
