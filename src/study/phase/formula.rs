//! What formulas say about a boundary, where there are any: theory and solver meet here, in a column of the table.

use super::axis::Axis;
use super::kind::Kind;
use super::margin::{Case, Setting, Unjudged};
use crate::model::{Branch, Diagonal, System};
use crate::numeric::{Bracket, bracketed_root};
use crate::theory::{self, ClosedForm, Thresholds};

/// First distance from the found boundary at which the formula's is looked for, in the stepped coordinate relative to
/// the span.
const NEAR: f64 = 1e-8;
/// Widenings of that, each by 10.
const WIDENINGS: u32 = 7;

/// Numbers that the formulas of a kind make zero on its boundary.
fn margins(kind: &Kind, case: &Case) -> Vec<f64> {
    match &case.setting {
        Setting::Line(problem, _) => {
            let (model, branch) = (&problem.model, problem.branch);
            temperatures(kind, model, branch).into_iter().map(|t| (model.temperature / t).ln()).collect()
        }
        Setting::Field(problem, _) => match (&problem.system, kind) {
            (System::Features(features), Kind::SwitchOn(number)) => switch_on(features, *number).into_iter().collect(),
            _ => Vec::new(),
        },
    }
}

/// Temperatures of a boundary of a diagonal network.
fn temperatures(kind: &Kind, model: &Diagonal, branch: Branch) -> Vec<f64> {
    let thresholds = Thresholds::of(model, branch);
    let reaches_zero = model.moments.noise_zero().is_none();
    match kind {
        Kind::Collapse | Kind::SwitchOn(1) => theory::critical_temperature(model, branch).into_iter().collect(),
        Kind::DivergenceAtZero => thresholds.map(|t| t.divergence).into_iter().collect(),
        Kind::ModeLoss => theory::mergers(model, branch),
        Kind::Bimodality if reaches_zero => {
            let mut all = theory::mergers(model, branch);
            all.extend(thresholds.map(|t| t.divergence));
            all
        }
        Kind::ModeJump if reaches_zero => thresholds.map(|t| t.divergence).into_iter().collect(),
        Kind::Moment(order) => theory::moment_temperature(model, branch, *order).into_iter().collect(),
        Kind::GapEdge => theory::gap_temperature(model, branch).into_iter().collect(),
        _ => Vec::new(),
    }
}

/// The exponent at a face beside one other feature, whose mean and variance have closed forms.
fn switch_on(features: &crate::model::Features, number: usize) -> Option<f64> {
    let face = features.faces().into_iter().nth(number.checked_sub(1)?)?;
    let Some(one) = face.remaining else { return Some((face.rate)(&[])) };
    let moments = one.moments.single().ok()?;
    let branch = if one.signs[0] < 0.0 { Branch::Negative } else { Branch::Positive };
    let model = Diagonal {
        depth: one.depth,
        width: one.width,
        temperature: one.temperature,
        weight_decay: one.weight_decay,
        modified_loss: false,
        moments,
    };
    let law = ClosedForm::of(&model, branch)?;
    let (mean, variance) = (law.mean().finite()?.value, law.variance().finite()?.value);
    // Gauss-Hermite with three nodes: exact for a rate of degree two under any law with these moments.
    let far = (3.0 * variance).sqrt();
    let rate = |v: f64| (face.rate)(&[v]);
    Some(2.0 / 3.0 * rate(mean) + (rate(mean - far) + rate(mean + far)) / 6.0)
}

/// The boundary of the formulas that is nearest to the one found at `x` (in the stepped coordinate), as a value.
pub(super) fn nearest(kind: &Kind, axis: &Axis, x: f64, at: &dyn Fn(f64) -> Result<Case, Unjudged>) -> Option<f64> {
    let all = |x: f64| at(x).map(|case| margins(kind, &case)).unwrap_or_default();
    let here = all(x);
    let which = (0..here.len()).min_by(|&i, &j| here[i].abs().total_cmp(&here[j].abs()))?;
    let value = |x: f64| all(x).get(which).copied().unwrap_or(f64::NAN);
    if here[which] == 0.0 {
        return Some(axis.value(x));
    }
    let mut half = NEAR * axis.span();
    for _ in 0..WIDENINGS {
        let (low, high) = (value(x - half), value(x + half));
        if low * high <= 0.0 {
            let root = bracketed_root(Bracket { low: x - half, high: x + half }, value);
            return Some(if axis.log { root.exp() } else { root });
        }
        half *= 10.0;
    }
    None
}
