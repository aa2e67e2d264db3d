//! A law of one variable between two ends: its equation in a coordinate that is logarithmic at faces and at infinity, and
//! what it does at the ends.
//!
//! Where the coordinate is logarithmic at an end, a power law of the density is a straight line of its logarithm, and
//! whether a law or a moment exists is the sign of a slope. Networks know the slope of their equation to the last digit as
//! far out as numbers go; that of a user's equation is read off where its formulas can still be formed.

use super::margin::{Case, Setting, Unjudged};
use crate::grid::End;
use crate::process::{Coordinate, Process, REACH};
use crate::study::{Landscape, Problem, Region};
use std::f64::consts::E;

/// How far out the equations of a user are followed: e^72 units, of which the tenth power is still a number.
const FAR: f64 = 72.0;
/// Nearer than this no end is looked for, and in such steps.
const NEAR: f64 = 6.0;
const STEP: f64 = 2.0;
/// Difference of the slopes at an end and at two thirds of the way to it, absolute and relative, that makes them a limit.
const SAME: f64 = 1e-2;
/// What is left to change beyond the end, in changes on the last third of the way: so much where the slope has a correction
/// like the inverse of the coordinate, less for any power of the variable.
const LEFT: f64 = 2.0;
/// Error of an extrapolated slope that makes it a limit.
const SAME_AT_FACE: f64 = 1e-4;
/// Distances e^-k from a face elsewhere than at 0 at which the slope is taken.
const FACE: [usize; 2] = [4, 34];
/// By how much a slope without a limit must have grown on the last third of the way, and its least size then.
const GROWS: f64 = 1.25;
const STEEP: f64 = 1.0;
/// Part of a slope that the averages of a loss may leave open.
const OPEN: f64 = 0.1;

/// One region.
#[derive(Debug)]
pub(super) struct Stretch {
    /// The equation.
    pub process: Box<dyn Process<1>>,
    /// Lower and upper end of the coordinate.
    pub ends: [End; 2],
    /// Where they were measured.
    pub reach: [f64; 2],
    /// Which of them are reflecting walls.
    pub walls: [bool; 2],
}

impl Stretch {
    /// The regions that the support is cut into.
    pub(super) fn all(case: &Case) -> Result<Vec<Self>, Unjudged> {
        match &case.setting {
            Setting::Line(problem, _) => Self::of_network(problem),
            Setting::Field(problem, _) => {
                let process = problem.system.logarithmic().ok_or(Unjudged::Several)?;
                let natural = problem.system.process();
                let walls = natural.line().map_or([None; 2], |line| line.chart().axis(0).walls());
                Ok(vec![Self::measure(process, walls)?])
            }
        }
    }

    /// The region that holds the density.
    pub(super) fn dense(case: &Case) -> Result<Self, Unjudged> {
        Self::all(case)?.into_iter().find(|stretch| stretch.ends.iter().all(End::repels)).ok_or(Unjudged::NoDensity)
    }

    /// Of a diagonal network; without noise there are no ends to read.
    pub(super) fn of_network(problem: &Problem) -> Result<Vec<Self>, Unjudged> {
        if problem.model.moments.noiseless() {
            return Err(Unjudged::NoNoise);
        }
        let region = |Region { piece, ends }: Region| Self {
            process: Box::new(piece.process),
            ends,
            reach: ends.map(|end| end.side * REACH),
            walls: [false; 2],
        };
        Ok(Landscape::of(&problem.model, problem.branch)?.here.into_iter().map(region).collect())
    }

    fn measure(process: Box<dyn Process<1>>, walls: [Option<f64>; 2]) -> Result<Self, Unjudged> {
        let end = |which: usize| {
            let side = [-1.0, 1.0][which];
            let wall = walls[which].and_then(|wall| process.chart().axis(0).to_chart(wall));
            match wall {
                // At a force without bound p may be any power of the distance.
                Some(at) if !process.force(&[at]).value[0].is_finite() => Err(Unjudged::Unsettled),
                // No mass passes it, whatever the slope.
                Some(at) => {
                    Ok((End { slope: -side * f64::INFINITY, error: 0.0, inherited: 0.0, limit: false, side }, at))
                }
                None => measured(&*process, side),
            }
        };
        let [low, high] = [end(0)?, end(1)?];
        let walls = walls.map(|wall| wall.is_some());
        Ok(Self { process, ends: [low.0, high.0], reach: [low.1, high.1], walls })
    }

    /// The coordinate.
    pub(super) fn coordinate(&self) -> &Coordinate {
        self.process.chart().axis(0)
    }

    /// Which end is at v = 0, if one is and the process cannot cross it.
    pub(super) fn end_at_zero(&self) -> Option<usize> {
        let at_zero = self.coordinate().ends().iter().position(|v| *v == 0.0);
        at_zero.filter(|&which| !self.walls[which])
    }
}

/// An end, and where it was measured.
fn measured(process: &dyn Process<1>, side: f64) -> Result<(End, f64), Unjudged> {
    let end = process.chart().axis(0).ends()[usize::from(side > 0.0)];
    if end.is_finite() && end != 0.0 { at_face(process, side) } else { far_out(process, side) }
}

/// The end of a slope that grows without bound, as it does from `inner` to `slope`.
fn unbounded(side: f64, slope: f64, inner: f64) -> Result<End, Unjudged> {
    let grows = slope.abs() >= STEEP && slope.abs() >= GROWS * inner.abs() && slope * inner > 0.0;
    let end = End { slope: f64::INFINITY.copysign(slope), error: 0.0, inherited: 0.0, limit: false, side };
    grows.then_some(end).ok_or(Unjudged::Unsettled)
}

/// The slope at an infinite end or next to v = 0, as far out as it can be formed.
fn far_out(process: &dyn Process<1>, side: f64) -> Result<(End, f64), Unjudged> {
    let formed = |at: f64| {
        let (slope, open) = (process.force(&[side * at]).value[0], process.inherited_error(&[side * at])[0]);
        slope.is_finite() && open <= OPEN * slope.abs().max(STEEP)
    };
    let steps = ((FAR - NEAR) / STEP) as usize;
    let places = (0..=steps).map(|k| FAR - k as f64 * STEP);
    let at = side * places.into_iter().find(|&at| formed(at)).ok_or(Unjudged::Unsettled)?;
    let (end, inner) = (process.force(&[at]), process.force(&[at * (2.0 / 3.0)]).value[0]);
    let slope = end.value[0];
    let change = (slope - inner).abs();
    if change > SAME * slope.abs().max(1.0) {
        return Ok((unbounded(side, slope, inner)?, at));
    }
    let error = LEFT * change + 4.0 * f64::EPSILON * end.magnitude[0];
    Ok((End { slope, error, inherited: process.inherited_error(&[at])[0], limit: true, side }, at))
}

/// The slope next to a face elsewhere: corrections shrink with the distance, and the rounding of places grows. What the
/// first leave is extrapolated, and the place is taken where the outcome is known best.
fn at_face(process: &dyn Process<1>, side: f64) -> Result<(End, f64), Unjudged> {
    let [first, last] = FACE;
    let slopes: Vec<f64> = (first..last)
        .map(|k| process.force(&[side * k as f64]).value[0])
        .take_while(|slope| slope.is_finite())
        .collect();
    let extrapolated: Vec<f64> = slopes.windows(2).map(|pair| pair[1] + (pair[1] - pair[0]) / (E - 1.0)).collect();
    let places = (2..extrapolated.len()).map(|i| {
        let change = extrapolated[i - 2..=i].windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f64::max);
        // One extrapolation is made from two slopes.
        let at = side * (first + i + 1) as f64;
        (i, at, 2.0 * change + rounding(process, at) * slopes[i + 1].abs().max(1.0))
    });
    let (best, at, error) = places.min_by(|a, b| a.2.total_cmp(&b.2)).ok_or(Unjudged::Unsettled)?;
    let slope = extrapolated[best];
    if error <= SAME_AT_FACE * slope.abs().max(1.0) {
        return Ok((End { slope, error, inherited: process.inherited_error(&[at])[0], limit: true, side }, at));
    }
    let middle = slopes.len() / 2;
    Ok((unbounded(side, slopes[middle], slopes[middle / 2])?, side * (first + middle) as f64))
}

/// Relative rounding of the distance from the face, and of what is made of it.
fn rounding(process: &dyn Process<1>, at: f64) -> f64 {
    let coordinate = process.chart().axis(0);
    let gap = coordinate.gaps(at).into_iter().fold(f64::INFINITY, f64::min);
    4.0 * f64::EPSILON * coordinate.to_physical(at).abs() / gap
}
