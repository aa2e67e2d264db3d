//! P8, Fig. 4: where v is most likely, and the regimes of one hidden layer in temperature and noise of the targets.

use super::check::{equal, within};
use super::context::finite;
use super::threshold::threshold;
use super::{Context, Outcome, ReproduceError, Row};
use crate::estimate::{Estimate, Quantity};
use crate::model::{Diagonal, Moments};
use crate::record::{Check, Figure, FigureAxis, FigurePanel, Series};
use crate::study::{Landscape, Problem, law};
use rayon::prelude::*;

const NAME: &str = "paper/p8";

pub(super) const ROW: Row = Row {
    id: "P8",
    title: "the most likely v, and four regimes",
    claim: "the maximum of p is at (16); for y = k x + noise of size sigma, Fig. 4 and App. A.8: one maximum below T_c/3 (I), a \
            second one at 0 up to T* (IIa), the one at 0 alone up to T_c (IIb), collapse beyond (III)",
    scenarios: &[NAME],
    run,
};

/// How near boundaries are found, and within what of the formula two laws can be told apart (relative).
const TOLERANCE: f64 = 1e-12;
const APART: f64 = 1e-9;
/// Two stationary points nearer to each other than the nodes of the solver are taken for none: near T* their distance
/// goes like the root of the distance from it.
const NODES: f64 = 5e-4;
/// The slope of the data.
const SLOPE: f64 = 1.0;

/// Boundaries at one noise of the targets.
#[derive(Debug, Clone, Copy)]
struct Boundaries {
    sigma: f64,
    divergence: Estimate,
    /// `None` where the maximum lasts up to the collapse.
    merger: Option<Estimate>,
    collapse: Estimate,
}

fn run(context: &Context<'_>) -> Result<Outcome, ReproduceError> {
    let task = context.line(NAME)?;
    let mut outcome = Outcome {
        remarks: vec![
            "for sigma^2 > 14 k^2/3 the two stationary points of p would meet at v < 0: the maximum leaves through 0 at T_c/3, and \
             there is no regime IIa (theory manual 11)"
                .to_owned(),
        ],
        ..Outcome::default()
    };
    maxima(&task.problem, &mut outcome.checks)?;
    let count = context.pick(60_u32, 12);
    let sigmas: Vec<f64> = (0..=count).map(|i| 0.3 + 2.7 * f64::from(i) / f64::from(count)).collect();
    context.at("boundaries", 0, 1);
    let found: Result<Vec<Boundaries>, ReproduceError> =
        sigmas.par_iter().map(|&sigma| boundaries(&task.problem, sigma)).collect();
    let found = found?;
    against_formulas(&found, &mut outcome.checks);
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

/// What the solved law does along T, at one noise of the targets.
fn boundaries(problem: &Problem, sigma: f64) -> Result<Boundaries, ReproduceError> {
    let at = |temperature: f64| network(problem, sigma, temperature);
    let scale = SLOPE / (2.0 * SLOPE * SLOPE + sigma * sigma);
    let collapse = threshold("T_c", [1e-3 * scale, 1e3 * scale], TOLERANCE, |t| {
        let model = at(t)?.model;
        Ok(Landscape::of(&model, model.natural_branch())?.density().is_some())
    })?;
    let below = collapse.value * (1.0 - 1e-6);
    let divergence =
        threshold("the divergence of p at 0", [1e-2 * below, below], TOLERANCE, |t| Ok(!law(&at(t)?)?.mode.diverges))?;
    let lasts = !law(&at(below)?)?.mode.interior.is_empty();
    let merger = match lasts {
        true => None,
        false => Some(threshold("the loss of the maximum", [divergence.value, below], TOLERANCE, |t| {
            Ok(!law(&at(t)?)?.mode.interior.is_empty())
        })?),
    };
    Ok(Boundaries { sigma, divergence, merger, collapse })
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

fn against_formulas(found: &[Boundaries], checks: &mut Vec<Check>) {
    let worst = |of: &dyn Fn(&Boundaries) -> Option<f64>| found.iter().filter_map(of).fold(0.0, f64::max);
    let exact = |b: &Boundaries| SLOPE / (2.0 * SLOPE * SLOPE + b.sigma * b.sigma);
    let collapse = worst(&|b| Some((b.collapse.value / exact(b) - 1.0).abs()));
    let divergence = worst(&|b| Some((3.0 * b.divergence.value / exact(b) - 1.0).abs()));
    let what = format!("for {} values of sigma", found.len());
    let name = |which: &str| format!("largest relative difference of {which}, {what}");
    checks.push(within(name("T_c"), collapse, 0.0, APART, "k/(2 k^2 + sigma^2)"));
    checks.push(within(name("where p starts to diverge at 0"), divergence, 0.0, APART, "T_c/3"));
    let off = worst(&|b| Some((b.merger?.value / expected_merger(b.sigma, exact(b))? - 1.0).abs()));
    let source = "T* = (4k + sqrt(42) sigma)/(4 (21 sigma^2 - 8 k^2)); T_c/3 for sigma^2 > 14 k^2/3";
    checks.push(within(name("where the maximum is lost"), off, 0.0, NODES, source));
    let kept = found.iter().filter(|b| b.merger.is_none()).count();
    let expected = found.iter().filter(|b| expected_merger(b.sigma, exact(b)).is_none()).count();
    let name = "values of sigma for which the maximum lasts up to T_c";
    checks.push(equal(name, kept as f64, expected as f64, "T* >= T_c, or 21 sigma^2 <= 8 k^2"));
}

/// One law in each regime.
fn regimes(problem: &Problem, checks: &mut Vec<Check>) -> Result<(), ReproduceError> {
    for (temperature, regime) in [(0.1, "I"), (0.15, "IIa"), (0.25, "IIb"), (0.4, "III")] {
        let solution = law(&network(problem, 1.0, temperature)?)?;
        let found = match (solution.point, solution.mode.diverges, solution.mode.interior.len()) {
            (Some(_), ..) => "III",
            (None, false, 1) => "I",
            (None, true, 1) => "IIa",
            (None, true, 0) => "IIb",
            _ => "none of the four",
        };
        checks.push(equal(format!("regime of T = {temperature}, sigma = 1"), found, regime, "Fig. 4"));
    }
    Ok(())
}

fn figure(found: &[Boundaries]) -> Figure {
    let curve = |of: &dyn Fn(&Boundaries) -> Option<f64>| {
        found.iter().filter_map(|b| Some((of(b)?, b.sigma))).collect::<Vec<_>>()
    };
    let formula = |of: &dyn Fn(f64) -> Option<f64>| {
        (0..=300).map(|i| 0.3 + 2.7 * f64::from(i) / 300.0).filter_map(|s| Some((of(s)?, s))).collect::<Vec<_>>()
    };
    let collapse = |sigma: f64| SLOPE / (2.0 * SLOPE * SLOPE + sigma * sigma);
    let series = vec![
        Series::line("formulas", 7, formula(&|s| Some(collapse(s)))).dashed(),
        Series::line("formulas", 7, formula(&|s| Some(collapse(s) / 3.0))).dashed(),
        Series::line("formulas", 7, formula(&|s| expected_merger(s, collapse(s)))).dashed(),
        Series::line("p starts to diverge at 0: I | IIa", 0, curve(&|b| Some(b.divergence.value))).dots(),
        Series::line("the maximum is lost: IIa | IIb", 2, curve(&|b| Some(b.merger?.value))).dots(),
        Series::line("collapse: II | III", 1, curve(&|b| Some(b.collapse.value))).dots(),
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
