//! From the sums of a line to numbers with bars.

use super::mode::mode;
use super::pass::{Line, Physical};
use super::quantile::Side;
use super::tail::{Approach, Tail};
use super::window::{self, Window};
use super::{Ask, FINEST, Lean, LeanLaw, LeanMode, LeanQuantile, Route};
use crate::estimate::{Estimate, Quantity};
use crate::grid::End;
use crate::process::{Coordinate, Process, REACH};
use crate::study::Region;

/// Part of the difference between the sums over every and every second node that the better one may be off by:
/// convergence is geometric, so a difference of d leaves an error of order d^2.
const CONVERGED: f64 = 1e-2;
/// Largest such difference, for that to hold.
const RESOLVED: f64 = 1e-6;
/// The same in parts of the tolerance.
const SHARE: f64 = 10.0;
/// Relative rounding of one force.
const ROUNDING: f64 = 4.0 * f64::EPSILON;
/// Error of a chart coordinate inside a line (its exponentials are made by recurrence).
const COORDINATE: f64 = 4e-15;
/// Distance in the chart between the forces from which the approach to a steady slope is read.
const APART: f64 = 0.5;
/// Densities further below the highest than this (as a logarithm) are not kept.
const LOWEST: f64 = -650.0;
/// An open end must be this far below the maximum of every integrand.
const OPEN: f64 = -26.0;

/// What is known of a law besides its density at the nodes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Summary {
    nodes: usize,
    log_total: f64,
    log_density: f64,
    mean: Quantity,
    variance: Quantity,
    mode: Option<LeanMode>,
}

/// Sums with their relative errors, grid and rounding apart.
#[derive(Debug, Clone, Copy)]
struct Moment {
    value: f64,
    grid: f64,
    tail: f64,
}

impl Lean {
    /// The law on the coarsest line that suffices; `None` if none does.
    pub(super) fn on_a_line(&mut self, region: &Region, ask: &Ask<'_>) -> Option<Summary> {
        let process = &region.piece.process;
        let coordinate = region.piece.coordinate;
        let orders = [0, 1].map(|which| highest_order(&region.ends[which], &coordinate));
        let window = window::find(process, &region.ends, orders)?;
        let rounding = rounding(process, &window);
        let mut halvings = 0;
        loop {
            let nodes = self.nodes << halvings;
            self.line.fill(process, &window, nodes, self.arch)?;
            let attempt = Attempt { line: &self.line, region, window, orders, rounding, tolerance: ask.tolerance };
            match attempt.summary(&mut self.quantiles, ask) {
                Ok(summary) => return Some(summary),
                Err(Refusal::Final) => return None,
                Err(Refusal::Coarse(factor)) => halvings += factor.log2().ceil().max(1.0) as u32,
            }
            if halvings > FINEST {
                return None;
            }
        }
    }

    pub(super) fn report(&mut self, region: &Region, summary: Summary, ask: &Ask<'_>) -> LeanLaw<'_> {
        let coordinate = region.piece.coordinate;
        let stride = summary.nodes / self.nodes;
        self.log_density.resize(if ask.density { self.nodes } else { 0 }, 0.0);
        let Summary { log_total, .. } = summary;
        self.arch.dispatch(Physical { line: &self.line, coordinate, stride, log_total, out: &mut self.log_density });
        LeanLaw {
            route: Route::Line { nodes: summary.nodes },
            point: None,
            chart: Some(coordinate),
            start: self.line.start,
            step: self.line.step * stride as f64,
            log_density: &self.log_density,
            log_density_error: summary.log_density,
            mean: summary.mean,
            variance: summary.variance,
            quantiles: &self.quantiles,
            tail_exponent: tail_exponent(region),
            mode: summary.mode,
        }
    }
}

/// The highest of the orders 0, 1, 2 of which a moment exists at an end, 0 where |v| does not grow towards it.
fn highest_order(end: &End, coordinate: &Coordinate) -> f64 {
    let steepness = end.side * coordinate.log_abs_slope(end.side * REACH);
    if coordinate.ends()[usize::from(end.side > 0.0)].is_finite() {
        return 0.0;
    }
    let falls = |order: f64| !end.limit || -end.side * end.slope - order * steepness > end.error + order * 1e-15;
    if falls(2.0) {
        2.0
    } else if falls(1.0) {
        1.0
    } else {
        0.0
    }
}

/// Rounding error of the log density over a window: of the force itself, of the coordinate it is taken at, and of
/// the parameters when they were read.
fn rounding(process: &dyn Process<1>, window: &Window) -> f64 {
    let width = window.high - window.low;
    let at = |part: f64| process.force(&[window.low + part * width]);
    let samples = [0.0, 0.25, 0.5, 0.75, 1.0].map(at);
    let magnitude = samples.iter().map(|f| f.magnitude[0]).sum::<f64>() / samples.len() as f64;
    let variation = samples.windows(2).map(|w| (w[0].value[0] - w[1].value[0]).abs()).sum::<f64>();
    let inherited = (0..=8).map(|i| process.inherited_error(&[window.low + 0.125 * f64::from(i) * width])[0]);
    let inherited = inherited.sum::<f64>() / 9.0 * width;
    let farthest = window.low.abs().max(window.high.abs());
    3.0 * (ROUNDING * magnitude * width + variation * (COORDINATE + f64::EPSILON * farthest)) + 2.0 * inherited + 3e-14
}

/// m with p(v) ~ |v|^-m at infinity: the slowest of the infinite ends.
fn tail_exponent(region: &Region) -> Quantity {
    let ends = region.piece.coordinate.ends();
    let mut slowest: Option<(f64, f64)> = None;
    for (end, _) in region.ends.iter().zip(ends).filter(|(_, v)| v.is_infinite()) {
        if !end.limit {
            return Quantity::Absent;
        }
        let exponent = 1.0 - end.side * end.slope;
        if slowest.is_none_or(|(least, _)| exponent < least) {
            slowest = Some((exponent, end.error + end.inherited + f64::EPSILON));
        }
    }
    slowest.map_or(Quantity::Absent, |(m, error)| Quantity::Finite(Estimate::computed(m, 0.0, error)))
}

/// No term of an expansion.
const NOTHING: (f64, f64) = (0.0, 0.0);

/// Why a line does not do.
enum Refusal {
    /// The step is this many times too long.
    Coarse(f64),
    /// A finer line would not help.
    Final,
}

struct Attempt<'a> {
    line: &'a Line,
    region: &'a Region,
    window: Window,
    orders: [f64; 2],
    rounding: f64,
    tolerance: f64,
}

impl Attempt<'_> {
    fn summary(&self, found: &mut Vec<LeanQuantile>, ask: &Ask<'_>) -> Result<Summary, Refusal> {
        let line = self.line;
        // Order 10: halving the step divides the defect by about 1000.
        if 4.0 * line.defect > self.tolerance {
            return Err(Refusal::Coarse((4.0 * line.defect / self.tolerance).powf(0.1)));
        }
        let tails = self.tails().ok_or(Refusal::Final)?;
        let total = self.moment(0, &tails)?;
        let shape = line.defect + self.rounding;
        let relative = shape + total.grid + total.tail;
        let log_density = 2.0 * shape + total.grid + total.tail;
        let log_total = (total.value * line.step).ln();
        self.accept(log_density)?;
        let first = if self.order() < 1.0 { None } else { Some(self.moment(1, &tails)?) };
        let mean = first.map_or(Quantity::Infinite, |first| self.mean(&total, &first, relative, &tails));
        let variance = match first {
            Some(first) if self.order() >= 2.0 => self.variance(&total, &first, &self.moment(2, &tails)?, relative)?,
            _ => Quantity::Infinite,
        };
        self.judge(&mean, &variance)?;
        found.clear();
        for &q in ask.quantiles {
            let quantile = self.quantile(q, total.value, 2.0 * relative, &tails, &variance).ok_or(Refusal::Final)?;
            found.push(quantile);
        }
        let rounded =
            log_density + 8.0 * f64::EPSILON * line.log_density[0].min(line.log_density[line.nodes() - 1]).abs();
        let mode = if ask.mode { Some(mode(line, self.region).ok_or(Refusal::Final)?) } else { None };
        Ok(Summary { nodes: line.nodes(), log_total, log_density: rounded, mean, variance, mode })
    }

    fn accept(&self, error: f64) -> Result<(), Refusal> {
        if error <= self.tolerance { Ok(()) } else { Err(Refusal::Final) }
    }

    /// The mean relative to the larger of it and the spread, the variance relative to itself.
    fn judge(&self, mean: &Quantity, variance: &Quantity) -> Result<(), Refusal> {
        let spread = variance.finite().map_or(0.0, |e| e.value.max(0.0).sqrt());
        if let Some(e) = mean.finite() {
            self.accept(e.error() / e.value.abs().max(spread))?;
        }
        variance.finite().map_or(Ok(()), |e| self.accept(e.error() / e.value))
    }

    /// The tails of closed ends; `None` if an end is neither closed nor empty.
    fn tails(&self) -> Option<[Option<Tail>; 2]> {
        let line = self.line;
        let last = line.nodes() - 1;
        if line.log_density[0].min(line.log_density[last]) < LOWEST {
            return None;
        }
        let mut tails = [None, None];
        for (which, tail) in tails.iter_mut().enumerate() {
            let node = if which == 0 { 0 } else { last };
            if !self.window.closed[which] {
                let side = 2.0 * which as f64 - 1.0;
                let gain = side * self.orders[which] * (line.node(node) - line.node(line.peak));
                if line.log_density[node] + gain > OPEN {
                    return None;
                }
                continue;
            }
            let away = (APART / line.step).ceil().min((last / 8) as f64);
            let inwards = |times: usize| {
                let offset = times * away as usize;
                line.force_at(if which == 0 { offset } else { last - offset })
            };
            let approach = Approach { force: [0, 1, 2].map(inwards), distance: away * line.step };
            *tail = Some(Tail::new(&self.region.ends[which], line.node(node), line.density[node], approach));
        }
        Some(tails)
    }

    /// Sum of density times x^`power`, x = v - pivot, continued to infinity.
    fn moment(&self, power: usize, tails: &[Option<Tail>; 2]) -> Result<Moment, Refusal> {
        let line = self.line;
        let [even, odd] = line.sums[power];
        let [mut fine, mut coarse] = [even + odd, 2.0 * even];
        let mut tail_error = 0.0;
        for tail in tails.iter().flatten() {
            // Every second node is even: beyond the last node (odd) the next even one is one step away.
            let first = if tail.side > 0.0 { line.step } else { 2.0 * line.step };
            for (order, factor) in self.expansion(power, tail).into_iter().filter(|term| term.1 != 0.0) {
                let (value, error) = tail.sum(order, line.step, line.step);
                fine += factor * value;
                tail_error += (factor * value).abs() * error;
                coarse += 2.0 * factor * tail.sum(order, first, 2.0 * line.step).0;
            }
        }
        for which in (0..2).filter(|&which| tails[which].is_none()) {
            tail_error += self.cut_off(which, power)?;
        }
        let size = fine.abs().max(f64::MIN_POSITIVE);
        let difference = (fine - coarse).abs();
        let scale = if power == 1 { line.sums[3][0] + line.sums[3][1] } else { size };
        if difference > RESOLVED.min(SHARE * self.tolerance) * scale {
            return Err(Refusal::Coarse(2.0));
        }
        Ok(Moment { value: fine, grid: CONVERGED * difference / size, tail: tail_error / size })
    }

    /// Bound of the sum of density times |v - pivot|^power beyond an open end, where the integrand falls at least as
    /// fast as at the end.
    fn cut_off(&self, which: usize, power: usize) -> Result<f64, Refusal> {
        let line = self.line;
        let node = which * (line.nodes() - 1);
        let side = 2.0 * which as f64 - 1.0;
        let coordinate = &self.region.piece.coordinate;
        // Towards v = 0 the weight stays below that of the pivot itself.
        let infinite = coordinate.ends()[which].is_infinite();
        let order = if infinite { power as f64 } else { 0.0 };
        let decay = -side * line.force_at(node) - order;
        if decay <= 0.0 {
            return Err(Refusal::Final);
        }
        let x = (coordinate.to_physical(line.node(node)) - line.pivot).abs();
        let x = if infinite { x } else { x.max(line.pivot.abs()) };
        Ok(2.0 * line.density[node] * x.powi(power as i32) / (decay * line.step))
    }

    /// (v - pivot)^power in a tail as a sum of factor e^(order x), x the distance from its end.
    fn expansion(&self, power: usize, tail: &Tail) -> [(f64, f64); 5] {
        // v = at + out e^x + back e^-x
        let (at, out, back) = match self.region.piece.coordinate {
            Coordinate::Exponential { origin, sign, scale } => {
                let size = sign * scale * tail.from.exp();
                if tail.side > 0.0 { (origin, size, 0.0) } else { (origin, 0.0, size) }
            }
            Coordinate::Hyperbolic { centre, scale } => {
                let size = 0.5 * tail.side * scale;
                (centre, size * (tail.side * tail.from).exp(), -size * (-tail.side * tail.from).exp())
            }
            _ => (0.0, 0.0, 0.0),
        };
        let rest = at - self.line.pivot;
        match power {
            0 => [(0.0, 1.0), NOTHING, NOTHING, NOTHING, NOTHING],
            1 => [(0.0, rest), (1.0, out), (-1.0, back), NOTHING, NOTHING],
            _ => [
                (0.0, rest * rest + 2.0 * out * back),
                (1.0, 2.0 * rest * out),
                (-1.0, 2.0 * rest * back),
                (2.0, out * out),
                (-2.0, back * back),
            ],
        }
    }

    fn order(&self) -> f64 {
        let infinite = self.region.piece.coordinate.ends().map(f64::is_infinite);
        (0..2).filter(|&i| infinite[i]).map(|i| self.orders[i]).fold(2.0, f64::min)
    }

    fn mean(&self, total: &Moment, first: &Moment, relative: f64, tails: &[Option<Tail>; 2]) -> Quantity {
        let shift = first.value / total.value;
        let value = self.line.pivot + shift;
        // A relative error of the density moves the mean by at most that part of E|v - pivot|.
        let absolute = self.absolute(tails) / total.value;
        let grid = shift.abs() * (first.grid + total.grid) + 2.0 * self.line.defect * absolute;
        let rounding = shift.abs() * first.tail
            + 2.0 * (relative - total.grid) * absolute
            + 4.0 * f64::EPSILON * (value.abs() + self.line.pivot.abs());
        Quantity::Finite(Estimate::computed(value, grid, rounding))
    }

    /// Sum of density times |v - pivot|, tails included.
    fn absolute(&self, tails: &[Option<Tail>; 2]) -> f64 {
        let step = self.line.step;
        let beyond = |tail: &Tail| {
            self.expansion(1, tail)[..3]
                .iter()
                .map(|&(order, factor)| factor.abs() * tail.sum(order, step, step).0)
                .sum::<f64>()
        };
        self.line.sums[3][0] + self.line.sums[3][1] + tails.iter().flatten().map(beyond).sum::<f64>()
    }

    fn variance(&self, total: &Moment, first: &Moment, second: &Moment, relative: f64) -> Result<Quantity, Refusal> {
        let [shift, about_pivot] = [first.value / total.value, second.value / total.value];
        let value = about_pivot - shift * shift;
        if value.is_nan() || value <= 0.0 {
            return Err(Refusal::Final);
        }
        let square = shift * shift;
        let grid = about_pivot * (second.grid + total.grid)
            + 2.0 * square * (first.grid + total.grid)
            + 2.0 * self.line.defect * about_pivot;
        let tail = about_pivot * (second.tail + total.tail) + 2.0 * square * (first.tail + total.tail);
        let blur = 4.0 * f64::EPSILON * (self.line.pivot.abs() * value.sqrt() + about_pivot);
        let rounding = tail + 2.0 * (relative - total.grid) * about_pivot + blur;
        Ok(Quantity::Finite(Estimate::computed(value, grid, rounding)))
    }

    fn quantile(
        &self,
        q: f64,
        total: f64,
        relative: f64,
        tails: &[Option<Tail>; 2],
        variance: &Quantity,
    ) -> Option<LeanQuantile> {
        let coordinate = &self.region.piece.coordinate;
        if !(q > 0.0 && q < 1.0) {
            return None;
        }
        // From the side that holds less mass.
        let below = (q <= 0.5) == coordinate.increasing();
        let which = usize::from(!below);
        let beyond_error = match &tails[which] {
            Some(tail) => tail.mass() * tail.mass_error() / self.line.step,
            None => self.cut_off(which, 0).ok()?,
        };
        let side = Side { line: self.line, tail: tails[which].as_ref(), beyond_error, which };
        let place = side.place(q.min(1.0 - q) * total, relative + 2.0 * f64::EPSILON)?;
        let value = coordinate.to_physical(place.z);
        let spread = variance.finite().map_or(0.0, |e| e.value.sqrt());
        let jacobian = coordinate.log_jacobian(place.z).exp();
        let log_abs = coordinate.log_abs(place.z);
        let steepness = coordinate.log_abs_slope(place.z).abs();
        let log_error = steepness * place.error + 2.0 * f64::EPSILON * (1.0 + log_abs.abs());
        let error = jacobian * place.error + 2.0 * f64::EPSILON * value.abs();
        let near = log_error <= self.tolerance * log_abs.abs().max(1.0) || error <= self.tolerance * spread;
        near.then_some(LeanQuantile {
            q,
            value: Estimate::computed(value, 0.0, error),
            log_abs: Estimate::computed(log_abs, 0.0, log_error),
        })
    }
}
