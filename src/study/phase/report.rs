//! From traced margins to the record.

use super::judge::Judge;
use super::kind::Kind;
use super::margin::{Margin, Unjudged};
use super::measured::measured;
use super::trace::{PLACES, Row, Traced, trace};
use super::{At, Axis, Plane, beside, formula};
use crate::estimate::Quantity;
use crate::record::{AbsentBoundary, Boundary, BoundaryEnd, BoundaryPoint, PhaseAxis, PhaseSolution, Provenance};
use rayon::prelude::*;

/// Places along x at which a condition is checked at every y.
const FEW: usize = 13;

/// Finds the boundaries of a plane; `at` makes the scenario at a point, `done` is told when one more row of a boundary
/// is finished ([`Plane::rows`] in all).
pub fn phase(plane: &Plane, at: &At<'_>, done: &(dyn Fn() + Sync)) -> PhaseSolution {
    let boundaries = plane.kinds.par_iter().map(|kind| boundary(plane, kind, at, done)).collect();
    PhaseSolution {
        stillpoint: env!("CARGO_PKG_VERSION").into(),
        title: plane.title.clone(),
        x: axis(&plane.x),
        y: plane.y.as_ref().map(|(y, _)| axis(y)),
        boundaries,
        provenance: Provenance::default(),
    }
}

impl Plane {
    /// The values of the second parameter.
    fn ys(&self) -> Vec<Option<f64>> {
        self.y.as_ref().map_or(vec![None], |(_, values)| values.iter().copied().map(Some).collect())
    }

    /// Rows of all boundaries.
    pub fn rows(&self) -> u64 {
        (self.ys().len() * self.kinds.len()) as u64
    }
}

fn axis(axis: &Axis) -> PhaseAxis {
    PhaseAxis { key: axis.key.clone(), from: axis.from, to: axis.to, scale: if axis.log { "log" } else { "linear" } }
}

fn boundary(plane: &Plane, kind: &Kind, at: &At<'_>, done: &(dyn Fn() + Sync)) -> Boundary {
    let judge = Judge::new(kind, &plane.x, at);
    // A condition may take a solve on a lattice at every place.
    let checks = if matches!(kind, Kind::Condition(_)) { FEW } else { PLACES };
    let traced = Traced { x: &plane.x, margin: &|x, y| judge.margin(x, y), checks, breaks: &|y| judge.breaks(y) };
    let ys = plane.ys();
    let rows = trace(&traced, &ys, done);
    let mut points: Vec<BoundaryPoint> = rows.iter().flat_map(|row| points(&judge, row)).collect();
    // Stable: by y within a branch.
    points.sort_by_key(|point| point.branch);
    let absent: Vec<AbsentBoundary> = rows.iter().filter_map(|row| absent(&judge, row)).collect();
    let reason = points.is_empty().then(|| absent.first().map(|row| row.reason.clone())).flatten();
    let mut beside = beside::routes(&judge, &ys);
    if let Some(measure) = &plane.measured {
        beside.extend(measured(&judge, measure, &points));
    }
    Boundary { kind: kind.to_string(), sides: kind.sides(), points, absent, reason, beside }
}

fn points(judge: &Judge<'_>, row: &Row) -> Vec<BoundaryPoint> {
    let point = |(zero, branch): &(super::root::Zero, usize)| BoundaryPoint {
        x: Quantity::Finite(zero.on(judge.x)),
        y: row.y,
        formula: formula::nearest(judge.kind, judge.x, zero.at, &|x| judge.case(x, row.y)),
        branch: *branch,
        beyond: side(judge.kind, zero.rising),
    };
    row.found.as_deref().unwrap_or_default().iter().map(point).collect()
}

/// What holds where the margin is positive, or where it is not.
fn side(kind: &Kind, positive: bool) -> String {
    let [above, below] = kind.sides();
    if positive { above } else { below }
}

fn absent(judge: &Judge<'_>, row: &Row) -> Option<AbsentBoundary> {
    let ends = [judge.x.from, judge.x.to];
    let ends = [0, 1].map(|i| end(judge.kind, ends[i], &row.ends[i]));
    let [low, high] = &ends;
    let reason = match &row.found {
        Ok(found) if !found.is_empty() => return None,
        Ok(_) => format!(
            "no boundary in the interval: at {} = {}, {}; at {}, {}",
            judge.x.key, low.x, low.holds, high.x, high.holds
        ),
        Err(error) => error.to_string(),
    };
    Some(AbsentBoundary { y: row.y, reason, ends })
}

fn end(kind: &Kind, x: f64, seen: &Result<Margin, Unjudged>) -> BoundaryEnd {
    let margin = seen.as_ref().ok().filter(|m| m.value.is_finite());
    let holds = match seen {
        Ok(margin) if !margin.decided() => "exactly on the boundary, within the error".to_owned(),
        Ok(margin) => format!("{} (margin {:.6})", side(kind, margin.value > 0.0), margin.value),
        Err(error) => error.to_string(),
    };
    BoundaryEnd { x, margin: margin.map(|m| m.value), error: margin.map(|m| m.error), holds }
}
