//! What the ends of the box say about the tails: power laws, integrals that do not exist, laws that do not.

use super::frame::Frame;
use crate::density::field::{End, PLACES};
use crate::process::{Coordinate, Process};
use crate::study::StudyError;

/// A power law whose exponent drifts by less than this between the two places is one.
const SETTLED: f64 = 0.03;
/// Decay per e-folding of distance below which an integral hardly converges.
const SLOW: f64 = 0.02;
/// A decay per e-folding of less than this is none: the law is as good as level there.
const LEVEL: f64 = 1e-9;
/// Part of a growth rate by which it may differ between two places or two lattices and still be believed.
const STEADY: f64 = 0.5;
/// Mass of the outer twelfth of an axis from which on it is held to run away, if it grows outward.
const CROWDED: f64 = 1e-3;

/// How a box ends.
#[derive(Debug, Clone)]
pub(super) struct Tails<const N: usize> {
    /// Distances from the middle of the law of the places where rates are measured: rate times distance is a power.
    pub distances: [[[f64; 2]; 2]; N],
    /// Which axes have no chart of their own, so that a power law in z is slower than any rate.
    plain: [bool; N],
}

impl<const N: usize> Tails<N> {
    /// Of a frame.
    pub fn of(process: &dyn Process<N>, frame: &Frame<N>) -> Self {
        let distance = |i: usize, side: usize, part: f64| {
            let (grading, walls) = (&frame.gradings[i], frame.walls[i]);
            let inward = part * grading.half(walls, side);
            let xi = if side == 0 { walls[0] + inward } else { walls[1] - inward };
            (grading.z(xi) - grading.z(grading.middle(walls))).abs()
        };
        Self {
            distances: std::array::from_fn(|i| std::array::from_fn(|side| PLACES.map(|part| distance(i, side, part)))),
            plain: std::array::from_fn(|i| matches!(process.chart().axis(i), Coordinate::Identity { .. })),
        }
    }

    /// What an integral may miss beyond the box, whose integrand ends like this along the axes, where it converges so slowly
    /// that boxes cannot tell: then all that its tails would add if they went on as they are; else 0.
    pub fn missed(&self, ends: &[[End; 2]; N]) -> f64 {
        let slow = |i: usize, side: usize| {
            let end = &ends[i][side];
            let decay = if self.plain[i] { end.rate * self.distances[i][side][0] - 1.0 } else { end.rate };
            if end.beyond > 0.0 && decay < SLOW { end.beyond } else { 0.0 }
        };
        (0..N).flat_map(|i| [slow(i, 0), slow(i, 1)]).sum()
    }

    /// Whether an integral exists whose integrand ends like this along the axes, on the finest lattice and on the one before.
    pub fn existence(&self, ends: &[[End; 2]; N], before: &[[End; 2]; N]) -> Existence {
        (0..N).map(|i| self.moment(ends, before, i, 0.0)).fold(Existence::Finite, Existence::and)
    }

    /// The same with the integrand times z_i^order, for the ends of axis `i` alone.
    pub fn moment(&self, ends: &[[End; 2]; N], before: &[[End; 2]; N], i: usize, order: f64) -> Existence {
        let side = |side: usize| {
            let decay = |end: &End| {
                // The integrand falls like |z|^-a; it is extrapolated to infinity by what it still changes.
                let power = |rate: f64, place: usize| rate * self.distances[i][side][place] - order - 1.0;
                if self.plain[i] {
                    [power(end.rate, 0), power(end.rate_inside, 1)]
                } else {
                    [end.rate, end.rate_inside]
                }
            };
            let end = &ends[i][side];
            let ([here, inside], [coarse, _]) = (decay(end), decay(&before[i][side]));
            if end.beyond == 0.0 || !end.rate.is_finite() || here > 0.0 {
                return Existence::Finite;
            }
            // Lattices that do not resolve what leads to an end make an integrand grow there that does not.
            let same = |other: f64| (other - here).abs() <= STEADY * here.abs() + LEVEL.sqrt();
            if same(inside) && same(coarse) { Existence::Infinite } else { Existence::Undecided }
        };
        side(0).and(side(1))
    }
}

/// Whether an integral exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Existence {
    Finite,
    Undecided,
    Infinite,
}

impl Existence {
    /// Of a sum of integrals.
    pub fn and(self, other: Self) -> Self {
        self.max(other)
    }
}

/// A power law of the density at one end.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Power {
    /// m in p ~ |v|^-m.
    pub exponent: f64,
    /// How far it moved between the two places where it was measured.
    pub drift: f64,
}

/// The power law that a marginal ends with, if it does, from the rates at two `distances`.
pub(super) fn power(end: &End, distances: [f64; 2], axis: &Coordinate, side: usize) -> Option<Power> {
    if end.beyond == 0.0 || !(end.rate.is_finite() && end.rate_inside.is_finite()) {
        return None;
    }
    let found = match axis {
        Coordinate::Exponential { .. } => {
            let exponent = |rate: f64| if side == 1 { rate + 1.0 } else { 1.0 - rate };
            Power { exponent: exponent(end.rate), drift: (end.rate - end.rate_inside).abs() }
        }
        Coordinate::Identity { .. } => {
            let exponents = [end.rate * distances[0], end.rate_inside * distances[1]];
            Power { exponent: exponents[0], drift: (exponents[0] - exponents[1]).abs() }
        }
        _ => return None,
    };
    (found.drift <= SETTLED * found.exponent.abs().max(1.0)).then_some(found)
}

/// Refuses a law whose mass runs to an end of the box that is not a wall of the model.
///
/// `log_mass` are the masses per xi of axis `i`, one per cell.
pub(super) fn refuse_runaway<const N: usize>(
    process: &dyn Process<N>,
    frame: &Frame<N>,
    names: (&[String], &[String]),
    i: usize,
    log_mass: &[f64],
    ends: &[End; 2],
) -> Result<(), StudyError> {
    let top = log_mass.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let masses: Vec<f64> = log_mass.iter().map(|m| (m - top).exp()).collect();
    let whole: f64 = masses.iter().sum();
    let outer = (masses.len() / 12).max(1);
    for side in 0..2 {
        if frame.real[i][side] {
            continue;
        }
        let part: f64 =
            if side == 0 { masses[..outer].iter().sum() } else { masses[masses.len() - outer..].iter().sum() };
        let axis = process.chart().axis(i);
        let plain = matches!(axis, Coordinate::Identity { .. });
        // A power law in the variable itself, of which the rate is one where it was measured.
        let middle = frame.gradings[i].z(frame.gradings[i].middle(frame.walls[i]));
        let power = ends[side].rate * (ends[side].at - middle).abs();
        let grows = if plain { power <= 1.0 } else { ends[side].rate <= LEVEL };
        if grows && part / whole > CROWDED {
            let (mut face, exponent) = face(axis, names, i, side, ends[side].rate, power);
            // Paths may end at the other end as well.
            if N == 1 && !frame.real[i][1 - side] && !plain && ends[1 - side].rate <= LEVEL {
                let (other, _) = self::face(axis, names, i, 1 - side, ends[1 - side].rate, power);
                face = format!("{face} or to {other}, with probabilities that depend on the start");
            }
            // In several variables a strong current smears a law over all of a coarse lattice.
            return Err(if N == 1 {
                StudyError::RunsAway { face, exponent }
            } else {
                StudyError::Adrift { face, exponent }
            });
        }
    }
    Ok(())
}

/// An end of an axis in words, and the power of the distance from it (or of the variable) that the density goes like.
fn face(
    axis: &Coordinate,
    names: (&[String], &[String]),
    i: usize,
    side: usize,
    rate: f64,
    power: f64,
) -> (String, f64) {
    let sign = |upper: bool| if upper { "" } else { "-" };
    let at = |place: f64| (format!("{} = {place}", names.0[i]), rate - 1.0);
    let far = |upper: bool, exponent: f64| (format!("{} = {}infinity", names.0[i], sign(upper)), exponent);
    match *axis {
        Coordinate::Exponential { origin, .. } if side == 0 => at(origin),
        Coordinate::Exponential { sign, .. } => far(sign > 0.0, -rate - 1.0),
        Coordinate::Interval { lower, upper } => at(if side == 0 { lower } else { upper }),
        Coordinate::Segment { face, .. } => at(face),
        Coordinate::Identity { .. } => far(side == 1, -power),
        _ => (format!("{} = {}infinity", names.1[i], sign(side == 1)), -rate),
    }
}
