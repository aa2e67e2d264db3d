//! Which rule averages a loss over a Gaussian teacher: the smallest that a much finer one agrees with.

use super::averages::{Averages, EXACT, Plan};
use super::data::LossData;
use super::local::Local;
use super::nodes::Nodes;
use super::quadrature::{Rule, hermite};
use crate::formula::Formula;
use crate::model::ModelError;

/// Gauss-Hermite rules that are tried, in nodes, and the one they are judged by.
const TRIED: [usize; 12] = [2, 3, 4, 5, 6, 8, 12, 16, 20, 24, 32, 48];
const FINEST: usize = 80;
/// Most nodes of a rule for one input that is worth more than the graded rule.
const FEW: usize = 12;
/// Rung of the graded rule that others are judged by, and the one that choices for the noise are made with.
const FINE_RUNG: usize = 3;
const ROUGH_RUNG: usize = 2;
/// Rules whose difference is below this are equal but for rounding.
const EQUAL: f64 = 1e-12;
/// Relative error with which averages are refused.
const REFUSED: f64 = 1e-9;
/// Most samples of a product of rules.
const MOST_SAMPLES: usize = 60_000;

/// The averages of a loss over its data; the rule is judged at `points`, where all is finite.
///
/// # Errors
/// [`ModelError::Average`] where no rule is good enough.
pub(super) fn averages<const N: usize>(
    loss: &Formula,
    names: &[String],
    data: &LossData,
    points: &[[f64; N]],
) -> Result<Averages, ModelError> {
    if let LossData::Rows { x, y } = data {
        return Ok(Averages::new(loss, N, Plan::rows(x, y)));
    }
    let base = Averages::new(loss, N, Plan::hermite(data, 1, 1));
    let even = base.even(points);
    let judge = Judge { base, names, data, points };
    let found = if data.inputs() == 1 { judge.one_input() } else { judge.several_inputs() }?;
    Ok(if even { found.halved() } else { found })
}

struct Judge<'a, const N: usize> {
    base: Averages,
    names: &'a [String],
    data: &'a LossData,
    points: &'a [[f64; N]],
}

impl<const N: usize> Judge<'_, N> {
    fn one_input(self) -> Result<Averages, ModelError> {
        let noise = self.noise(&|rule| Plan::rung(self.data, ROUGH_RUNG, rule))?;
        let fine = self.base.with(Plan::rung(self.data, FINE_RUNG, &hermite(noise)));
        for inputs in TRIED.into_iter().filter(|n| *n <= FEW) {
            let trial = self.base.with(Plan::hermite(self.data, inputs, noise));
            if self.worst(&trial, &fine).0 <= EXACT {
                return Ok(trial);
            }
        }
        let graded = self.base.with(Plan::graded(self.data, noise));
        let left = self.points.iter().map(|point| (graded.at(point), point)).filter(|(l, _)| finite(l));
        let worst =
            left.map(|(l, point)| (l.error, *point)).fold((0.0, [0.0; N]), |a, b| if b.0 > a.0 { b } else { a });
        self.accepted(worst).map(|()| graded)
    }

    fn several_inputs(self) -> Result<Averages, ModelError> {
        let n = self.data.inputs() as u32;
        let noise = self.noise(&|rule| Plan::Fixed(Nodes::product(self.data, &hermite(6), rule), EXACT))?;
        let mut best: Option<((f64, [f64; N]), Averages)> = None;
        for pair in TRIED.windows(3) {
            if pair[2].pow(n) * noise > MOST_SAMPLES {
                break;
            }
            let [trial, judge] = [pair[0], pair[2]].map(|k| self.base.with(Plan::hermite(self.data, k, noise)));
            let worst = self.worst(&trial, &judge);
            if worst.0 <= EQUAL {
                return Ok(trial);
            }
            let finer = Plan::hermite(self.data, pair[2], noise).off_by(worst.0);
            best = Some((worst, self.base.with(finer)));
        }
        let Some((worst, finest)) = best else { return Ok(self.base) };
        self.accepted(worst).map(|()| finest)
    }

    /// Nodes for the noise of the target.
    fn noise(&self, plan: &dyn Fn(&Rule) -> Plan) -> Result<usize, ModelError> {
        if matches!(self.data, LossData::Gaussian { noise: 0.0, .. }) {
            return Ok(1);
        }
        let finest = self.base.with(plan(&hermite(FINEST)));
        let mut best = (f64::INFINITY, [0.0; N]);
        for nodes in TRIED {
            let worst = self.worst(&self.base.with(plan(&hermite(nodes))), &finest);
            if worst.0 <= EQUAL {
                return Ok(nodes);
            }
            best = worst;
        }
        self.accepted(best).map(|()| TRIED[TRIED.len() - 1])
    }

    /// Largest difference of two rules, and where.
    fn worst(&self, trial: &Averages, judge: &Averages) -> (f64, [f64; N]) {
        let pairs = self.points.iter().map(|point| (trial.at(point), judge.at(point), point));
        pairs
            .filter(|(_, judge, _)| finite(judge))
            .map(|(trial, judge, point)| (trial.difference(&judge), *point))
            .fold((0.0, [0.0; N]), |a, b| if b.0 > a.0 { b } else { a })
    }

    fn accepted(&self, (error, at): (f64, [f64; N])) -> Result<(), ModelError> {
        if error <= REFUSED {
            return Ok(());
        }
        Err(ModelError::Average { error, at: self.names.iter().cloned().zip(at).collect() })
    }
}

pub(super) fn finite<const N: usize>(local: &Local<N>) -> bool {
    (0..N).all(|i| local.mean[i].is_finite() && local.slope[i].is_finite() && local.covariance[i][i].is_finite())
}
