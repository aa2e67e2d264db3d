//! P12: infinite depth, where width and depth enter through d/(D T) only.

use super::check::{above, below, within};
use super::context::finite;
use super::{Context, Outcome, ReproduceError, Row};
use crate::estimate::{Estimate, Quantity};
use crate::model::{Branch, Diagonal, Moments};
use crate::record::{Check, Figure, FigureAxis, FigurePanel, Series};
use crate::study::{Problem, law};
use crate::theory::ClosedForm;

const NAME: &str = "paper/p12";

pub(super) const ROW: Row = Row {
    id: "P12",
    title: "infinite depth",
    claim: "as D grows at fixed d/(D T) the law has a limit; where the width grows more slowly than the depth v collapses to 0, \
            where it grows faster the fluctuations vanish",
    scenarios: &[NAME],
    run,
};

const DEPTHS: [u32; 8] = [2, 5, 10, 20, 50, 100, 200, 400];
const QUANTILES: [f64; 5] = [0.01, 0.25, 0.5, 0.75, 0.99];

fn run(context: &Context<'_>) -> Result<Outcome, ReproduceError> {
    let task = context.line(NAME)?;
    let mut outcome = Outcome::default();
    let ratio = 10.0;
    let m = &task.problem.model.moments;
    let limit = infinitely_deep(m, ratio)?;
    let mut distances = Vec::new();
    for (i, depth) in DEPTHS.into_iter().enumerate() {
        context.at("depths", i, DEPTHS.len());
        distances.push((f64::from(depth), distance(&task.problem, depth, ratio, &limit)?));
    }
    rate(&distances, &mut outcome.checks);
    width(&task.problem, &limit, ratio, &mut outcome.checks)?;
    regimes(&task.problem, &mut outcome.checks)?;
    outcome.figure = figure(&task.problem, &distances, &limit, ratio)?;
    Ok(outcome)
}

fn infinitely_deep(moments: &Moments, ratio: f64) -> Result<ClosedForm, ReproduceError> {
    ClosedForm::infinitely_deep(moments, ratio, Branch::Positive).ok_or_else(|| ReproduceError::Missing {
        what: format!("the limit law at d/(D T) = {ratio}"),
        found: "it cannot be normalised".to_owned(),
    })
}

/// The network of this depth and width whose d/((D+1) T) is `ratio`.
fn network(problem: &Problem, depth: u32, width: u32, ratio: f64) -> Problem {
    let temperature = f64::from(width) / (ratio * (f64::from(depth) + 1.0));
    let model = Diagonal { depth, width, temperature, ..problem.model };
    Problem { model, quantiles: QUANTILES.to_vec(), ..problem.clone() }
}

/// Largest relative distance of a quantile from that of the limit.
fn distance(problem: &Problem, depth: u32, ratio: f64, limit: &ClosedForm) -> Result<Estimate, ReproduceError> {
    apart(&network(problem, depth, 1, ratio), limit)
}

fn apart(problem: &Problem, limit: &ClosedForm) -> Result<Estimate, ReproduceError> {
    let solution = law(problem)?;
    let mut worst = Estimate::exact(0.0);
    for row in &solution.quantiles {
        let ours = finite(row.value, "a quantile")?;
        let theirs = limit.quantile(row.q).map(|(v, _)| v);
        let theirs = finite(theirs.map_or(Quantity::Absent, Quantity::Finite), "a quantile of the limit")?;
        let away = (ours.value / theirs.value - 1.0).abs();
        if away > worst.value {
            worst = Estimate::computed(away, (ours.error() + theirs.error()) / theirs.value.abs(), 0.0);
        }
    }
    Ok(worst)
}

/// The distance falls like 1/(D+1): its power between depths, with the next order from the depths before.
fn rate(distances: &[(f64, Estimate)], checks: &mut Vec<Check>) {
    let power = |pair: &[(f64, Estimate)]| {
        (pair[1].1.value / pair[0].1.value).ln() / ((pair[1].0 + 1.0) / (pair[0].0 + 1.0)).ln()
    };
    let powers: Vec<f64> = distances.windows(2).map(power).collect();
    for (pair, &found) in distances.windows(2).zip(&powers).rev().take(3) {
        let error = (pair[0].1.error() / pair[0].1.value + pair[1].1.error() / pair[1].1.value) / 2f64.ln();
        let name = format!("power of D + 1 by which the distance falls from D = {} to {}", pair[0].0, pair[1].0);
        let found = Estimate::computed(found, error, 0.0);
        checks.push(within(name, found, -1.0, 10.0 / pair[0].0, "first order in 1/(D+1); next order allowed for"));
    }
    if let Some((depth, last)) = distances.last() {
        checks.push(below(
            format!("largest relative distance of a quantile at D = {depth}"),
            *last,
            0.02,
            "the limit law",
        ));
    }
}

/// Another width and temperature at the same ratio: the same limit, with a factor d^(-2/(D+1)) on the way.
fn width(problem: &Problem, limit: &ClosedForm, ratio: f64, checks: &mut Vec<Check>) -> Result<(), ReproduceError> {
    for (depth, width) in [(400, 5), (4000, 50)] {
        let found = apart(&network(problem, depth, width, ratio), limit)?;
        let expected = 15.0 * (1.0 + 2.0 * f64::from(width).ln()) / (f64::from(depth) + 1.0);
        let name = format!("largest relative distance of a quantile at D = {depth}, d = {width}");
        checks.push(below(name, found, expected, "O((1 + ln d)/D): T and s carry d^(2/(D+1))"));
    }
    Ok(())
}

/// Width growing like a power of the depth: below 1 the median goes to 0, above 1 the spread does.
fn regimes(problem: &Problem, checks: &mut Vec<Check>) -> Result<(), ReproduceError> {
    let shape = |depth: u32, power: f64| -> Result<[f64; 2], ReproduceError> {
        let width = f64::from(depth).powf(power).round() as u32;
        let model = Diagonal { depth, width, temperature: 0.1, ..problem.model };
        let solution = law(&Problem { model, quantiles: QUANTILES.to_vec(), ..problem.clone() })?;
        let at = |i: usize| finite(solution.quantiles.get(i).map_or(Quantity::Absent, |row| row.value), "a quantile");
        let [low, median, high] = [at(1)?.value, at(2)?.value, at(3)?.value];
        Ok([median, high - low])
    };
    let m = &problem.model.moments;
    let minimum = m.beta2() / m.beta1();
    let ([slow, _], [slower, _]) = (shape(100, 0.5)?, shape(1600, 0.5)?);
    checks.push(below("median at D = 1600 over that at D = 100, d = sqrt(D)", slower / slow, 0.5, "collapse to 0"));
    let [even, spread] = shape(1600, 1.0)?;
    checks.push(above(
        "interquartile range at D = d = 1600, over the median",
        spread / even,
        0.05,
        "a law with a spread",
    ));
    let ([_, wide], [centre, narrow]) = (shape(100, 1.5)?, shape(1600, 1.5)?);
    let name = "interquartile range at D = 1600 over that at D = 100, d = D^1.5";
    checks.push(within(name, narrow / wide, 0.5, 0.1, "spread falls like (D/d)^(1/2): 1/2"));
    checks.push(within("median at D = 1600, d = D^1.5", centre, minimum, 0.05, "gradient descent: beta2/beta1"));
    Ok(())
}

fn figure(
    problem: &Problem,
    distances: &[(f64, Estimate)],
    limit: &ClosedForm,
    ratio: f64,
) -> Result<Figure, ReproduceError> {
    let grid: Vec<f64> = (0..=300).map(|k| 0.05 * 60f64.powf(f64::from(k) / 300.0)).collect();
    let mut series = Vec::new();
    for (i, depth) in [2, 5, 20, 100].into_iter().enumerate() {
        let problem = Problem { points: grid.clone(), ..network(problem, depth, 1, ratio) };
        let solution = law(&problem)?;
        let points = solution.points.iter().filter_map(|row| Some((row.v, row.log_density?.exp())));
        series.push(Series::line(format!("D = {depth}"), i, points));
    }
    let curve = grid.iter().filter_map(|&v| Some((v, limit.log_density(v)?.value.exp())));
    series.push(Series::line("formula, infinite depth", 6, curve).dashed());
    let points = distances.iter().map(|(depth, e)| (*depth, e.value));
    let guide = distances.iter().map(|(depth, _)| (*depth, 10.0 / (depth + 1.0)));
    Ok(Figure {
        subtitle: format!("d/((D+1) T) = {ratio}, x ~ N(0, 1), y = x + N(0, 1)"),
        panels: vec![
            FigurePanel {
                title: "p(v)".to_owned(),
                x: FigureAxis::linear("v").within(0.0, 3.0),
                y: FigureAxis::linear("density  p(v)"),
                series,
            },
            FigurePanel {
                title: "distance from the limit".to_owned(),
                x: FigureAxis::log("depth  D"),
                y: FigureAxis::log("largest relative distance of a quantile"),
                series: vec![Series::line("computed", 0, points).dots(), Series::line("10/(D+1)", 7, guide).dashed()],
            },
        ],
        ..Figure::default()
    })
}
