//! The same law at several resolutions and in several boxes.

use super::extrapolate::Limit;
use super::offsets::Offsets;
use super::snapshot::{Scheme, Snapshot, solve_on};
use crate::density::field::{Field, Observed, Wanted};
use crate::estimate::Estimate;
use crate::grid::Lattice;
use crate::model::Identity;
use crate::numeric::Compensated;
use crate::process::Process;
use crate::study::StudyError;

/// What is read off every lattice: see [`Reading::numbers`].
#[derive(Debug, Clone)]
pub(super) struct Reading<const N: usize> {
    /// Observables of the density.
    pub observed: Observed<N>,
    /// Entropy production rate.
    pub entropy_production: f64,
    /// Left sides of the identities, and the sums of the magnitudes of their terms.
    pub identities: Vec<[f64; 2]>,
}

impl<const N: usize> Reading<N> {
    /// Everything that has a limit, in a fixed order: the entropy production, the identities, then
    /// [`Observed::numbers`].
    pub fn numbers(&self) -> Vec<f64> {
        let mut numbers = vec![self.entropy_production];
        numbers.extend(self.identities.iter().map(|[sum, _]| sum));
        numbers.extend(self.observed.numbers());
        numbers
    }

    /// The same with other numbers.
    pub fn with_numbers(&self, numbers: &[f64]) -> Self {
        let (sums, rest) = numbers[1..].split_at(self.identities.len());
        let identities = self.identities.iter().zip(sums).map(|([_, magnitude], &sum)| [sum, *magnitude]).collect();
        Self { entropy_production: numbers[0], identities, observed: self.observed.with_numbers(rest) }
    }

    /// Sizes that rounding errors of the numbers are relative to.
    pub fn scales(&self) -> Vec<f64> {
        let mut scales = self.clone();
        let o = &mut scales.observed;
        let spread = |covariance: &[[f64; N]; N]| -> [f64; N] { std::array::from_fn(|i| covariance[i][i].sqrt()) };
        let (chart, own) = (spread(&o.chart_covariance), spread(&o.covariance));
        // The variance may be infinite, and then says nothing of other numbers.
        let within: [f64; N] = std::array::from_fn(|i| own[i].min(o.sizes[i]));
        for i in 0..N {
            o.chart_mean[i] = o.chart_mean[i].abs() + chart[i];
            o.mean[i] = o.mean[i].abs() + within[i];
            for j in 0..N {
                o.chart_covariance[i][j] = chart[i] * chart[j];
                o.covariance[i][j] = own[i] * own[j];
            }
        }
        // Masses that are off by a share move a mean by no more than that share of a deviation.
        for ((mean, law), size) in o.expressions.iter_mut().zip(&o.laws).zip(&o.expression_sizes) {
            *mean = mean.abs().max(law.variance.sqrt().min(*size));
        }
        let sizes = o.sizes.iter().chain(&o.expression_sizes);
        for (law, size) in o.variables.iter_mut().chain(&mut o.laws).zip(sizes) {
            let width = law.variance.sqrt().min(*size);
            law.mean = law.mean.abs() + width;
            let within = width.min(spread_of(&law.quantiles).unwrap_or(width));
            law.quantiles.iter_mut().for_each(|q| *q = q.abs() + within);
            law.log_density.iter_mut().for_each(|l| *l = 10.0 + l.abs());
            law.below.fill(1.0);
        }
        o.points.iter_mut().for_each(|l| *l = 10.0 + l.abs());
        for well in &mut o.wells {
            for i in 0..N {
                well.mode[i] = well.mode[i].abs() + chart[i];
                well.place[i] = well.place[i].abs() + within[i];
            }
            well.log_density = 10.0 + well.log_density.abs();
            well.log_weight = 10.0 + well.log_weight.abs();
        }
        scales.entropy_production = scales.entropy_production.abs();
        for [sum, magnitude] in &mut scales.identities {
            *sum = *magnitude;
        }
        scales.numbers()
    }
}

/// How far apart quantiles lie, in whatever order: the variance may be infinite, and then says nothing of them.
pub(super) fn spread_of(quantiles: &[f64]) -> Option<f64> {
    let [low, high] = quantiles.iter().fold([f64::INFINITY, f64::NEG_INFINITY], |[l, h], q| [q.min(l), q.max(h)]);
    (high > low).then_some(high - low)
}

/// What is solved, and what is read off every lattice.
pub(super) struct Setting<'a, const N: usize> {
    /// The equation.
    pub process: &'a dyn Process<N>,
    /// What is read.
    pub wanted: Wanted<'a, N>,
    /// Longest edges.
    pub offsets: Offsets<N>,
    /// What the exact law fulfils.
    pub identities: &'a [Identity],
    /// How rates are made.
    pub scheme: Scheme,
    /// Memory that may be used \[bytes\].
    pub memory: u64,
}

impl<const N: usize> Setting<'_, N> {
    /// Solves a lattice; `near` is the same law on another one.
    pub fn solve(&self, lattice: &Lattice<N>, near: Option<&Snapshot<N>>) -> Result<Snapshot<N>, StudyError> {
        solve_on(self.process, lattice, &self.offsets, self.scheme, near, self.memory)
    }

    /// Reads everything wanted off a solved lattice.
    pub fn read(&self, snapshot: &Snapshot<N>) -> Reading<N> {
        let field = Field { lattice: &snapshot.lattice, process: self.process, log_mass: &snapshot.log_mass };
        let flows = snapshot.flows();
        let entropy_production = snapshot.edges.entropy_production(&snapshot.log_mass, &flows);
        let identities = self.identities.iter().map(|identity| self.identity(snapshot, identity)).collect();
        Reading { observed: field.observe(&self.wanted), entropy_production, identities }
    }

    /// The expectation of the terms of an identity, and of their magnitudes.
    fn identity(&self, snapshot: &Snapshot<N>, identity: &Identity) -> [f64; 2] {
        let mut sums = vec![Compensated::default(); identity.terms.len()];
        for (cell, log_mass) in snapshot.log_mass.iter().enumerate() {
            let mass = log_mass.exp();
            if mass > 0.0 {
                let v = self.process.to_physical(&snapshot.lattice.node(&snapshot.lattice.index(cell)));
                for (sum, term) in sums.iter_mut().zip(&identity.terms) {
                    sum.add(mass * term(&v));
                }
            }
        }
        let values: Vec<f64> = sums.iter().map(Compensated::value).collect();
        [values.iter().sum(), values.iter().map(|v| v.abs()).sum()]
    }
}

/// All numbers with their errors, from the readings of lattices with `cells` cells along an axis whose masses are known
/// to relative errors of `noise`; `limit` makes one of its values on all of them.
pub(super) fn limits<const N: usize>(
    cells: &[usize],
    readings: &mut [Reading<N>],
    noise: &[f64],
    limit: Limit,
) -> Vec<Option<Estimate>> {
    let Some((finest, coarser)) = readings.split_last_mut() else { return Vec::new() };
    for reading in coarser.iter_mut() {
        reading.observed.align(&finest.observed);
    }
    let scales = finest.scales();
    let columns: Vec<Vec<f64>> = readings.iter().map(Reading::numbers).collect();

    (0..scales.len())
        .map(|k| {
            // Coarse lattices may not know a number yet.
            let known = columns.iter().rposition(|c| !c[k].is_finite()).map_or(0, |last| last + 1);
            let values: Vec<f64> = columns[known..].iter().map(|c| c[k]).collect();
            limit(&cells[known..], &values, scales[k], &noise[known..])
        })
        .collect()
}
