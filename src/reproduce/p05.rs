//! P5, Theorem 4.2: the stationary law at any depth and width, and its two invariant parts.

use super::check::{below, equal, on_formula, within};
use super::context::finite;
use super::{Context, Outcome, ReproduceError, Row};
use crate::estimate::{Estimate, Quantity};
use crate::model::Branch;
use crate::record::{Check, Figure, FigureAxis, FigurePanel, Series};
use crate::study::{ClosedLaw, Problem, closed_laws, compare, solve, steps_of_compare};

const NAME: &str = "paper/p5";

pub(super) const ROW: Row = Row {
    id: "P5",
    title: "the stationary law at any depth and width",
    claim: "Theorem 4.2: the stationary laws are the mixtures (1-z) delta_0 + z p, with p in closed form for every depth D \
            and width d; z depends on the start",
    scenarios: &[NAME, "paper/p5-wrong-start"],
    run,
};

const DEPTHS: [u32; 7] = [0, 1, 2, 3, 4, 5, 10];
const WIDTHS: [u32; 2] = [1, 3];
/// Cells of the chain on each branch, and chart coordinates they reach.
const CELLS: usize = 2000;
const REACH: [f64; 2] = [-20.0, 25.0];
/// How much farther the wider box reaches towards v = 0.
const WIDER: f64 = 10.0;

fn run(context: &Context<'_>) -> Result<Outcome, ReproduceError> {
    let task = context.line(NAME)?;
    let mut outcome = Outcome::default();
    let mut densities = FigurePanel {
        title: "p(v) at every depth, d = 3".to_owned(),
        x: FigureAxis::log("v").within(0.02, 8.0),
        y: FigureAxis::log("density  p(v)").within(1e-4, 20.0),
        series: Vec::new(),
    };
    for (i, depth) in DEPTHS.into_iter().enumerate() {
        context.at("laws and formulas", i, DEPTHS.len());
        for width in WIDTHS {
            let mut problem = task.problem.clone();
            (problem.model.depth, problem.model.width) = (depth, width);
            let solution = solve(&problem)?;
            let name = format!("largest |ln p - ln formula|, D = {depth}, d = {width}");
            outcome.checks.push(on_formula(name, &solution, "Theorem 4.2, theory manual 3"));
            if width == 3 {
                let curve = solution.curve.v.iter().zip(&solution.curve.log_density).map(|(v, p)| (*v, p.exp()));
                densities.series.push(Series::line(format!("D = {depth}"), i, curve));
            }
        }
    }
    for depth in [1, 2] {
        let mut problem = task.problem.clone();
        (problem.model.depth, problem.model.width) = (depth, 1);
        classes(&problem, &mut outcome.checks)?;
    }
    memory(context, &mut outcome.checks)?;
    outcome.figure = Figure {
        subtitle: "solved from the equation; the formula lies under every curve".to_owned(),
        panels: vec![densities],
        ..Figure::default()
    };
    Ok(outcome)
}

/// The invariant laws as closed classes of one chain on both branches and v = 0.
fn classes(problem: &Problem, checks: &mut Vec<Check>) -> Result<(), ReproduceError> {
    let depth = problem.model.depth;
    let wider = [REACH[0] - WIDER, REACH[1]];
    let fine = closed_laws(&problem.model, REACH, CELLS)?;
    let coarse = closed_laws(&problem.model, REACH, CELLS / 2)?;
    let wide = closed_laws(&problem.model, wider, CELLS)?;
    let source = "Theorem 4.2: delta_0 and p are invariant by themselves";
    checks.push(equal(format!("closed classes of the chain, D = {depth}"), fine.len() as f64, 3.0, source));
    let ([below_0, _, above_0], [_, _, coarse_above], [wide_below, point, _]) =
        (three(&fine)?, three(&coarse)?, three(&wide)?);
    checks.push(equal(
        format!("v of the class that is one cell, D = {depth}"),
        point.expectation(&point.v),
        0.0,
        source,
    ));
    let solved = finite(solve(problem)?.mean, "the mean")?;
    let (mean, coarser) = (above_0.expectation(&above_0.v), coarse_above.expectation(&coarse_above.v));
    // Masses of thousands of cells: their logarithms carry some thousand roundings.
    let mean = Estimate::computed(mean, (mean - coarser).abs(), 1e-12 * mean);
    checks.push(equal(format!("mean of the class v > 0, D = {depth}"), mean, solved, "mean of p"));
    let moved = wide_below.expectation(&wide_below.log_abs) - below_0.expectation(&below_0.log_abs);
    checks.push(within(
        format!("shift of E[ln|v|] of the class v < 0 when the box ends {WIDER} nearer to ln 0, D = {depth}"),
        moved,
        -WIDER,
        0.05,
        "no normalisable law on the wrong side: its mass goes to 0 with the box",
    ));
    Ok(())
}

fn three(laws: &[ClosedLaw]) -> Result<[&ClosedLaw; 3], ReproduceError> {
    match laws {
        [a, b, c] => Ok([a, b, c]),
        _ => Err(ReproduceError::Missing {
            what: "a chain of three closed classes".to_owned(),
            found: format!("there are {}", laws.len()),
        }),
    }
}

/// Real SGD from a start on either side: z is 1 or 0 for each chain, as its start says, for ever.
fn memory(context: &Context<'_>, checks: &mut Vec<Check>) -> Result<(), ReproduceError> {
    for (name, side) in [(NAME, "v > 0"), ("paper/p5-wrong-start", "v < 0")] {
        let task = context.line(name)?;
        let config = context.sampling(name)?;
        let steps = context.counting("SGD from both sides", steps_of_compare(&config));
        let report = compare(&task.problem, &task.source, &config, &steps)?;
        let routes = if report.agree { "agree" } else { "differ" };
        let what = format!("grid, formula, SGD and gradient flow from a start at {side}");
        checks.push(equal(what, routes, "agree", "z depends on the start"));
        for run in report.sgd.iter() {
            let crossed = Estimate::exact(run.crossed as f64);
            checks.push(equal(format!("SGD chains that leave {side}"), crossed, 0.0, "the sign of v is kept"));
            if task.problem.branch == Branch::Negative {
                // Where v < 0 its lowest quantile is the highest of |v|.
                let lowest = run.quantiles.first().map_or(Quantity::Absent, |q| q.value);
                let lowest = finite(lowest, "the lowest quantile")?;
                let largest = Estimate { value: lowest.value.abs(), ..lowest };
                checks.push(below("99 % quantile of |v| after a start at v < 0", largest, 1e-3, "the wrong sign dies"));
            }
        }
    }
    Ok(())
}
