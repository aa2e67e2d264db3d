//! Equations of one variable that lie on the border of having a law, a mean, or a range in one piece.

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
