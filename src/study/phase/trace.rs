//! A boundary as curves in the plane: all zeros along x at the first y, then each one followed along y.
//!
//! The next point of a curve is foretold from the last two and bracketed around there. Places along x tell
//! whether all zeros are accounted for; where they are not, or a foretold zero is not found, x is searched anew.

use super::axis::Axis;
use super::branches::{Branch, Branches};
use super::margin::{Margin, Unjudged};
use super::root::{Seen, Zero, zero};
use super::scan::{Look, looks, with_extremes, zeros};
use super::sight::{Pace, Sight};

/// First half width of the bracket around a foretold zero, as a part of the span of x.
const NEAR: f64 = 1e-3;
/// Widenings of that bracket, each by 3.
const WIDENINGS: u32 = 5;

/// A margin of x (in its stepped coordinate) and y.
pub(super) type Surface<'a> = dyn Fn(f64, Option<f64>) -> Result<Margin, Unjudged> + Sync + 'a;

/// What is traced.
pub(super) struct Traced<'a> {
    pub x: &'a Axis,
    /// The margin.
    pub margin: &'a Surface<'a>,
    /// The same in less time, with a longer bar.
    pub quick: Option<&'a Surface<'a>>,
    /// How often it is looked at.
    pub pace: Pace,
    /// Places along x, in its stepped coordinate, that a search has to look between.
    pub breaks: &'a (dyn Fn(Option<f64>) -> Vec<f64> + Sync + 'a),
}

/// The zeros at one y.
pub(super) struct Row {
    pub y: Option<f64>,
    pub found: Result<Vec<Zero>, Unjudged>,
    /// What is seen at both ends of x.
    pub ends: [Result<Margin, Unjudged>; 2],
}

/// The zeros at every y.
pub(super) fn trace(traced: &Traced<'_>, ys: &[Option<f64>], done: &(dyn Fn() + Sync)) -> Vec<Row> {
    let mut branches = Branches::new(traced.x.span());
    let mut rows = Vec::new();
    for (i, y) in ys.iter().enumerate() {
        let best = |x: f64| (traced.margin)(x, *y);
        let quick = traced.quick.map(|quick| move |x: f64| quick(x, *y));
        let quick = quick.as_ref().map(|quick| quick as &super::sight::Along<'_>);
        let sight = Sight { best: &best, quick, pace: traced.pace };
        let found = follow(traced, &sight, *y, &branches.open, i as f64);
        if let Ok(zeros) = &found {
            branches.number(zeros.iter().map(|zero| (zero.at, zero.rising)), i as f64);
        }
        let ends = traced.x.ends().map(|x| sight.look(x));
        rows.push(Row { y: *y, found, ends });
        done();
    }
    rows
}

fn follow(
    traced: &Traced<'_>,
    sight: &Sight<'_>,
    y: Option<f64>,
    branches: &[Branch],
    step: f64,
) -> Result<Vec<Zero>, Unjudged> {
    let breaks = (traced.breaks)(y);
    if branches.is_empty() || !breaks.is_empty() {
        return search(traced, sight, &breaks);
    }
    let followed: Option<Vec<Zero>> = branches.iter().map(|branch| corrected(traced.x, sight, branch, step)).collect();
    match followed {
        Some(mut zeros) => {
            zeros.sort_by(|a, b| a.at.total_cmp(&b.at));
            let check = with_extremes(sight, &looks(sight, traced.x, traced.pace.checks, &[]));
            if accounted(&zeros, &check) { Ok(zeros) } else { search(traced, sight, &breaks) }
        }
        None => search(traced, sight, &breaks),
    }
}

fn search(traced: &Traced<'_>, sight: &Sight<'_>, breaks: &[f64]) -> Result<Vec<Zero>, Unjudged> {
    let mut looked = looks(sight, traced.x, traced.pace.places, breaks);
    if !breaks.is_empty() {
        looked.extend(super::concave::crests(sight.best, traced.x, breaks));
        looked.sort_by(|a, b| a.at.total_cmp(&b.at));
    }
    zeros(sight, &looked)
}

/// The zero of a branch at the next step.
fn corrected(axis: &Axis, sight: &Sight<'_>, branch: &Branch, step: f64) -> Option<Zero> {
    let foretold = match branch.trail.as_slice() {
        [.., (y0, x0), (y1, x1)] => x1 + (x1 - x0) / (y1 - y0) * (step - y1),
        [(_, x)] => *x,
        [] => return None,
    };
    let [lowest, highest] = axis.ends();
    let mut half = NEAR * axis.span();
    for _ in 0..WIDENINGS {
        let seen = |at: f64| -> Option<Seen> {
            let at = at.clamp(lowest, highest);
            let margin = sight.look(at).ok().filter(Margin::decided)?;
            Some(Seen { at, margin })
        };
        // Beyond its border the margin does not exist, and the bracket is widened on one side only.
        let (low, high) = (seen(foretold - half), seen(foretold + half));
        if let (Some(low), Some(high)) = (low, high)
            && (low.margin.value > 0.0) != (high.margin.value > 0.0)
            && (high.margin.value > 0.0) == branch.rising
        {
            return zero(sight, low, high).ok();
        }
        half *= 3.0;
    }
    None
}

/// Whether the signs at the places of the check are those that the zeros make, and no two zeros are one.
fn accounted(zeros: &[Zero], check: &[Look]) -> bool {
    let distinct = zeros.windows(2).all(|pair| pair[1].at - pair[0].at > pair[0].error + pair[1].error);
    let alternate = zeros.windows(2).all(|pair| pair[0].rising != pair[1].rising);
    let seen: Vec<Seen> = check.iter().filter_map(Look::seen).collect();
    let explained = seen.windows(2).all(|pair| {
        let between = zeros.iter().filter(|z| z.at > pair[0].at && z.at < pair[1].at).count();
        let changes = (pair[0].margin.value > 0.0) != (pair[1].margin.value > 0.0);
        changes == (between % 2 == 1)
    });
    distinct && alternate && explained
}
