//! P6: without hidden layers the law is Pearson's type IV, with a tail that depends on the temperature.

use super::check::{equal, printed, within};
use super::threshold::threshold;
use super::{Context, Outcome, ReproduceError, Row};
use crate::estimate::Quantity;
use crate::record::{Check, Figure, FigureAxis, FigurePanel, Series};
use crate::study::{Problem, law, solve};

const NAME: &str = "paper/p6";

pub(super) const ROW: Row = Row {
    id: "P6",
    title: "no hidden layer: a tail that depends on the temperature",
    claim: "D = 0: p ~ Pearson IV with tail exponent 2 + beta1'/(T alpha1); the training loss (the variance of v) diverges at \
            T = beta1'/alpha1, beta1' = beta1 + gamma",
    scenarios: &[NAME],
    run,
};

/// How near the divergence is found (relative).
const TOLERANCE: f64 = 1e-10;

fn run(context: &Context<'_>) -> Result<Outcome, ReproduceError> {
    let task = context.line(NAME)?;
    let mut outcome = Outcome {
        remarks: vec![
            "the printed exponent holds for width d = 1; each of d neurons adds to the noise, and T becomes T d (theory manual \
             4 and 12)"
                .to_owned(),
        ],
        ..Outcome::default()
    };
    let mut densities = Vec::new();
    for (i, t) in [0.05, 0.2, 0.5, 1.0, 2.0].into_iter().enumerate() {
        context.at("tails", i, 5);
        for width in [1, 3] {
            let problem = changed(&task.problem, t, width, 0.0);
            let solution = solve(&problem)?;
            exponents(&problem, solution.tail_exponent, &mut outcome.checks);
            let agree = solution.comparison.as_ref().is_some_and(|c| c.agree);
            let name = format!("density, moments and quantiles at T = {t}, d = {width}");
            let word = if agree { "as the formula" } else { "not as the formula" };
            outcome.checks.push(equal(name, word, "as the formula", "Pearson IV, theory manual 5"));
            if width == 1 {
                let curve = solution.curve.v.iter().zip(&solution.curve.log_density);
                densities.push(Series::line(format!("T = {t}"), i, curve.map(|(v, p)| (v - 1.0, p.exp()))));
            }
        }
    }
    for (width, decay) in [(1, 0.0), (1, 0.3), (3, 0.0), (3, 0.3)] {
        context.at("divergence of the variance", 0, 1);
        outcome.checks.push(divergence(&task.problem, width, decay)?);
    }
    outcome.figure = figure(&task.problem, densities)?;
    Ok(outcome)
}

fn changed(problem: &Problem, temperature: f64, width: u32, decay: f64) -> Problem {
    let mut problem = problem.clone();
    problem.model.temperature = temperature;
    problem.model.width = width;
    problem.model.weight_decay = decay;
    problem
}

/// beta1 + gamma/d over d alpha1: the temperature at which the variance diverges.
fn pole(problem: &Problem, width: u32, decay: f64) -> f64 {
    let (m, d) = (&problem.model.moments, f64::from(width));
    (m.beta1() + decay / d) / (d * m.alpha1())
}

fn exponents(problem: &Problem, found: Quantity, checks: &mut Vec<Check>) {
    let model = &problem.model;
    let (t, d) = (model.temperature, f64::from(model.width));
    let exponent = |d: f64| 2.0 + model.moments.beta1() / (t * d * model.moments.alpha1());
    let name = format!("tail exponent at T = {t}, d = {d}");
    checks.push(within(&name, found, exponent(d), 1e-12, "2 + beta1'/(T d alpha1)"));
    if d > 1.0 {
        checks.push(printed(name, found, exponent(1.0), "as printed: 2 + beta1'/(T alpha1)"));
    }
}

fn divergence(problem: &Problem, width: u32, decay: f64) -> Result<Check, ReproduceError> {
    let expected = pole(problem, width, decay);
    let what = format!("T at which the variance diverges, d = {width}, gamma = {decay}");
    let found = threshold(&what, [0.3 * expected, 3.0 * expected], TOLERANCE, |t| {
        Ok(law(&changed(problem, t, width, decay))?.variance.finite().is_some())
    })?;
    Ok(within(what, found, expected, 4.0 * f64::EPSILON * expected, "(beta1 + gamma/d)/(d alpha1)"))
}

/// Densities, and the variance against T.
fn figure(problem: &Problem, densities: Vec<Series>) -> Result<Figure, ReproduceError> {
    let mut variances = Vec::new();
    for (i, width) in [1, 3].into_iter().enumerate() {
        let end = pole(problem, width, 0.0);
        let mut curve = Vec::new();
        for k in 1..60 {
            let t = end * f64::from(k) / 60.0;
            if let Quantity::Finite(variance) = law(&changed(problem, t, width, 0.0))?.variance {
                curve.push((t, variance.value));
            }
        }
        variances.push(Series::line(format!("variance, d = {width}"), 5 + i, curve));
        variances.push(Series::line("diverges", 7, [(end, 1e-3), (end, 1e3)]).dashed());
    }
    Ok(Figure {
        subtitle: "the tail gets heavier as T grows, until the variance, and with it the loss, is infinite".to_owned(),
        panels: vec![
            FigurePanel {
                title: "right tail, d = 1".to_owned(),
                x: FigureAxis::log("v − 1").within(0.1, 1e4),
                y: FigureAxis::log("density  p(v)").within(1e-12, 3.0),
                series: densities,
            },
            FigurePanel {
                title: "variance".to_owned(),
                x: FigureAxis::linear("temperature  T").within(0.0, 0.6),
                y: FigureAxis::log("Var v").within(5e-3, 100.0),
                series: variances,
            },
        ],
        ..Figure::default()
    })
}
