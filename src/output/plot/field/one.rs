//! One variable: the picture of a curve, made from its marginal.

use super::side;
use crate::estimate::Quantity;
use crate::output::plot::density;
use crate::record::{
    Curve, FieldQuantile, FieldSampling, FieldSolution, Histogram, LawKind, Marginal, Mode, QuantileRow, Sampling,
    Solution, SolverReport,
};

/// Bins of samples.
const BINS: usize = 40;

pub(super) fn draw(solution: &FieldSolution, samples: &[&FieldSampling]) -> Option<String> {
    let variable = solution.variables.first()?;
    let marginal = solution.marginals.iter().find(|m| m.name == *variable && m.at.len() > 2)?;
    let samples: Vec<Sampling> = samples.iter().map(|s| sampling(s)).collect();
    Some(density::draw(&line(solution, marginal), &samples.iter().collect::<Vec<_>>(), [variable, ""]))
}

/// The same run as a record of one variable, with a histogram of its final positions.
fn sampling(s: &FieldSampling) -> Sampling {
    let first = |list: &[Quantity]| list.first().copied().unwrap_or(Quantity::Absent);
    Sampling {
        method: s.method.clone(),
        learning_rate: s.learning_rate,
        batch_size: s.batch_size,
        noise_amplification: 1.0,
        steps: s.steps,
        burn_in: s.burn_in,
        seed: s.seed,
        chains: s.chains,
        diverged: s.diverged,
        died: 0,
        crossed: 0,
        autocorrelation_steps: 0.0,
        effective_samples: 0.0,
        steps_per_second: s.steps_per_second,
        mean: first(&s.mean),
        variance: s.covariance.first().map_or(Quantity::Absent, |row| first(row)),
        quantiles: vec![],
        histogram: histogram(&side::values(s, 0)),
        warnings: vec![],
    }
}

/// Equal bins between the 0.5 % outermost values.
fn histogram(values: &[f64]) -> Histogram {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    let (Some(&lo), Some(&hi)) = (sorted.get(sorted.len() / 200), sorted.iter().rev().nth(sorted.len() / 200)) else {
        return Histogram::default();
    };
    let width = (hi - lo) / BINS as f64;
    if width <= 0.0 {
        return Histogram::default();
    }
    let edges: Vec<f64> = (0..=BINS).map(|i| lo + i as f64 * width).collect();
    let below = |x: f64| sorted.partition_point(|v| *v < x);
    let counts: Vec<f64> = edges.windows(2).map(|e| (below(e[1]) - below(e[0])) as f64).collect();
    let unit = 1.0 / (sorted.len() as f64 * width);
    Histogram {
        density: counts.iter().map(|n| n * unit).collect(),
        error: counts.iter().map(|n| n.sqrt() * unit).collect(),
        edges,
    }
}

/// The same law as a record of one equation.
fn line(solution: &FieldSolution, marginal: &Marginal) -> Solution {
    let modes: Vec<Quantity> = solution.wells.iter().filter_map(|w| w.mode.first().copied()).collect();
    let interior = modes.iter().filter_map(|q| q.finite()).map(|e| e.value).collect();
    let cells = solution.solver.levels.last().map_or(0, |shape| shape.iter().product());
    Solution {
        stillpoint: solution.stillpoint.clone(),
        title: solution.title.clone(),
        law: LawKind::Density,
        point: None,
        reason: None,
        support: support(marginal),
        mean: marginal.mean,
        variance: marginal.variance,
        mode: Mode { at: modes.first().copied().unwrap_or(Quantity::Absent), diverges: false, interior },
        moments: vec![],
        quantiles: marginal.quantiles.iter().map(quantile).collect(),
        points: vec![],
        tail_exponent: marginal.tail_exponents.last().copied().unwrap_or(Quantity::Absent),
        invariant_laws: vec![],
        solver: SolverReport { cells, ..SolverReport::default() },
        comparison: None,
        curve: curve(marginal),
        provenance: solution.provenance.clone(),
    }
}

fn quantile(row: &FieldQuantile) -> QuantileRow {
    let log_abs = row.value.finite().map_or(f64::NAN, |e| e.value.abs().ln());
    QuantileRow { q: row.q, value: row.value, log_abs, log_abs_error: 0.0 }
}

/// A variable of one sign that spans decades ends at 0; nothing is known of other ends.
fn support(marginal: &Marginal) -> [Option<f64>; 2] {
    const DECADES: f64 = 1e3;
    let (Some(&first), Some(&last)) = (marginal.at.first(), marginal.at.last()) else { return [None; 2] };
    match (first > 0.0, last < 0.0) {
        (true, _) if last > DECADES * first => [Some(0.0), None],
        (_, true) if first < DECADES * last => [None, Some(0.0)],
        _ => [None, None],
    }
}

/// The table of the marginal, with its distribution function by the trapezoidal rule.
fn curve(marginal: &Marginal) -> Curve {
    let p: Vec<f64> = marginal.log_density.iter().map(|l| l.exp()).collect();
    let mut held = 0.0;
    let mut cdf = vec![0.0];
    for i in 1..marginal.at.len() {
        held += 0.5 * (p[i] + p[i - 1]) * (marginal.at[i] - marginal.at[i - 1]);
        cdf.push(held);
    }
    cdf.iter_mut().for_each(|c| *c /= held);
    Curve {
        z: (0..marginal.at.len()).map(|i| i as f64).collect(),
        v: marginal.at.clone(),
        log_density: marginal.log_density.clone(),
        log_density_error: marginal.log_density_error.clone(),
        sf: cdf.iter().map(|c| 1.0 - c).collect(),
        cdf,
        ..Curve::default()
    }
}
