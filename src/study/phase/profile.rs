//! The slope of ln p(v) along the chart, over all of it: where p rises and falls.

use super::ends;
use super::margin::{Case, Margin, Unjudged};
use super::stretch::Stretch;
use crate::grid::{Panel, resolve};
use crate::numeric::{Bracket, Q, bracketed_root, lowest};

/// Narrowings of the place of an extreme slope; the slope is flat there, so half the digits suffice.
const NARROWINGS: usize = 60;
/// Rise of the log density that the integral between two maxima may leave unresolved.
const UNRESOLVED: f64 = 1e-13;
/// The same, absolute and relative, for the nodes at which the slope is looked at, and their widest panel.
const ROUGH: f64 = 1e-6;
const WIDEST: f64 = 75.0;
/// Halvings of the distance at which the neighbourhood of an extreme is looked at.
const HALVINGS: i32 = 24;
/// The third of three maxima must be lower than the second by this part of what the second is below the first.
const THIRD: f64 = 0.1;

/// The slope of ln p(v) at many places from end to end.
pub(super) struct Profile<'a> {
    stretch: &'a Stretch,
    z: Vec<f64>,
    slope: Vec<f64>,
}

/// Applies `judge` to the profile of the law.
pub(super) fn of<T>(case: &Case, judge: impl Fn(&Profile<'_>) -> Result<T, Unjudged>) -> Result<T, Unjudged> {
    judge(&Profile::of(&Stretch::dense(case)?)?)
}

/// Whether p first rises and then falls: positive where it has an interior maximum.
pub(super) fn mode_loss(case: &Case) -> Result<Margin, Unjudged> {
    of(case, |profile| Ok(profile.turning(1.0)))
}

/// Whether p first falls and then rises: positive where it has a valley.
pub(super) fn bimodality(case: &Case) -> Result<Margin, Unjudged> {
    of(case, |profile| Ok(profile.turning(-1.0)))
}

/// Chart coordinate of the global mode, infinite where p diverges at an end.
pub(super) fn mode(case: &Case) -> Result<f64, Unjudged> {
    of(case, |profile| {
        let diverges = [0, 1].map(|which| ends::power(profile.stretch, which).is_some_and(|power| power.value <= 0.0));
        match diverges {
            [true, _] => Ok(f64::NEG_INFINITY),
            [_, true] => Ok(f64::INFINITY),
            _ => {
                let heights = profile.heights(&profile.maxima())?;
                heights.first().map(|(_, z)| *z).ok_or(Unjudged::OneMaximum)
            }
        }
    })
}

/// Which of two maxima is higher, a divergence at an end of |v| among them.
pub(super) fn mode_jump(case: &Case) -> Result<Margin, Unjudged> {
    of(case, |profile| {
        let maxima = profile.maxima();
        // An end at which p vanishes faster than any power is not about to diverge.
        let near = |power: &Margin| power.value.abs() < 1.0;
        let powers = [0, 1].map(|which| ends::power(profile.stretch, which).filter(near));
        let diverges = powers.map(|power| power.is_some_and(|power| power.value <= 0.0));
        // Where p diverges at one end, that is higher than any maximum; as is the only maximum than an end without.
        match (maxima.as_slice(), diverges, powers) {
            ([], ..) => Err(Unjudged::OneMaximum),
            (_, [true, true], _) => Err(Unjudged::NoValue),
            (_, [true, _], [Some(power), _]) => Ok(power),
            (_, [_, true], [_, Some(power)]) => Ok(-power),
            ([_], _, [Some(power), _]) => Ok(power),
            ([_], _, [_, Some(power)]) => Ok(-power),
            ([_], ..) => Err(Unjudged::OneMaximum),
            ([low, high], ..) => profile.rise(*low, *high),
            (many, ..) => profile.rise_of_highest(many),
        }
    })
}

impl<'a> Profile<'a> {
    fn of(stretch: &'a Stretch) -> Result<Self, Unjudged> {
        let accept = |p: &Panel| p.unresolved <= ROUGH.max(ROUGH * p.rise.abs()) && p.width() <= WIDEST;
        let (mut panels, [low, high]) = (Vec::new(), stretch.reach);
        resolve(&*stretch.process, low, high, &accept, &mut panels)?;
        let mut profile = Self { stretch, z: Vec::new(), slope: Vec::new() };
        profile.add_end(0);
        for panel in &panels {
            for j in 0..Q {
                let z = panel.node(j);
                profile.z.push(z);
                profile.slope.push(panel.force[j] - stretch.coordinate().log_jacobian_slope(z));
            }
        }
        profile.add_end(1);
        profile.look_closer();
        Ok(profile)
    }

    /// Nodes on both sides of every extreme of p, nearer and nearer: where a maximum splits in two with a valley between
    /// them, all three are within one spacing at first.
    fn look_closer(&mut self) {
        let crossings: Vec<usize> = (1..self.z.len()).filter(|&i| self.slope[i - 1] * self.slope[i] < 0.0).collect();
        for i in crossings {
            let bracket = Bracket { low: self.z[i - 1], high: self.z[i] };
            let width = bracket.high - bracket.low;
            let zero = bracketed_root(bracket, |z| self.slope_at(z));
            let shifts = (1..=HALVINGS).map(|k| width * 0.5f64.powi(k));
            shifts.flat_map(|shift| [zero - shift, zero + shift]).for_each(|z| self.add(z));
        }
        let mut order: Vec<usize> = (0..self.z.len()).collect();
        order.sort_by(|&i, &j| self.z[i].total_cmp(&self.z[j]));
        self.slope = order.iter().map(|&i| self.slope[i]).collect();
        self.z = order.iter().map(|&i| self.z[i]).collect();
    }

    /// An end, with the limit of the slope there if it has one.
    fn add_end(&mut self, which: usize) {
        let z = self.stretch.reach[which];
        let limit = self.stretch.ends[which].limit.then(|| ends::slope_of_density(self.stretch, which));
        self.z.push(z);
        self.slope.push(limit.unwrap_or_else(|| self.slope_at(z)));
    }

    fn add(&mut self, z: f64) {
        self.z.push(z);
        self.slope.push(self.slope_at(z));
    }

    fn slope_at(&self, z: f64) -> f64 {
        self.stretch.process.force(&[z]).value[0] - self.stretch.coordinate().log_jacobian_slope(z)
    }

    /// Whether `sign` times the slope is positive at a place and negative at a later one: of its maxima and the minima
    /// that follow them, the pair that is farthest on both sides of 0, and how far the nearer of the two is; -1 where no
    /// minimum follows a maximum.
    fn turning(&self, sign: f64) -> Margin {
        let height = |i: usize| sign * self.slope[i];
        let last = self.z.len() - 1;
        let rises = |i: usize, j: usize| height(j) > height(i);
        let maximum = |i: usize| (i == 0 || !rises(i, i - 1)) && (i == last || rises(i + 1, i));
        let minimum = |i: usize| (i == 0 || rises(i, i - 1)) && (i == last || !rises(i + 1, i));
        let mut highest: Option<usize> = None;
        let mut best: Option<(f64, [usize; 2])> = None;
        for i in 0..=last {
            if maximum(i) && highest.is_none_or(|h| rises(h, i)) {
                highest = Some(i);
            }
            if let Some(high) = highest.filter(|_| minimum(i)) {
                let apart = height(high).min(-height(i));
                if best.is_none_or(|(most, _)| apart > most) {
                    best = Some((apart, [high, i]));
                }
            }
        }
        best.map_or(Margin::new(-1.0, 0.0), |(_, [high, low])| self.extreme(high, sign).min(self.extreme(low, -sign)))
    }

    /// The largest value of `sign` times the slope next to place `i`.
    fn extreme(&self, i: usize, sign: f64) -> Margin {
        let last = self.z.len() - 1;
        if i == 0 || i == last {
            let end = &self.stretch.ends[usize::from(i > 0)];
            if end.limit {
                return Margin::squashed(sign * self.slope[i], end, 0.0);
            }
        }
        let z = self.z[i];
        // A wall is looked at alone.
        let around = if i == 0 || i == last { [z; 3] } else { [self.z[i - 1], z, self.z[i + 1]] };
        let (z, lowest) = lowest(around, NARROWINGS, |z| -sign * self.slope_at(z));
        let top = -lowest;
        let force = self.stretch.process.force(&[z]);
        let inherited = self.stretch.process.inherited_error(&[z])[0];
        let error = 4.0 * f64::EPSILON * (1.0 + force.magnitude[0]) + inherited;
        let shrink = 1.0 + top.abs();
        Margin::new(top / shrink, error / (shrink * shrink))
    }

    /// Chart coordinates of the maxima inside and at walls, in the order of the distance from v = 0 where v is on one
    /// side of it.
    fn maxima(&self) -> Vec<f64> {
        let (first, last) = (0, self.z.len() - 1);
        let mut places = Vec::new();
        if self.stretch.walls[0] && self.slope[first] < 0.0 {
            places.push(self.z[first]);
        }
        for i in 1..self.z.len() {
            if self.slope[i - 1] > 0.0 && self.slope[i] <= 0.0 {
                let bracket = Bracket { low: self.z[i - 1], high: self.z[i] };
                places.push(bracketed_root(bracket, |z| self.slope_at(z)));
            }
        }
        if self.stretch.walls[1] && self.slope[last] > 0.0 {
            places.push(self.z[last]);
        }
        places
    }

    /// ln p(v) at maxima above that at the first of them, and where they are, the highest first.
    fn heights(&self, maxima: &[f64]) -> Result<Vec<(f64, f64)>, Unjudged> {
        let mut height = 0.0;
        let mut heights: Vec<(f64, f64)> = maxima.first().map(|z| (height, *z)).into_iter().collect();
        for pair in maxima.windows(2) {
            height += self.log_rise(pair[0], pair[1])?.value;
            heights.push((height, pair[1]));
        }
        heights.sort_by(|a, b| b.0.total_cmp(&a.0));
        Ok(heights)
    }

    /// Of three maxima and more the rise between the two highest. It would change its sign where the third overtakes the second on
    /// the other side of the first, without a jump of the mode: near to that it has no value.
    fn rise_of_highest(&self, maxima: &[f64]) -> Result<Margin, Unjudged> {
        let heights = self.heights(maxima)?;
        let [first, second, third] = [heights[0], heights[1], heights[2]];
        let apart = (second.1 < first.1) != (third.1 < first.1);
        if apart && second.0 - third.0 < THIRD * (first.0 - second.0) {
            return Err(Unjudged::NoValue);
        }
        self.rise(first.1.min(second.1), first.1.max(second.1))
    }

    /// ln p(v) at `high` less that at `low`, both chart coordinates, mapped to (-1, 1).
    fn rise(&self, low: f64, high: f64) -> Result<Margin, Unjudged> {
        let Margin { value, error } = self.log_rise(low, high)?;
        let shrink = 1.0 + value.abs();
        Ok(Margin::new(value / shrink, error / (shrink * shrink)))
    }

    fn log_rise(&self, low: f64, high: f64) -> Result<Margin, Unjudged> {
        let (process, coordinate) = (&*self.stretch.process, self.stretch.coordinate());
        let mut panels = Vec::new();
        if high > low {
            let accept = |p: &Panel| p.unresolved <= UNRESOLVED.max(4.0 * f64::EPSILON * p.magnitude);
            resolve(process, low, high, &accept, &mut panels)?;
        }
        let jacobian = coordinate.log_jacobian(high) - coordinate.log_jacobian(low);
        let sum: f64 = panels.iter().map(|p| p.rise).sum();
        let inherited: f64 = panels.iter().map(|p| p.inherited(process)).sum();
        let magnitude: f64 = panels.iter().map(|p| p.magnitude).sum();
        let unresolved: f64 = panels.iter().map(|p| p.unresolved).sum();
        let error = unresolved + inherited + 4.0 * f64::EPSILON * (magnitude + jacobian.abs());
        Ok(Margin::new(sum - jacobian, error))
    }
}
