//! The lean path against laws known to 20 digits and against the full solver.

use super::common::{number, problem};
use proptest::prelude::*;
use serde_json::Value;
use stillpoint::estimate::{Estimate, Quantity};
use stillpoint::model::{Branch, Diagonal, Moments};
use stillpoint::record::Solution;
use stillpoint::study::{Landscape, Lean, LeanLaw, Levels, Problem, Route, law};

/// What the lean path promises.
const PROMISE: f64 = 1e-8;

/// |found - truth| against the stated bar, and the bar against what was promised.
fn check(failures: &mut Vec<String>, what: &str, found: Estimate, truth: f64, limit: f64, slack: f64) {
    let off = (found.value - truth).abs();
    if !(off <= found.error() + slack && found.error() <= limit) {
        failures.push(format!("{what}: {:e} not {truth:e}, off {off:e}, stated {:e}", found.value, found.error()));
    }
}

/// The known number, or `None` where it is infinite.
fn known(v: &Value) -> Option<f64> {
    let value = if v.is_object() { &v["value"] } else { v };
    (!value.is_null() && value.as_str() != Some("inf")).then(|| number(value))
}

fn against_reference(case: &Value, found: &LeanLaw<'_>) -> Vec<String> {
    let mut failures = Vec::new();
    let spread = known(&case["variance"]).map_or(0.0, f64::sqrt);
    for (what, quantity, key) in [("mean", found.mean, "mean"), ("variance", found.variance, "variance")] {
        match (quantity, known(&case[key])) {
            (Quantity::Infinite, None) => {}
            (Quantity::Finite(e), Some(truth)) => {
                let scale = if key == "mean" { truth.abs().max(spread) } else { truth };
                check(&mut failures, what, e, truth, promised(found) * scale, 0.0);
            }
            other => failures.push(format!("{what}: {other:?}")),
        }
    }
    for row in found.quantiles {
        let key = format!("{}", row.q);
        let truth = known(&case["quantiles"][&key]).expect("finite");
        let log_truth = known(&case["quantiles_log_abs"][&key]).expect("finite");
        let size = log_truth.abs().max(1.0);
        if truth.abs() > 1e-290 {
            check(&mut failures, &key, row.value, truth, promised(found) * (truth.abs() * size).max(spread), 0.0);
        }
        check(&mut failures, &key, row.log_abs, log_truth, promised(found) * size.max(spread / truth.abs()), 0.0);
    }
    if let (Quantity::Finite(e), Some(truth)) = (found.tail_exponent, known(&case["tail_exponent"])) {
        check(&mut failures, "tail exponent", e, truth, promised(found), 0.0);
    }
    failures
}

/// Largest relative bar: the promise, or anything where the full solver had to answer.
fn promised(found: &LeanLaw<'_>) -> f64 {
    if found.route == Route::Full { f64::INFINITY } else { PROMISE }
}

fn all_of(text: &str) {
    let file: Value = serde_json::from_str(text).expect("valid JSON");
    let mut lean = Lean::new(1000);
    let mut failures = Vec::new();
    for case in file["cases"].as_array().expect("a list") {
        let problem = problem(case);
        let found = lean.law(&problem.model, problem.branch, &[0.01, 0.5, 0.99]).expect("a law");
        println!("{} {:?} log density {:.1e} {}", case["id"], found.route, found.log_density_error, case["note"]);
        failures.extend(against_reference(case, &found).into_iter().map(|f| format!("{} {f}", case["id"])));
    }
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn reference_laws() {
    all_of(include_str!("../data/reference_laws.json"));
}

#[test]
fn hard_laws() {
    all_of(include_str!("../data/hard_laws.json"));
}

/// Log densities at known points, between nodes by a polynomial through the nearest ones.
#[test]
fn reference_densities() {
    let file: Value = serde_json::from_str(include_str!("../data/reference_laws.json")).expect("valid JSON");
    let mut lean = Lean::new(1000);
    let mut compared = 0;
    for case in file["cases"].as_array().expect("a list") {
        let problem = problem(case);
        let found = lean.law(&problem.model, problem.branch, &[]).expect("a law");
        let Route::Line { .. } = found.route else { continue };
        let chart = found.chart.expect("a chart");
        for row in case["log_p"].as_array().expect("a list") {
            let Some(z) = chart.to_chart(number(&row["v"])) else { continue };
            let x = (z - found.start) / found.step;
            let i = x.floor();
            if !(4.0..=(found.log_density.len() as f64 - 6.0)).contains(&i) {
                continue;
            }
            let near = &found.log_density[i as usize - 4..][..10];
            let value = lagrange(near, x - i + 4.0);
            let truth = number(&row["log_p"]);
            let off = (value - truth).abs();
            assert!(
                off <= found.log_density_error + 1e-9,
                "{} at z = {z}: {value} not {truth}, off {off:e}",
                case["id"]
            );
            compared += 1;
        }
    }
    assert!(compared > 50, "only {compared} points compared");
}

/// The polynomial through (k, `values[k]`) at x.
fn lagrange(values: &[f64], x: f64) -> f64 {
    let term = |j: usize| {
        let others = (0..values.len()).filter(|&k| k != j);
        values[j] * others.map(|k| (x - k as f64) / (j as f64 - k as f64)).product::<f64>()
    };
    (0..values.len()).map(term).sum()
}

/// Log densities of the full solver at the nodes of a line.
fn densities(problem: &Problem, found: &LeanLaw<'_>) -> Vec<f64> {
    let landscape = Landscape::of(&problem.model, problem.branch).expect("measured");
    let region = landscape.density().expect("a density");
    let levels = Levels::survey(region, problem.tolerance, &[]).expect("surveyed");
    let level = levels.solve(1).expect("solved");
    let chart = found.chart.expect("a chart");
    let at = |i: usize| {
        let z = found.start + i as f64 * found.step;
        level.line.chart_log_density(z).expect("inside").0 - chart.log_jacobian(z)
    };
    (0..found.log_density.len()).step_by(37).map(at).collect()
}

fn agree(problem: &Problem, lean: &LeanLaw<'_>, full: &Solution) -> Vec<String> {
    let mut failures = Vec::new();
    assert_eq!(lean.point, full.point);
    if lean.point.is_some() {
        return failures;
    }
    let spread = full.variance.finite().map_or(0.0, |e| e.value.sqrt());
    match (lean.mean, full.mean) {
        (Quantity::Finite(a), Quantity::Finite(_)) if problem.model.depth == 0 => {
            let m = &problem.model.moments;
            let truth = m.beta2() / (m.beta1() + problem.model.weight_decay / f64::from(problem.model.width));
            check(&mut failures, "mean", a, truth, PROMISE * truth.abs().max(spread), 0.0);
        }
        (Quantity::Finite(a), Quantity::Finite(b)) => {
            check(&mut failures, "mean", a, b.value, PROMISE * b.value.abs().max(spread), b.error());
        }
        (a, b) if a == b => {}
        other => failures.push(format!("mean {other:?}")),
    }
    match (lean.variance, full.variance) {
        (Quantity::Finite(a), Quantity::Finite(b)) => {
            check(&mut failures, "variance", a, b.value, PROMISE * b.value, b.error());
        }
        (a, b) if a == b => {}
        other => failures.push(format!("variance {other:?}")),
    }
    for (a, b) in lean.quantiles.iter().zip(&full.quantiles) {
        let e = b.value.finite().expect("a quantile");
        check(&mut failures, "quantile", a.value, e.value, f64::INFINITY, e.error());
        check(&mut failures, "log quantile", a.log_abs, b.log_abs, f64::INFINITY, b.log_abs_error);
    }
    if lean.log_density_error > PROMISE {
        failures.push(format!("log density bar {:e}", lean.log_density_error));
    }
    for (a, b) in lean.log_density.iter().step_by(37).zip(densities(problem, lean)) {
        if (a - b).abs() > lean.log_density_error + 2e-10 || a.is_nan() {
            failures.push(format!("log density {a} not {b}, off {:e}", (a - b).abs()));
        }
    }
    failures
}

/// Moments of Gaussian data, or any moments in any unit, some of them with noise that almost vanishes somewhere.
fn moments() -> impl Strategy<Value = Moments> {
    let gaussian = (0.05f64..3.0, -3.0f64..3.0, 0.02f64..4.0)
        .prop_map(|(variance, slope, noise)| Moments::gaussian(variance, slope, noise).expect("valid"));
    let any = (-15.0f64..15.0, -15.0f64..15.0, -1.0f64..1.0, 0.0f64..3.0, -2.0f64..2.0, -3.0f64..3.0).prop_map(
        |(log_x, log_v, correlation, narrow, log_ratio, slope)| {
            // x^2 in a unit of its own, v in another.
            let (x2, v) = (log_x.exp(), log_v.exp());
            let (alpha1, alpha3) = (x2 * x2 * log_ratio.exp(), x2 * x2 * v * v);
            let correlation = correlation.signum() * (1.0 - (1.0 - correlation.abs()) * 10f64.powf(-narrow));
            let alpha2 = correlation * (alpha1 * alpha3).sqrt();
            Moments::try_new(alpha1, alpha2, alpha3, x2, slope * v * x2).expect("valid")
        },
    );
    prop_oneof![gaussian, any]
}

fn model() -> impl Strategy<Value = (Diagonal, bool)> {
    let depth = prop_oneof![Just(0u32), Just(1), Just(1), Just(2), Just(3), Just(5), Just(30), Just(1000)];
    let width = prop_oneof![1u32..5, Just(1_000_000)];
    (moments(), depth, width, -9.0f64..4.0, prop_oneof![Just(0.0), 0.0f64..0.5], any::<bool>()).prop_map(
        |(moments, depth, width, log_temperature, decay, other)| {
            // In units of the temperature at which one layer collapses and of the pull.
            let pull = moments.beta2().abs();
            let temperature = pull / moments.alpha3() * log_temperature.exp();
            let weight_decay = if depth == 0 { decay * moments.beta1() } else { decay * pull };
            let model = Diagonal { depth, width, temperature, weight_decay, modified_loss: false, moments };
            (model, other)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_models_as_by_the_full_solver((model, other) in model()) {
        let natural = model.natural_branch();
        let branch = if other && natural == Branch::Positive { Branch::Negative } else { natural };
        let quantiles = vec![0.01, 0.25, 0.5, 0.75, 0.99];
        prop_assume!(model.validated().is_ok());
        let problem = Problem {
            title: String::new(), model, branch, tolerance: 1e-10, points: vec![], quantiles: quantiles.clone(), moments: vec![],
        };
        let mut lean = Lean::new(1000);
        let Ok(found) = lean.law(&model, branch, &quantiles) else { return Ok(()) };
        if found.route == Route::Full {
            return Ok(());
        }
        let full = law(&problem).expect("a law");
        let failures = agree(&problem, &found, &full);
        prop_assert!(failures.is_empty(), "{:?}\n{}", found.route, failures.join("\n"));
    }
}

#[test]
fn quantiles_of_any_smallness_ascend() {
    let moments = Moments::try_new(2.0, 2.0, 3.0, 1.0, 1.0).expect("valid");
    let lower: Vec<f64> = (1..=2000).map(|i| (-0.02 * f64::from(2001 - i)).exp() * 0.5).collect();
    let upper = lower.iter().rev().map(|q| 1.0 - q).filter(|&q| q < 1.0);
    let probabilities: Vec<f64> = lower.iter().copied().chain(upper).collect();
    let mut lean = Lean::new(1000);
    for (depth, temperature) in [(0, 0.1), (0, 0.6), (1, 0.02), (1, 0.32), (2, 0.05), (5, 3.0)] {
        let model = Diagonal { depth, width: 1, temperature, weight_decay: 0.0, modified_loss: false, moments };
        let found = lean.law(&model, Branch::Positive, &probabilities).expect("a law");
        for pair in found.quantiles.windows(2) {
            let [a, b] = [pair[0], pair[1]];
            let slack = a.value.error() + b.value.error();
            assert!(a.value.value <= b.value.value + slack, "{model:?}: {a:?} above {b:?}");
        }
    }
}

#[test]
fn point_masses_and_kinds_out_of_reach() {
    let moments = Moments::gaussian(1.0, 1.0, 1.0).expect("valid");
    let base = Diagonal { depth: 1, width: 1, temperature: 0.1, weight_decay: 0.0, modified_loss: false, moments };
    let mut lean = Lean::new(100);
    for model in [
        Diagonal { temperature: 0.34, ..base },
        Diagonal { depth: 3, weight_decay: 0.1, ..base },
        Diagonal { moments: Moments::gaussian(1.0, 0.0, 1.0).expect("valid"), ..base },
        Diagonal { moments: Moments::gaussian(1.0, 1.0, 0.0).expect("valid"), ..base },
    ] {
        let found = lean.law(&model, Branch::Positive, &[0.5]).expect("a law");
        let v = found.point.expect("a point mass");
        assert_eq!(found.quantiles[0].value, Estimate::exact(v));
        assert!(found.log_density.is_empty());
    }
    let found = lean.law(&Diagonal { modified_loss: true, ..base }, Branch::Positive, &[0.5]).expect("a law");
    assert_eq!(found.route, Route::Full);
    assert_eq!(found.log_density.len(), 128);
    assert!(found.log_density_error < PROMISE);
}
