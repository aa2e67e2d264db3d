//! P8, Fig. 4: where v is most likely, and the regimes of one hidden layer in temperature and noise of the targets.

use super::check::{equal, within};
use super::context::finite;
use super::{Context, Outcome, ReproduceError, Row};
use crate::estimate::{Estimate, Quantity};
use crate::model::{Diagonal, Moments};
use crate::record::{Check, Figure, FigureAxis, FigurePanel, Series};
use crate::scenario::LineTask;
use crate::study::phase::{Axis, Case, Kind, Plane, Setting, Unjudged, phase};
use crate::study::{Problem, law};

const NAME: &str = "paper/p8";

pub(super) const ROW: Row = Row {
    id: "P8",
    title: "the most likely v, and four regimes",
    claim: "the maximum of p is at (16); for y = k x + noise of size sigma, the four regimes of Fig. 4 with the boundaries of App. \
            A.8: one maximum below T_c/3, a second one at 0 up to T*, the one at 0 alone up to T_c, collapse beyond",
    scenarios: &[NAME],
    run,
};

/// Within what of the formula boundaries have to lie (relative), besides within their own bars.
const APART: f64 = 1e-9;
/// Temperatures in which they are looked for.
const TEMPERATURES: [f64; 2] = [0.01, 0.6];
/// The slope of the data.
const SLOPE: f64 = 1.0;

/// Points (sigma, T) of the three boundaries.
struct Boundaries {
    collapse: Vec<(f64, f64)>,
    divergence: Vec<(f64, f64)>,
    /// Where the maximum is lost; not at noises for which it lasts up to the collapse.
    merger: Vec<(f64, f64)>,
    /// Points that are further from the formulas than their bars.
    uncovered: usize,
}

fn run(context: &Context<'_>) -> Result<Outcome, ReproduceError> {
    let task = context.line(NAME)?;
    let mut outcome = Outcome {
        remarks: vec![
            "for sigma^2 > 14 k^2/3 the two stationary points of p would meet at v < 0: the maximum leaves through 0 at T_c/3, and \
             the regime of two maxima is empty (theory manual 11)"
                .to_owned(),
        ],
        ..Outcome::default()
    };
    maxima(&task.problem, &mut outcome.checks)?;
    let count = context.pick(60_u32, 12);
    let sigmas: Vec<f64> = (0..=count).map(|i| 0.3 + 2.7 * f64::from(i) / f64::from(count)).collect();
    context.at("boundaries", 0, 1);
    let found = boundaries(&task, &sigmas);
    against_formulas(&found, &sigmas, &mut outcome.checks);
    regimes(&task.problem, &mut outcome.checks)?;
    outcome.figure = figure(&found);
    Ok(outcome)
}

fn network(problem: &Problem, sigma: f64, temperature: f64) -> Result<Problem, ReproduceError> {
    let moments = Moments::gaussian(1.0, SLOPE, sigma)?;
    Ok(Problem { model: Diagonal { temperature, moments, ..problem.model }, ..problem.clone() })
}

/// (16): 7 T alpha1 v^2 + (beta1 - 10 T alpha2) v + 3 T alpha3 - beta2 = 0.
fn maxima(problem: &Problem, checks: &mut Vec<Check>) -> Result<(), ReproduceError> {
    for (sigma, temperature) in [(1.0, 0.02), (1.0, 0.1), (1.0, 0.15), (0.4, 0.3), (2.5, 0.01)] {
        let problem = network(problem, sigma, temperature)?;
        let (m, t) = (&problem.model.moments, temperature);
        let (a, b, c) = (7.0 * t * m.alpha1(), m.beta1() - 10.0 * t * m.alpha2(), 3.0 * t * m.alpha3() - m.beta2());
        let expected = (-b + (b * b - 4.0 * a * c).sqrt()) / (2.0 * a);
        let mode = law(&problem)?.mode;
        let missing = Quantity::Absent;
        let found = mode.interior.last().map_or(missing, |&v| Quantity::Finite(Estimate::computed(v, 1e-11 * v, 0.0)));
        let name = format!("interior maximum at T = {t}, sigma = {sigma}");
        checks.push(within(name, finite(found, "the interior maximum")?, expected, 1e-11 * expected, "(16)"));
    }
    Ok(())
}

/// Boundaries in the plane of T and sigma, from what the equation and its law do.
fn boundaries(task: &LineTask, sigmas: &[f64]) -> Boundaries {
    let axis = |key: &str, [from, to]: [f64; 2], log: bool| Axis { key: key.to_owned(), from, to, log };
    let noise = axis("model.data.gaussian.noise", [sigmas[0], sigmas[sigmas.len() - 1]], false);
    let plane = Plane {
        title: String::new(),
        x: axis("model.temperature", TEMPERATURES, true),
        y: Some((noise, sigmas.to_vec())),
        kinds: vec![Kind::Collapse, Kind::DivergenceAtZero, Kind::ModeLoss],
        measured: None,
    };
    let at = |temperature: f64, sigma: Option<f64>| {
        let problem = network(&task.problem, sigma.unwrap_or(1.0), temperature);
        let problem = problem.map_err(|error| Unjudged::Invalid(error.to_string()))?;
        Ok(Case { setting: Setting::Line(problem, task.source.clone()), batch_size: 1 })
    };
    let solution = phase(&plane, &at, &|| ());
    let curve = |kind: usize| {
        let points = solution.boundaries.get(kind).map_or(&[][..], |b| &b.points);
        points.iter().filter_map(|p| Some((p.y?, p.x.finite()?.value))).collect()
    };
    Boundaries { collapse: curve(0), divergence: curve(1), merger: curve(2), uncovered: solution.disagreements() }
}

/// T* of App. A.8, where 21 sigma^2 > 8 k^2.
fn merger(sigma: f64) -> Option<f64> {
    let excess = 21.0 * sigma * sigma - 8.0 * SLOPE * SLOPE;
    (excess > 0.0).then(|| (4.0 * SLOPE + 42f64.sqrt() * sigma) / (4.0 * excess))
}

/// Where the maximum is lost: at T*, unless that is beyond T_c; at T_c/3 where the two stationary points would meet at
/// v < 0, for 20 k^2 < 3 (2 k^2 + sigma^2).
fn expected_merger(sigma: f64, collapse: f64) -> Option<f64> {
    if 20.0 * SLOPE * SLOPE <= 3.0 * (2.0 * SLOPE * SLOPE + sigma * sigma) {
        return Some(collapse / 3.0);
    }
    merger(sigma).filter(|t| *t < collapse)
}

fn against_formulas(found: &Boundaries, sigmas: &[f64], checks: &mut Vec<Check>) {
    let collapse = |sigma: f64| Some(SLOPE / (2.0 * SLOPE * SLOPE + sigma * sigma));
    let third = |sigma: f64| Some(collapse(sigma)? / 3.0);
    let merger = |sigma: f64| expected_merger(sigma, collapse(sigma)?);
    let lost = "T* = (4k + sqrt(42) sigma)/(4 (21 sigma^2 - 8 k^2)) below T_c; T_c/3 for sigma^2 > 14 k^2/3";
    let mut curve = |what: &str, points: &[(f64, f64)], expected: &dyn Fn(f64) -> Option<f64>, source: &str| {
        let off = |&(sigma, t): &(f64, f64)| expected(sigma).map_or(f64::INFINITY, |e| (t / e - 1.0).abs());
        let worst = points.iter().map(off).fold(0.0, f64::max);
        let wanted = sigmas.iter().filter(|sigma| expected(**sigma).is_some()).count();
        let number = format!("values of sigma, of {}, at which {what}", sigmas.len());
        checks.push(equal(number, points.len() as f64, wanted as f64, source));
        let worst_name = format!("largest relative difference of the temperature at which {what}");
        checks.push(within(worst_name, worst, 0.0, APART, source));
    };
    curve("the law collapses", &found.collapse, &collapse, "T_c = k/(2 k^2 + sigma^2)");
    curve("p starts to diverge at 0", &found.divergence, &third, "T_c/3");
    curve("the maximum is lost", &found.merger, &merger, lost);
    let name = "points further from these formulas than their own error bars";
    checks.push(equal(name, found.uncovered as f64, 0.0, "their own error bars"));
}

/// One law in each regime.
fn regimes(problem: &Problem, checks: &mut Vec<Check>) -> Result<(), ReproduceError> {
    let (inside, both, zero, none) = ("inside", "inside and at 0", "at 0", "nowhere: collapse");
    for (temperature, regime) in [(0.1, inside), (0.15, both), (0.25, zero), (0.4, none)] {
        let solution = law(&network(problem, 1.0, temperature)?)?;
        let found = match (solution.point, solution.mode.diverges, solution.mode.interior.len()) {
            (Some(_), ..) => none,
            (None, false, 1) => inside,
            (None, true, 1) => both,
            (None, true, 0) => zero,
            _ => "elsewhere",
        };
        checks.push(equal(format!("where p is largest at T = {temperature}, sigma = 1"), found, regime, "Fig. 4"));
    }
    Ok(())
}

fn figure(found: &Boundaries) -> Figure {
    let curve = |points: &[(f64, f64)]| points.iter().map(|&(sigma, t)| (t, sigma)).collect::<Vec<_>>();
    let formula = |of: &dyn Fn(f64) -> Option<f64>| {
        (0..=300).map(|i| 0.3 + 2.7 * f64::from(i) / 300.0).filter_map(|s| Some((of(s)?, s))).collect::<Vec<_>>()
    };
    let collapse = |sigma: f64| SLOPE / (2.0 * SLOPE * SLOPE + sigma * sigma);
    let series = vec![
        Series::line("formulas", 7, formula(&|s| Some(collapse(s)))).dashed(),
        Series::line("formulas", 7, formula(&|s| Some(collapse(s) / 3.0))).dashed(),
        Series::line("formulas", 7, formula(&|s| expected_merger(s, collapse(s)))).dashed(),
        Series::line("p starts to diverge at 0", 0, curve(&found.divergence)).dots(),
        Series::line("the maximum is lost", 2, curve(&found.merger)).dots(),
        Series::line("collapse", 1, curve(&found.collapse)).dots(),
    ];
    Figure {
        subtitle: "x ~ N(0, 1), y = x + N(0, σ²), one hidden layer; boundaries off the solved law".to_owned(),
        panels: vec![FigurePanel {
            title: "regimes of one hidden layer".to_owned(),
            x: FigureAxis::linear("temperature  T").within(0.0, 0.5),
            y: FigureAxis::linear("noise of the targets  σ").within(0.3, 3.0),
            series,
        }],
        ..Figure::default()
    }
}
