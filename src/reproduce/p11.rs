//! P11: fluctuation inversion. The variance of a deep network falls with the temperature, beyond a maximum.

use super::check::{equal, printed, within};
use super::context::finite;
use super::{Context, Outcome, ReproduceError, Row};
use crate::estimate::{Estimate, Quantity};
use crate::model::Diagonal;
use crate::record::{Check, Figure, FigureAxis, FigurePanel, LawKind, Series, Verdict};
use crate::scenario::LineTask;
use crate::study::phase::{Axis, Case, Kind, Plane, Setting, phase};
use crate::study::{Problem, law};
use rayon::prelude::*;

const NAME: &str = "paper/p11";

pub(super) const ROW: Row = Row {
    id: "P11",
    title: "fluctuation inversion",
    claim: "the variance of v diverges with T for D = 0; for D >= 1 it decreases to zero as T increases (Fig. 5, middle)",
    scenarios: &[NAME],
    run,
};

const DEPTHS: [u32; 5] = [0, 1, 2, 3, 5];
/// Temperatures, and the variances at the depths above by quadrature of the closed forms of section 5 of the theory
/// manual at 30 digits; infinite for D = 0 from T = 0.5 on, 0 (a point mass) for D = 1 from T = 1/3 on.
const KNOWN: [(f64, [f64; 5]); 18] = {
    const INF: f64 = f64::INFINITY;
    [
        (0.001, [1.00200401e-03, 2.00602024e-03, 3.01004872e-03, 4.01409870e-03, 6.02230463e-03]),
        (0.01, [1.02040816e-02, 2.06230076e-02, 3.10777624e-02, 4.15824552e-02, 6.15369304e-02]),
        (0.02, [2.08333333e-02, 4.26279533e-02, 6.45911158e-02, 8.38994418e-02, 1.09958669e-01]),
        (0.05, [5.55555556e-02, 1.19801795e-01, 1.54699259e-01, 1.65881712e-01, 1.68174503e-01]),
        (0.08, [9.52380952e-02, 2.02556990e-01, 2.08587850e-01, 1.98563140e-01, 1.74798174e-01]),
        (0.1, [1.25000000e-01, 2.51272947e-01, 2.29326208e-01, 2.05981098e-01, 1.68383224e-01]),
        (0.15, [2.14285714e-01, 3.38611405e-01, 2.47319609e-01, 1.98565457e-01, 1.40535538e-01]),
        (0.2, [3.33333333e-01, 3.72096682e-01, 2.36234997e-01, 1.74987017e-01, 1.12165052e-01]),
        (0.25, [5.00000000e-01, 3.37009718e-01, 2.11681874e-01, 1.48406210e-01, 8.90285015e-02]),
        (0.3, [7.50000000e-01, 1.94206517e-01, 1.83036580e-01, 1.23984134e-01, 7.12270304e-02]),
        (0.33, [9.70588235e-01, 2.43300166e-02, 1.66085785e-01, 1.11070445e-01, 6.26675602e-02]),
        (0.4, [2.00000000e+00, 0.0, 1.30528033e-01, 8.61575543e-02, 4.73554817e-02]),
        (0.6, [INF, 0.0, 6.53953270e-02, 4.45603653e-02, 2.42077158e-02]),
        (1.0, [INF, 0.0, 2.08135810e-02, 1.62339701e-02, 9.28702804e-03]),
        (2.0, [INF, 0.0, 3.34503265e-03, 3.43325693e-03, 2.24997773e-03]),
        (5.0, [INF, 0.0, 2.44071555e-04, 3.81733312e-04, 3.12487318e-04]),
        (10.0, [INF, 0.0, 3.17814195e-05, 6.94398604e-05, 6.78301601e-05]),
        (40.0, [INF, 0.0, 5.11728818e-07, 2.21477545e-06, 3.08433099e-06]),
    ]
};
/// Half a unit of the last digit above, relative to the smallest leading digits.
const LAST_DIGIT: f64 = 5.1e-9;

fn run(context: &Context<'_>) -> Result<Outcome, ReproduceError> {
    let task = context.line(NAME)?;
    let mut outcome = Outcome {
        remarks: vec![
            "the variance first rises like T s G/beta1, has one maximum, and falls beyond it only (theory manual 9 and 12)"
                .to_owned(),
        ],
        ..Outcome::default()
    };
    let mut curves = Vec::new();
    for (i, depth) in DEPTHS.into_iter().enumerate() {
        context.at("variances", i, DEPTHS.len());
        outcome.checks.push(table(&task.problem, depth, i)?);
        let curve = curve(&task.problem, depth, context.pick(240, 60))?;
        outcome.checks.push(rises(&curve, depth));
        let shown = curve.into_iter().filter(|(_, v)| v.is_finite() && *v > 0.0);
        curves.push(Series::line(format!("D = {depth}"), i, shown));
    }
    maximum(&task, &mut outcome.checks)?;
    for depth in [2, 3, 5] {
        outcome.checks.push(power(&task.problem, depth)?);
    }
    outcome.figure = Figure {
        subtitle: "x ~ N(0, 1), y = x + N(0, 1): from the equation alone".to_owned(),
        panels: vec![FigurePanel {
            title: "variance of v".to_owned(),
            x: FigureAxis::log("temperature  T").within(1e-3, 40.0),
            y: FigureAxis::log("Var v").within(1e-6, 10.0),
            series: curves,
        }],
        ..Figure::default()
    };
    Ok(outcome)
}

fn variance(problem: &Problem, depth: u32, temperature: f64) -> Result<Quantity, ReproduceError> {
    let mut problem = problem.clone();
    (problem.model.depth, problem.model.temperature) = (depth, temperature);
    let solution = law(&problem)?;
    match solution.law {
        LawKind::Density => Ok(solution.variance),
        LawKind::PointMass => Ok(Quantity::Finite(Estimate::exact(0.0))),
    }
}

/// The largest relative difference from the known digits of one depth.
fn table(problem: &Problem, depth: u32, column: usize) -> Result<Check, ReproduceError> {
    let mut worst = Estimate::exact(0.0);
    for (t, known) in KNOWN {
        let difference = match (variance(problem, depth, t)?, known[column]) {
            (Quantity::Infinite, f64::INFINITY) => continue,
            (Quantity::Finite(e), 0.0) if e.value == 0.0 => continue,
            (Quantity::Finite(e), known) => Estimate::computed((e.value / known - 1.0).abs(), e.error() / known, 0.0),
            (Quantity::Infinite | Quantity::Absent, _) => Estimate::exact(f64::INFINITY),
        };
        if difference.value.is_nan() || difference.value > worst.value {
            worst = difference;
        }
    }
    let name = format!("largest relative difference from 18 known variances, D = {depth}");
    Ok(within(name, worst, 0.0, LAST_DIGIT, "closed form (theory manual 5) by quadrature, 9 digits"))
}

/// The variance on a logarithmic scale of temperatures; NaN where it is infinite.
fn curve(problem: &Problem, depth: u32, points: u32) -> Result<Vec<(f64, f64)>, ReproduceError> {
    let at = |k: u32| -> Result<(f64, f64), ReproduceError> {
        let t = 1e-3 * 4e4_f64.powf(f64::from(k) / f64::from(points));
        Ok((t, variance(problem, depth, t)?.finite().map_or(f64::NAN, |e| e.value)))
    };
    (0..=points).into_par_iter().map(at).collect()
}

/// Whether the variance only falls, as the paper says; it does not.
fn rises(curve: &[(f64, f64)], depth: u32) -> Check {
    let falls = |pair: &[(f64, f64)]| pair[1].1 < pair[0].1;
    let changes = curve.windows(2).map(falls).collect::<Vec<_>>();
    let first = changes.iter().position(|falls| *falls).unwrap_or(changes.len());
    let one = first > 0 && curve.windows(2).skip(first).all(|pair| pair[1].1 <= pair[0].1 || pair[1].1.is_nan());
    let shape = match (first, one) {
        (0, _) => "falls",
        (n, _) if n == changes.len() => "rises",
        (_, true) => "rises to one maximum, then falls",
        (_, false) => "several maxima",
    };
    let name = format!("variance against T, D = {depth}");
    match depth {
        0 => equal(name, rises_until_infinite(curve), "rises until it is infinite", "Fig. 5, middle"),
        _ => {
            let paper = printed(&name, shape, "falls", "as printed: decreases as T increases");
            // Explained only if it is what the manual derives.
            let derived = equal(name, shape, "rises to one maximum, then falls", "theory manual 9");
            if derived.verdict == Verdict::Agree { paper } else { derived }
        }
    }
}

fn rises_until_infinite(curve: &[(f64, f64)]) -> &'static str {
    let finite = curve.iter().take_while(|(_, v)| v.is_finite()).count();
    let up = curve[..finite].windows(2).all(|pair| pair[1].1 > pair[0].1);
    let gone = finite < curve.len() && curve[finite..].iter().all(|(_, v)| v.is_nan());
    if up && gone { "rises until it is infinite" } else { "another shape" }
}

/// Where the variance of D = 1 is largest.
fn maximum(task: &LineTask, checks: &mut Vec<Check>) -> Result<(), ReproduceError> {
    let axis = Axis { key: "model.temperature".to_owned(), from: 0.1, to: 0.3, log: true };
    let plane =
        Plane { title: String::new(), x: axis, y: None, kinds: vec![Kind::VarianceMaximum(None)], measured: None };
    let at = |temperature: f64, _: Option<f64>| {
        let model = Diagonal { depth: 1, temperature, ..task.problem.model };
        let problem = Problem { model, ..task.problem.clone() };
        Ok(Case { setting: Setting::Line(problem, task.source.clone()), batch_size: 1 })
    };
    let found = phase(&plane, &at, &|| ());
    let place = found.boundaries.first().and_then(|b| b.points.first()).map_or(Quantity::Absent, |p| p.x);
    let place = finite(place, "the maximum of the variance")?;
    let height = finite(variance(&task.problem, 1, place.value)?, "the variance")?;
    let source = "quadrature of the closed form, 4 and 5 digits";
    checks.push(within("T of the largest variance, D = 1", place, 0.2024, 5.1e-5, source));
    checks.push(within("largest variance, D = 1", height, 0.37217, 5.1e-6, source));
    Ok(())
}

/// The power of T by which the variance falls at the end, with its first correction taken out.
fn power(problem: &Problem, depth: u32) -> Result<Check, ReproduceError> {
    let slope = |t: f64| -> Result<f64, ReproduceError> {
        let at = |t: f64| Ok::<f64, ReproduceError>(finite(variance(problem, depth, t)?, "the variance")?.value.ln());
        Ok((at(2.0 * t)? - at(t)?) / std::f64::consts::LN_2)
    };
    let d = f64::from(depth);
    let expected = -(2.0 * d - 1.0) / (d - 1.0);
    let found = slope(1e8)?;
    let approach = (found - slope(1e7)?).abs();
    let name = format!("power of T by which the variance falls at T = 1e8, D = {depth}");
    Ok(within(name, found, expected, 2.0 * approach + 1e-6, "-(2D-1)/(D-1), theory manual 9"))
}
