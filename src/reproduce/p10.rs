//! P10: the tail of a deep network is a power law that neither the data nor the temperature change.

use super::check::{equal, within};
use super::context::finite;
use super::{Context, Outcome, ReproduceError, Row};
use crate::estimate::{Estimate, Quantity};
use crate::model::{Diagonal, Moments};
use crate::record::{Figure, FigureAxis, FigurePanel, QuantileRow, Sampling, Series};
use crate::sgd::{Config, sgd};
use crate::study::{Problem, solve};

const NAME: &str = "paper/p10";

pub(super) const ROW: Row = Row {
    id: "P10",
    title: "the tail exponent of deep networks",
    claim: "D >= 1: p(v) ~ |v|^-(5 - 3/(D+1)), whatever the data and the temperature (Fig. 5, left)",
    scenarios: &[NAME],
    run,
};

/// Far out, where the local exponent is read off the density.
const FAR: [f64; 2] = [1e9, 1e10];
/// Tail probabilities between which SGD and the law are compared.
const TAIL: [f64; 2] = [0.98, 0.998];

fn run(context: &Context<'_>) -> Result<Outcome, ReproduceError> {
    let task = context.line(NAME)?;
    let data = [
        ("slope 1, noise 1", task.problem.model.moments),
        ("slope 0.3, noise 2", Moments::gaussian(1.5, 0.3, 2.0)?),
        ("diabetes data", context.line("diabetes")?.problem.model.moments),
    ];
    let mut outcome = Outcome::default();
    let mut curves = Vec::new();
    for (i, depth) in [1, 2, 3, 4, 5, 10].into_iter().enumerate() {
        context.at("tails", i, 6);
        let expected = 5.0 - 3.0 / (f64::from(depth) + 1.0);
        for (name, moments) in data {
            for share in [0.1, 0.5] {
                let temperature = share * moments.beta2().abs() / moments.alpha3();
                let model = Diagonal { depth, temperature, moments, ..task.problem.model };
                let problem = Problem { model, points: FAR.to_vec(), ..task.problem.clone() };
                let solution = solve(&problem)?;
                let what = format!("D = {depth}, {name}, T = {share} beta2/alpha3");
                let found = finite(solution.tail_exponent, "the tail exponent")?;
                outcome.checks.push(within(format!("tail exponent, {what}"), found, expected, 1e-12, "5 - 3/(D+1)"));
                let slope = slope(&solution.points)?;
                // The next terms of ln p are alpha2/(alpha1 v) from G and one of the order of v^(-2D/(D+1))/T.
                let power = -2.0 * f64::from(depth) / (f64::from(depth) + 1.0);
                let next = 10.0 * moments.centre().abs() / FAR[0] + 100.0 / temperature * FAR[0].powf(power);
                outcome.checks.push(within(
                    format!("-d ln p / d ln v at v = 1e9, {what}"),
                    slope,
                    expected,
                    next,
                    "5 - 3/(D+1)",
                ));
                if name.starts_with("slope 1") && share == 0.1 {
                    let curve = solution.curve.v.iter().zip(&solution.curve.log_density).map(|(v, p)| (*v, p.exp()));
                    curves.push(Series::line(format!("D = {depth}: v^−{expected:.4}"), i, curve));
                }
            }
        }
    }
    sampled(context, &task.problem, &task.source, &mut outcome)?;
    outcome.figure = figure(curves);
    Ok(outcome)
}

/// -d ln p / d ln v between the two far points.
fn slope(points: &[crate::record::PointRow]) -> Result<Estimate, ReproduceError> {
    let missing =
        || ReproduceError::Missing { what: "the density at v = 1e9".to_owned(), found: "no number".to_owned() };
    let (near, far) = points.first().zip(points.last()).ok_or_else(missing)?;
    let (a, b) = near.log_density.zip(far.log_density).ok_or_else(missing)?;
    let distance = (FAR[1] / FAR[0]).ln();
    let error = (near.error.unwrap_or(f64::INFINITY) + far.error.unwrap_or(f64::INFINITY)) / distance;
    Ok(Estimate::computed((a - b) / distance, error, 0.0))
}

/// The mean exponent between two quantiles far out, by the law and by SGD on all layers.
fn sampled(
    context: &Context<'_>,
    problem: &Problem,
    source: &crate::sgd::Source,
    outcome: &mut Outcome,
) -> Result<(), ReproduceError> {
    let config = context.sampling(NAME)?;
    let problem = Problem { quantiles: TAIL.to_vec(), ..problem.clone() };
    let law = exponent(&solve(&problem)?.quantiles)?;
    let steps = context.counting("SGD", config.chains * (config.steps + config.steps / 2));
    let measured = |config: &Config| -> Result<(Estimate, u64), ReproduceError> {
        let run = sgd(&problem.model, source, problem.branch, config, &TAIL, &steps)?;
        Ok((sampled_exponent(&run)?, run.diverged))
    };
    let (plain, diverged) = measured(&config)?;
    let (doubled, _) = measured(&Config {
        learning_rate: 2.0 * config.learning_rate,
        steps: config.steps / 2,
        seed: config.seed + 1,
        ..config
    })?;
    let step = (plain.value - doubled.value).abs() + 4.0 * doubled.error();
    let name = "exponent between the 98 % and the 99.8 % quantile, D = 1, SGD";
    outcome.checks.push(within(
        name,
        plain,
        law,
        step,
        "the same of the solved law; the step allowed for by doubling it",
    ));
    outcome.checks.push(equal("SGD chains that diverge", diverged as f64, 0.0, "none may, or the tail is cut"));
    Ok(())
}

/// 1 + ln(P1/P2)/ln(v2/v1).
fn exponent(quantiles: &[QuantileRow]) -> Result<Estimate, ReproduceError> {
    let values: Vec<Quantity> = quantiles.iter().map(|row| row.value).collect();
    from_quantiles(&values)
}

fn sampled_exponent(run: &Sampling) -> Result<Estimate, ReproduceError> {
    let values: Vec<Quantity> = run.quantiles.iter().map(|row| row.value).collect();
    from_quantiles(&values)
}

fn from_quantiles(values: &[Quantity]) -> Result<Estimate, ReproduceError> {
    let at = |i: usize| finite(values.get(i).copied().unwrap_or(Quantity::Absent), "a quantile of the tail");
    let (near, far) = (at(0)?, at(1)?);
    let (rise, distance) = (((1.0 - TAIL[0]) / (1.0 - TAIL[1])).ln(), (far.value / near.value).ln());
    let relative = |e: Estimate| [e.error() - e.budget.sampling, e.budget.sampling].map(|part| part / e.value.abs());
    let ([a, a_sampling], [b, b_sampling]) = (relative(near), relative(far));
    let scale = rise / (distance * distance);
    let mut found = Estimate::sampled(1.0 + rise / distance, scale * a_sampling.hypot(b_sampling));
    found.budget.grid = scale * (a + b);
    Ok(found)
}

fn figure(curves: Vec<Series>) -> Figure {
    Figure {
        subtitle: "T = 0.1 beta2/alpha3; the lines become straight with the slopes of the legend".to_owned(),
        panels: vec![FigurePanel {
            title: "densities of deep networks".to_owned(),
            x: FigureAxis::log("v").within(0.1, 1e4),
            y: FigureAxis::log("density  p(v)").within(1e-19, 10.0),
            series: curves,
        }],
        ..Figure::default()
    }
}
