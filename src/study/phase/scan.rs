//! All zeros of a margin along an axis: a look at many places, then every change of sign.
//!
//! Where the margin stops to exist between two places its border is approached, so that a zero beside it is not missed;
//! where it comes near zero and turns back, its extreme is looked for, so that two zeros between two places are not.

use super::axis::Axis;
use super::margin::{Margin, Unjudged};
use super::root::{Seen, Zero, zero};
use super::sight::{Along, Sight};
use rayon::prelude::*;

/// What was seen at a place.
#[derive(Debug, Clone)]
pub(super) struct Look {
    pub at: f64,
    pub margin: Result<Margin, Unjudged>,
}

impl Look {
    pub(super) fn of(along: &Along<'_>, at: f64) -> Self {
        Self { at, margin: along(at) }
    }

    pub(super) fn seen(&self) -> Option<Seen> {
        self.margin.as_ref().ok().filter(|m| m.decided()).map(|margin| Seen { at: self.at, margin: *margin })
    }
}

/// Looks at `count` places from end to end and at the places `breaks` cut out.
pub(super) fn looks(sight: &Sight<'_>, axis: &Axis, count: usize, breaks: &[f64]) -> Vec<Look> {
    let mut places: Vec<f64> = axis.values(count).into_iter().map(|value| axis.coordinate(value)).collect();
    let [low, high] = axis.ends();
    places.extend(breaks.iter().copied().filter(|b| (low..=high).contains(b)));
    places.sort_by(f64::total_cmp);
    places.dedup();
    places.into_par_iter().map(|at| Look::of(&|at| sight.look(at), at)).collect()
}

/// Every zero that shows, ascending.
pub(super) fn zeros(sight: &Sight<'_>, looks: &[Look]) -> Result<Vec<Zero>, Unjudged> {
    let looks = with_borders(sight, looks);
    let looks = with_extremes(sight, &looks);
    let mut brackets = Vec::new();
    let mut before: Option<Seen> = None;
    for look in &looks {
        if look.margin.is_err() {
            before = None;
            continue;
        }
        let Some(here) = look.seen() else { continue };
        if let Some(before) = before
            && (before.margin.value > 0.0) != (here.margin.value > 0.0)
        {
            brackets.push([before, here]);
        }
        before = Some(here);
    }
    brackets.into_par_iter().map(|[low, high]| zero(sight, low, high)).collect()
}

/// The looks, and the last place where the margin exists before every place where it does not.
fn with_borders(sight: &Sight<'_>, looks: &[Look]) -> Vec<Look> {
    let border = |pair: &[Look]| -> Option<Look> {
        let [low, high] = pair else { return None };
        let (mut exists, mut not) = match (low.margin.is_ok(), high.margin.is_ok()) {
            (true, false) => (low.clone(), high.at),
            (false, true) => (high.clone(), low.at),
            _ => return None,
        };
        for _ in 0..sight.pace.halvings {
            let middle = 0.5 * (exists.at + not);
            if middle == exists.at || middle == not {
                break;
            }
            let there = Look::of(&|at| sight.look(at), middle);
            if there.margin.is_ok() { exists = there } else { not = middle }
        }
        Some(exists)
    };
    let borders: Vec<Look> = looks.par_windows(2).filter_map(border).collect();
    merged(looks, borders)
}

/// The looks, and the place between two neighbours of every look that is nearest to zero among them where the margin
/// comes nearer still.
pub(super) fn with_extremes(sight: &Sight<'_>, looks: &[Look]) -> Vec<Look> {
    let extreme = |triple: &[Look]| -> Option<Look> {
        let [low, middle, high] = triple else { return None };
        let value = |look: &Look| look.margin.as_ref().ok().map(|m| m.value);
        let (l, m, h) = (value(low)?, value(middle)?, value(high)?);
        let same = (l > 0.0) == (m > 0.0) && (m > 0.0) == (h > 0.0);
        if !sight.pace.patient && middle.seen().is_none() {
            return None;
        }
        (same && m.abs() <= l.abs() && m.abs() <= h.abs() && (m.abs() < l.abs() || m.abs() < h.abs()))
            .then(|| nearest_zero(sight, low.at, middle, high.at))
            .flatten()
    };
    let extremes: Vec<Look> = looks.par_windows(3).filter_map(extreme).collect();
    merged(looks, extremes)
}

/// Golden sections until the sign has changed or the extreme is found.
fn nearest_zero(sight: &Sight<'_>, low: f64, middle: &Look, high: f64) -> Option<Look> {
    let golden = 0.5 * (3.0 - 5.0_f64.sqrt());
    let (mut low, mut high, mut best) = (low, high, middle.clone());
    let positive = middle.margin.as_ref().ok()?.value > 0.0;
    for _ in 0..sight.pace.narrowings {
        let wider = if high - best.at > best.at - low { high } else { low };
        let next = Look::of(&|at| sight.look(at), best.at + golden * (wider - best.at));
        let value = next.margin.as_ref().ok()?.value;
        if (value > 0.0) != positive {
            return Some(next);
        }
        if value.abs() < best.margin.as_ref().ok()?.value.abs() {
            if next.at > best.at {
                low = best.at
            } else {
                high = best.at
            }
            best = next;
        } else if next.at > best.at {
            high = next.at;
        } else {
            low = next.at;
        }
    }
    None
}

fn merged(looks: &[Look], more: Vec<Look>) -> Vec<Look> {
    let mut all = looks.to_vec();
    all.extend(more);
    all.sort_by(|a, b| a.at.total_cmp(&b.at));
    all
}
