//! How fast networks grow from next to nothing: real SGD with tiny initial weights, whose logarithm drifts.
//!
//! Starting values are far above the smallest floating-point numbers and far below everything else, so that the
//! network that is small does not act on the rest and its map is linear in it (or in the power that D asks for).

use super::random::LANES;
use super::run::Chains;
use super::statistics::mean_and_error;
use super::{Config, FeatureSource, SgdError, Source, features, minibatch, network};
use crate::estimate::Estimate;
use crate::model::{Branch, Diagonal, Features};
use rayon::prelude::*;

/// ln|v| at the start for D = 1: far from both ends of the numbers.
const SMALL: f64 = -300.0;
/// The same for D >= 2, where |v|^-((D-1)/(D+1)) must keep its digits.
const MODEST: f64 = -25.0;
/// Part of the chains that may diverge.
const MOST_LOST: f64 = 0.05;

/// The Lyapunov exponent of one layer next to v = 0 for D = 1: the mean growth of ln|v| / 2 per step, from
/// `config.chains` chains of twice `config.steps` steps, all balanced and on `branch`; the first half settles nothing
/// here and counts too.
///
/// # Errors
/// As [`super::sgd`]; [`SgdError::Config`] also for a depth other than 1.
pub fn growth_at_rest(
    model: &Diagonal,
    source: &Source,
    branch: Branch,
    config: &Config,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Estimate, SgdError> {
    config.check(&[])?;
    if model.depth != 1 {
        let (key, value, accepted) = ("depth", f64::from(model.depth), "1: other depths have no exponent");
        return Err(SgdError::Config { key, value, accepted });
    }
    minibatch::check_source(source, &model.moments)?;
    let rows = minibatch::products(source);
    let batches = minibatch::Minibatches::new(source, &rows, config.batch_size, 1.0);
    let start = branch.sign() * SMALL.exp();
    let make = |first| network::Networks::begun(model, (start, true), config, batches.clone(), first);
    let logs = two_runs(config, 0, make, progress);
    let steps = 2.0 * config.steps as f64;
    let growth: Vec<f64> = logs.iter().map(|[_, end]| 0.5 * (end - SMALL) / steps).collect();
    Ok(mean(&growth))
}

/// The growth rate of feature `feature` (from 0) next to its face, while the others follow SGD: of ln|v| for D = 1
/// (and with decay), else minus that of |v/d|^-((D-1)/(D+1)), per unit of time. After `config.steps` steps to settle,
/// as many are measured. The noise is amplified where T is not learning rate / batch size.
///
/// # Errors
/// As [`super::feature_sgd`].
pub fn growth_at_face(
    model: &Features,
    source: &FeatureSource,
    feature: usize,
    config: &Config,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Estimate, SgdError> {
    config.check(&[])?;
    let algebraic = model.depth > 1 && model.weight_decay == 0.0;
    let start = if algebraic { MODEST } else { SMALL };
    let logs = features::logs(model, source, config, (feature, start), progress)?;
    let depth = f64::from(model.depth);
    let shape = (depth - 1.0) / (depth + 1.0);
    let distance = |log: f64| if algebraic { -(-shape * (log - f64::from(model.width).ln())).exp() } else { log };
    let time = config.steps as f64 * config.learning_rate;
    let growth: Vec<f64> = logs.iter().map(|[from, to]| (distance(*to) - distance(*from)) / time).collect();
    Ok(mean(&growth))
}

/// ln|v| of one variable of every chain after `config.steps` steps and after as many more.
pub(super) fn two_runs<const N: usize, C: Chains<N>>(
    config: &Config,
    variable: usize,
    make: impl Fn(u64) -> C + Sync,
    progress: &(dyn Fn(u64) + Sync),
) -> Vec<[f64; 2]> {
    let blocks = config.chains.div_ceil(LANES as u64);
    let run = |block: u64| -> Vec<[f64; 2]> {
        let first = block * LANES as u64;
        let lanes = (config.chains - first).min(LANES as u64) as usize;
        let mut chains = make(first);
        let [middle, end] = [0, 1].map(|_| {
            chains.advance(config.steps);
            chains.values()[variable]
        });
        progress(2 * config.steps * lanes as u64);
        (0..lanes).map(|lane| [middle[lane].abs().ln(), end[lane].abs().ln()]).collect()
    };
    (0..blocks).into_par_iter().flat_map_iter(run).collect()
}

/// Mean and standard error over the chains that did not diverge; of no use where many did.
fn mean(growth: &[f64]) -> Estimate {
    let finite: Vec<f64> = growth.iter().copied().filter(|g| g.is_finite()).collect();
    if (growth.len() - finite.len()) as f64 > MOST_LOST * growth.len() as f64 || finite.len() < 2 {
        return Estimate::sampled(f64::NAN, f64::INFINITY);
    }
    let (mean, error) = mean_and_error(&finite);
    Estimate::sampled(mean, error)
}
