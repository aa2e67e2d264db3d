//! The same boundary by real SGD: growth rates of tiny weights at three places around the one found, and the zero of
//! the line through them.

use super::judge::Judge;
use super::kind::Kind;
use super::margin::{Case, Setting, Unjudged};
use crate::estimate::{Estimate, Quantity};
use crate::model::System;
use crate::record::{BesideBoundary, BoundaryPoint};
use crate::sgd::{Config, growth_at_face, growth_at_rest};
use crate::study::FieldSource;

/// How much real SGD to run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measure {
    /// Points of every boundary, at most.
    pub points: usize,
    /// Chains, steps and seed; the learning rate and batch size count for `switch_on` only.
    pub config: Config,
}

/// First distance of the outer places, in the stepped coordinate as a part of its span and at most.
const APART: f64 = 0.1;
const WIDEST: f64 = 0.1;
/// Halvings of it until the margin there has the sign that it must have.
const HALVINGS: u32 = 12;
/// Steps of each of the two runs next to v = 0: ln|v| must stay far from the ends of floating-point numbers.
const STEPS: u64 = 150;

/// Real SGD beside some of the points.
pub(super) fn measured(judge: &Judge<'_>, measure: &Measure, points: &[BoundaryPoint]) -> Vec<BesideBoundary> {
    if !matches!(judge.kind, Kind::SgdCollapse(_) | Kind::SwitchOn(_)) {
        return Vec::new();
    }
    let count = points.len().min(measure.points);
    let chosen = (0..count).map(|i| if count < 2 { 0 } else { i * (points.len() - 1) / (count - 1) });
    chosen
        .filter_map(|i| points.get(i))
        .map(|point| {
            let x = crossing(judge, measure, point);
            let x = x.ok().flatten().map_or(Quantity::Absent, Quantity::Finite);
            BesideBoundary { route: "measured SGD".to_owned(), y: point.y, x }
        })
        .collect()
}

fn crossing(judge: &Judge<'_>, measure: &Measure, point: &BoundaryPoint) -> Result<Option<Estimate>, Unjudged> {
    let Quantity::Finite(found) = point.x else { return Ok(None) };
    let centre = judge.x.coordinate(found.value);
    let mut apart = (APART * judge.x.span()).min(WIDEST);
    let mut margins = None;
    for _ in 0..HALVINGS {
        let [low, high] = [-apart, apart].map(|shift| judge.margin(centre + shift, point.y));
        if let (Ok(low), Ok(high)) = (low, high)
            && low.value * high.value < 0.0
        {
            margins = Some([low.value, high.value]);
            break;
        }
        apart *= 0.5;
    }
    let Some([low, high]) = margins else { return Ok(None) };
    let mut growth = [Estimate::default(); 3];
    for (k, growth) in growth.iter_mut().enumerate() {
        let at = centre + (k as f64 - 1.0) * apart;
        let Some(measured) = rate(judge, measure, &judge.case(at, point.y)?)? else { return Ok(None) };
        *growth = measured;
    }
    // The curvature of the margin shifts the line by this much; the margin at the centre is 0.
    let bend = (low + high) / 3.0;
    let mean = growth.iter().map(|g| g.value).sum::<f64>() / 3.0 - bend;
    let error = growth.iter().map(|g| g.error()).fold(0.0, f64::hypot) / 3.0;
    let slope = (growth[2].value - growth[0].value) / (2.0 * apart);
    let at = centre - mean / slope;
    let value = if judge.x.log { at.exp() } else { at };
    let sampling = (error / slope).abs() * judge.x.steepness(value);
    Ok((value.is_finite() && sampling.is_finite()).then(|| Estimate::sampled(value, sampling)))
}

/// The growth rate that SGD has.
fn rate(judge: &Judge<'_>, measure: &Measure, case: &Case) -> Result<Option<Estimate>, Unjudged> {
    let silent = |_: u64| {};
    match (&case.setting, judge.kind) {
        (Setting::Line(problem, source), Kind::SgdCollapse(_)) if problem.model.depth == 1 => {
            let learning_rate = problem.model.temperature * case.batch_size as f64;
            let config = Config { learning_rate, batch_size: case.batch_size, steps: STEPS, ..measure.config };
            Ok(Some(growth_at_rest(&problem.model, source, problem.branch, &config, &silent)?))
        }
        (Setting::Field(problem, FieldSource::Several(source)), Kind::SwitchOn(number)) => match &problem.system {
            System::Features(model) => Ok(Some(growth_at_face(model, source, number - 1, &measure.config, &silent)?)),
            _ => Ok(None),
        },
        _ => Ok(None),
    }
}
