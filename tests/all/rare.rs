//! Equations of one variable that lie on the border of having a law, a mean, or a range in one piece.

use stillpoint::formula::Formula;
use stillpoint::model::{ModelError, Sde, System};
use stillpoint::record::FieldSolution;
use stillpoint::study::{FieldProblem, Request, StudyError, solve_field};

const LINE: [f64; 2] = [f64::NEG_INFINITY, f64::INFINITY];

fn equation(drift: &str, noise: &str, range: [f64; 2]) -> Result<Sde, ModelError> {
    Sde::parse(&["x".into()], &[drift.into()], &[vec![noise.into()]], &[], &[range])
}

fn solved(drift: &str, noise: &str, range: [f64; 2]) -> Result<FieldSolution, StudyError> {
    let system = System::Sde(equation(drift, noise, range).expect("an equation"));
    solve_field(&FieldProblem { system, request: Request::default() }, &|_, _, _| {})
}

/// Paths do not cross a place without noise, or in one direction only.
#[test]
fn noise_that_vanishes_inside_the_range_is_refused_with_the_place() {
    for (drift, noise, place) in [("-x", "x^2", 0.0), ("1 - x", "(x - 0.37)^2", 0.37), ("x - x^3", "abs(x + 2)", -2.0)]
    {
        let error = equation(drift, noise, LINE).expect_err("two pieces").to_string();
        let found = error.split("x = ").nth(1).and_then(|rest| rest.split(',').next()?.parse::<f64>().ok());
        assert!(found.is_some_and(|x| (x - place).abs() < 1e-7), "{error}");
    }
    // Noise that underflows far out is no zero inside.
    assert!(equation("-x", "exp(-x^2)", LINE).is_ok());
    assert!(equation("-x", "0.001 + x^2", LINE).is_ok() && equation("1 - x", "x^2", [0.0, f64::INFINITY]).is_ok());
}

/// p ~ (1 + x^2)^(-1 - a) under dx = -a x dt + (1 + x^2)^(1/2) dW has the mean of its drift, 0 or 1/a, of which tails beyond any
/// box hold a part that falls as slowly as x^(-2a).
#[test]
fn a_mean_that_hardly_exists_has_a_bar_to_match() {
    for (drift, mean) in [("-0.0001*x", 0.0), ("-0.01*x", 0.0), ("1 - 0.01*x", 100.0)] {
        let solution = solved(drift, "1 + x^2", LINE).expect("a law");
        let found = solution.mean[0].finite().expect("exists");
        assert!(found.covers(mean), "{found:?}, truly {mean}");
        assert!(!solution.solver.converged);
    }
}

/// p ~ (1 + x^2)^-m under dx = -m x / (1 + x^2) dt + dW is a law for m > 1/2.
#[test]
fn a_power_law_that_cannot_be_normalised_is_no_law() {
    let drift = |m: f64| format!("-{m}*x/(1 + x^2)");
    for m in [0.2, 0.4] {
        let error = solved(&drift(m), "1", LINE).expect_err("no law");
        let StudyError::RunsAway { exponent, .. } = error else { panic!("{error}") };
        assert!((exponent + 2.0 * m).abs() < 0.05, "{exponent} for {m}");
    }
    // A Student law: its variance is 1/(2m - 3).
    let variance = solved(&drift(3.0), "1", LINE).expect("a law").covariance[0][0].finite().expect("exists");
    assert!(variance.covers(1.0 / 3.0) && variance.error() < 1e-8, "{variance:?}");
}

/// A law that is nine orders narrower than the places from which it is looked for.
#[test]
fn a_narrow_law_is_found() {
    let solution = solved("-x", "1e-20", LINE).expect("a law");
    let variance = solution.covariance[0][0].finite().expect("exists");
    assert!(variance.covers(5e-21) && variance.error() < 1e-9 * 5e-21, "{variance:?}");
}

/// dx = -ln x dt + x dW: far out p ~ x^-2 as far as numbers go, next to 0 it ends at once.
#[test]
fn a_mean_that_is_infinite_is_no_failure() {
    let solution = solved("-ln(x)", "x^2", [0.0, f64::INFINITY]).expect("a law");
    assert!(solution.mean[0].finite().is_none());
}

fn parsed(expressions: &[&str]) -> Vec<Formula> {
    expressions.iter().map(|text| Formula::parse(text, &["x".into()], &[]).expect("a formula")).collect()
}

fn asked(drift: &str, noise: &str, range: [f64; 2], request: Request) -> FieldSolution {
    let system = System::Sde(equation(drift, noise, range).expect("an equation"));
    solve_field(&FieldProblem { system, request }, &|_, _, _| {}).expect("a law")
}

/// dx = (m - x) dt + (c x^2 + d)^(1/2) dW: mean m, variance (c m^2 + d)/(2 - c). One side of the law is a wall, the other a
/// power law: the box is lopsided.
#[test]
fn a_law_with_a_wall_to_one_side_and_a_power_law_to_the_other() {
    for (m, c, d) in
        [(3.0, 0.5, 0.1), (-3.0, 0.5, 1e-2), (2.9, 0.5, 1e-3), (10.0, 0.5, 0.1), (0.3, 1.0, 1e-4), (0.3, 1.0, 1e-5)]
    {
        let solution = solved(&format!("{m} - x"), &format!("{c}*x^2 + {d}"), LINE).expect("a law");
        for (found, truth) in [(solution.mean[0], m), (solution.covariance[0][0], (c * m * m + d) / (2.0 - c))] {
            let found = found.finite().unwrap_or_else(|| panic!("{truth} for {m}, {c}, {d}"));
            assert!(found.covers(truth) && found.error() < 1e-7 * truth.abs(), "{found:?}, truly {truth}");
        }
    }
    // p ~ |x|^-3: no variance.
    let none = solved("0.3 - x", "2*x^2 + 1e-4", LINE).expect("a law");
    assert!(none.mean[0].finite().is_some_and(|mean| mean.covers(0.3)));
    assert!(none.covariance[0][0].finite().is_none());
}

/// The logistic equation is a Morse potential in ln x: with q = r - s^2/2 the first level is q - s^2/2 while q > s^2, and below
/// that a continuum begins at q^2/(2 s^2). With y = asinh x drift 1 and noise 1 + x^2 have a continuum from 1/8 on, drift -tanh x
/// and noise 1 one from 1/2 on.
#[test]
fn gaps_that_are_levels_and_gaps_that_are_edges() {
    let mut cases: Vec<(String, String, [f64; 2], f64)> = Vec::new();
    for s in [0.5f64, 0.7, 0.8, 0.9, 1.0, 1.2] {
        let q = 1.0 - s * s / 2.0;
        let truth = if q > s * s { q - s * s / 2.0 } else { q * q / (2.0 * s * s) };
        cases.push(("x - x^2".into(), format!("{}*x^2", s * s), [0.0, f64::INFINITY], truth));
    }
    cases.push(("1".into(), "1 + x^2".into(), LINE, 0.125));
    cases.push(("-tanh(x)".into(), "1".into(), LINE, 0.5));
    cases.push(("3 - x".into(), "0.5*x^2 + 0.1".into(), LINE, 1.0));
    for (drift, noise, range, truth) in cases {
        let gap = solved(&drift, &noise, range).expect("a law").spectral_gap.finite().expect("a gap");
        assert!(gap.covers(truth) && gap.error() < 0.1 * truth, "{gap:?}, truly {truth} for {drift}, {noise}");
    }
}

/// No node may lie between a kink and the middle of the lattice: |x| looks like a smooth function then.
#[test]
fn kinks_between_the_nodes_are_in_the_bars() {
    let request = || Request { expressions: parsed(&["abs(x)", "max(x, 0.2)", "x^2"]), ..Request::default() };
    let solution = asked("-x", "2", LINE, request());
    // E max(x, a) = a P(x < a) + p(a) for a standard normal law.
    let truths = [(2.0 / std::f64::consts::PI).sqrt(), 0.2 * 0.579_259_709_439_103 + 0.391_042_693_975_455_9, 1.0];
    for (row, truth) in solution.expressions.iter().zip(truths) {
        let found = row.value.finite().expect("exists");
        assert!(found.covers(truth) && found.error() < 2e-4, "{row:?}, truly {truth}");
    }
    assert!(solution.expressions[2].value.finite().is_some_and(|square| square.error() < 1e-9));
}

/// dx = (1 - x) dt + s x dW: an inverse gamma law of mean 1 whose variance is infinite from s^2 = 2 on, mode 1/(1 + s^2).
#[test]
fn bars_do_not_grow_with_a_variance_that_is_infinite() {
    for s in [1.5, 2.0, 3.0] {
        let solution = solved("1 - x", &format!("{}*x^2", s * s), [0.0, f64::INFINITY]).expect("a law");
        let mode = solution.wells[0].mode[0].finite().expect("exists");
        assert!(mode.covers(1.0 / (1.0 + s * s)) && mode.error() < 1e-9, "{mode:?} for {s}");
        let mean = solution.mean[0].finite().expect("exists");
        assert!(mean.covers(1.0) && (s > 2.0 || mean.error() < 1e-5), "{mean:?} for {s}");
        assert!(solution.covariance[0][0].finite().is_none());
    }
}

/// Nothing of a normal law is left there in a box of any use.
#[test]
fn the_density_is_known_beyond_the_box() {
    let points = vec![vec![5.0], vec![-20.0], vec![100.0]];
    for point in asked("-x", "1", LINE, Request { points, ..Request::default() }).points {
        let truth = -point.at[0] * point.at[0] - 0.5 * std::f64::consts::PI.ln();
        let (found, error) = (point.log_density.expect("known"), point.error.expect("a bar"));
        assert!((found - truth).abs() <= error && error < 1e-8, "{point:?}, truly {truth}");
    }
}

/// Kimura's equation without mutation: a gene is lost or has won.
#[test]
fn two_ends_that_take_the_mass_are_both_named() {
    let error = solved("0.3*x*(1 - x)", "x*(1 - x)", [0.0, 1.0]).expect_err("no law").to_string();
    assert!(error.contains("to x = 0 or to x = 1, with probabilities that depend on the start"), "{error}");
    let error = solved("-x", "x^2", [0.0, f64::INFINITY]).expect_err("no law").to_string();
    assert!(error.contains("to x = 0,"), "{error}");
}
