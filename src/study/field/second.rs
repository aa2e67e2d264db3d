//! What a second discretisation of a law says, laid out like what the lattices say.

use super::levels::{Reading, Setting};
use crate::density::field::{LawNumbers, Observable};
use crate::estimate::Estimate;
use crate::galerkin::Measure;
use crate::process::Process;

/// Rounding of a number, relative to the size of its terms.
pub(super) const ROUNDING: f64 = 1e-13;
/// Part of the error of the moments that every number may have: its own changes may be small by chance.
pub(super) const SHARE: f64 = 0.1;

/// Numbers laid out as [`Reading::numbers`], and where they come from.
pub(super) struct Second {
    /// The numbers that are known; `None` for the others.
    pub numbers: Vec<Option<Estimate>>,
    /// What the law is expanded in.
    pub basis: Basis,
    /// Decay rates with their frequencies, by rate; empty where it does not know them.
    pub decays: Vec<[Estimate; 2]>,
}

/// What a law is expanded in.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Basis {
    /// Polynomials on elements of a box.
    Elements {
        /// Per axis.
        elements: Vec<usize>,
        /// Of the polynomials along every axis.
        degree: usize,
    },
    /// A Gaussian times polynomials, on the whole space.
    Hermite {
        /// Largest total degree.
        degree: usize,
    },
}

/// A law that knows expectations exactly.
pub(super) trait Witness<const N: usize>: Sync {
    /// The law as masses on nodes, in chart coordinates.
    fn measure(&self) -> &Measure<N>;

    /// Entropy production rate \[1 / time\] and the size of its terms.
    fn entropy_production(&self, process: &dyn Process<N>) -> [f64; 2];

    /// ln p in chart coordinates.
    fn log_density(&self, process: &dyn Process<N>, z: &[f64; N]) -> f64;

    /// The law of variable `i`, whose `values` at the nodes are given; `None` where it does not know it.
    fn axial(&self, process: &dyn Process<N>, i: usize, values: &[f64]) -> Option<Box<dyn Axial>>;
}

/// The law of one variable, in that variable.
pub(super) trait Axial {
    /// ln of the density; not a number outside the support.
    fn log_density(&self, v: f64) -> f64;

    /// Mass below.
    fn below(&self, v: f64) -> f64;

    /// Where the mass below is `q`.
    fn quantile(&self, q: f64) -> f64;
}

/// A reading in which everything else is not a number; and the size of the terms of the entropy production.
pub(super) fn read<const N: usize>(
    setting: &Setting<'_, N>,
    like: &Reading<N>,
    law: &impl Witness<N>,
) -> (Reading<N>, f64) {
    let process = setting.process;
    let mut reading = like.with_numbers(&vec![f64::NAN; like.numbers().len()]);
    let physical: Vec<[f64; N]> = law.measure().nodes.iter().map(|z| process.to_physical(z)).collect();
    let lists: Vec<Vec<f64>> = (0..N).map(|i| physical.iter().map(|v| v[i]).collect()).collect();
    let [entropy_production, size] = law.entropy_production(process);
    reading.entropy_production = entropy_production;
    let expectation =
        |f: &dyn Fn(usize) -> f64| law.measure().masses.iter().enumerate().map(|(k, mass)| mass * f(k)).sum::<f64>();
    let observed = &mut reading.observed;
    (observed.chart_mean, observed.chart_covariance) = (law.measure().mean(), law.measure().covariance());
    observed.mean = std::array::from_fn(|i| expectation(&|k| lists[i][k]));
    let mean = observed.mean;
    observed.covariance = std::array::from_fn(|i| {
        std::array::from_fn(|j| expectation(&|k| (lists[i][k] - mean[i]) * (lists[j][k] - mean[j])))
    });
    observed.points = setting.wanted.points.iter().map(|z| law.log_density(process, z)).collect();
    for i in 0..N {
        observed.variables[i].mean = mean[i];
        observed.variables[i].variance = observed.covariance[i][i];
        if let Some(axial) = law.axial(process, i, &lists[i]) {
            curve(setting, &*axial, i, &mut observed.variables[i]);
        }
    }
    let slices: Vec<&[f64]> = lists.iter().map(Vec::as_slice).collect();
    // Polynomials of high degree have no use for kinks and poles.
    let rough = |k: usize| like.observed.expression_poles.get(k).is_some_and(|poles| poles.rough);
    let smooth = |(k, expression): &(usize, &&dyn Observable)| !expression.kinked() && !rough(*k);
    for (k, expression) in setting.wanted.expressions.iter().enumerate().filter(smooth) {
        let mut values = vec![0.0; physical.len()];
        expression.values(&slices, &mut values);
        let mean = expectation(&|node| values[node]);
        observed.expressions[k] = mean;
        observed.laws[k].mean = mean;
        observed.laws[k].variance = expectation(&|node| (values[node] - mean).powi(2));
    }
    for (sum, identity) in reading.identities.iter_mut().zip(setting.identities) {
        sum[0] = identity.terms.iter().map(|term| expectation(&|k| term(&physical[k]))).sum();
    }
    (reading, size)
}

/// Quantiles and densities of variable `i`.
fn curve<const N: usize>(setting: &Setting<'_, N>, law: &dyn Axial, i: usize, numbers: &mut LawNumbers) {
    let at = setting.wanted.variable_at.get(i).map_or(&[][..], Vec::as_slice);
    numbers.quantiles = setting.wanted.quantiles.iter().map(|q| law.quantile(*q)).collect();
    numbers.log_density = at.iter().map(|v| law.log_density(*v)).collect();
    numbers.below = at.iter().map(|v| law.below(*v)).collect();
}

/// Which numbers are no smooth functionals of the law: at a single place the change of one resolution is small by chance now and
/// then.
pub(super) fn local<const N: usize>(like: &Reading<N>, expressions: &[&dyn Observable]) -> Vec<bool> {
    let mut marks = like.with_numbers(&vec![0.0; like.numbers().len()]);
    let observed = &mut marks.observed;
    // Moments are none, unless of high order.
    let smooth = |e: &&dyn Observable, degree: u32| e.polynomial().is_some_and(|own| own <= degree);
    let unless = |degree: u32| expressions.iter().map(move |e| if smooth(e, degree) { 0.0 } else { 1.0 });
    observed.expressions = unless(2).collect();
    observed.points.fill(1.0);
    for law in observed.variables.iter_mut().chain(&mut observed.laws) {
        law.quantiles.fill(1.0);
        law.log_density.fill(1.0);
        law.below.fill(1.0);
    }
    for ((law, mean), variance) in observed.laws.iter_mut().zip(unless(2)).zip(unless(1)) {
        (law.mean, law.variance) = (mean, variance);
    }
    marks.numbers().into_iter().map(|mark| mark > 0.0).collect()
}
