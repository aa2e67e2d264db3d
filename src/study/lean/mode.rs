//! The maxima of p(v) on a line: where the force, less the slope of the chart's Jacobian, falls through zero.
//!
//! The nodes say between which of them it does; the root itself is found in the equation. Beyond the window, where
//! the density in the chart is negligible but the density in v may still rise, the search goes on towards the slope
//! measured at the end.

use super::pass::Line;
use crate::estimate::{Estimate, Quantity};
use crate::grid::End;
use crate::numeric::{Bracket, bracketed_root};
use crate::process::{Coordinate, Process, REACH};
use crate::study::Region;

/// Relative rounding of a force.
const ROUNDING: f64 = 4.0 * f64::EPSILON;
/// Peaks whose log heights differ by less than this are left to the full solver.
const ALIKE: f64 = 1e-6;
/// Part of a step over which the curvature at a peak is measured.
const NEAR: f64 = 0.125;

/// The highest place of a density, and how many peaks there are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LeanMode {
    /// Where p(v) is largest; the end of the support where it has no bound there.
    pub at: Quantity,
    /// Whether p(v) has no bound.
    pub diverges: bool,
    /// Number of interior maxima.
    pub maxima: usize,
}

impl LeanMode {
    /// That of a point mass.
    pub(super) fn point(v: f64) -> Self {
        Self { at: Quantity::Finite(Estimate::exact(v)), diverges: false, maxima: 0 }
    }
}

/// The mode; `None` where the line cannot tell it.
pub(super) fn mode(line: &Line, region: &Region) -> Option<LeanMode> {
    let slopes = Slopes { line, region };
    let mut best: Option<Crest> = None;
    let mut maxima = 0;
    for bracket in slopes.brackets()? {
        let crest = slopes.crest(bracket);
        maxima += 1;
        best = match best {
            Some(other) if (other.height - crest.height).abs() < ALIKE => return None,
            Some(other) if other.height > crest.height => Some(other),
            _ => Some(crest),
        };
    }
    for which in 0..2 {
        let face = region.piece.coordinate.ends()[which];
        if !face.is_finite() {
            continue;
        }
        let end = &region.ends[which];
        let growth = slopes.growth(end);
        if growth.abs() <= end.error {
            return None;
        }
        if growth > 0.0 {
            return Some(LeanMode { at: Quantity::Finite(Estimate::exact(face)), diverges: true, maxima });
        }
    }
    let crest = best?;
    Some(LeanMode { at: Quantity::Finite(crest.place), diverges: false, maxima })
}

/// A maximum of p(v).
struct Crest {
    place: Estimate,
    /// ln p there, up to a constant.
    height: f64,
}

struct Slopes<'a> {
    line: &'a Line,
    region: &'a Region,
}

/// Two places between which the slope falls through zero, and a node nearby.
struct Between {
    bracket: Bracket,
    node: usize,
}

impl Slopes<'_> {
    /// Slope of ln p(v) along the chart.
    fn at(&self, z: f64) -> f64 {
        self.region.piece.process.force(&[z]).value[0] - self.region.piece.coordinate.log_jacobian_slope(z)
    }

    /// How ln p(v) grows towards an end.
    fn growth(&self, end: &End) -> f64 {
        end.side * (end.slope - self.region.piece.coordinate.log_jacobian_slope(end.side * REACH))
    }

    /// Whether p(v) rises along the chart at node `i`, where the force is this.
    #[inline]
    fn rises(&self, i: usize, force: f64) -> bool {
        match self.region.piece.coordinate {
            Coordinate::Exponential { .. } => force > 1.0,
            // No chart of a line has a steeper Jacobian.
            _ if force.abs() > 1.0 + f64::EPSILON => force > 0.0,
            other => force > other.log_jacobian_slope(self.line.node(i)),
        }
    }

    /// Every place where p(v) turns from rising to falling.
    fn brackets(&self) -> Option<Vec<Between>> {
        let line = self.line;
        let last = line.nodes() - 1;
        let mut found = Vec::new();
        let mut rising = self.rises(0, line.force_at(0));
        if self.growth(&self.region.ends[0]) < 0.0 && !rising {
            found.push(Between { bracket: self.outwards(0, -1.0)?, node: 0 });
        }
        for (i, &force) in line.forces().iter().enumerate().skip(1) {
            let rises = self.rises(i, force);
            if rising && !rises {
                found.push(Between { bracket: Bracket { low: line.node(i - 1), high: line.node(i) }, node: i });
            }
            rising = rises;
        }
        if self.growth(&self.region.ends[1]) < 0.0 && rising {
            found.push(Between { bracket: self.outwards(last, 1.0)?, node: last });
        }
        Some(found)
    }

    /// Beyond the window, from its outermost node to where the slope has the sign it has at the end.
    fn outwards(&self, node: usize, side: f64) -> Option<Bracket> {
        let mut near = self.line.node(node);
        let mut width = 1.0;
        loop {
            let far = near + side * width;
            if far.abs() > REACH {
                return None;
            }
            if side * self.at(far) < 0.0 {
                return Some(Bracket { low: near.min(far), high: near.max(far) });
            }
            (near, width) = (far, 2.0 * width);
        }
    }

    fn crest(&self, between: Between) -> Crest {
        let Region { piece, .. } = self.region;
        let z = bracketed_root(between.bracket, |z| self.at(z));
        let step = NEAR * self.line.step;
        let curvature = (self.at(z + step) - self.at(z - step)).abs() / (2.0 * step);
        let widest = between.bracket.high - between.bracket.low;
        let magnitude = piece.process.force(&[z]).magnitude[0] + 1.0;
        let off = |size: f64| (size / curvature).min(widest);
        let jacobian = piece.coordinate.log_jacobian(z).exp();
        let v = piece.coordinate.to_physical(z);
        let rounding =
            (off(ROUNDING * magnitude) + 4.0 * f64::EPSILON * z.abs()) * jacobian + 2.0 * f64::EPSILON * v.abs();
        let input = off(piece.process.inherited_error(&[z])[0]) * jacobian;
        // From the node to the crest by Simpson's rule: enough to tell heights apart.
        let from = self.line.node(between.node);
        let rise = (z - from) / 6.0 * (self.at(from) + 4.0 * self.at(0.5 * (from + z)));
        let height = self.line.log_density[between.node] - piece.coordinate.log_jacobian(from) + rise;
        Crest { place: Estimate::computed(v, 0.0, rounding).inheriting(input), height }
    }
}
