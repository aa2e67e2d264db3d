//! P9, Fig. 3: laws without and with a hidden layer, of linear models and of tanh networks, cool and hot.

use super::check::{below, equal, printed, within};
use super::context::finite;
use super::{Context, Outcome, ReproduceError, Row};
use crate::estimate::{Estimate, Quantity};
use crate::model::Diagonal;
use crate::record::{
    ExpressionRow, FieldComparison, FieldSolution, Figure, FigureAxis, FigurePanel, LawKind, Marginal, Series,
};
use crate::scenario::FieldTask;
use crate::sgd::Config;
use crate::study::{Problem, compare, compare_field, sample_field, solve, steps_of_compare, steps_of_compare_field};

const LINEAR: &str = "paper/p9";
const SHALLOW: &str = "tanh-shallow";
const DEEP: &str = "tanh-deep";

pub(super) const ROW: Row = Row {
    id: "P9",
    title: "linear and tanh networks without and with a hidden layer",
    claim: "Fig. 3: the densities for D = 0 and 1 at T = 0.05 and 0.5; tanh(v x) and w tanh(u x) behave like them, and the deep one \
            never learns the wrong sign",
    scenarios: &[LINEAR, SHALLOW, DEEP],
    run,
};

const COOL: f64 = 0.05;
const HOT: f64 = 0.5;
/// tanh(v x): E v, Var v and the mass at v < 0 at both temperatures, with the last digits that are sure, by
/// tests/data/make_tanh_laws.py.
const BY_QUADRATURE: [(f64, [(f64, f64); 3]); 2] = [
    (COOL, [(1.475_331_220_550, 1e-12), (0.031_505_410_842_6, 2e-13), (3.876_626_224e-9, 1e-18)]),
    (HOT, [(1.831_203_472_768, 1e-12), (0.273_515_339_019_7, 1e-13), (4.999_591_282e-3, 1e-12)]),
];
/// Most |u| that is still next to 0 at the end of a run without injected noise at T = 0.5: its median is 1e-12.
const COLLAPSED: f64 = 1e-3;
/// Learning rate at which SGD of the deep tanh network survives T = 0.5.
const SMALL_STEP: f64 = 2e-4;

fn run(context: &Context<'_>) -> Result<Outcome, ReproduceError> {
    let mut outcome = Outcome {
        remarks: vec![
            "no well of w tanh(u x) has the wrong sign, but SGD at T = 0.05 is there for some 0.2 % of the time: u = 0 is no barrier \
             where w is not 0. tanh(v x) at that temperature is there for 4e-9 of it (theory manual 14)"
                .to_owned(),
        ],
        ..Outcome::default()
    };
    let mut curves: [Vec<Series>; 3] = Default::default();
    for (i, (depth, temperature)) in [(0, COOL), (0, HOT), (1, COOL), (1, HOT)].into_iter().enumerate() {
        curves[0].extend(linear(context, depth, temperature, i, &mut outcome)?);
    }
    for (i, known) in BY_QUADRATURE.into_iter().enumerate() {
        let marginal = shallow(context, known, &mut outcome)?;
        curves[1].push(curve(format!("T = {}", known.0), i, &marginal));
    }
    for (i, marginal) in deep(context, &mut outcome)?.iter().enumerate() {
        curves[2].push(curve(marginal.name.clone(), 2 + i, marginal));
    }
    excursions(context, &mut outcome)?;
    outcome.figure = figure(curves);
    Ok(outcome)
}

/// A diagonal network by formula, grid, SGD and gradient flow; its density, if there is one.
fn linear(
    context: &Context<'_>,
    depth: u32,
    temperature: f64,
    colour: usize,
    outcome: &mut Outcome,
) -> Result<Option<Series>, ReproduceError> {
    let task = context.line(LINEAR)?;
    let model = Diagonal { depth, temperature, ..task.problem.model };
    let problem = Problem { model, points: vec![0.0], ..task.problem };
    let config = context.sampling(LINEAR)?;
    let what = format!("D = {depth}, T = {temperature}");
    let report = compare(&problem, &task.source, &config, &context.counting("SGD", steps_of_compare(&config)))?;
    let routes = if report.agree { "agree" } else { "differ" };
    outcome.checks.push(equal(
        format!("grid, formula, SGD and gradient flow, {what}"),
        routes,
        "agree",
        "four routes to one law",
    ));
    let solution = solve(&problem)?;
    let (law, expected) = (solution.law, if depth == 1 && temperature > 1.0 / 3.0 { "point mass" } else { "density" });
    let word = if law == LawKind::PointMass { "point mass" } else { "density" };
    outcome.checks.push(equal(format!("law, {what}"), word, expected, "T_c = 1/3 with one hidden layer, none without"));
    if depth == 0 && temperature == HOT {
        let at = solution.points.first();
        let at = at.map(|point| Estimate::computed(point.cdf, point.cdf_relative_error * point.cdf, 0.0));
        let at = finite(at.map_or(Quantity::Absent, Quantity::Finite), "the mass below 0")?;
        let expected = 0.5 - 1.0 / 6f64.sqrt();
        let name = "share of the wrong sign, D = 0, T = 0.5";
        outcome.checks.push(within(name, at, expected, 1e-15, "Student's t with two degrees of freedom at -2"));
    }
    let shown = solution.curve.v.iter().zip(&solution.curve.log_density).map(|(v, p)| (*v, p.exp()));
    Ok((law == LawKind::Density).then(|| Series::line(what, colour, shown)))
}

/// What a loss is changed to.
fn changes(temperature: f64) -> Vec<String> {
    vec![format!("model.temperature={temperature}")]
}

fn shallow(
    context: &Context<'_>,
    (temperature, known): (f64, [(f64, f64); 3]),
    outcome: &mut Outcome,
) -> Result<Marginal, ReproduceError> {
    let task = context.field(SHALLOW, &changes(temperature))?;
    let (solution, check) = routes(context, SHALLOW, &task, &format!("tanh(v x), T = {temperature}"))?;
    outcome.checks.push(check);
    let mean = solution.mean.first().copied().unwrap_or(Quantity::Absent);
    let variance = solution.covariance.first().and_then(|row| row.first()).copied().unwrap_or(Quantity::Absent);
    let wrong = solution.expressions.first().map_or(Quantity::Absent, |row| row.value);
    let names = ["mean", "variance", "share of the wrong sign"];
    for (i, quantity) in [mean, variance, wrong].into_iter().enumerate() {
        let name = format!("{}, tanh(v x), T = {temperature}", names[i]);
        let source = "quadrature of exp(int 2b/B)/B";
        let (expected, digit) = known[i];
        outcome.checks.push(within(&name, finite(quantity, &name)?, expected, digit, source));
    }
    marginals(&solution, 1).map(|mut all| all.remove(0))
}

/// Finite volumes, Monte Carlo and, for two variables, spectral elements side by side.
fn routes(
    context: &Context<'_>,
    name: &str,
    task: &FieldTask,
    what: &str,
) -> Result<(FieldSolution, crate::record::Check), ReproduceError> {
    let config = context.sampling(name)?;
    let watch = |step: &str, done, all| (context.watch)(&format!("{what}: {step}"), done, all);
    let steps = context.counting("SGD", steps_of_compare_field(&config));
    let FieldComparison { solution, agree, .. } = compare_field(&task.problem, &task.source, &config, &watch, &steps)?;
    let found = if agree { "agree" } else { "differ" };
    let check = equal(format!("lattice and SGD, {what}"), found, "agree", "routes to one law");
    Ok((solution, check))
}

/// w tanh(u x) with the injected noise of its scenario.
fn deep(context: &Context<'_>, outcome: &mut Outcome) -> Result<Vec<Marginal>, ReproduceError> {
    let mut task = context.field(DEEP, &changes(COOL))?;
    task.problem.request.grid = context.pick(task.problem.request.grid, Some(192));
    let (solution, check) = routes(context, DEEP, &task, "w tanh(u x), T = 0.05")?;
    outcome.checks.push(check);
    let wrong_wells = solution.wells.iter().filter(|well| has_wrong_sign(&well.mode)).count();
    let name = "wells of the wrong sign, w tanh(u x), T = 0.05";
    outcome.checks.push(equal(name, wrong_wells as f64, 0.0, "Fig. 3: the wrong sign is never learned"));
    marginals(&solution, 2)
}

/// Whether a well is at u w < 0 for sure.
fn has_wrong_sign(mode: &[Quantity]) -> bool {
    let known = mode.iter().filter_map(|q| q.finite()).filter(|e| e.value.abs() > e.error());
    let signs: Vec<f64> = known.map(|e| e.value.signum()).collect();
    signs.len() == 2 && signs[0] != signs[1]
}

/// w tanh(u x) without injected noise, by SGD alone: excursions to the wrong sign when cool, collapse when hot.
fn excursions(context: &Context<'_>, outcome: &mut Outcome) -> Result<(), ReproduceError> {
    let sampled = |temperature: f64, rate: f64| {
        let config = Config { learning_rate: rate, ..context.sampling(DEEP)? };
        let mut changes = changes(temperature);
        changes.push("model.isotropic_noise=0".to_owned());
        let task = context.field(DEEP, &changes)?;
        let steps = context.counting("SGD", config.chains * config.steps);
        Ok::<_, ReproduceError>(sample_field(&task.problem, &task.source, &config, false, &steps)?)
    };
    let cool = sampled(COOL, context.sampling(DEEP)?.learning_rate)?;
    let wrong = expression(&cool.expressions, 1)?;
    let name = "share of the wrong sign, SGD on w tanh(u x), T = 0.05";
    outcome.checks.push(printed(name, wrong, 0.0, "as printed: never"));
    outcome.checks.push(below(name, wrong, 0.01, "excursions only"));
    let hot = sampled(HOT, SMALL_STEP)?;
    let last = hot.quantiles.first().and_then(|of_u| of_u.last()).map_or(Quantity::Absent, |row| row.value);
    let name = "99 % quantile of u, SGD on w tanh(u x), T = 0.5";
    outcome.checks.push(below(name, finite(last, name)?, COLLAPSED, "collapse onto 0 beyond T = 1/3"));
    outcome.checks.push(equal("its chains that diverge", hot.diverged as f64, 0.0, "all are counted"));
    Ok(())
}

fn expression(rows: &[ExpressionRow], i: usize) -> Result<Estimate, ReproduceError> {
    finite(rows.get(i).map_or(Quantity::Absent, |row| row.value), "an expectation of the scenario")
}

/// The first `count` marginals of a law.
fn marginals(solution: &FieldSolution, count: usize) -> Result<Vec<Marginal>, ReproduceError> {
    let found: Vec<Marginal> = solution.marginals.iter().take(count).cloned().collect();
    let missing = || ReproduceError::Missing { what: "a marginal law".to_owned(), found: "fewer variables".to_owned() };
    (found.len() == count).then_some(found).ok_or_else(missing)
}

fn curve(name: String, colour: usize, marginal: &Marginal) -> Series {
    Series::line(name, colour, marginal.at.iter().zip(&marginal.log_density).map(|(v, p)| (*v, p.exp())))
}

fn figure([linear, shallow, deep]: [Vec<Series>; 3]) -> Figure {
    let panel = |title: &str, x: FigureAxis, top: f64, series| FigurePanel {
        title: title.to_owned(),
        x,
        y: FigureAxis::linear("density").within(0.0, top),
        series,
    };
    Figure {
        subtitle: "x ~ N(0, 1), y = x + N(0, 1); at T = 0.5 the deep ones are point masses at 0".to_owned(),
        panels: vec![
            panel("linear", FigureAxis::linear("v").within(-1.0, 3.0), 2.0, linear),
            panel("tanh(v x)", FigureAxis::linear("v").within(-1.0, 4.0), 2.5, shallow),
            panel("w tanh(u x), T = 0.05, ε = 0.001", FigureAxis::linear("u, w").within(-3.0, 3.0), 1.5, deep),
        ],
        ..Figure::default()
    }
}
