//! P14: data whose noise vanishes at a point (App. A.9 and Table 1).

use super::check::{equal, on_formula, printed, within};
use super::threshold::collapse;
use super::{Context, Outcome, ReproduceError, Row};
use crate::estimate::Estimate;
use crate::model::{Diagonal, Moments};
use crate::record::{Check, Figure, FigureAxis, FigurePanel, LawKind, PointRow, Series, Solution};
use crate::study::{Problem, solve};

const NAME: &str = "paper/p14";

pub(super) const ROW: Row = Row {
    id: "P14",
    title: "noise that vanishes at a point",
    claim: "App. A.9, Table 1: targets y = k x and y = k (x - c/x), with and without decay: supports and laws",
    scenarios: &[NAME],
    run,
};

const ALPHA1: f64 = 2.0;
const BETA1: f64 = 1.5;
/// Distances from the zero of the noise at which the essential singularity is read off, relative to it.
const NEAR: [f64; 2] = [1e-5, 2e-5];

/// Data with alpha2 = k alpha1 and alpha3 = k^2 alpha1, trained at one temperature.
struct Case {
    what: &'static str,
    depth: u32,
    k: f64,
    beta2: f64,
    decay: f64,
    temperature: f64,
    support: [f64; 2],
}

const INF: f64 = f64::INFINITY;

/// c = beta2 - beta1 k decides: pushed outwards at k for c > 0, inwards for c < 0.
const CASES: [Case; 10] = [
    case("D = 0, c > 0", 0, 1.0, 2.0, 0.0, 0.3, [1.0, INF]),
    case("D = 0, c < 0", 0, 1.0, 1.0, 0.0, 0.3, [-INF, 1.0]),
    case("D = 1, k > 0, c > 0, cold", 1, 1.0, 2.0, 0.0, 0.1, [1.0, INF]),
    case("D = 1, k > 0, c > 0, hot", 1, 1.0, 2.0, 0.0, 3.0, [1.0, INF]),
    case("D = 1, k > 0, c < 0", 1, 2.0, 2.4, 0.0, 0.1, [0.0, 2.0]),
    case("D = 1, k < 0", 1, -1.0, 1.0, 0.0, 0.1, [0.0, INF]),
    case("D = 1, y = k x with decay", 1, 2.0, 3.0, 0.5, 0.1, [0.0, 2.0]),
    case("D = 2, k > 0, c > 0, hot", 2, 1.0, 2.0, 0.0, 1.0, [1.0, INF]),
    case("D = 2, k > 0, c < 0", 2, 2.0, 2.4, 0.0, 0.1, [0.0, 2.0]),
    case("D = 2, k > 0, c > 0, with decay", 2, 1.0, 3.0, 0.1, 0.3, [1.0, INF]),
];

const fn case(
    what: &'static str,
    depth: u32,
    k: f64,
    beta2: f64,
    decay: f64,
    temperature: f64,
    support: [f64; 2],
) -> Case {
    Case { what, depth, k, beta2, decay, temperature, support }
}

fn run(context: &Context<'_>) -> Result<Outcome, ReproduceError> {
    let task = context.line(NAME)?;
    let mut outcome = Outcome {
        remarks: vec![
            "y = k x: the printed density (106) is not normalisable at v = k; drift and noise vanish there together, and all mass \
             is at k (theory manual 5 and 12)"
                .to_owned(),
            "y = k x with decay: the exponent is -gamma/(2 T alpha1 k (k - v)), without the printed factor beta1 (theory manual 12)"
                .to_owned(),
            "y = k (x - c/x) with decay: c in (109) becomes c + gamma/k (theory manual 12)".to_owned(),
            "(109) belongs to y = k (x - c/x) and its exponent is c/(2 T alpha1 (k - v)), without the printed 1/k (theory manual 12)"
                .to_owned(),
        ],
        ..Outcome::default()
    };
    let mut curves = Vec::new();
    for (i, case) in CASES.iter().enumerate() {
        context.at("laws", i, CASES.len());
        let solution = solve(&problem(&task.problem, case)?)?;
        supports(case, &solution, &mut outcome.checks);
        if case.depth == 1 {
            let curve = solution.curve.v.iter().zip(&solution.curve.log_density).map(|(v, p)| (*v, p.exp()));
            curves.push(Series::line(case.what, curves.len(), curve));
        }
    }
    collapses(&task.problem, &mut outcome.checks)?;
    linear_targets(&task.problem, &mut outcome.checks)?;
    singularities(&task.problem, &mut outcome.checks)?;
    outcome.figure = Figure {
        subtitle: "alpha2 = k alpha1, alpha3 = k² alpha1: the law ends where the noise does".to_owned(),
        panels: vec![FigurePanel {
            title: "one hidden layer".to_owned(),
            x: FigureAxis::linear("v").within(0.0, 4.0),
            y: FigureAxis::linear("density  p(v)").within(0.0, 3.0),
            series: curves,
        }],
        ..Figure::default()
    };
    Ok(outcome)
}

fn problem(base: &Problem, case: &Case) -> Result<Problem, ReproduceError> {
    let k = case.k;
    let moments = Moments::try_new(ALPHA1, k * ALPHA1, k * k * ALPHA1, BETA1, case.beta2)?;
    let (depth, weight_decay, temperature) = (case.depth, case.decay, case.temperature);
    let model = Diagonal { depth, width: 1, weight_decay, temperature, moments, ..base.model };
    Ok(Problem { model, branch: model.natural_branch(), ..base.clone() })
}

fn supports(case: &Case, solution: &Solution, checks: &mut Vec<Check>) {
    let word = match solution.law {
        LawKind::PointMass => "a point mass".to_owned(),
        LawKind::Density => {
            let [low, high] = solution.support;
            format!("({}, {})", low.unwrap_or(-INF), high.unwrap_or(INF))
        }
    };
    let [low, high] = case.support;
    let what = case.what;
    checks.push(equal(
        format!("support, {what}"),
        word.as_str(),
        format!("({low}, {high})").as_str(),
        "Table 1, theory manual 5",
    ));
    let name = format!("largest |ln p - ln formula|, {what}");
    checks.push(on_formula(name, solution, "theory manual 5 and 10"));
}

/// T_c of one hidden layer where v = 0 belongs to the support, and its absence where it does not.
fn collapses(base: &Problem, checks: &mut Vec<Check>) -> Result<(), ReproduceError> {
    for (what, k, beta2, decay) in
        [("k > 0, c < 0", 2.0, 2.4, 0.0), ("k < 0", -1.0, 1.0, 0.0), ("y = k x with decay", 2.0, 3.0, 0.5)]
    {
        let model = problem(base, &case(what, 1, k, beta2, decay, 0.1, [0.0, 1.0]))?.model;
        let expected = (beta2 - decay) / (k * k * ALPHA1);
        let found = collapse(&model)?;
        let name = format!("T_c, D = 1, {what}");
        checks.push(within(name, found, expected, 1e-11 * expected, "(beta2 - gamma)/(alpha1 k^2)"));
    }
    Ok(())
}

/// y = k x: no density at any temperature, all mass at k.
fn linear_targets(base: &Problem, checks: &mut Vec<Check>) -> Result<(), ReproduceError> {
    for temperature in [0.1, 0.5] {
        let found = solve(&problem(base, &case("y = k x", 1, 2.0, 2.0 * BETA1, 0.0, temperature, [0.0, 2.0]))?)?;
        let word = match found.point {
            Some(v) => format!("a point mass at {v}"),
            None => "a density".to_owned(),
        };
        let name = format!("law of y = 2 x at T = {temperature}");
        checks.push(equal(&name, word.as_str(), "a point mass at 2", "theory manual 5"));
        checks.push(printed(name, word.as_str(), "a density", "(106) as printed"));
    }
    Ok(())
}

/// ln p ~ -E/|k - v| at the zero of the noise: E off the solved density.
fn singularities(base: &Problem, checks: &mut Vec<Check>) -> Result<(), ReproduceError> {
    let (k, t) = (2.0, 0.1);
    let unit = 1.0 / (2.0 * t * ALPHA1 * k);
    let decayed = singularity(base, &case("", 1, k, k * BETA1, 0.5, t, [0.0, k]))?;
    let name = "E in p ~ exp(-E/(k - v)), y = k x with decay";
    checks.push(within(name, decayed, 0.5 * unit, 1e-3 * unit, "gamma/(2 T alpha1 k)"));
    checks.push(printed(name, decayed, 0.5 * BETA1 * unit, "beta1 gamma/(2 T alpha1 k), as printed"));
    // y = k (x - c/x): beta2 = k beta1 - k c.
    let c = 0.3;
    let shifted = singularity(base, &case("", 1, k, k * BETA1 - k * c, 0.0, t, [0.0, k]))?;
    let name = "E in p ~ exp(-E/(k - v)), y = k (x - c/x)";
    checks.push(within(name, shifted, c * k * unit, 1e-3 * unit, "c/(2 T alpha1)"));
    checks.push(printed(name, shifted, c * unit, "(109) as printed: c/(2 T alpha1 k)"));
    // With decay c becomes c + gamma/k.
    let both = singularity(base, &case("", 1, k, k * BETA1 - k * c, 0.5, t, [0.0, k]))?;
    let name = "E in p ~ exp(-E/(k - v)), y = k (x - c/x) with decay";
    checks.push(within(name, both, (c + 0.5 / k) * k * unit, 1e-3 * unit, "(c + gamma/k)/(2 T alpha1)"));
    checks.push(printed(name, both, c * k * unit, "c not shifted, as printed"));
    Ok(())
}

fn singularity(base: &Problem, case: &Case) -> Result<Estimate, ReproduceError> {
    let points = NEAR.map(|share| case.k * (1.0 - share)).to_vec();
    let solution = solve(&Problem { points: points.clone(), ..problem(base, case)? })?;
    let missing = || ReproduceError::Missing {
        what: "the density near the zero of the noise".to_owned(),
        found: "no number".to_owned(),
    };
    let value = |row: &PointRow| row.log_density.zip(row.error);
    let (a, b) =
        solution.points.first().and_then(value).zip(solution.points.last().and_then(value)).ok_or_else(missing)?;
    let inverse = |v: f64| 1.0 / (case.k - v);
    let distance = inverse(points[0]) - inverse(points[1]);
    Ok(Estimate::computed((b.0 - a.0) / distance, (a.1 + b.1) / distance.abs(), 0.0))
}
