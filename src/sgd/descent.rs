//! Real minibatch SGD of networks whose law has several variables, summarised.

use super::fields::{FieldRun, summarise_field};
use super::run::Recorded;
use super::{Config, FeatureSource, FieldReport, SgdError, Source, features, unbalanced};
use crate::model::{Features, Unbalanced};
use crate::record::FieldSampling;

/// SGD on the layers of a network on several features; where learning rate / batch size is not T, the deviation of
/// a batch's gradient from its mean is amplified to keep T, and a warning says so.
///
/// # Errors
/// [`SgdError::Config`] for a setting or a probability out of range, and for data that are not those of the model.
pub fn feature_sgd(
    model: &Features,
    source: &FeatureSource,
    config: &Config,
    report: FieldReport<'_>,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<FieldSampling, SgdError> {
    config.check(report.quantiles)?;
    Ok(summarised(&features::records(model, source, config, progress)?, config, report))
}

/// SGD on the two layers of one neuron, with the isotropic noise of the model; otherwise as [`feature_sgd`].
///
/// # Errors
/// As [`feature_sgd`].
pub fn unbalanced_sgd(
    model: &Unbalanced,
    source: &Source,
    config: &Config,
    report: FieldReport<'_>,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<FieldSampling, SgdError> {
    config.check(report.quantiles)?;
    Ok(summarised(&unbalanced::records(model, source, config, progress)?, config, report))
}

fn summarised((recorded, amplification): &(Recorded, f64), config: &Config, report: FieldReport<'_>) -> FieldSampling {
    let amplified = (*amplification != 1.0)
        .then(|| format!("the gradient noise is amplified {amplification:.4} times, to keep T at this learning rate"));
    let run = FieldRun::new("sgd", config, 1, amplified.into_iter().collect());
    summarise_field(recorded, run, report)
}
