//! Real minibatch SGD on the network's parameters, and the gradient flow of the balanced network: samples
//! to set beside the computed law.
//!
//! Imports the model's parameters and writes a [`Sampling`]; knows no grid, no solver and no formula of a
//! stationary density. [`sgd`] steps the parameters themselves and so contains everything the theory leaves
//! out: a finite learning rate, imbalance, chains that cross v = 0 or diverge. [`gradient_flow`] has none of
//! these and tells a finite learning rate apart from sampling noise. [`process_chains`] does the same for any
//! process of one to three variables, [`feature_sgd`] and [`unbalanced_sgd`] step networks of several,
//! [`loss_sgd`] any loss.

mod autocorrelation;
pub mod balance;
mod boundary;
mod descent;
mod face;
mod features;
mod fields;
mod flow;
mod growth;
mod histogram;
mod layers;
mod linear;
mod loss;
mod minibatch;
mod network;
mod neurons;
pub mod random;
mod relu;
mod run;
mod statistics;
mod summary;
mod trajectory;
mod unbalanced;
mod walkers;

pub use descent::{feature_sgd, loss_sgd, unbalanced_sgd};
pub use features::FeatureSource;
pub use growth::{growth_at_face, growth_at_rest};
pub use relu::{ReluRecord, ReluTraining, relu_sgd};
pub use trajectory::{Step, Training, follow};

use crate::formula::Formula;
use crate::model::{Branch, Diagonal, Moments};
use crate::process::{AnyProcess, Process};
use crate::record::{FieldSampling, Sampling};
use fields::FieldRun;
use summary::Run;

/// Where the samples of a minibatch come from.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// Only the moments are known: per-sample (x^2, xy) are drawn from a bivariate normal that has them.
    Moments(crate::model::Moments),
    /// x ~ N(0, variance), y = slope x + N(0, noise^2).
    Gaussian {
        /// Var\[x\]
        variance: f64,
        /// Regression slope.
        slope: f64,
        /// Standard deviation of the noise.
        noise: f64,
    },
    /// Rows drawn with replacement from a data set.
    Data {
        /// Inputs, as the law uses them (standardised if the scenario says so).
        x: Vec<f64>,
        /// Targets.
        y: Vec<f64>,
    },
}

/// A Monte Carlo run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Config {
    /// eta
    pub learning_rate: f64,
    /// S
    pub batch_size: u64,
    /// Independent chains.
    pub chains: u64,
    /// Steps of each.
    pub steps: u64,
    /// Seed; the same seed gives the same digits on any number of threads.
    pub seed: u64,
}

/// Chains a run may have.
const MOST_CHAINS: u64 = 1_000_000;
/// Steps a chain must have, and may have.
const STEPS: [u64; 2] = [100, 1_000_000_000_000];
/// Samples a batch may have.
const LARGEST_BATCH: u64 = 1_000_000_000;
/// Parameters a network may have: a block of chains holds 16 copies.
const MOST_PARAMETERS: u64 = 1_000_000;

/// Why no samples could be drawn.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SgdError {
    /// A setting out of its range.
    #[error("{key} = {value} is out of range: {accepted}")]
    Config {
        /// Key in the scenario.
        key: &'static str,
        /// What was given.
        value: f64,
        /// What would be accepted.
        accepted: &'static str,
    },
    /// The network is too large to be simulated.
    #[error("a network of {parameters} parameters is too large to simulate: at most {most}")]
    TooLarge {
        /// (depth + 1) times width.
        parameters: u64,
        /// What would be accepted.
        most: u64,
    },
    /// The columns of the data set do not fit.
    #[error("{x} inputs and {y} targets: as many of both are needed, and at least one")]
    Columns {
        /// Inputs.
        x: usize,
        /// Targets.
        y: usize,
    },
    /// A start that is none.
    #[error("start {index} = {start:?} is no point of the chart with {variables} finite coordinates")]
    Start {
        /// Which start, from 0.
        index: usize,
        /// What was given.
        start: Vec<f64>,
        /// Number of coordinates of the process.
        variables: usize,
    },
    /// The samples have another number of features than the model.
    #[error("the samples have {found} features, the model {wanted}")]
    Features {
        /// Of the source.
        found: usize,
        /// Of the model.
        wanted: usize,
    },
    /// The source of the samples and the model disagree about the data.
    #[error("the samples have {name} = {source_value}, the model {model_value}")]
    SourceMismatch {
        /// Which moment.
        name: &'static str,
        /// Of the source.
        source_value: f64,
        /// Of the model.
        model_value: f64,
    },
}

impl Config {
    fn check(&self, quantiles: &[f64]) -> Result<(), SgdError> {
        let fail = |key, value, accepted| Err(SgdError::Config { key, value, accepted });
        if !(1e-100..=1e100).contains(&self.learning_rate) {
            return fail("learning_rate", self.learning_rate, "a finite number > 0");
        }
        if !(1..=LARGEST_BATCH).contains(&self.batch_size) {
            return fail("batch_size", self.batch_size as f64, "a whole number from 1 to 1000000000");
        }
        if !(2..=MOST_CHAINS).contains(&self.chains) {
            return fail("chains", self.chains as f64, "a whole number from 2 to 1000000");
        }
        if !(STEPS[0]..=STEPS[1]).contains(&self.steps) {
            return fail("steps", self.steps as f64, "a whole number from 100 to 1000000000000");
        }
        match quantiles.iter().find(|q| !(**q > 0.0 && **q < 1.0)) {
            Some(&q) => fail("quantiles", q, "a number between 0 and 1"),
            None => Ok(()),
        }
    }
}

/// Typical |v|, for telling a diverged chain from a large one.
fn scale(start: f64, moments: &Moments) -> f64 {
    let scale = start.abs() + moments.alpha3().sqrt() / moments.beta1();
    if scale > 0.0 { scale } else { 1.0 }
}

/// Real minibatch SGD: theta <- theta - eta (minibatch mean of grad l + 2 gamma theta), l = (f - y)^2, on all
/// layers, batches drawn with replacement.
///
/// All chains start on `branch` at the minimum of the loss, their layers out of balance by up to 1 %; on the
/// branch without a minimum, at its mirror image and exactly balanced. Where the model's temperature is not
/// learning rate / batch size, the deviation of each batch from its mean is multiplied by
/// `noise_amplification` = sqrt(T S / eta). `progress` is told how many more steps were taken, summed over
/// chains. The same seed gives the same digits on any number of threads.
///
/// A chain has *diverged* when a record of it is not finite or beyond 1e12 times the scale of the problem
/// (only these are left out of the statistics), has *died* when it ends below 1e-100 of its start, and has
/// *crossed* when it ends on the other side of v = 0 (both for D >= 1 only).
///
/// # Errors
/// [`SgdError::Config`] for a setting or a probability out of range, [`SgdError::TooLarge`] for more than a
/// million parameters, [`SgdError::Columns`] and [`SgdError::SourceMismatch`] when `source` is not the data
/// of `model`.
pub fn sgd(
    model: &Diagonal,
    source: &Source,
    branch: Branch,
    config: &Config,
    quantiles: &[f64],
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Sampling, SgdError> {
    config.check(quantiles)?;
    let parameters = (u64::from(model.depth) + 1) * u64::from(model.width);
    if parameters > MOST_PARAMETERS {
        return Err(SgdError::TooLarge { parameters, most: MOST_PARAMETERS });
    }
    minibatch::check_source(source, &model.moments)?;
    let amplification = minibatch::amplification(model.temperature, config);
    let rows = minibatch::products(source);
    let batches = minibatch::Minibatches::new(source, &rows, config.batch_size, amplification);
    let make = |first| network::Networks::new(model, branch, config, batches.clone(), first);
    let recorded = run::run(config.chains, config.steps, make, progress);
    let mut warnings = Vec::new();
    if amplification != 1.0 {
        warnings.push(format!(
            "temperature is not learning rate / batch size: gradient noise was multiplied by {amplification:.6}"
        ));
    }
    if model.modified_loss {
        warnings.push("the modified loss models a finite learning rate; real SGD has one and ignores it".to_owned());
    }
    let run = describe("sgd", model, branch, config, amplification, warnings);
    Ok(summary::summarise(&recorded, run, quantiles))
}

fn describe(
    method: &'static str,
    model: &Diagonal,
    branch: Branch,
    config: &Config,
    amplification: f64,
    warnings: Vec<String>,
) -> Run {
    let (start, _) = network::start(model, branch);
    Run {
        method,
        learning_rate: config.learning_rate,
        batch_size: config.batch_size,
        amplification,
        steps: config.steps,
        seed: config.seed,
        start,
        face: model.depth > 0,
        scale: scale(start, &model.moments),
        warnings,
    }
}

/// The stochastic gradient flow of the balanced network, with time step `config.learning_rate` (the batch
/// size plays no part).
///
/// Weak order 2 in the time step for the bulk of the law; large |v| need smaller steps, the more the deeper
/// the network (measured bounds in the head of `flow.rs`): halve the step to see. The flow cannot cross
/// v = 0, diverge or leave balance; for D = 1, |v| below 1e-150 d is held there. Starts where [`sgd`] starts.
///
/// # Errors
/// [`SgdError::Config`] for a setting or a probability out of range.
pub fn gradient_flow(
    model: &Diagonal,
    branch: Branch,
    config: &Config,
    quantiles: &[f64],
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Sampling, SgdError> {
    config.check(quantiles)?;
    let (start, _) = network::start(model, branch);
    let make = |first| flow::Flows::new(model, branch, config.learning_rate, start, config.seed, first);
    let recorded = run::run(config.chains, config.steps, make, progress);
    let run = describe("gradient flow", model, branch, config, 1.0, Vec::new());
    Ok(summary::summarise(&recorded, run, quantiles))
}

/// What to report of chains of several variables.
#[derive(Debug, Clone, Copy)]
pub struct FieldReport<'a> {
    /// Names of the model's own variables.
    pub variables: &'a [String],
    /// Which quantiles of every variable.
    pub quantiles: &'a [f64],
    /// Expressions of the model's own variables, whose means are wanted.
    pub expressions: &'a [Formula],
}

/// Chains of any process of one to three variables, by Euler and Maruyama with time step `config.learning_rate`
/// (weak order 1; the batch size plays no part), reflected at walls in the direction of B n, which is the one
/// that lets no probability through.
///
/// `starts` are points in chart coordinates; chain k starts at number k modulo their number. Where chains from
/// different starts still differ at the end, a warning says so. `progress` is told how many more steps were
/// taken, summed over chains. The same seed gives the same digits on any number of threads. A chain has
/// *diverged* when a record of it is not finite or beyond 1e12 times the typical magnitude; it is left out.
///
/// Axes whose noise in the chart grows without bound towards a face (square-root noise) are stepped in the
/// variable itself, near the face by the exact law of such noise; all others in the chart.
///
/// # Errors
/// [`SgdError::Config`] for a setting or a probability out of range, [`SgdError::Start`] for no start or one
/// outside the chart.
pub fn process_chains(
    process: &AnyProcess,
    starts: &[Vec<f64>],
    config: &Config,
    report: FieldReport<'_>,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<FieldSampling, SgdError> {
    match process {
        AnyProcess::One(process) => walk(process.as_ref(), starts, config, report, progress),
        AnyProcess::Two(process) => walk(process.as_ref(), starts, config, report, progress),
        AnyProcess::Three(process) => walk(process.as_ref(), starts, config, report, progress),
    }
}

fn walk<const N: usize>(
    process: &dyn Process<N>,
    starts: &[Vec<f64>],
    config: &Config,
    report: FieldReport<'_>,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<FieldSampling, SgdError> {
    config.check(report.quantiles)?;
    let starts = walkers::starts(process, starts)?;
    let stepper = walkers::Stepper::new(process, config.learning_rate, &starts[0]);
    let make = |first| walkers::Walkers::new(&stepper, &starts, config.seed, first);
    let recorded = run::run(config.chains, config.steps, make, progress);
    let run = FieldRun::new("euler-maruyama", config, starts.len(), Vec::new());
    Ok(fields::summarise_field(&recorded, run, report))
}
