//! Boundaries of laws of one variable that are given as formulas, against their exact solutions.

use super::line::{axis, points};
use proptest::prelude::*;
use stillpoint::estimate::Estimate;
use stillpoint::formula::Formula;
use stillpoint::model::{Loss, LossData, LossSetup, Sde, System};
use stillpoint::record::PhaseSolution;
use stillpoint::study::phase::{Case, Kind, Plane, Setting, Unjudged, phase};
use stillpoint::study::{FieldProblem, FieldSource, Request, StudyError, solve_field};

const INF: f64 = f64::INFINITY;

fn field(system: System) -> FieldProblem {
    FieldProblem { system, request: Request::default() }
}

fn diffusion(drift: &str, noise: &str, parameters: &[(&str, f64)], range: [f64; 2]) -> FieldProblem {
    let parameters: Vec<(String, f64)> = parameters.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect();
    let sde = Sde::parse(&["x".into()], &[drift.into()], &[vec![noise.into()]], &parameters, &[range]);
    field(System::Sde(sde.expect("an equation")))
}

/// Boundaries of `kinds` from `low` to `high` of a parameter.
pub(super) fn along(
    [low, high]: [f64; 2],
    log: bool,
    kinds: &[&str],
    make: impl Fn(f64) -> FieldProblem + Sync,
) -> PhaseSolution {
    let plane = Plane {
        title: String::new(),
        x: axis("model.parameters.a", low, high, log),
        y: None,
        kinds: kinds.iter().map(|kind| Kind::parse(kind).ok().flatten().expect("a kind")).collect(),
        measured: None,
    };
    let at = |x: f64, _: Option<f64>| -> Result<Case, Unjudged> {
        Ok(Case { setting: Setting::Field(make(x), FieldSource::Equation), batch_size: 1 })
    };
    phase(&plane, &at, &|| {})
}

fn assert_barred(found: &[Estimate], truths: &[f64], bar: f64) {
    assert_eq!(found.len(), truths.len(), "{found:?}, expected {truths:?}");
    for (found, truth) in found.iter().zip(truths) {
        assert!(found.covers(*truth) && found.error() < bar * (1.0 + truth.abs()), "{found:?}, truly {truth}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]

    /// dx = (r x - k x^2) dt + s x dW has a gamma law of shape 2r/s^2 - 1 and scale s^2/(2k): it exists for s^2 < 2r, p
    /// diverges at 0 and its maximum is there for s^2 > r, E x^-n exists for s^2 < 2r/(n+1). In ln x it moves in a
    /// Morse potential, whose first decay r - s^2 meets the continuum from (r - s^2/2)^2/(2 s^2) on at s^2 = 2r/3.
    #[test]
    fn the_stochastic_logistic_equation(r in 0.2_f64..5.0, k in 0.01_f64..100.0) {
        let make = |s: f64| diffusion("r*x - k*x^2", "s^2*x^2", &[("r", r), ("k", k), ("s", s)], [0.0, INF]);
        let kinds =
            ["collapse", "switch_on:1", "divergence_at_zero", "mode_loss", "moment:-2", "moment:3", "gap_edge", "bimodality"];
        let found = along([0.3 * r.sqrt(), 3.0 * r.sqrt()], true, &kinds, make);
        let exact = [2.0, 2.0, 1.0, 1.0, 2.0 / 3.0];
        for (which, square) in exact.into_iter().enumerate() {
            assert_barred(&points(&found, which), &[(square * r).sqrt()], 1e-12);
        }
        assert_barred(&points(&found, 5), &[], 0.0);
        assert_barred(&points(&found, 6), &[(2.0 * r / 3.0).sqrt()], 1e-10);
        // It falls from one maximum on, inside or at 0.
        assert_barred(&points(&found, 7), &[], 0.0);
    }

    /// dx = -t x dt + (2 t a (w^2 + x^2))^(1/2) dW has a Student law with 1 + 1/a degrees of freedom: E|x|^n exists for
    /// a < 1/(n-1); the decay t meets the continuum from t (a+1)^2/(4a) on at a = 1.
    #[test]
    fn student_tails(t in 0.1_f64..10.0, w in 0.01_f64..100.0, n in 1.5_f64..6.0) {
        let make = |a: f64| {
            diffusion("-t*x", "2*t*a*(w^2 + x^2)", &[("t", t), ("w", w), ("a", a)], [f64::NEG_INFINITY, INF])
        };
        let kinds = [format!("moment:{n}"), "gap_edge".into(), "bimodality".into(), "collapse".into()];
        let kinds: Vec<&str> = kinds.iter().map(String::as_str).collect();
        let found = along([0.1, 10.0], true, &kinds, make);
        assert_barred(&points(&found, 0), &[1.0 / (n - 1.0)], 1e-12);
        assert_barred(&points(&found, 1), &[1.0], 1e-10);
        assert_barred(&points(&found, 2), &[], 0.0);
        assert_barred(&points(&found, 3), &[], 0.0);
    }

    /// The genetic model: p has its extremes where 1/2 - x + l x(1-x) - q x(1-x)(1-2x) = 0 with q = s^2/2, two of which merge
    /// at x where the derivative vanishes too: two equations, linear in l and q. The higher maximum is that to which l
    /// leads.
    #[test]
    fn noise_makes_two_states_of_one(x in 0.1_f64..0.45, mirrored in any::<bool>()) {
        let x = if mirrored { 1.0 - x } else { x };
        let [a, c] = [x * (1.0 - x), x * (1.0 - x) * (1.0 - 2.0 * x)];
        let [slope_a, slope_c] = [1.0 - 2.0 * x, 1.0 - 6.0 * x + 6.0 * x * x];
        let determinant = slope_a * c - a * slope_c;
        let l = (c - (x - 0.5) * slope_c) / determinant;
        let q = (a - (x - 0.5) * slope_a) / determinant;
        let found = along([1.0, 10.0], false, &["bimodality", "mode_jump", "mode_loss"], genetic(l));
        assert_barred(&points(&found, 0), &[(2.0 * q).sqrt()], 1e-9);
        assert_barred(&points(&found, 1), &[], 0.0);
        assert_barred(&points(&found, 2), &[], 0.0);
    }

    /// dx = m (q - x) dt + (x (1-x))^(1/2) dW: p ~ x^(2mq-1) (1-x)^(2m(1-q)-1) diverges at 0 for m < 1/(2q) and at 1 for
    /// m < 1/(2(1-q)); between them it is monotonic.
    #[test]
    fn mutation_and_drift(q in 0.1_f64..0.45) {
        let make = |m: f64| diffusion("m*(q - x)", "x*(1-x)", &[("m", m), ("q", q)], [0.0, 1.0]);
        let kinds = ["divergence_at_zero", "mode_loss", "bimodality", "moment:-1"];
        let found = along([0.2, 20.0], true, &kinds, make);
        let [at_zero, at_one] = [0.5 / q, 0.5 / (1.0 - q)];
        assert_barred(&points(&found, 0), &[at_zero], 1e-12);
        assert_barred(&points(&found, 1), &[at_zero], 1e-12);
        // Places next to 1 are rounded.
        assert_barred(&points(&found, 2), &[at_one], 1e-7);
        assert_barred(&points(&found, 3), &[at_zero], 1e-12);
    }

    /// In a tilted double well V = x^4/4 - x^2/2 - h x the mode jumps at h = 0, and there are two for |h| < 2/3^(3/2),
    /// whatever the noise and the unit of length.
    #[test]
    fn a_tilted_double_well(noise in 0.01_f64..10.0, unit in 0.01_f64..100.0) {
        let make = |h: f64| {
            let parameters = [("h", h), ("e", noise), ("u", unit)];
            diffusion("x - x^3/u^2 + h*u", "e*u^2", &parameters, [f64::NEG_INFINITY, INF])
        };
        let found = along([-0.6, 1.0], false, &["mode_jump", "bimodality", "mode_loss", "collapse"], make);
        let merge = 2.0 / 27.0_f64.sqrt();
        assert_barred(&points(&found, 0), &[0.0], 1e-9);
        assert_barred(&points(&found, 1), &[-merge, merge], 1e-9);
        assert_barred(&points(&found, 2), &[], 0.0);
        assert_barred(&points(&found, 3), &[], 0.0);
    }
}

/// [`noise_makes_two_states_of_one`]
fn genetic(l: f64) -> impl Fn(f64) -> FieldProblem + Sync {
    move |s: f64| {
        let drift = "1/2 - x + l*x*(1 - x) + s^2/2*x*(1 - x)*(1 - 2*x)";
        diffusion(drift, "s^2*x^2*(1 - x)^2", &[("l", l), ("s", s)], [0.0, 1.0])
    }
}

/// p ~ |x|^(-2a) with corrections like |x|^(-c): E|x| exists for a > 1, however slowly the exponent settles. Where ln x falls like a
/// Gaussian all moments exist.
#[test]
fn tails_that_settle_slowly() {
    let settling = |half: f64| {
        move |a: f64| {
            let drift = "-a*x/(1 + x^2)*(1 + (1 + x^2)^(-c))";
            diffusion(drift, "1", &[("a", a), ("c", half)], [f64::NEG_INFINITY, INF])
        }
    };
    for (half, bar) in [(0.15, 1e-5), (0.06, 2e-2)] {
        let found = along([0.7, 3.0], true, &["moment:1", "collapse"], settling(half));
        assert_barred(&points(&found, 0), &[1.0], bar);
        assert_barred(&points(&found, 1), &[], 0.0);
    }
    // Nothing is told of what settles nowhere within reach.
    let found = along([0.7, 3.0], true, &["moment:1"], settling(0.02));
    let absent = &found.boundaries[0].absent[0];
    assert!(
        points(&found, 0).is_empty() && absent.ends.iter().all(|end| end.holds.contains("cannot be told")),
        "{absent:?}"
    );
    let make = |a: f64| diffusion("-x*ln(x)", "a*x^2", &[("a", a)], [0.0, INF]);
    let found = along([0.1, 10.0], true, &["moment:40", "moment:-40", "divergence_at_zero"], make);
    assert!((0..3).all(|which| points(&found, which).is_empty()));
    let holds = |which: usize| found.boundaries[which].absent[0].ends.clone().map(|end| end.holds);
    assert!(holds(0).iter().chain(&holds(1)).all(|holds| holds.contains("is finite")), "{:?} {:?}", holds(0), holds(1));
}

/// Without a bias the one maximum of the genetic model splits in two at s = 2, with a valley that deepens as a power 3/2.
#[test]
fn a_maximum_splits_in_two() {
    let found = along([0.5, 6.0], true, &["bimodality", "mode_loss"], genetic(0.0));
    assert_barred(&points(&found, 0), &[2.0], 1e-7);
    assert_barred(&points(&found, 1), &[], 0.0);
}

/// p ~ exp(-V) on [0, inf) or [0, 5] with V' = (x - a)(x - 2) and walls: a maximum at the wall x = 0 for a > 0 and one at 2,
/// equally high where V(2) = V(0), at a = 2/3; E|x|^n exists for n > -1.
#[test]
fn a_wall_may_be_the_mode() {
    for upper in [INF, 5.0] {
        let make = |a: f64| diffusion("-(x - a)*(x - 2)", "2", &[("a", a)], [0.0, upper]);
        let found = along([-0.9, 1.4], false, &["mode_jump", "bimodality", "collapse"], make);
        assert_barred(&points(&found, 0), &[2.0 / 3.0], 1e-9);
        assert_barred(&points(&found, 1), &[0.0], 1e-9);
        assert_barred(&points(&found, 2), &[], 0.0);
        let inverse =
            along([-0.9, 1.4], false, &["moment:-0.99", "moment:-1.01", "divergence_at_zero", "switch_on:1"], make);
        let holds = |which: usize| inverse.boundaries[which].absent[0].ends[0].holds.clone();
        assert!(holds(0).contains("is finite") && holds(1).contains("is infinite"), "{} {}", holds(0), holds(1));
        assert!((2..4).all(|which| holds(which).contains("no end of the support")), "{}", holds(2));
    }
}

/// Next to a wall with a force like c/x, p goes like x^(2c): no moment is told from p(0) being finite.
#[test]
fn a_wall_with_a_force_without_bound_tells_nothing() {
    let make = |c: f64| diffusion("c/x - x", "1", &[("c", c)], [0.0, INF]);
    let found = along([0.05, 0.4], false, &["moment:-1.2"], make);
    let absent = &found.boundaries[0].absent[0];
    assert!(
        points(&found, 0).is_empty() && absent.ends.iter().all(|end| end.holds.contains("cannot be told")),
        "{absent:?}"
    );
}

/// The variance r s^2/2 - s^4/4 of the logistic equation is largest at s^2 = r.
#[test]
fn the_variance_of_the_logistic_equation() {
    let make = |s: f64| diffusion("x - x^2", "s^2*x^2", &[("s", s)], [0.0, INF]);
    let found = along([0.7, 1.3], false, &["variance_maximum", "mean > 0.7"], make);
    assert_barred(&points(&found, 0), &[1.0], 1e-7);
    assert_barred(&points(&found, 1), &[0.6_f64.sqrt()], 1e-9);
}

fn loss(formula: &str, temperature: f64) -> FieldProblem {
    let names: Vec<String> = ["u", "x", "y"].map(str::to_owned).to_vec();
    let setup = LossSetup {
        names: names[..1].to_vec(),
        loss: Formula::parse(formula, &names, &[]).expect("a loss"),
        data: LossData::Gaussian { covariance: vec![vec![1.0]], weights: vec![1.0], noise: 1.0 },
        temperature,
        weight_decay: 0.0,
        isotropic_noise: 0.0,
        range: vec![[f64::NEG_INFINITY, INF]],
        start: None,
    };
    field(System::Loss(Loss::new(setup).expect("a loss")))
}

/// l = (u^2 x - y)^2: next to u = 0 d ln u = (4 beta2 - 8 T alpha3) dt + 4 (T alpha3)^(1/2) dW with beta2 = 1, alpha3 = 3, so
/// that the law dies at T = 1/6, p(u) ~ u^(1/(2 T alpha3) - 2) diverges from T = 1/12 on, and E u^(-1/2) from T = 1/9 on.
#[test]
fn sgd_on_a_square() {
    let kinds = ["collapse", "switch_on:1", "divergence_at_zero", "moment:-0.5"];
    let found = along([0.01, 1.0], true, &kinds, |t| loss("(u^2*x - y)^2", t));
    for (which, truth) in [(0, 1.0 / 6.0), (1, 1.0 / 6.0), (2, 1.0 / 12.0), (3, 1.0 / 9.0)] {
        assert_barred(&points(&found, which), &[truth], 1e-10);
    }
}

/// Whether the law has two maxima, read off its density on a lattice, on both sides of the boundary found.
#[test]
fn maxima_of_a_loss_are_those_of_its_law() {
    let make = |t: f64| loss("(u*x - y)^2/4 + (u^2 - 4)^2/8", t);
    let found = points(&along([0.02, 2.0], true, &["bimodality"], make), 0);
    assert!(!found.is_empty());
    for boundary in found {
        let two = [0.9, 1.1].map(|part| {
            let solution = solve_field(&make(part * boundary.value), &|_, _, _| {}).expect("a law");
            let p = &solution.field.log_density;
            (1..p.len() - 1).filter(|&i| p[i] > p[i - 1] && p[i] >= p[i + 1]).count() > 1
        });
        assert_ne!(two[0], two[1], "{boundary:?}");
    }
}

#[test]
fn several_variables_are_refused_with_advice() {
    let make = |a: f64| {
        let names = ["x".to_owned(), "y".to_owned()];
        let formulas = |texts: [&str; 2]| texts.map(str::to_owned).to_vec();
        let noise = [formulas(["1", "0"]), formulas(["0", "1"])];
        let all = [[f64::NEG_INFINITY, INF]; 2];
        let sde = Sde::parse(&names, &formulas(["-a*x", "-y"]), &noise, &[("a".into(), a)], &all);
        field(System::Sde(sde.expect("an equation")))
    };
    let found = along([0.5, 2.0], true, &["bimodality", "mode_loss", "gap_edge"], make);
    for boundary in &found.boundaries {
        let reason = boundary.reason.as_deref().expect("a reason");
        assert!(boundary.points.is_empty() && reason.contains("one variable"), "{reason}");
    }
}

/// Paths that run to 0 lead the search for the box beyond what numbers hold.
#[test]
fn a_law_that_died_is_said_to_run_away() {
    for s in [1.45, 2.0, 3.0] {
        let problem = diffusion("x - x^2", "s^2*x^2", &[("s", s)], [0.0, INF]);
        let error = solve_field(&problem, &|_, _, _| {}).expect_err("no law");
        let StudyError::RunsAway { face, exponent } = error else { panic!("{error}") };
        assert_eq!(face, "x = 0");
        assert!((exponent - (2.0 / (s * s) - 2.0)).abs() < 1e-3, "{exponent}");
    }
}
