//! Monte Carlo for laws of several variables: real SGD where there is a network, the equation itself elsewhere.

use super::FieldProblem;
use crate::model::System;
use crate::record::FieldSampling;
use crate::sgd::{
    Config, FeatureSource, FieldReport, SgdError, Source, feature_sgd, loss_sgd, process_chains, unbalanced_sgd,
};

/// Where Monte Carlo draws the samples of a system from.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum FieldSource {
    /// There are no data: the equation itself is integrated.
    #[default]
    Equation,
    /// One feature.
    One(Source),
    /// Several features.
    Several(FeatureSource),
}

/// Chains of a problem: real minibatch SGD for networks, unless the stochastic gradient `flow` is asked for; else
/// the equation in its chart, with time step `config.learning_rate`. `progress` is told how many more steps were
/// taken, summed over chains.
///
/// # Errors
/// [`SgdError`]
pub fn sample_field(
    problem: &FieldProblem,
    source: &FieldSource,
    config: &Config,
    flow: bool,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<FieldSampling, SgdError> {
    let variables = problem.system.variables();
    let request = &problem.request;
    let report =
        FieldReport { variables: &variables, quantiles: &request.quantiles, expressions: &request.expressions };
    match (&problem.system, source) {
        (System::Features(model), FieldSource::Several(source)) if !flow => {
            feature_sgd(model, source, config, report, progress)
        }
        (System::Unbalanced(model), FieldSource::One(source)) if !flow => {
            unbalanced_sgd(model, source, config, report, progress)
        }
        (System::Loss(model), _) if !flow => loss_sgd(model, config, report, progress),
        (system, _) => process_chains(&system.process(), &[system.start()], config, report, progress),
    }
}
