//! Observables by name, against formulas of the theory manual and the Lyapunov equation.

use proptest::prelude::*;
use std::path::PathBuf;
use stillpoint::estimate::Estimate;
use stillpoint::model::{Branch, Diagonal, Moments};
use stillpoint::scenario::{Location, Scenario, built_in};
use stillpoint::study::{Ask, Lean, Observable, Problem, Reading, Subject, observe};

/// alpha = (2, 2, 3), beta = (1, 1)
fn clear(depth: u32, temperature: f64) -> Problem {
    let moments = Moments::try_new(2.0, 2.0, 3.0, 1.0, 1.0).expect("moments of data");
    let model = Diagonal { depth, width: 1, temperature, weight_decay: 0.0, modified_loss: false, moments };
    problem(model)
}

fn problem(model: Diagonal) -> Problem {
    Problem {
        title: String::new(),
        model,
        branch: Branch::Positive,
        tolerance: 1e-10,
        points: vec![],
        quantiles: vec![],
        moments: vec![],
    }
}

fn ask(subject: Subject<'_>, names: &[&str]) -> Vec<Reading> {
    let observables: Vec<Observable> =
        names.iter().map(|name| Observable::parse(name, subject).unwrap_or_else(|e| panic!("{e}"))).collect();
    observe(subject, &observables).expect("a law")
}

fn number(reading: &Reading) -> Estimate {
    match reading {
        Reading::Number(estimate) => *estimate,
        other => panic!("{other:?}"),
    }
}

/// The bar covers the truth and is no wider than `useful`.
fn covers(reading: &Reading, truth: f64, useful: f64) {
    let found = number(reading);
    assert!(found.covers(truth) || (found.value - truth).abs() < 2e-15 * truth.abs(), "{found:?} is not {truth}");
    assert!(found.error() <= useful * truth.abs().max(1e-3), "{found:?} is useless");
}

/// The larger root of 7 T a1 v^2 + (b1 - 10 T a2) v + 3 T a3 - b2 = 0 (theory manual, section 11).
fn mode_of_one_layer(model: &Diagonal) -> Option<f64> {
    let (m, t) = (&model.moments, model.temperature);
    let [a, b, c] = [
        7.0 * t * m.alpha1(),
        m.beta1() - 10.0 * t * m.alpha2(),
        3.0 * t * m.alpha3() - m.beta2() + model.weight_decay,
    ];
    let root = (b * b - 4.0 * a * c).sqrt();
    // Without cancellation.
    let v = if b > 0.0 { -2.0 * c / (b + root) } else { (root - b) / (2.0 * a) };
    (v > 0.0).then_some(v)
}

#[test]
fn one_layer_by_both_paths() {
    for more in [&[][..], &["moment:1"]] {
        let problem = clear(1, 0.1);
        let names = ["law", "mean", "variance", "mode", "modes", "tail_exponent", "quantile:0.5", "log_quantile:0.5"];
        let found = ask(Subject::Line(&problem), &[&names, more].concat());
        assert_eq!(found[0], Reading::Word("density"));
        // 18-digit quadrature, and the header of the scenario `one-layer`.
        covers(&found[1], 0.844_936_470_934_627, 1e-10);
        covers(&found[2], 0.251_272_947_280_656, 1e-10);
        covers(&found[3], mode_of_one_layer(&problem.model).expect("below T_c / 3"), 1e-10);
        covers(&found[4], 1.0, 0.0);
        covers(&found[5], 3.5, 1e-12);
        assert!((number(&found[7]).value - number(&found[6]).value.ln()).abs() < 1e-9);
        if let Some(first) = found.get(8) {
            // v > 0, so E|v| is the mean.
            covers(first, 0.844_936_470_934_627, 1e-10);
        }
    }
}

#[test]
fn linear_networks_have_their_moments_until_these_diverge() {
    // Mean b2 / b1 and variance T G(mean) / (b1 - T a1), tail 2 + b1 / (T a1), mode (b2 + 2 T a2) / (b1 + 2 T a1).
    let names = ["mean", "variance", "tail_exponent", "mode"];
    let found = ask(Subject::Line(&clear(0, 0.3)), &names);
    covers(&found[0], 1.0, 1e-9);
    covers(&found[1], 0.75, 1e-9);
    covers(&found[2], 2.0 + 1.0 / 0.6, 1e-12);
    covers(&found[3], 1.0, 1e-9);
    assert_eq!(ask(Subject::Line(&clear(0, 0.6)), &names)[1], Reading::Infinite);
}

#[test]
fn point_masses_say_so() {
    let names = ["law", "mean", "variance", "mode", "quantile:0.9", "tail_exponent", "log_quantile:0.5"];
    for more in [&[][..], &["moment:2", "spectral_gap"]] {
        let found = ask(Subject::Line(&clear(1, 0.4)), &[&names, more].concat());
        assert_eq!(found[..5], [Reading::Word("point_mass"), at(0.0), at(0.0), at(0.0), at(0.0)]);
        let absent = |reading: &Reading| matches!(reading, Reading::Absent(why) if why.contains("v = 0"));
        assert!(absent(&found[5]) && absent(&found[6]), "{found:?}");
        if more.len() == 2 {
            assert_eq!(found[7], at(0.0));
            assert!(absent(&found[8]), "{found:?}");
        }
    }
}

fn at(v: f64) -> Reading {
    Reading::AtPoint(v)
}

#[test]
fn a_density_without_bound_has_its_mode_at_the_face() {
    // Between T_c / 3 and T_c.
    let found = ask(Subject::Line(&clear(1, 0.2)), &["mode", "modes", "law"]);
    covers(&found[0], 0.0, 0.0);
    assert_eq!(found[2], Reading::Word("density"));
    // p diverges at 0 and still has a maximum, T < T* = 0.24 for these moments.
    assert_eq!(number(&found[1]).value, if mode_of_one_layer(&clear(1, 0.2).model).is_some() { 1.0 } else { 0.0 });
}

#[test]
fn gaps_of_networks() {
    let gap = |depth, t| number(&ask(Subject::Line(&clear(depth, t)), &["spectral_gap"])[0]);
    for (depth, t, truth, useful) in [
        // D = 0: 2 b1 while T a1 < b1.
        (0, 0.1, 2.0, 1e-6),
        (0, 0.2, 2.0, 0.05),
        // The ends of the box, which hold waves of nearly this rate, count as well.
        (0, 0.3, 2.0, 0.6),
        // D = 1: a level below the continuum at low temperature (finite volumes and extrapolation, seven digits) ..
        (1, 0.02, 3.660606, 1e-5),
        // .. and none from T = 0.05 on: (b2 - T a3)^2 / (2 T a3).
        (1, 0.05, 0.85 * 0.85 / 0.3, 0.1),
        (1, 0.1, 0.49 / 0.6, 0.1),
        (2, 0.03, 3.97304, 1e-4),
    ] {
        let found = gap(depth, t);
        assert!((found.value - truth).abs() <= found.error() + 2e-6 * truth, "{depth} {t}: {found:?} is not {truth}");
        assert!(found.error() <= useful, "{depth} {t}: {found:?}");
    }
    let found = ask(Subject::Line(&clear(0, 0.1)), &["relaxation_time"]);
    covers(&found[0], 0.5, 1e-5);
}

#[test]
fn a_lattice_answers_by_variable() {
    let text = built_in("ornstein-uhlenbeck-2d").expect("built in").text;
    let scenario = Scenario::read(text.as_bytes(), "x", &Location::Embedded, &[]).expect("sound");
    let names = [
        "law",
        "mean:x",
        "variance:x",
        "covariance:x:y",
        "variance:y",
        "x*y",
        "entropy_production",
        "variance:y",
        "modes",
        "weight:1",
        "weight:2",
        "quantile:0.5:y",
        "tail_exponent:x",
        "mode:x",
    ];
    let found = ask(scenario.task.subject(), &names);
    assert_eq!(found[0], Reading::Word("density"));
    // The Lyapunov equation, as the header of the scenario says.
    covers(&found[2], 0.374_285_714_285_71, 1e-6);
    covers(&found[3], 0.062_857_142_857_14, 1e-6);
    covers(&found[4], 0.308_571_428_571_40, 1e-6);
    covers(&found[5], 0.062_857_142_857_14, 1e-6);
    covers(&found[6], 3.6, 1e-4);
    covers(&found[8], 1.0, 0.0);
    covers(&found[9], 1.0, 1e-6);
    for (reading, zero) in [(&found[1], 1e-8), (&found[11], 1e-6), (&found[13], 1e-6)] {
        let e = number(reading);
        assert!(e.covers(0.0) && e.error() < zero, "{e:?}");
    }
    assert_eq!(found[10], Reading::Absent("the law has 1 wells only".to_owned()));
    assert!(matches!(found[12], Reading::Absent(_)));
}

#[test]
fn faces_answer_without_a_law() {
    // x ~ N(0, I), w = (1, w2): v2 lives for w2 > w2*, whose exponent is 4 (w2 - T E[..]) (theory manual, section 7);
    // far below there is no law, and the faces still have their exponents.
    let text = "[model]\nkind = \"features\"\ndepth = 1\ntemperature = 0.1\n[model.data]\n\
                gaussian = { covariance = [[1.0, 0.0], [0.0, 1.0]], weights = [1.0, 0.01], noise = 1.0 }\n";
    let scenario = Scenario::read(text.as_bytes(), "x", &Location::Folder(PathBuf::new()), &[]).expect("sound");
    let found = ask(scenario.task.subject(), &["lyapunov:1", "lyapunov:2"]);
    // Nor has v2 alone one, so nothing is known of v1 beside it.
    assert!(matches!(&found[0], Reading::Absent(why) if why.contains("no law there")), "{found:?}");
    assert!(number(&found[1]).value < -number(&found[1]).error());
}

#[test]
fn what_is_no_observable_is_named() {
    let problem = clear(1, 0.1);
    let line = |name: &str| Observable::parse(name, Subject::Line(&problem)).unwrap_err();
    assert_eq!(line("varance").hint().as_deref(), Some("did you mean `variance`?"));
    assert!(line("quantile:1.5").to_string().contains("`1.5` is not a probability"), "{}", line("quantile:1.5"));
    assert!(line("moment:two").to_string().contains("not an order"));
    assert!(line("mean:w").to_string().contains("no variable `w`"));
    assert!(line("weight:1").accepted.contains("quantile:Q"));
    let text = built_in("two-features").expect("built in").text;
    let scenario = Scenario::read(text.as_bytes(), "x", &Location::Embedded, &[]).expect("sound");
    let field = |name: &str| Observable::parse(name, scenario.task.subject()).unwrap_err();
    assert!(field("mean").to_string().contains("v1, v2"), "{}", field("mean"));
    assert!(field("lyapunov:3").to_string().contains("from 1 to 2"));
    assert!(field("moment:2").accepted.contains("v1*v2"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// The mode of one hidden layer for data in any unit, on the lean path, against the quadratic equation.
    #[test]
    fn modes_of_one_layer(
        variance in 0.01f64..30.0, slope in 0.01f64..30.0, noise in 0.03f64..30.0, part in 0.002f64..0.98,
    ) {
        let moments = Moments::gaussian(variance, slope, noise).expect("a teacher");
        let temperature = part * moments.beta2() / moments.alpha3();
        let model = Diagonal { depth: 1, width: 1, temperature, weight_decay: 0.0, modified_loss: false, moments };
        let mut lean = Lean::new(512);
        let ask = Ask { quantiles: &[], mode: true, density: false, tolerance: 1e-9 };
        let law = lean.ask(&model, Branch::Positive, &ask).expect("a law");
        let mode = law.mode.expect("asked for");
        let found = mode.at.finite().expect("a place");
        // p ~ v^(a - 1) at 0, a = (T_c / T - 1) / 2: it diverges above T_c / 3.
        let truth = mode_of_one_layer(&model);
        if part < 0.333 {
            let truth = truth.expect("below T_c / 3");
            prop_assert!(!mode.diverges && mode.maxima == 1);
            prop_assert!((found.value - truth).abs() <= found.error() + 1e-14 * truth, "{:?} is not {}", found, truth);
            prop_assert!(found.error() < 1e-8 * truth, "{:?}", found);
        } else if part > 0.334 {
            prop_assert!(mode.diverges && found.value == 0.0);
        }
    }
}
