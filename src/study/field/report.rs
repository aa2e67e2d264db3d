//! From numbers with errors to the record of a solve.

use super::Request;
use super::levels::Reading;
use super::tails::{Existence, Tails, power};
use crate::density::field::{Basin, End, Pole, Side};
use crate::estimate::{Estimate, Quantity};
use crate::process::{Affine, Coordinate, Process};
use crate::record::{ChartMoments, ExpressionRow, FieldPoint, FieldQuantile, Identity, Marginal, Well};

/// Weights of wells have errors with no regular expansion, from the cells that their border cuts, and so have modes, from where
/// they lie between nodes: bars count this often.
const BORDER: f64 = 3.0;

/// A saddle less deep than this, in ln p, that differs by this part of it between two lattices, is none.
const SHALLOW: f64 = 0.1;
const STEADY: f64 = 0.3;

/// Places to either side that count as around one.
const BESIDE: usize = 4;

/// Most mass of a well that may be a ripple.
const RIPPLE: f64 = 0.01;

/// Values of the numbers of a law and their absolute errors, laid out as readings; not a number where there is none.
#[derive(Debug, Clone)]
pub(super) struct Known<const N: usize> {
    values: Reading<N>,
    /// By the grid and the box.
    grid: Reading<N>,
    /// By rounding.
    rounding: Reading<N>,
}

impl<const N: usize> Known<N> {
    /// Numbers in the order of [`Reading::numbers`] of `like`.
    pub fn of(like: &Reading<N>, numbers: &[Option<Estimate>]) -> Self {
        let part = |part: &dyn Fn(&Estimate) -> f64| -> Reading<N> {
            let list: Vec<f64> = numbers.iter().map(|n| n.as_ref().map_or(f64::NAN, part)).collect();
            like.with_numbers(&list)
        };
        Self { values: part(&|e| e.value), grid: part(&|e| e.budget.grid), rounding: part(&|e| e.budget.rounding) }
    }
}

/// The numbers of a law, to be reported.
pub(super) struct Numbers<'a, const N: usize> {
    /// Values and errors.
    pub known: &'a Known<N>,
    /// The box as it ended: how integrands decay there.
    pub ends: &'a Reading<N>,
    /// The same on the lattice before.
    pub before: &'a Reading<N>,
    /// What the ends say about tails and divergent integrals.
    pub tails: &'a Tails<N>,
    /// Whether the chart of the lattice is that of the model, not a turned one.
    pub own_chart: bool,
}

/// A quantity from a value and its errors; not a number means that it does not exist.
fn quantity(value: f64, grid: f64, rounding: f64) -> Quantity {
    if value.is_finite() && grid.is_finite() {
        Quantity::Finite(Estimate::computed(value, grid, rounding))
    } else {
        Quantity::Absent
    }
}

/// Errors along a curve: the largest of those around a place, because next to where errors change their sign the grids that
/// they are estimated with agree by chance.
fn smooth(curve: &[(f64, Estimate)]) -> Vec<f64> {
    let errors: Vec<f64> = curve.iter().map(|(_, e)| e.error()).collect();
    let around = |k: usize| &errors[k.saturating_sub(BESIDE)..errors.len().min(k + BESIDE + 1)];
    (0..errors.len()).map(|k| around(k).iter().copied().fold(0.0, f64::max)).collect()
}

/// How far apart places are.
fn spread<'a>(places: impl Iterator<Item = &'a f64>) -> f64 {
    let finite = places.copied().filter(|place| place.is_finite());
    let [low, high] = finite.fold([f64::INFINITY, f64::NEG_INFINITY], |[a, b], q| [a.min(q), b.max(q)]);
    if high > low { high - low } else { f64::MIN_POSITIVE }
}

/// A quantity with a longer bar.
fn with(quantity: Quantity, error: f64) -> Quantity {
    match quantity {
        Quantity::Finite(e) => self::quantity(e.value, e.budget.grid + error, e.budget.rounding),
        other => other,
    }
}

impl Existence {
    /// The value of an integral, where it has one.
    fn of(self, value: impl FnOnce() -> Quantity) -> Quantity {
        match self {
            Self::Finite => value(),
            Self::Undecided => Quantity::Absent,
            Self::Infinite => Quantity::Infinite,
        }
    }
}

/// What a pole leaves of an integral that it spoils.
fn left_by(pole: Pole) -> Option<Quantity> {
    match pole {
        Pole::Harmless => None,
        Pole::Infinite => Some(Quantity::Infinite),
        Pole::Slow | Pole::Undefined => Some(Quantity::Absent),
    }
}

fn height(well: &Well) -> f64 {
    well.log_density.finite().map_or(f64::NEG_INFINITY, |e| e.value)
}

/// One well with the mass of both, which has no mode.
fn united(well: &Well, other: &Well) -> Well {
    let all = || [well, other].into_iter().filter_map(|well| well.weight.finite());
    let (weight, grid) = (all().map(|e| e.value).sum::<f64>(), all().map(|e| e.error()).sum());
    Well {
        mode: vec![Quantity::Absent; well.mode.len()],
        weight: Quantity::Finite(Estimate::computed(weight, grid, 0.0)),
        log_weight: weight.ln(),
        log_density: well.log_density,
    }
}

impl<const N: usize> Numbers<'_, N> {
    fn of(&self, pick: impl Fn(&Reading<N>) -> f64) -> Quantity {
        quantity(pick(&self.known.values), pick(&self.known.grid), pick(&self.known.rounding))
    }

    /// Moments of the model's own variables: means, covariance.
    pub fn moments(&self) -> (Vec<Quantity>, Vec<Vec<Quantity>>) {
        let (ends, before) = (&self.ends.observed, &self.before.observed);
        let has_mean: Vec<Existence> =
            (0..N).map(|i| self.tails.existence(&ends.mean_ends[i], &before.mean_ends[i])).collect();
        let square = |i: usize| self.tails.existence(&ends.square_ends[i], &before.square_ends[i]);
        let has_square: Vec<Existence> = (0..N).map(|i| has_mean[i].and(square(i))).collect();
        let missed = |quantity: Quantity, ends: &[[End; 2]; N]| with(quantity, self.tails.missed(ends));
        let mean = (0..N).map(|i| has_mean[i].of(|| missed(self.of(|r| r.observed.mean[i]), &ends.mean_ends[i])));
        let entry = |i: usize, j: usize| {
            if i != j && has_square[i].and(has_square[j]) != Existence::Finite {
                // An integral of products may or may not exist where one of the squares does not.
                return Quantity::Absent;
            }
            // |v_i v_j| is no more than half the sum of both squares.
            let half = |i: usize| 0.5 * self.tails.missed(&ends.square_ends[i]);
            has_square[i].of(|| with(self.of(|r| r.observed.covariance[i][j]), half(i) + half(j)))
        };
        let covariance = (0..N).map(|i| (0..N).map(|j| entry(i, j)).collect()).collect();
        (mean.collect(), covariance)
    }

    /// Moments of the chart coordinates.
    pub fn chart(&self, names: Vec<String>) -> ChartMoments {
        if !self.own_chart {
            // Coordinates are turned only where chart and variables are the same.
            let (mean, covariance) = self.moments();
            return ChartMoments { names, mean, covariance };
        }
        let (density, before) = (&self.ends.observed.density_ends, &self.before.observed.density_ends);
        let has = |i: usize, order: f64| self.tails.moment(density, before, i, order);
        let mean = |i: usize| has(i, 1.0).of(|| self.of(|r| r.observed.chart_mean[i]));
        let entry = |i: usize, j: usize| match has(i, 2.0).and(has(j, 2.0)) {
            Existence::Finite => self.of(|r| r.observed.chart_covariance[i][j]),
            Existence::Infinite if i == j => Quantity::Infinite,
            _ => Quantity::Absent,
        };
        ChartMoments {
            names,
            mean: (0..N).map(mean).collect(),
            covariance: (0..N).map(|i| (0..N).map(|j| entry(i, j)).collect()).collect(),
        }
    }

    /// Density at the points; `places` are their numbers among those observed, `None` outside the support.
    pub fn points(
        &self,
        process: &dyn Process<N>,
        turned: Option<&Affine<'_, N>>,
        points: &[Vec<f64>],
        places: &[Option<[f64; N]>],
    ) -> Vec<FieldPoint> {
        let turn = turned.map_or(0.0, Affine::log_determinant);
        let mut next = 0;
        let row = |(at, place): (&Vec<f64>, &Option<[f64; N]>)| {
            let at = at.clone();
            let Some(z) = place else {
                return FieldPoint { at, log_density: None, error: None, chart_log_density: None };
            };
            let k = next;
            next += 1;
            match self.of(|r| r.observed.points[k]).finite() {
                Some(e) => FieldPoint {
                    at,
                    log_density: Some(e.value - process.log_jacobian(z)),
                    error: Some(e.error()),
                    chart_log_density: Some(e.value - turn),
                },
                None => FieldPoint { at, log_density: None, error: None, chart_log_density: None },
            }
        };
        points.iter().zip(places).map(row).collect()
    }

    /// Expectations of the expressions.
    pub fn expressions(&self, problem: &Request) -> Vec<ExpressionRow> {
        let row = |(k, formula): (usize, &crate::formula::Formula)| ExpressionRow {
            expression: formula.text().to_owned(),
            value: self.expectation(k),
        };
        problem.expressions.iter().enumerate().map(row).collect()
    }

    fn expectation(&self, k: usize) -> Quantity {
        let (ends, before) = (&self.ends.observed.expression_ends[k], &self.before.observed.expression_ends[k]);
        let value = || with(self.of(|r| r.observed.expressions[k]), self.tails.missed(ends));
        // With an error beyond all it is made of it may as well be infinite.
        let size = self.ends.observed.expression_sizes[k];
        let pole = self.ends.observed.expression_poles[k].mean;
        match left_by(pole).unwrap_or_else(|| self.tails.existence(ends, before).of(value)) {
            Quantity::Finite(e) if e.error() > size => Quantity::Absent,
            other => other,
        }
    }

    /// Laws of the variables and of the expressions; `at` are the places where their densities were observed.
    pub fn marginals(
        &self,
        process: &dyn Process<N>,
        problem: &Request,
        names: &[String],
        at: &[Vec<Vec<f64>>; 2],
    ) -> Vec<Marginal> {
        let (means, covariance) = self.moments();
        let mut list = Vec::new();
        for i in 0..N {
            let mut marginal = self.law(|r| &r.observed.variables[i], &problem.quantiles, &at[0][i]);
            marginal.name.clone_from(&names[i]);
            marginal.mean = means[i];
            marginal.variance = covariance[i][i];
            marginal.tail_exponents = (0..2).map(|side| self.tail_exponent(process.chart().axis(i), i, side)).collect();
            if !process.chart().axis(i).increasing() {
                marginal.tail_exponents.reverse();
            }
            list.push(marginal);
        }
        for (k, formula) in problem.expressions.iter().enumerate() {
            let mut marginal = self.law(|r| &r.observed.laws[k], &problem.quantiles, &at[1][k]);
            formula.text().clone_into(&mut marginal.name);
            marginal.mean = self.expectation(k);
            let ends = &self.ends.observed.expression_square_ends[k];
            let exists = self.tails.existence(ends, &self.before.observed.expression_square_ends[k]);
            let variance = || with(self.of(|r| r.observed.laws[k].variance), self.tails.missed(ends));
            let pole = self.ends.observed.expression_poles[k].variance;
            marginal.variance = left_by(pole).unwrap_or_else(|| exists.of(variance));
            list.push(marginal);
        }
        list
    }

    fn law(
        &self,
        pick: impl Fn(&Reading<N>) -> &crate::density::field::LawNumbers,
        quantiles: &[f64],
        at: &[f64],
    ) -> Marginal {
        // As far as quantiles and places of interest are apart a bar says nothing.
        let width = spread(pick(self.ends).quantiles.iter().chain(at));
        let quantile = |(k, &q): (usize, &f64)| {
            let value = self.between(&pick, at, q, self.of(|r| pick(r).quantiles[k]));
            let known = value.finite().is_some_and(|e| e.error() <= width || width == f64::MIN_POSITIVE);
            FieldQuantile { q, value: if known { value } else { Quantity::Absent } }
        };
        let densities: Vec<(f64, Estimate)> = at
            .iter()
            .enumerate()
            .filter_map(|(k, &x)| Some((x, self.of(|r| pick(r).log_density[k]).finite()?)))
            .collect();
        Marginal {
            name: String::new(),
            mean: Quantity::Absent,
            variance: Quantity::Absent,
            quantiles: quantiles.iter().enumerate().map(quantile).collect(),
            tail_exponents: vec![Quantity::Absent; 2],
            at: densities.iter().map(|d| d.0).collect(),
            log_density: densities.iter().map(|d| d.1.value).collect(),
            log_density_error: smooth(&densities),
        }
    }

    /// The quantile with a bar that reaches as far as the mass below is not told from `q`: where there is hardly any
    /// density, an error of the weights on either side moves it far, and its values on a few grids may all be at one side.
    fn between(
        &self,
        pick: impl Fn(&Reading<N>) -> &crate::density::field::LawNumbers,
        at: &[f64],
        q: f64,
        value: Quantity,
    ) -> Quantity {
        let Quantity::Finite(mut quantile) = value else { return value };
        for (k, place) in at.iter().enumerate() {
            let below = self.of(|r| pick(r).below[k]).finite();
            if below.is_some_and(|e| (e.value - q).abs() <= e.error()) {
                quantile.budget.grid = quantile.budget.grid.max((place - quantile.value).abs());
            }
        }
        Quantity::Finite(quantile)
    }

    /// m in p(v) ~ |v|^-m (or |v - face|^-m) at one end of an axis.
    fn tail_exponent(&self, axis: &Coordinate, i: usize, side: usize) -> Quantity {
        let Some(tail) = power(&self.ends.observed.density_ends[i][side], self.tails.distances[i][side], axis, side)
        else {
            return Quantity::Absent;
        };
        let Quantity::Finite(rate) = self.of(|r| r.observed.tail_rates[i][side]) else { return Quantity::Absent };
        // What the grid leaves uncertain, and how far the exponent still drifts towards its limit.
        let grid = rate.budget.grid + tail.drift;
        Quantity::Finite(Estimate::computed(tail.exponent, grid, rate.budget.rounding))
    }

    /// Basins of the density, and how many more maxima the finest grid has whose weight is not told from nothing: grids that
    /// do not resolve the current leave such ripples.
    pub fn wells(&self, process: &dyn Process<N>) -> (Vec<Well>, usize) {
        let count = self.known.values.observed.wells.len();
        let well = |k: usize| {
            let log_weight = self.of(|r| r.observed.wells[k].log_weight);
            let mode = (0..N).map(|i| match self.limit(process, k, i) {
                Some(end) => Quantity::Finite(Estimate::exact(end)),
                None => match self.of(|r| r.observed.wells[k].place[i]) {
                    // As far as the law is wide a bar says nothing.
                    Quantity::Finite(e) if BORDER * e.error() > self.width(i) => Quantity::Absent,
                    Quantity::Finite(e) => quantity(e.value, BORDER * e.budget.grid, e.budget.rounding),
                    other => other,
                },
            });
            let mode = mode.collect();
            let weight = match log_weight.finite() {
                Some(e) => {
                    let value = e.value.exp();
                    // A part of the whole is off by no more than to nothing, or to all.
                    let grid = (value * (BORDER * e.budget.grid).exp_m1()).min(value.max(1.0 - value));
                    Quantity::Finite(Estimate::computed(value, grid, value * e.budget.rounding))
                }
                None => Quantity::Absent,
            };
            let log_weight = log_weight.finite().map_or(f64::NAN, |e| e.value);
            Well { mode, weight, log_weight, log_density: self.height(process, k) }
        };
        let told = |well: &Well| well.weight.finite().is_some_and(|e| e.value > e.error() || e.value > RIPPLE);
        let mut wells: Vec<Well> = Vec::new();
        let mut level: Vec<Well> = Vec::new();
        for k in 0..count {
            let well = well(k);
            if self.is_level(k) {
                level.push(well);
            } else if wells.is_empty() || told(&well) {
                wells.push(well);
            }
        }
        let doubtful = count - wells.len() - level.len();
        for part in level {
            // All maxima of a level curve are as high, one of them is the highest.
            let apart = |k: usize| (height(&wells[k]) - height(&part)).abs();
            let like = (0..wells.len()).filter(|&k| apart(k) < SHALLOW).min_by(|&a, &b| apart(a).total_cmp(&apart(b)));
            match like {
                Some(k) => wells[k] = united(&wells[k], &part),
                None => wells.push(part),
            }
        }
        wells.sort_by(|a, b| b.log_weight.total_cmp(&a.log_weight));
        (wells, doubtful)
    }

    /// Whether the saddle between a maximum and a higher one is shallow and not the same on two lattices: maxima of a density that
    /// is level along a curve lie wherever the nodes do.
    fn is_level(&self, k: usize) -> bool {
        let (here, all) = (&self.ends.observed.wells[k], &self.before.observed.wells);
        let distance = |other: &Basin<N>| (0..N).map(|i| (other.mode[i] - here.mode[i]).powi(2)).sum::<f64>();
        let near = all.iter().filter(|b| b.depth.is_finite()).min_by(|a, b| distance(a).total_cmp(&distance(b)));
        let steady = |depth: f64| (depth - here.depth).abs() < STEADY * here.depth;
        here.depth < SHALLOW && !near.is_some_and(|before| steady(before.depth))
    }

    /// ln p at the maximum of well `k`. Towards an end that no box reaches, p has no largest value.
    fn height(&self, process: &dyn Process<N>, k: usize) -> Quantity {
        if (0..N).any(|i| self.endless(process, k, i).is_some()) {
            return Quantity::Infinite;
        }
        self.of(|r| r.observed.wells[k].log_density)
    }

    /// The end of coordinate `i`, which no box reaches, towards which p rises from well `k`.
    fn endless(&self, process: &dyn Process<N>, k: usize, i: usize) -> Option<f64> {
        let [lower, upper] = process.chart().axis(i).domain();
        let wall = self.known.values.observed.wells[k].walls[i]?;
        let end = if wall == Side::Lower { lower } else { upper };
        end.is_infinite().then_some(end)
    }

    /// Where that is in the variable, if it is a place: a face.
    fn limit(&self, process: &dyn Process<N>, k: usize, i: usize) -> Option<f64> {
        let end = process.chart().axis(i).to_physical(self.endless(process, k, i)?);
        end.is_finite().then_some(end)
    }

    /// By how much the law misses what the exact one fulfils, relative to the terms.
    pub fn identities(&self, identities: &[crate::model::Identity]) -> Vec<Identity> {
        let row = |(k, identity): (usize, &crate::model::Identity)| {
            let magnitude = self.known.values.identities[k][1];
            let part = |r: &Reading<N>| r.identities[k][0] / magnitude;
            Identity { identity: identity.name.clone(), defect: self.of(part) }
        };
        identities.iter().enumerate().map(row).collect()
    }

    /// Entropy production rate.
    pub fn entropy_production(&self) -> Quantity {
        if N == 1 {
            // Between ends that nothing flows through there is no current.
            return Quantity::Finite(Estimate::exact(0.0));
        }
        self.of(|r| r.entropy_production)
    }

    /// How wide the law of variable `i` is.
    fn width(&self, i: usize) -> f64 {
        let sd = self.of(|r| r.observed.covariance[i][i]).finite().map_or(0.0, |e| e.value.max(0.0).sqrt());
        // Nothing is known of a law that has neither a variance nor quantiles.
        let width = self.spread(i).max(sd);
        if width > f64::MIN_POSITIVE { width } else { f64::INFINITY }
    }

    /// Distance of the outermost quantiles of variable `i` that are asked for.
    fn spread(&self, i: usize) -> f64 {
        spread(self.known.values.observed.variables[i].quantiles.iter())
    }

    /// Whether it is not known of a mean or a variance if it exists.
    fn undecided(&self) -> bool {
        let (ends, before) = (&self.ends.observed, &self.before.observed);
        let of_variable = |i: usize| {
            let mean = self.tails.existence(&ends.mean_ends[i], &before.mean_ends[i]);
            let square = self.tails.existence(&ends.square_ends[i], &before.square_ends[i]);
            [mean, mean.and(square)]
        };
        let of_chart =
            |i: usize| [1.0, 2.0].map(|order| self.tails.moment(&ends.density_ends, &before.density_ends, i, order));
        (0..N).any(|i| of_variable(i).contains(&Existence::Undecided))
            || self.own_chart && (0..N).any(|i| of_chart(i).contains(&Existence::Undecided))
    }

    /// Largest relative error of means (relative to the spread where that is larger) and variances.
    pub fn reached(&self) -> f64 {
        let (mean, covariance) = self.moments();
        let chart = self.chart(Vec::new());
        let relative = |mean: &[Quantity], covariance: &[Vec<Quantity>]| {
            let one = |i: usize| {
                let m = mean[i].finite()?;
                let Some(v) = covariance[i][i].finite() else {
                    return Some(m.error() / m.value.abs().max(self.spread(i)));
                };
                Some((m.error() / m.value.abs().max(v.value.abs().sqrt())).max(v.error() / v.value.abs()))
            };
            (0..N).filter_map(one).fold(0.0, f64::max)
        };
        if self.undecided() {
            return f64::INFINITY;
        }
        relative(&mean, &covariance).max(relative(&chart.mean, &chart.covariance))
    }
}
