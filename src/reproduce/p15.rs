//! P15, section 4.4: the law of SGD and the posterior exp(-n L) have nothing in common in parameter space.
//!
//! Injected noise eps gives the law a density in the plane of the layers, with a width sqrt(eps) around |u| = |w|. In
//! (v, Q), where du dw is dv dQ / s, the posterior with a weak normal prior has density e^(-n L - lambda s) / (s Z), and
//!
//! KL(law | posterior) = E ln p + n E L + lambda E s + E ln s + ln Z, Z = int e^(-n L) K_0(2 lambda |v|) dv.

use super::check::{above, within};
use super::context::finite;
use super::{Context, Outcome, ReproduceError, Row};
use crate::estimate::{Estimate, Quantity};
use crate::model::{Moments, System, Unbalanced};
use crate::record::{FieldSolution, FieldTable, Figure, FigureAxis, FigurePanel, Series};
use crate::study::{FieldProblem, solve_field};

const NAME: &str = "paper/p15";

pub(super) const ROW: Row = Row {
    id: "P15",
    title: "the law of SGD is no posterior",
    claim: "section 4.4: in parameter space the posterior exp(-n L) and the law of SGD have an infinite Kullback-Leibler divergence",
    scenarios: &[NAME],
    run,
};

/// Injected noises, and samples n of the posteriors.
const NOISES: [f64; 5] = [1e-1, 1e-2, 1e-3, 1e-4, 1e-5];
const SAMPLES: [f64; 3] = [1.0, 10.0, 100.0];
/// n eps up to which the rise of the divergence is compared with its limit.
const SMALL: f64 = 0.1;
/// The same for eps: beyond it corrections to the width are as large as the rise.
const NARROW: f64 = 1e-2;
/// Precision of the prior: exp(-lambda (u^2 + w^2)).
const PRIOR: f64 = 0.05;

fn run(context: &Context<'_>) -> Result<Outcome, ReproduceError> {
    let task = context.field(NAME, &[])?;
    let System::Unbalanced(model) = &task.problem.system else {
        return Err(ReproduceError::Kind { name: NAME.to_owned(), wanted: "two layers out of balance" });
    };
    let mut found: Vec<[Estimate; 3]> = Vec::new();
    let noises = context.pick(&NOISES[..], &NOISES[1..3]);
    let cells = context.pick(256, 96);
    for (i, &isotropic_noise) in noises.iter().enumerate() {
        let watch =
            |what: &str, done, all| (context.watch)(&format!("law {} of {}, {what}", i + 1, noises.len()), done, all);
        let system = System::Unbalanced(Unbalanced { isotropic_noise, ..*model });
        found.push(divergences(&FieldProblem { system, ..task.problem.clone() }, cells, &model.moments, &watch)?);
    }
    let mut outcome = Outcome::default();
    for (j, n) in SAMPLES.into_iter().enumerate() {
        // Larger noises move E L itself by more than the posterior of n samples forgives.
        let small = found.windows(2).zip(noises.windows(2)).filter(|(_, eps)| n * eps[0] <= SMALL && eps[0] <= NARROW);
        for (pair, eps) in small {
            let rise = pair[1][j].value - pair[0][j].value;
            let rise = Estimate::computed(rise, pair[1][j].error() + pair[0][j].error(), 0.0);
            let name = format!("rise of the divergence from eps = {} to {}, n = {n}", eps[0], eps[1]);
            // The width is sqrt(eps v/(2 T G)) only where it is small against v: corrections vanish like sqrt(eps), and what
            // the injected noise adds to n E L like n eps.
            let next = 3.0 * eps[0].sqrt() + 2.0 * n * eps[0];
            outcome.checks.push(within(name, rise, 0.5 * 10f64.ln(), next, "(1/2) ln 10 for a width sqrt(eps)"));
        }
    }
    if let (Some(last), Some(first)) = (found.last(), found.first()) {
        let name = "divergence at the smallest eps over that at the largest, n = 1";
        outcome.checks.push(above(name, last[0], first[0], "grows without bound"));
    }
    outcome.figure = figure(noises, &found);
    Ok(outcome)
}

/// The divergence from the posterior of each n, with its error from half the resolution.
fn divergences(
    problem: &FieldProblem,
    cells: usize,
    moments: &Moments,
    watch: &crate::study::Watch<'_>,
) -> Result<[Estimate; 3], ReproduceError> {
    let on = |cells: usize| -> Result<FieldSolution, ReproduceError> {
        let mut problem = problem.clone();
        (problem.request.grid, problem.request.levels) = (Some(cells), Some(2));
        Ok(solve_field(&problem, watch)?)
    };
    let (fine, coarse) = (on(cells)?, on(cells / 2)?);
    let (entropy, coarser) = (mean_log_density(&fine.field), mean_log_density(&coarse.field));
    let [loss, extent, log_extent] = expressions(&fine)?;
    let each = |n: f64| {
        let value = entropy + n * loss.value + PRIOR * extent.value + log_extent.value + log_evidence(n, moments);
        let grid = (entropy - coarser).abs() + n * loss.error() + PRIOR * extent.error() + log_extent.error();
        Estimate::computed(value, grid, 1e-10 * value.abs())
    };
    Ok(SAMPLES.map(each))
}

fn expressions(solution: &FieldSolution) -> Result<[Estimate; 3], ReproduceError> {
    let at = |i: usize| {
        let row = solution.expressions.get(i);
        finite(row.map_or(Quantity::Absent, |row| row.value), "an expectation of the scenario")
    };
    Ok([at(0)?, at(1)?, at(2)?])
}

/// E ln p over the cells of a lattice.
fn mean_log_density(table: &FieldTable) -> f64 {
    let lengths: Vec<Vec<f64>> = table.axes.iter().map(|nodes| lengths(nodes)).collect();
    let [across, up] = lengths.as_slice() else { return f64::NAN };
    let (mut mass, mut sum) = (0.0, 0.0);
    let volumes = across.iter().flat_map(|a| up.iter().map(move |b| a * b));
    for ((volume, chart), log_density) in volumes.zip(&table.chart_log_density).zip(&table.log_density) {
        let weight = volume * chart.exp();
        if weight > 0.0 {
            mass += weight;
            sum += weight * log_density;
        }
    }
    sum / mass
}

/// Half the distance to either neighbour.
fn lengths(nodes: &[f64]) -> Vec<f64> {
    let last = nodes.len().saturating_sub(1);
    (0..nodes.len()).map(|i| 0.5 * (nodes[(i + 1).min(last)] - nodes[i.saturating_sub(1)])).collect()
}

/// ln int e^(-n L(v)) K_0(2 lambda |v|) dv, L = beta1 v^2 - 2 beta2 v, by the trapezoidal rule in v = sinh-spaced nodes
/// either side of the logarithmic singularity at 0.
fn log_evidence(n: f64, moments: &Moments) -> f64 {
    let (b1, b2) = (moments.beta1(), moments.beta2());
    let peak = n * b2 * b2 / b1;
    let half = |sign: f64| -> f64 {
        // v = sign e^t: K_0 is regular in t, and v K_0 vanishes at both ends.
        let (low, high) = (-30.0, 12.0);
        // Some ten nodes across the peak, whose width in v is 1/sqrt(2 n).
        let count = (4000.0 * (0.1 * n).sqrt().max(1.0)) as i32;
        let step = (high - low) / f64::from(count);
        let value = |k: i32| {
            let v = (low + step * f64::from(k)).exp();
            let exponent = -n * (b1 * v * v - 2.0 * sign * b2 * v) - peak;
            if exponent < -745.0 { 0.0 } else { v * exponent.exp() * bessel_k0(2.0 * PRIOR * v) }
        };
        step * (0..=count).map(value).sum::<f64>()
    };
    peak + (half(1.0) + half(-1.0)).ln()
}

/// K_0(x) = int_0^inf e^(-x cosh t) dt by the trapezoidal rule, which converges geometrically.
fn bessel_k0(x: f64) -> f64 {
    let end = (745.0 / x).max(1.0).acosh();
    let steps = 200;
    let step = end / f64::from(steps);
    let value = |k: i32| (-x * (step * f64::from(k)).cosh()).exp();
    step * (0.5 * value(0) + (1..=steps).map(value).sum::<f64>())
}

fn figure(noises: &[f64], found: &[[Estimate; 3]]) -> Figure {
    let mut series = Vec::new();
    for (j, n) in SAMPLES.into_iter().enumerate() {
        let points = noises.iter().zip(found).map(|(&eps, row)| (eps, row[j].value));
        let errors = found.iter().map(|row| row[j].error()).collect();
        series.push(Series::line(format!("n = {n}"), j, points).dots().with_errors(errors));
        if let (Some(last), Some(&end)) = (found.last(), noises.last()) {
            let guide = noises.iter().map(|&eps| (eps, last[j].value - 0.5 * (eps / end).ln()));
            series.push(Series::line("slope −1/2 in ln ε", 7, guide).dashed());
        }
    }
    Figure {
        subtitle: "Kullback–Leibler divergence of the law of SGD with injected noise ε from the posterior exp(−n L)"
            .to_owned(),
        panels: vec![FigurePanel {
            title: "without injected noise it is infinite".to_owned(),
            x: FigureAxis::log("injected noise  ε"),
            y: FigureAxis::linear("divergence"),
            series,
        }],
        ..Figure::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Abramowitz and Stegun, tables 9.8 and 9.9.
    #[test]
    fn the_bessel_function_has_its_known_values() {
        for (x, known) in [
            (0.01, 4.721_244_730_161_1),
            (0.1, 2.427_069_024_702_0),
            (1.0, 0.421_024_438_240_7),
            (5.0, 0.003_691_098_334_042_6),
        ] {
            assert!((bessel_k0(x) / known - 1.0).abs() < 1e-11, "K_0({x}) = {}", bessel_k0(x));
        }
    }

    #[test]
    fn the_evidence_is_that_of_a_normal_law_where_the_prior_is_flat() {
        // For large n all mass is at v = 1: sqrt(pi/n) e^n K_0(2 lambda), with corrections of order 1/n.
        let moments = Moments::gaussian(1.0, 1.0, 1.0).unwrap();
        let n = 1e5;
        let expected = n + 0.5 * (std::f64::consts::PI / n).ln() + bessel_k0(2.0 * PRIOR).ln();
        assert!((log_evidence(n, &moments) - expected).abs() < 1e-4);
    }
}
