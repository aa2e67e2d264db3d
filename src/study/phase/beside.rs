//! Beside the collapse of discrete SGD: that of the gradient flow and of the modified loss, in the same plane.

use super::judge::Judge;
use super::kind::Kind;
use super::margin::{Case, Setting, Unjudged};
use super::root::Zero;
use super::scan::{looks, zeros};
use super::sight::Sight;
use super::stretch::Stretch;
use super::{ends, faces};
use crate::estimate::Quantity;
use crate::model::System;
use crate::record::BesideBoundary;
use rayon::prelude::*;

/// The first collapse of either, at every y.
pub(super) fn routes(judge: &Judge<'_>, ys: &[Option<f64>]) -> Vec<BesideBoundary> {
    let Kind::SgdCollapse(feature) = judge.kind else { return Vec::new() };
    let flow = |case: &Case| flow(case, *feature);
    let modified = |case: &Case| modified(case);
    type Route<'a> = (&'a str, &'a (dyn Fn(&Case) -> Result<super::margin::Margin, Unjudged> + Sync));
    let routes: [Route<'_>; 2] = [("gradient flow", &flow), ("modified loss", &modified)];
    routes
        .into_iter()
        .flat_map(|(route, margin)| {
            ys.par_iter()
                .map(|y| {
                    let along = |x: f64| margin(&judge.case(x, *y)?);
                    let sight = Sight::cheap(&along);
                    let looked = looks(&sight, judge.x, sight.pace.places, &[]);
                    let found = zeros(&sight, &looked).unwrap_or_default();
                    let first = found.iter().find(|zero: &&Zero| !zero.rising);
                    let x = first.map_or(Quantity::Absent, |zero| Quantity::Finite(zero.on(judge.x)));
                    BesideBoundary { route: route.to_owned(), y: *y, x }
                })
                .collect::<Vec<_>>()
        })
        .collect()
}

fn flow(case: &Case, feature: Option<usize>) -> Result<super::margin::Margin, Unjudged> {
    match &case.setting {
        Setting::Line(problem, _) => ends::growth_at_zero(&Stretch::of_network(problem)?),
        Setting::Field(problem, _) => match &problem.system {
            System::Features(features) => faces::at_rest(features, feature),
            _ => Err(Unjudged::NoFeatures),
        },
    }
}

/// The modified loss is that of batches of one.
fn modified(case: &Case) -> Result<super::margin::Margin, Unjudged> {
    let mut problem = case.line()?.clone();
    if case.batch_size != 1 {
        return Err(Unjudged::NoFeatures);
    }
    problem.model.modified_loss = true;
    ends::growth_at_zero(&Stretch::of_network(&problem)?)
}
