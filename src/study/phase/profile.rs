//! The slope of ln p(v) along the chart, over all of it: where p rises and falls.

use super::ends::{dense, landscape};
use super::margin::{Margin, Unjudged};
use crate::grid::{Panel, Survey, resolve};
use crate::numeric::{Bracket, Q, bracketed_root};
use crate::process::{Process, REACH};
use crate::study::{Problem, Region};

/// Narrowings of the place of an extreme slope; the slope is flat there, so half the digits suffice.
const NARROWINGS: usize = 60;
/// Rise of the log density that the integral between two maxima may leave unresolved.
const UNRESOLVED: f64 = 1e-13;

/// The slope of ln p(v) at many places from end to end.
pub(super) struct Profile<'a> {
    region: &'a Region,
    z: Vec<f64>,
    slope: Vec<f64>,
}

/// Applies `judge` to the profile of the law.
pub(super) fn of<T>(problem: &Problem, judge: impl Fn(&Profile<'_>) -> Result<T, Unjudged>) -> Result<T, Unjudged> {
    let landscape = landscape(problem)?;
    judge(&Profile::of(dense(&landscape)?)?)
}

/// Whether p first rises and then falls: positive where it has an interior maximum.
pub(super) fn mode_loss(problem: &Problem) -> Result<Margin, Unjudged> {
    of(problem, |profile| Ok(profile.turning(1.0)))
}

/// Whether p first falls and then rises: positive where it has a valley.
pub(super) fn bimodality(problem: &Problem) -> Result<Margin, Unjudged> {
    of(problem, |profile| Ok(profile.turning(-1.0)))
}

/// Which of two maxima is higher, a divergence at the lower end of |v| among them.
pub(super) fn mode_jump(problem: &Problem) -> Result<Margin, Unjudged> {
    of(problem, |profile| {
        let maxima = profile.maxima();
        let face = super::ends::power_at_zero(profile.region);
        match (maxima.as_slice(), face) {
            ([low, .., high], face) if face.is_none_or(|power| power.value > 0.0) => profile.rise(*low, *high),
            // One of them is at v = 0 once p diverges there, and is the highest then.
            ([_, ..], Some(power)) => Ok(power),
            _ => Err(Unjudged::OneMaximum),
        }
    })
}

impl<'a> Profile<'a> {
    fn of(region: &'a Region) -> Result<Self, Unjudged> {
        let survey = Survey::of(&region.piece.process)?;
        let mut profile = Self { region, z: Vec::new(), slope: Vec::new() };
        profile.add(-REACH);
        for panel in &survey.panels {
            for j in 0..Q {
                let z = panel.node(j);
                profile.z.push(z);
                profile.slope.push(panel.force[j] - region.piece.coordinate.log_jacobian_slope(z));
            }
        }
        profile.add(REACH);
        Ok(profile)
    }

    fn add(&mut self, z: f64) {
        self.z.push(z);
        self.slope.push(self.slope_at(z));
    }

    fn slope_at(&self, z: f64) -> f64 {
        let piece = &self.region.piece;
        piece.process.force(&[z]).value[0] - piece.coordinate.log_jacobian_slope(z)
    }

    /// The largest m so that `sign` times the slope exceeds m at some place, and falls below -m at a later one.
    fn turning(&self, sign: f64) -> Margin {
        let n = self.z.len();
        // The highest place up to each, and the lowest from each on.
        let mut highest = vec![0; n];
        for i in 1..n {
            let before = highest[i - 1];
            highest[i] = if sign * self.slope[i] > sign * self.slope[before] { i } else { before };
        }
        let mut lowest = n - 1;
        let mut best: Option<(f64, usize, bool)> = None;
        for i in (0..n).rev() {
            if sign * self.slope[i] < sign * self.slope[lowest] {
                lowest = i;
            }
            let [rises, falls] = [sign * self.slope[highest[i]], -sign * self.slope[lowest]];
            let (least, place, up) = if rises < falls { (rises, highest[i], true) } else { (falls, lowest, false) };
            if best.is_none_or(|(most, ..)| least > most) {
                best = Some((least, place, up));
            }
        }
        let (_, place, up) = best.unwrap_or((f64::NAN, 0, true));
        let sign = if up { sign } else { -sign };
        self.extreme(place, sign)
    }

    /// The largest value of `sign` times the slope next to place `i`.
    fn extreme(&self, i: usize, sign: f64) -> Margin {
        let value = |z: f64| sign * self.slope_at(z);
        let (mut low, mut high) = (self.z[i.saturating_sub(1)], self.z[(i + 1).min(self.z.len() - 1)]);
        let (mut z, mut top) = (self.z[i], sign * self.slope[i]);
        let golden = 0.5 * (3.0 - 5.0_f64.sqrt());
        if i == 0 || i + 1 == self.z.len() {
            (low, high) = (z, z);
        }
        for _ in 0..NARROWINGS {
            let wider = if high - z > z - low { high } else { low };
            let next = z + golden * (wider - z);
            let there = value(next);
            if there > top {
                if next > z {
                    low = z
                } else {
                    high = z
                }
                (z, top) = (next, there);
            } else if next > z {
                high = next;
            } else {
                low = next;
            }
        }
        let force = self.region.piece.process.force(&[z]);
        let inherited = self.region.piece.process.inherited_error(&[z])[0];
        let error = 4.0 * f64::EPSILON * (1.0 + force.magnitude[0]) + inherited;
        let shrink = 1.0 + top.abs();
        Margin::new(top / shrink, error / (shrink * shrink))
    }

    /// Chart coordinates of the interior maxima, in the order of the distance from v = 0 where v is on one side of it.
    fn maxima(&self) -> Vec<f64> {
        let mut places = Vec::new();
        for i in 1..self.z.len() {
            if self.slope[i - 1] > 0.0 && self.slope[i] <= 0.0 {
                let bracket = Bracket { low: self.z[i - 1], high: self.z[i] };
                places.push(bracketed_root(bracket, |z| self.slope_at(z)));
            }
        }
        places
    }

    /// ln p(v) at `high` less that at `low`, both chart coordinates.
    fn rise(&self, low: f64, high: f64) -> Result<Margin, Unjudged> {
        let piece = &self.region.piece;
        let mut panels = Vec::new();
        if high > low {
            let accept = |p: &Panel| p.unresolved <= UNRESOLVED.max(4.0 * f64::EPSILON * p.magnitude);
            resolve(&piece.process, low, high, &accept, &mut panels)?;
        }
        let jacobian = piece.coordinate.log_jacobian(high) - piece.coordinate.log_jacobian(low);
        let sum: f64 = panels.iter().map(|p| p.rise).sum();
        let inherited: f64 = panels.iter().map(|p| p.inherited(&piece.process)).sum();
        let magnitude: f64 = panels.iter().map(|p| p.magnitude).sum();
        let unresolved: f64 = panels.iter().map(|p| p.unresolved).sum();
        let error = unresolved + inherited + 4.0 * f64::EPSILON * (magnitude + jacobian.abs());
        let value = sum - jacobian;
        let shrink = 1.0 + value.abs();
        Ok(Margin::new(value / shrink, error / (shrink * shrink)))
    }
}
