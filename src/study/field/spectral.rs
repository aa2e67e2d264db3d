//! The moments of a law of two variables once more, by spectral elements.

use super::{FieldProblem, whiten};
use crate::estimate::{Estimate, Quantity};
use crate::galerkin::{GalerkinError, Settled, settle};
use crate::process::{Affine, AnyProcess, Process};
use crate::record::{FieldSolution, SpectralRow};

/// Relative error at which the elements are fine enough.
const TOLERANCE: f64 = 1e-9;

/// Share of its width by which the second box reaches further on either side.
const WIDER: f64 = 0.15;

/// What a second discretisation says.
#[derive(Debug, Default)]
pub(super) struct Check {
    pub rows: Vec<SpectralRow>,
    /// Why there are no rows, if there should be.
    pub note: Option<String>,
}

/// Means and covariances of the solver's coordinates beside those of the finite volumes.
pub(super) fn check(problem: &FieldProblem, solution: &FieldSolution) -> Check {
    let AnyProcess::Two(process) = problem.system.process() else { return Check::default() };
    let start = problem.system.start();
    let start: [f64; 2] = std::array::from_fn(|i| start.get(i).copied().unwrap_or(0.0));
    // The same coordinates as the finite volumes: the box is theirs.
    let turned =
        whiten::whitening(&*process, &start).and_then(|(centre, matrix)| Affine::new(&*process, centre, matrix));
    let Some(known) = Known::of(solution) else {
        return Check { note: Some("spectral elements: no moments to check".into()), ..Check::default() };
    };
    let settled = match &turned {
        Some(turned) => {
            boxed(turned, known.frame, turned.from_inner(&known.mean), known.turned(turned)).map(|m| m.through(turned))
        }
        None => boxed(&*process, known.frame, known.mean, known.deviation),
    };
    match settled {
        Ok(moments) => Check { rows: rows(solution, &moments), note: None },
        Err(why) => Check { note: Some(format!("spectral elements do not resolve this law: {why}")), rows: Vec::new() },
    }
}

/// What the finite volumes say of the place and width of the law.
struct Known {
    frame: [[f64; 2]; 2],
    mean: [f64; 2],
    deviation: [f64; 2],
    covariance: [[f64; 2]; 2],
}

impl Known {
    fn of(solution: &FieldSolution) -> Option<Self> {
        let value = |q: &Quantity| q.finite().map(|e| e.value);
        let frame = <[[f64; 2]; 2]>::try_from(solution.solver.chart_box.as_slice()).ok()?;
        let chart = &solution.chart;
        let mean = [value(chart.mean.first()?)?, value(chart.mean.get(1)?)?];
        let entry = |i: usize, j: usize| value(chart.covariance.get(i)?.get(j)?);
        let covariance = [[entry(0, 0)?, entry(0, 1)?], [entry(1, 0)?, entry(1, 1)?]];
        let deviation = [covariance[0][0].sqrt(), covariance[1][1].sqrt()];
        Some(Self { frame, mean, deviation, covariance })
    }

    /// Standard deviations in turned coordinates.
    fn turned(&self, turned: &Affine<'_, 2>) -> [f64; 2] {
        let axis = |i: usize| turned.from_inner(&std::array::from_fn(|k| turned.to_inner(&[0.0; 2])[k] + UNIT[i][k]));
        let columns = [axis(0), axis(1)];
        std::array::from_fn(|i| {
            let square: f64 = (0..2)
                .map(|k| (0..2).map(|l| columns[k][i] * self.covariance[k][l] * columns[l][i]).sum::<f64>())
                .sum();
            square.sqrt()
        })
    }
}

const UNIT: [[f64; 2]; 2] = [[1.0, 0.0], [0.0, 1.0]];

/// Values and errors.
struct Moments {
    mean: [[f64; 2]; 2],
    covariance: [[[f64; 2]; 2]; 2],
}

impl Moments {
    /// Those of z = c + R y from those of y.
    fn through(&self, turned: &Affine<'_, 2>) -> Self {
        let r = turned.matrix();
        let middle = turned.to_inner(&self.mean.map(|m| m[0]));
        let mean = std::array::from_fn(|i| [middle[i], (0..2).map(|k| r[i][k].abs() * self.mean[k][1]).sum()]);
        let entry = |i: usize, j: usize| {
            let mut sum = [0.0; 2];
            for k in 0..2 {
                for l in 0..2 {
                    let factor = r[i][k] * r[j][l];
                    sum[0] += factor * self.covariance[k][l][0];
                    sum[1] += factor.abs() * self.covariance[k][l][1];
                }
            }
            sum
        };
        Self { mean, covariance: std::array::from_fn(|i| std::array::from_fn(|j| entry(i, j))) }
    }
}

/// Moments in a box and in a wider one: what the box cuts off is part of the error.
fn boxed(
    process: &dyn Process<2>,
    frame: [[f64; 2]; 2],
    mean: [f64; 2],
    deviation: [f64; 2],
) -> Result<Moments, GalerkinError> {
    let wider: [[f64; 2]; 2] = std::array::from_fn(|i| {
        let [lower, upper] = frame[i];
        let [first, last] = process.chart().axis(i).domain();
        let more = WIDER * (upper - lower);
        [(lower - more).max(first), (upper + more).min(last)]
    });
    let solve = |frame: &[[f64; 2]; 2]| -> Result<Settled<2>, GalerkinError> {
        // Between the width of the law and that of the box.
        let scale = std::array::from_fn(|i| 0.5 * (deviation[i] * (frame[i][1] - frame[i][0])).sqrt());
        settle(process, frame, &mean, &scale, TOLERANCE)
    };
    let (narrow, wide) = (solve(&frame)?, solve(&wider)?);
    let pair = |a: [f64; 2], b: [f64; 2]| [b[0], a[1] + b[1] + 2.0 * (a[0] - b[0]).abs()];
    Ok(Moments {
        mean: std::array::from_fn(|i| pair(narrow.mean[i], wide.mean[i])),
        covariance: std::array::from_fn(|i| {
            std::array::from_fn(|j| pair(narrow.covariance[i][j], wide.covariance[i][j]))
        }),
    })
}

fn rows(solution: &FieldSolution, moments: &Moments) -> Vec<SpectralRow> {
    let chart = &solution.chart;
    let name = |i: usize| chart.names.get(i).map_or("", String::as_str);
    let mut rows = Vec::new();
    for i in 0..2 {
        rows.extend(chart.mean.get(i).map(|grid| row(format!("E[{}]", name(i)), *grid, moments.mean[i])));
    }
    for i in 0..2 {
        for j in i..2 {
            let title = if i == j { format!("Var[{}]", name(i)) } else { format!("Cov[{}, {}]", name(i), name(j)) };
            let grid = chart.covariance.get(i).and_then(|row| row.get(j));
            rows.extend(grid.map(|grid| row(title, *grid, moments.covariance[i][j])));
        }
    }
    rows
}

fn row(quantity: String, grid: Quantity, [value, error]: [f64; 2]) -> SpectralRow {
    let agree = grid.finite().is_none_or(|e| (e.value - value).abs() <= e.error() + error);
    SpectralRow { quantity, grid, spectral: Quantity::Finite(Estimate::computed(value, error, 0.0)), agree }
}
