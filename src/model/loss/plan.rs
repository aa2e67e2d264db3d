//! Which rule averages a loss over a Gaussian teacher. Gauss-Hermite rules are taken only where they are exact: for
//! polynomials of the inputs and the target, which the structure of the formula shows. How well another loss is
//! averaged depends on the parameters, so it is found out at every point.

use super::averages::{Averages, EXACT, Plan};
use super::data::LossData;
use super::local::Local;
use super::quadrature::{Rule, defect, hermite};
use crate::formula::Formula;
use crate::model::ModelError;
use std::ops::Range;

/// Gauss-Hermite rules for a noise that is no polynomial's, in nodes, and the one they are judged by.
const TRIED: [usize; 12] = [2, 3, 4, 5, 6, 8, 12, 16, 20, 24, 32, 48];
const FINEST: usize = 80;
/// Most nodes of an exact rule.
const MOST_NODES: u32 = 48;
/// Rung of the graded rule that choices for the noise are made with.
const ROUGH_RUNG: usize = 2;
/// Rules whose difference is below this are equal but for rounding.
const EQUAL: f64 = 1e-12;
/// Relative error with which averages are refused.
const REFUSED: f64 = 1e-9;
/// Most samples of a product of rules.
const MOST_SAMPLES: usize = 60_000;

/// The averages of a loss over its data; what is no polynomial is judged at `points`, where all is finite.
///
/// # Errors
/// [`ModelError::Average`] and [`ModelError::Unaveraged`] where no rule is good enough.
pub(super) fn averages<const N: usize>(
    loss: &Formula,
    names: &[String],
    data: &LossData,
    points: &[[f64; N]],
) -> Result<Averages, ModelError> {
    let (inputs, noise) = match data {
        LossData::Rows { x, y } => return Ok(Averages::new(loss, N, Plan::rows(x, y))),
        LossData::Gaussian { weights, noise, .. } => (weights.len(), *noise),
    };
    let base = Averages::new(loss, N, Plan::hermite(data, 1, 1));
    let even = base.even(points);
    let target = N + inputs;
    let for_noise = if noise == 0.0 { Some(1) } else { nodes::<N>(loss, target..target + 1) };
    let for_inputs = nodes::<N>(loss, N..target + 1);
    let judge = Judge { base, names, data, points };
    let found = match (for_inputs, for_noise) {
        (Some(x), Some(xi)) if x.pow(inputs as u32) * xi <= MOST_SAMPLES => judge.base.with(Plan::hermite(data, x, xi)),
        (_, noise) if inputs == 1 => judge.graded(noise)?,
        _ => return Err(ModelError::Unaveraged { inputs }),
    };
    Ok(if even { found.halved() } else { found })
}

/// Nodes of the Gauss-Hermite rule that is exact for products of two derivatives of a polynomial in the variables `of`.
fn nodes<const N: usize>(loss: &Formula, of: Range<usize>) -> Option<usize> {
    let first: Vec<Formula> = (0..N).map(|i| loss.derivative(i)).collect();
    let second = first.iter().flat_map(|slope| (0..N).map(|j| slope.derivative(j)));
    let degrees = first.iter().cloned().chain(second).map(|f| f.degree(of.clone()));
    // No derivative by a parameter has a higher degree than the loss.
    let degree = degrees.collect::<Option<Vec<u32>>>().and_then(|all| all.into_iter().max());
    let degree = [degree, loss.degree(of)].into_iter().flatten().min()?;
    let count = degree.checked_add(1).filter(|count| *count <= MOST_NODES)? as usize;
    (defect(&hermite(count), 2 * degree) <= EXACT).then_some(count)
}

struct Judge<'a, const N: usize> {
    base: Averages,
    names: &'a [String],
    data: &'a LossData,
    points: &'a [[f64; N]],
}

impl<const N: usize> Judge<'_, N> {
    /// The rule for the only input, with an exact rule for the noise if there is one.
    fn graded(self, exact: Option<usize>) -> Result<Averages, ModelError> {
        let plan = match exact {
            Some(noise) => Plan::graded(self.data, noise, None),
            None => {
                let (noise, finer) = self.noise()?;
                Plan::graded(self.data, noise, Some(finer))
            }
        };
        let finest = self.base.with(plan.last_rung());
        let graded = self.base.with(plan);
        let errors = self.points.iter().map(|point| {
            let [local, judge] = [graded.at(point), finest.at(point)];
            let apart = local.difference(&judge);
            // What falls between the nodes of all coarse rungs is not seen by them.
            let wrong = apart > 10.0 * local.error.max(EQUAL);
            (if wrong { f64::INFINITY } else { local.error }, *point, finite(&judge))
        });
        self.accepted(largest(errors.filter(|(_, _, finite)| *finite).map(|(e, p, _)| (e, p)))).map(|()| graded)
    }

    /// Nodes for a noise of the target of which the loss is no polynomial, and of a rule to check them by.
    fn noise(&self) -> Result<(usize, usize), ModelError> {
        let rule = |rule: &Rule| self.base.with(Plan::rung(self.data, ROUGH_RUNG, rule));
        let finest = rule(&hermite(FINEST));
        let mut best = (f64::INFINITY, [0.0; N]);
        for pair in TRIED.windows(2) {
            best = self.worst(&rule(&hermite(pair[0])), &finest);
            if best.0 <= EQUAL {
                return Ok((pair[0], pair[1]));
            }
        }
        self.accepted(best).map(|()| (TRIED[TRIED.len() - 1], FINEST))
    }

    /// Largest difference of two rules, and where.
    fn worst(&self, trial: &Averages, judge: &Averages) -> (f64, [f64; N]) {
        let pairs = self.points.iter().map(|point| (trial.at(point), judge.at(point), point));
        let finite = pairs.filter(|(_, judge, _)| finite(judge));
        largest(finite.map(|(trial, judge, point)| (trial.difference(&judge), *point)))
    }

    fn accepted(&self, (error, at): (f64, [f64; N])) -> Result<(), ModelError> {
        if error <= REFUSED {
            return Ok(());
        }
        Err(ModelError::Average { error, at: self.names.iter().cloned().zip(at).collect() })
    }
}

/// The largest error, and where it is.
fn largest<const N: usize>(errors: impl Iterator<Item = (f64, [f64; N])>) -> (f64, [f64; N]) {
    errors.fold((0.0, [0.0; N]), |a, b| if b.0 > a.0 { b } else { a })
}

pub(super) fn finite<const N: usize>(local: &Local<N>) -> bool {
    (0..N).all(|i| local.mean[i].is_finite() && local.slope[i].is_finite() && local.covariance[i][i].is_finite())
}
