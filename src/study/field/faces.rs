//! What happens at the faces that a network of several features never crosses.

use super::climb::{Climb, pilot_cells, settle_box};
use super::conduct::{log_weights, offsets};
use super::levels::Setting;
use super::memory::allowed;
use super::offsets::Offsets;
use super::snapshot::{Scheme, solve_on};
use super::survey::survey;
use super::{Request, Watch};
use crate::density::field::Wanted;
use crate::estimate::{Estimate, Quantity};
use crate::model::{Face, Features, Growth, Identity, Rate};
use crate::process::{AnyProcess, Process};
use crate::record::Lyapunov;
use crate::study::StudyError;
use std::sync::Arc;
use std::time::Instant;

/// Resolutions for an average on a face.
const LEVELS: usize = 6;

/// Growth rates of the distance from every face, averaged under the law of the other features on it; absent where
/// that law is not found, and then `warnings` say why.
pub(super) fn lyapunov(features: &Features, warnings: &mut Vec<String>, watch: &Watch<'_>) -> Vec<Lyapunov> {
    features.faces().into_iter().map(|face| exponent(face, warnings, watch)).collect()
}

/// The expectation of `rate` under the law of `features`; `None` where there is no law.
///
/// # Errors
/// See [`StudyError`].
pub(in crate::study) fn expected_rate(features: &Features, rate: &Rate) -> Result<Option<Estimate>, StudyError> {
    under_law(features, rate, &|_, _, _| {})
}

fn under_law(features: &Features, rate: &Rate, watch: &Watch<'_>) -> Result<Option<Estimate>, StudyError> {
    let rate = Arc::clone(rate);
    let identity = &Identity { name: String::new(), terms: vec![Box::new(move |v: &[f64]| rate(v))] };
    let start = features.start();
    match features.process() {
        AnyProcess::One(process) => expectation(&*process, &start, identity, watch),
        AnyProcess::Two(process) => expectation(&*process, &start, identity, watch),
        AnyProcess::Three(process) => expectation(&*process, &start, identity, watch),
    }
}

fn exponent(face: Face, warnings: &mut Vec<String>, watch: &Watch<'_>) -> Lyapunov {
    let Face { name, remaining, rate, growth } = face;
    let face = match growth {
        Growth::Exponential => name,
        Growth::Algebraic => format!("{name} (algebraic)"),
    };
    let Some(remaining) = remaining else {
        return Lyapunov { face, exponent: Quantity::Finite(Estimate::exact(rate(&[]))) };
    };
    let why = match under_law(&remaining, &rate, watch) {
        Ok(Some(exponent)) => return Lyapunov { face, exponent: Quantity::Finite(exponent) },
        Ok(None) => "the other features have no law there".to_owned(),
        Err(error) => error.to_string(),
    };
    warnings.push(format!("no Lyapunov exponent at {face}: {why}"));
    Lyapunov { face, exponent: Quantity::Absent }
}

/// The expectation of the terms of an identity under the law of a process.
fn expectation<const N: usize>(
    process: &dyn Process<N>,
    start: &[f64],
    identity: &Identity,
    watch: &Watch<'_>,
) -> Result<Option<Estimate>, StudyError> {
    let request = Request { levels: Some(LEVELS), ..Request::default() };
    let start: [f64; N] = std::array::from_fn(|i| start.get(i).copied().unwrap_or(0.0));
    let surveyed = survey(process, start, &|nodes| log_weights(process, &request, nodes), Scheme::Fitted)?;
    let identities = std::slice::from_ref(identity);
    let lattice = surveyed.frame.lattice([pilot_cells(N); N]);
    let pilot = solve_on(process, &lattice, &Offsets::ROUGH, Scheme::Fitted, None, u64::MAX)?;
    let offsets = offsets(process, &request, &pilot);
    let setting = Setting {
        process,
        wanted: Wanted::default(),
        offsets,
        identities,
        scheme: Scheme::Fitted,
        memory: allowed(None),
    };
    let (boxed, frame) = settle_box(&setting, &surveyed, [pilot_cells(N); N], request.tolerance)?;
    let runs_away = boxed.reading.observed.density_ends.iter().flatten().any(|end| end.rate <= 0.0 && end.beyond > 0.0);
    if runs_away {
        return Ok(None);
    }
    let mut climb = Climb::new(&setting, frame, &boxed, &request, &surveyed, true, None);
    climb.run(&request, Instant::now(), watch)?;
    // The numbers of a reading: the entropy production, then the identities.
    Ok(climb.numbers.get(1).copied().flatten())
}
