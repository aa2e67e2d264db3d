//! Real minibatch SGD of networks whose law has several variables, summarised.

use super::fields::{FieldRun, summarise_field};
use super::run::Recorded;
use super::{Config, FeatureSource, FieldReport, SgdError, Source, features, loss, unbalanced};
use crate::model::{Features, Loss, Unbalanced};
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
    let (recorded, amplification) = features::records(model, source, config, progress)?;
    Ok(summarised(&recorded, amplification, 1, config, report))
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
    let (recorded, amplification) = unbalanced::records(model, source, config, progress)?;
    Ok(summarised(&recorded, amplification, 1, config, report))
}

/// SGD on any loss, with the exact gradient of its formula and the isotropic noise of the model; chains start at its
/// start, every other one at the mirror image of it where the equation is its own mirror image. Chains that leave the
/// range are mirrored at its end.
///
/// # Errors
/// [`SgdError::Config`] for a setting or a probability out of range.
pub fn loss_sgd(
    model: &Loss,
    config: &Config,
    report: FieldReport<'_>,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<FieldSampling, SgdError> {
    config.check(report.quantiles)?;
    let (recorded, amplification, starts) = loss::records(model, config, progress)?;
    Ok(summarised(&recorded, amplification, starts, config, report))
}

fn summarised(
    recorded: &Recorded,
    amplification: f64,
    starts: usize,
    config: &Config,
    report: FieldReport<'_>,
) -> FieldSampling {
    let amplified = (amplification != 1.0)
        .then(|| format!("the gradient noise is amplified {amplification:.4} times, to keep T at this learning rate"));
    let run = FieldRun::new("sgd", config, starts, amplified.into_iter().collect());
    summarise_field(recorded, run, report)
}
