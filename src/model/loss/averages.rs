//! The gradient of the loss averaged over its samples, at any point of parameter space.
//!
//! Rows of a data set are summed. For a Gaussian teacher a Gauss-Hermite rule is taken where it is exact (losses that
//! are polynomials of x and y), and otherwise, for a single input, a graded trapezoidal rule that is refined at every
//! point by itself until two halvings of its step agree that the error falls geometrically and is small enough. What
//! is no polynomial of y is averaged over its noise by a Gauss-Hermite rule that a finer one checks at every point.

use super::data::LossData;
use super::local::{Local, derivatives};
use super::nodes::{Nodes, Sample};
use super::quadrature::{Rule, graded, hermite};
use crate::formula::{Formula, Tape};
use std::cell::RefCell;

/// Inputs of the tape: three parameters, three inputs and a target.
const COLUMNS: usize = 7;
/// Samples evaluated together, about.
const BATCH: usize = 2048;
/// Rungs of the graded rule: the last has a step of 0.00375.
const RUNGS: usize = 8;
/// The one that resolves what is smooth to all digits, and the one before.
const SMOOTH: usize = 3;
const ROUGH: usize = 2;

/// Relative error wanted of an average: laws of one parameter are known to as many digits.
const fn wanted(parameters: usize) -> f64 {
    if parameters == 1 { 1e-13 } else { 1e-11 }
}

/// Relative rounding of a Gauss-Hermite rule.
pub(super) const EXACT: f64 = 2e-13;
/// Samples this close to the end of the graded rule, as a share of it, show what lies beyond.
const END: f64 = 0.98;

thread_local! {
    static VALUES: RefCell<Vec<f64>> = const { RefCell::new(Vec::new()) };
}

/// The derivatives of a loss, and what they are averaged over.
#[derive(Debug)]
pub(super) struct Averages {
    tape: Tape,
    parameters: usize,
    plan: Plan,
}

/// Derivatives of all samples at one point, row by row.
#[derive(Debug)]
pub(super) struct Samples {
    pub(super) values: Vec<f64>,
    pub(super) weights: Vec<f64>,
    /// So many of the first are a rule of their own, twice as coarse; all where the rule is exact.
    pub(super) rough: usize,
}

/// How averages are taken.
#[derive(Debug, Clone)]
pub(super) enum Plan {
    /// The same samples everywhere, and the relative error that their averages have.
    Fixed(Nodes, f64),
    /// Samples in the order of the rungs of the graded rule, how many there are up to every rung, and two rules for
    /// the noise by whose difference the first is judged.
    Graded(Nodes, Vec<usize>, Option<Box<[Nodes; 2]>>),
}

impl Plan {
    /// All rows of a data set.
    pub(super) fn rows(x: &[Vec<f64>], y: &[f64]) -> Self {
        let nodes = Nodes::rows(x, y);
        let rounding = nodes.rounding();
        Self::Fixed(nodes, rounding)
    }

    /// Gauss-Hermite rules with as many nodes for every input and for the noise.
    pub(super) fn hermite(data: &LossData, inputs: usize, noise: usize) -> Self {
        let nodes = Nodes::product(data, &hermite(inputs), &hermite(noise));
        let error = nodes.rounding().max(EXACT);
        Self::Fixed(nodes, error)
    }

    /// The graded rule for the only input, and a Gauss-Hermite rule for the noise, checked by a finer one if there is.
    pub(super) fn graded(data: &LossData, noise: usize, finer: Option<usize>) -> Self {
        let (rule, counts) = graded(RUNGS);
        let nodes = Nodes::product(data, &rule, &hermite(noise));
        let (rough, _) = graded(ROUGH + 1);
        let check = |finer| Box::new([noise, finer].map(|n| Nodes::product(data, &rough, &hermite(n))));
        Self::Graded(nodes, counts.iter().map(|count| count * noise).collect(), finer.map(check))
    }

    /// Half of it, for a loss that opposite samples share.
    pub(super) fn halved(self) -> Self {
        let half = |nodes: &Nodes| nodes.halved(&[nodes.samples.len()]).0;
        match self {
            Self::Fixed(nodes, error) => Self::Fixed(half(&nodes), error),
            Self::Graded(nodes, counts, check) => {
                let (nodes, counts) = nodes.halved(&counts);
                Self::Graded(nodes, counts, check.map(|pair| Box::new([half(&pair[0]), half(&pair[1])])))
            }
        }
    }

    /// All samples for all points.
    pub(super) fn last_rung(&self) -> Self {
        match self {
            Self::Fixed(..) => self.clone(),
            Self::Graded(nodes, ..) => Self::Fixed(nodes.clone(), nodes.rounding()),
        }
    }

    /// One rung of it for all points.
    pub(super) fn rung(data: &LossData, rung: usize, noise: &Rule) -> Self {
        let (rule, _) = graded(rung + 1);
        Self::Fixed(Nodes::product(data, &rule, noise), EXACT)
    }
}

impl Averages {
    /// Of a loss of `parameters` parameters, then inputs, then the target.
    pub(super) fn new(loss: &Formula, parameters: usize, plan: Plan) -> Self {
        let first: Vec<Formula> = (0..parameters).map(|i| loss.derivative(i)).collect();
        let second = (0..parameters).flat_map(|i| (i..parameters).map(move |j| (i, j)));
        let second: Vec<Formula> = second.map(|(i, j)| first[i].derivative(j)).collect();
        let tape = Tape::of(&first.iter().chain(&second).collect::<Vec<_>>());
        Self { tape, parameters, plan }
    }

    /// The same with another plan.
    pub(super) fn with(&self, plan: Plan) -> Self {
        Self { tape: self.tape.clone(), parameters: self.parameters, plan }
    }

    /// Whether all derivatives are the same for opposite samples (x, y) and (-x, -y).
    pub(super) fn even<const N: usize>(&self, points: &[[f64; N]]) -> bool {
        let sample = [0.73, -0.41, 1.29, 0.57];
        let pair = [sample, sample.map(|x| -x)];
        let mut values = Vec::new();
        self.evaluate(points, &pair, &mut values);
        values.chunks_exact(2 * derivatives(N)).all(|both| {
            let (here, there) = both.split_at(derivatives(N));
            here.iter().zip(there).all(|(a, b)| (a - b).abs() <= 1e-13 * (a.abs() + b.abs()) || a.is_nan())
        })
    }

    /// With one of each pair of opposite samples.
    pub(super) fn halved(mut self) -> Self {
        self.plan = self.plan.halved();
        self
    }

    /// First and second derivatives at one point for every sample (those of a fine rung).
    pub(super) fn samples<const N: usize>(&self, at: &[f64; N]) -> Samples {
        let (nodes, rough) = match &self.plan {
            Plan::Fixed(nodes, _) => (nodes.clone(), nodes.samples.len()),
            Plan::Graded(nodes, counts, _) => (nodes.first(counts[SMOOTH]), counts[ROUGH]),
        };
        let mut values = Vec::new();
        self.evaluate(std::slice::from_ref(at), &nodes.samples, &mut values);
        Samples { values, weights: nodes.weights, rough }
    }

    /// The averages at many points.
    pub(super) fn each<const N: usize>(&self, points: &[[f64; N]], mut take: impl FnMut(usize, &Local<N>)) {
        let mut values = VALUES.take();
        match &self.plan {
            Plan::Fixed(nodes, error) => {
                let together = (BATCH / nodes.samples.len().max(1)).max(1);
                let length = nodes.samples.len() * derivatives(N);
                for (chunk, batch) in points.chunks(together).enumerate() {
                    values.clear();
                    self.evaluate(batch, &nodes.samples, &mut values);
                    for (k, rows) in values.chunks_exact(length).enumerate() {
                        let average = Local { error: *error, ..Local::average(rows, &nodes.weights) };
                        take(chunk * together + k, &average);
                    }
                }
            }
            Plan::Graded(nodes, counts, check) => {
                for (k, point) in points.iter().enumerate() {
                    let mut local = self.refined(point, nodes, counts, &mut values);
                    if let Some(pair) = check {
                        local.error = local.error.max(self.disagreement(point, pair, &mut values));
                    }
                    take(k, &local);
                }
            }
        }
        VALUES.set(values);
    }

    /// At one point.
    pub(super) fn at<const N: usize>(&self, point: &[f64; N]) -> Local<N> {
        let nothing = Local {
            mean: [f64::NAN; N],
            covariance: [[f64::NAN; N]; N],
            slope: [f64::NAN; N],
            slope_size: [f64::NAN; N],
            error: f64::INFINITY,
        };
        let mut found = nothing;
        self.each(std::slice::from_ref(point), |_, local| found = *local);
        found
    }

    /// Appends the derivatives of every sample at every point.
    fn evaluate<const N: usize>(&self, points: &[[f64; N]], samples: &[Sample], values: &mut Vec<f64>) {
        let inputs = |k: usize| {
            let (point, sample) = (&points[k / samples.len()], &samples[k % samples.len()]);
            let mut at = [0.0; COLUMNS];
            at[..N].copy_from_slice(point);
            at[N..N + 4].copy_from_slice(sample);
            at
        };
        let outputs = self.tape.outputs();
        values.reserve(points.len() * samples.len() * outputs);
        self.tape.each(points.len() * samples.len(), inputs, |_, row| values.extend((0..outputs).map(|i| row.get(i))));
    }

    /// How far two rules for the noise differ.
    fn disagreement<const N: usize>(&self, point: &[f64; N], pair: &[Nodes; 2], values: &mut Vec<f64>) -> f64 {
        let [rule, finer] = [&pair[0], &pair[1]].map(|nodes| {
            values.clear();
            self.evaluate(std::slice::from_ref(point), &nodes.samples, values);
            Local::<N>::average(values, &nodes.weights)
        });
        // Two rules may agree better than either of them is.
        3.0 * rule.difference(&finer)
    }

    /// Rung by rung until the rule has converged.
    fn refined<const N: usize>(
        &self,
        point: &[f64; N],
        nodes: &Nodes,
        counts: &[usize],
        values: &mut Vec<f64>,
    ) -> Local<N> {
        let m = derivatives(N);
        values.clear();
        let average = |values: &[f64], rung: usize| {
            Local::<N>::average(&values[..counts[rung] * m], &nodes.weights[..counts[rung]])
        };
        let mut rung = 2;
        self.evaluate(std::slice::from_ref(point), &nodes.samples[..counts[rung]], values);
        let mut before = average(values, 1);
        let mut change = average(values, 0).difference(&before);
        loop {
            let mut now = average(values, rung);
            let next = before.difference(&now);
            now.error = left(change, next).max(nodes.beyond(&values[..counts[rung] * m], m, END));
            if now.error <= wanted(N) || rung + 1 == counts.len() {
                now.error = now.error.max(f64::EPSILON * counts[rung] as f64);
                return now;
            }
            (before, change) = (now, next);
            self.evaluate(std::slice::from_ref(point), &nodes.samples[counts[rung]..counts[rung + 1]], values);
            rung += 1;
        }
    }
}

/// Error of a rule after two halvings that changed it by `change` and then by `next`: a rule that converges
/// geometrically squares its error at every halving; one that does not leaves about as much as it changed.
fn left(change: f64, next: f64) -> f64 {
    let geometric = next <= 1e-6 && next <= 30.0 * change.powf(1.7);
    if geometric { 10.0 * next * next } else { next }
}
