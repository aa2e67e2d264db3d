//! P7: one hidden layer has a critical temperature at which it forgets everything.

use super::check::{equal, on_formula, within};
use super::threshold::collapse;
use super::{Context, Outcome, ReproduceError, Row};
use crate::model::{Branch, Diagonal, Moments};
use crate::record::{Figure, FigureAxis, FigurePanel, LawKind, Series};
use crate::study::{Problem, compare, law, solve, steps_of_compare};

const NAME: &str = "paper/p7";
const HOT: &str = "paper/p7-collapsed";
const DATA: &str = "diabetes";

pub(super) const ROW: Row = Row {
    id: "P7",
    title: "one hidden layer: collapse at a critical temperature",
    claim: "D = 1: the law (15) in closed form; at T_c = beta2/alpha3, with decay (beta2 - gamma)/alpha3, it collapses onto v = 0; \
            a feature of the wrong sign is never learned",
    scenarios: &[NAME, HOT, DATA],
    run,
};

/// Rounding of the formula, and of a bracket that ends on it.
const ROUNDING: f64 = 1e-11;

fn run(context: &Context<'_>) -> Result<Outcome, ReproduceError> {
    let task = context.line(NAME)?;
    let mut outcome = Outcome::default();
    let mut densities = Vec::new();
    let critical = collapse(&task.problem.model)?;
    for (i, share) in [0.1, 0.3, 0.6, 0.9, 0.99].into_iter().enumerate() {
        context.at("laws below T_c", i, 5);
        let mut problem = task.problem.clone();
        problem.model.temperature = share * critical.value;
        let solution = solve(&problem)?;
        let name = format!("largest |ln p - ln (15)| at T = {share} T_c");
        outcome.checks.push(on_formula(name, &solution, "equation (15)"));
        let curve = solution.curve.v.iter().zip(&solution.curve.log_density).map(|(v, p)| (*v, p.exp()));
        densities.push(Series::line(format!("T = {share} T_c"), i, curve));
    }
    collapses(context, &task.problem, &mut outcome)?;
    let wrong = Problem { branch: Branch::Negative, ..task.problem.clone() };
    let found = if law(&wrong)?.law == LawKind::PointMass { "point mass at 0" } else { "density" };
    outcome.checks.push(equal("law on the branch of the wrong sign", found, "point mass at 0", "Theorem 4.2"));
    for (name, what) in [(NAME, "0.15 T_c"), (HOT, "1.2 T_c")] {
        sgd(context, name, what, &mut outcome)?;
    }
    outcome.figure = figure(&task.problem, densities)?;
    Ok(outcome)
}

/// T_c of several data sets, without and with decay.
fn collapses(context: &Context<'_>, problem: &Problem, outcome: &mut Outcome) -> Result<(), ReproduceError> {
    let diabetes = context.line(DATA)?.problem.model.moments;
    let cases: [(&str, Moments); 4] = [
        ("slope 1, noise 1", problem.model.moments),
        ("slope -0.7, noise 0.4", Moments::gaussian(1.5, -0.7, 0.4)?),
        ("slope 0.2, noise 3", Moments::gaussian(0.8, 0.2, 3.0)?),
        ("diabetes data", diabetes),
    ];
    for (data, moments) in cases {
        for share in [0.0, 0.3] {
            let pull = moments.beta2().abs();
            let model = Diagonal { moments, weight_decay: share * pull, ..problem.model };
            let expected = (pull - model.weight_decay) / moments.alpha3();
            let decay = if share == 0.0 { "" } else { ", gamma = 0.3 |beta2|" };
            let name = format!("T_c, {data}{decay}");
            let source = "(|beta2| - gamma)/alpha3";
            outcome.checks.push(within(name, collapse(&model)?, expected, ROUNDING * expected, source));
        }
    }
    Ok(())
}

/// Real SGD below and above the collapse.
fn sgd(context: &Context<'_>, name: &str, what: &str, outcome: &mut Outcome) -> Result<(), ReproduceError> {
    let task = context.line(name)?;
    let config = context.sampling(name)?;
    let steps = context.counting("SGD", steps_of_compare(&config));
    let report = compare(&task.problem, &task.source, &config, &steps)?;
    let routes = if report.agree { "agree" } else { "differ" };
    let name = format!("grid, formula, SGD and gradient flow at {what}");
    outcome.checks.push(equal(name, routes, "agree", "four routes to one law"));
    Ok(())
}

/// Densities below T_c, and mean and spread up to it.
fn figure(problem: &Problem, densities: Vec<Series>) -> Result<Figure, ReproduceError> {
    let (mut means, mut spreads, mut modes) = (Vec::new(), Vec::new(), Vec::new());
    for k in 1..=120 {
        let mut problem = problem.clone();
        problem.model.temperature = 0.4 * f64::from(k) / 120.0;
        let solution = law(&problem)?;
        let number = |q: crate::estimate::Quantity| q.finite().map_or(f64::NAN, |e| e.value);
        means.push((problem.model.temperature, number(solution.mean)));
        spreads.push((problem.model.temperature, number(solution.variance).sqrt()));
        modes.push((problem.model.temperature, number(solution.mode.at)));
    }
    Ok(Figure {
        subtitle: "beyond T_c = 1/3 no density is left: all mass is at v = 0".to_owned(),
        panels: vec![
            FigurePanel {
                title: "p(v)".to_owned(),
                x: FigureAxis::linear("v").within(0.0, 3.0),
                y: FigureAxis::linear("density  p(v)").within(0.0, 2.5),
                series: densities,
            },
            FigurePanel {
                title: "against the temperature".to_owned(),
                x: FigureAxis::linear("temperature  T"),
                y: FigureAxis::linear("v"),
                series: vec![
                    Series::line("mean", 5, means),
                    Series::line("standard deviation", 6, spreads),
                    Series::line("most likely v", 7, modes).dashed(),
                ],
            },
        ],
        ..Figure::default()
    })
}
