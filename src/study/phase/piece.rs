//! A piece of a diagram: some consecutive rows of one boundary, from traced margins to the record.
//!
//! Pieces are cut by the plane alone, and each can be computed by itself: whoever computes which, and in whatever order,
//! the diagram is the same.

use super::judge::Judge;
use super::kind::Kind;
use super::margin::{Margin, Unjudged};
use super::measured::measured;
use super::sight::{Effort, Pace};
use super::trace::{Row, Surface, Traced, trace};
use super::{At, Plane, beside, formula};
use crate::record::{AbsentBoundary, BoundaryEnd, PhasePiece, PhaseRow, PhaseZero};
use std::ops::Range;

/// Rows of a piece: the first is searched, the others are followed from it.
const BLOCK: usize = 6;

impl Plane {
    /// The values of the second parameter.
    pub(super) fn ys(&self) -> Vec<Option<f64>> {
        self.y.as_ref().map_or(vec![None], |(_, values)| values.iter().copied().map(Some).collect())
    }

    /// Rows of all boundaries.
    pub fn rows(&self) -> u64 {
        (self.ys().len() * self.kinds.len()) as u64
    }

    /// Pieces of all boundaries, kind by kind.
    pub fn pieces(&self) -> usize {
        self.kinds.len() * self.blocks()
    }

    /// Rows of a piece.
    pub fn rows_of(&self, index: usize) -> usize {
        self.block(index).len()
    }

    /// Pieces of one boundary.
    fn blocks(&self) -> usize {
        self.ys().len().div_ceil(BLOCK).max(1)
    }

    /// The rows of a piece.
    fn block(&self, index: usize) -> Range<usize> {
        let first = index % self.blocks() * BLOCK;
        first..(first + BLOCK).min(self.ys().len())
    }
}

/// Finds the rows of piece `index` of [`Plane::pieces`]; beyond the last one there are none.
pub fn piece(plane: &Plane, index: usize, at: &At<'_>, done: &(dyn Fn() + Sync)) -> PhasePiece {
    let Some(kind) = plane.kinds.get(index / plane.blocks()) else { return PhasePiece::default() };
    let judge = Judge::new(kind, &plane.x, at);
    let quick: &Surface<'_> = &|x, y| judge.margin(x, y, Effort::Quick);
    let lattices = judge.solves_lattices(&plane.ys());
    let traced = Traced {
        x: &plane.x,
        margin: &|x, y| judge.margin(x, y, Effort::Best),
        quick: lattices.unwrap_or(false).then_some(quick),
        pace: match kind {
            _ if lattices.is_some() => Pace::SPARING,
            Kind::Condition(_) => Pace::STEADY,
            _ => Pace::THOROUGH,
        },
        breaks: &|y| judge.breaks(y),
    };
    let (ys, block) = (plane.ys(), plane.block(index));
    let here = &ys[block.clone()];
    let mut traced = trace(&traced, here, done);
    for Row { y, found, .. } in &mut traced {
        if let Ok(zeros) = found {
            zeros.retain(|zero| judge.confirms(zero, *y));
        }
    }
    let mut rows: Vec<PhaseRow> = traced.iter().map(|row| self::row(&judge, row)).collect();
    for found in beside::routes(&judge, here) {
        if let Some(i) = here.iter().position(|y| *y == found.y) {
            rows[i].beside.push(found);
        }
    }
    if let Some(measure) = &plane.measured {
        measured(&judge, measure, &mut rows, block.start, ys.len());
    }
    PhasePiece { rows }
}

fn row(judge: &Judge<'_>, row: &Row) -> PhaseRow {
    let zero = |zero: &super::root::Zero| PhaseZero {
        x: zero.on(judge.x),
        y: row.y,
        formula: formula::nearest(judge.kind, judge.x, zero.at, &|x| judge.case(x, row.y)),
        rising: zero.rising,
    };
    let zeros = row.found.as_ref().ok().map(|found| found.iter().map(zero).collect());
    PhaseRow { zeros, absent: absent(judge, row), beside: Vec::new() }
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
        // Nothing was seen, but then nothing could be.
        Ok(_) if row.ends.iter().all(Result::is_err) => match (&low.holds, &high.holds) {
            (one, other) if one == other => format!("no boundary seen, but neither end can be judged: {one}"),
            (one, other) => format!(
                "no boundary seen, but neither end can be judged: at {} = {}, {one}; at {}, {other}",
                judge.x.key, low.x, high.x
            ),
        },
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
