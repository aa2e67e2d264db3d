//! Closed forms against 55-digit reference laws (theory manual; `tests/data/reference_laws.json` says how they
//! were made), exact identities, tables and limits.

use serde_json::Value;
use stillpoint::estimate::{Estimate, Quantity};
use stillpoint::model::{Branch, Diagonal, Moments};
use stillpoint::theory::{ClosedForm, critical_temperature};

const REFERENCE: &str = include_str!("../data/reference_laws.json");

fn number(v: &Value) -> f64 {
    match v {
        Value::String(s) if s == "inf" => f64::INFINITY,
        Value::String(s) if s == "-inf" => f64::NEG_INFINITY,
        Value::String(s) => s.parse().expect("a decimal"),
        other => other.as_f64().expect("a number"),
    }
}

fn cases() -> Vec<Value> {
    let all: Value = serde_json::from_str(REFERENCE).expect("valid JSON");
    all["cases"].as_array().expect("a list").clone()
}

fn network(case: &Value) -> (Diagonal, Branch) {
    let p = &case["params"];
    let moments = Moments::try_new(
        number(&p["alpha1"]),
        number(&p["alpha2"]),
        number(&p["alpha3"]),
        number(&p["beta1"]),
        number(&p["beta2"]),
    )
    .expect("moments of data");
    let model = Diagonal {
        depth: number(&p["D"]) as u32,
        width: number(&p["d"]) as u32,
        temperature: number(&p["T"]),
        weight_decay: number(&p["gamma"]),
        modified_loss: false,
        moments,
    };
    (model, model.natural_branch())
}

fn law(case: &Value) -> ClosedForm {
    let (model, branch) = network(case);
    ClosedForm::of(&model, branch).expect("every reference law exists")
}

/// Within the allowed error and within the stated bar.
fn check(what: &str, got: Estimate, truth: f64, allowed: f64) {
    let error = (got.value - truth).abs();
    assert!(error <= allowed, "{what}: {} is off {truth} by {error:e}, allowed {allowed:e}", got.value);
    assert!(error <= got.error(), "{what}: {} is off {truth} by {error:e}, bar {:e}", got.value, got.error());
    assert!(got.error() <= 1e3 * allowed, "{what}: bar {:e} says nothing", got.error());
}

fn id(case: &Value) -> &str {
    case["id"].as_str().expect("an id")
}

#[test]
fn log_densities_agree_with_the_reference_laws() {
    for case in cases() {
        let law = law(&case);
        assert_eq!(law.support().map(|e| e + 0.0), [number(&case["support"][0]), number(&case["support"][1])]);
        for point in case["log_p"].as_array().expect("points") {
            let (v, truth) = (number(&point["v"]), number(&point["log_p"]));
            let got = law.log_density(v).expect("inside the support");
            check(&format!("{} {} ln p({v})", id(&case), law.name()), got, truth, 1e-11_f64.max(1e-14 * truth.abs()));
        }
    }
}

#[test]
fn moments_and_modes_agree_with_the_reference_laws() {
    for case in cases() {
        let law = law(&case);
        let name = |what: &str| format!("{} {} {what}", id(&case), law.name());
        let mean = number(&case["mean"]);
        check(&name("mean"), law.mean().finite().expect("finite"), mean, 1e-12 * mean.abs());
        match (law.variance(), &case["variance"]) {
            (variance, Value::Null) => assert_eq!(variance, Quantity::Infinite),
            (variance, truth) => {
                let truth = number(truth);
                check(&name("variance"), variance.finite().expect("finite"), truth, 1e-12 * truth);
                let second = law.moment(2.0).finite().expect("finite");
                check(&name("second moment"), second, truth + mean * mean, 1e-12 * (truth + mean * mean));
            }
        }
        let mode = law.mode().expect("a mode");
        assert_eq!(Value::Bool(mode.diverges), case["mode_is_boundary_divergence"]);
        check(&name("mode"), mode.at, number(&case["mode"]), 1e-12);
        let interior = case["interior_local_maxima"].as_array().expect("a list");
        assert_eq!(mode.interior.len(), interior.len());
        for (got, truth) in mode.interior.iter().zip(interior) {
            check(&name("maximum"), *got, number(truth), 1e-12);
        }
        let tail = law.tail_exponent().finite().expect("a power law");
        check(&name("tail"), tail, number(&case["tail_exponent"]), 1e-12 * tail.value);
    }
}

#[test]
fn quantiles_agree_with_the_reference_laws() {
    for case in cases() {
        let law = law(&case);
        for (q, log) in case["quantiles_log_abs"].as_object().expect("a table") {
            let name = format!("{} {} quantile {q}", id(&case), law.name());
            let (v, log_abs) = law.quantile(q.parse().expect("a number")).expect("0 < q < 1");
            let (truth, log) = (number(&case["quantiles"][q]), number(log));
            check(&name, v, truth, 1e-11 * truth.abs());
            check(&format!("ln {name}"), log_abs, log, 1e-11 * log.abs().max(1.0));
        }
    }
}

#[test]
fn distribution_functions_agree_with_the_reference_laws() {
    for case in cases() {
        let law = law(&case);
        for point in case["cdf"].as_array().expect("points") {
            let v = number(&point["v"]);
            if v == 0.0 {
                continue; // smaller than any f64
            }
            let name = format!("{} {} at {v}", id(&case), law.name());
            check(&format!("cdf {name}"), law.log_cdf(v).expect("known"), number(&point["cdf"]).ln(), 1e-11);
            check(&format!("sf {name}"), law.log_sf(v).expect("known"), number(&point["sf"]).ln(), 1e-11);
        }
    }
}

#[test]
fn critical_temperatures_agree_with_the_reference_laws() {
    for case in cases() {
        let (model, branch) = network(&case);
        let got = critical_temperature(&model, branch);
        match &case["T_c"] {
            Value::Null => assert_eq!(got, None, "{}", id(&case)),
            truth => assert!((got.expect("a T_c") / number(truth) - 1.0).abs() < 1e-15, "{}", id(&case)),
        }
    }
}

fn network_of(depth: u32, width: u32, temperature: f64, [a1, a2, a3, b1, b2]: [f64; 5]) -> Diagonal {
    let moments = Moments::try_new(a1, a2, a3, b1, b2).expect("moments of data");
    Diagonal { depth, width, temperature, weight_decay: 0.0, modified_loss: false, moments }
}

fn positive(model: &Diagonal) -> Option<ClosedForm> {
    ClosedForm::of(model, Branch::Positive)
}

/// x ~ N(0, 1), y = x + N(0, 1).
const CLEAR: [f64; 5] = [2.0, 2.0, 3.0, 1.0, 1.0];

/// Theory manual, section 9: Var[v] for `CLEAR`, D = 0, 1, 2, 3, 5; NaN where the law is a point, inf where the
/// variance diverges.
const VARIANCES: [(f64, [f64; 5]); 18] = [
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
    (0.4, [2.00000000e+00, f64::NAN, 1.30528033e-01, 8.61575543e-02, 4.73554817e-02]),
    (0.6, [f64::INFINITY, f64::NAN, 6.53953270e-02, 4.45603653e-02, 2.42077158e-02]),
    (1.0, [f64::INFINITY, f64::NAN, 2.08135810e-02, 1.62339701e-02, 9.28702804e-03]),
    (2.0, [f64::INFINITY, f64::NAN, 3.34503265e-03, 3.43325693e-03, 2.24997773e-03]),
    (5.0, [f64::INFINITY, f64::NAN, 2.44071555e-04, 3.81733312e-04, 3.12487318e-04]),
    (10.0, [f64::INFINITY, f64::NAN, 3.17814195e-05, 6.94398604e-05, 6.78301601e-05]),
    (40.0, [f64::INFINITY, f64::NAN, 5.11728818e-07, 2.21477545e-06, 3.08433099e-06]),
];

#[test]
fn variances_follow_the_table_of_the_theory_manual() {
    for (temperature, row) in VARIANCES {
        for (depth, truth) in [0, 1, 2, 3, 5].into_iter().zip(row) {
            let law = positive(&network_of(depth, 1, temperature, CLEAR));
            if truth.is_nan() {
                assert!(law.is_none());
                continue;
            }
            match law.expect("a density").variance() {
                Quantity::Finite(got) => assert!(
                    (got.value / truth - 1.0).abs() < 1e-8 && got.error() < 1e-10 * truth,
                    "D = {depth}, T = {temperature}: {} {truth}",
                    got.value
                ),
                other => assert_eq!((other, truth), (Quantity::Infinite, f64::INFINITY)),
            }
        }
    }
}

/// E[beta1 v - beta2] = -D T E[G (v/d)^((D-1)/(D+1))] (section 11), which no step of the program uses.
#[test]
fn the_mean_obeys_the_exact_identity() {
    for (depth, width, temperature) in
        [(1, 1, 0.1), (1, 4, 0.32), (2, 1, 0.3), (3, 7, 0.05), (8, 2, 1.0), (60, 3, 0.01)]
    {
        let model = network_of(depth, width, temperature, CLEAR);
        let law = positive(&model).expect("a density");
        let moment = |n: f64| if n == 0.0 { 1.0 } else { law.moment(n).finite().expect("finite").value };
        let (m, d) = (&model.moments, f64::from(width));
        let p = (f64::from(depth) - 1.0) / (f64::from(depth) + 1.0);
        let noise = m.alpha1() * moment(2.0 + p) - 2.0 * m.alpha2() * moment(1.0 + p) + m.alpha3() * moment(p);
        let left = m.beta1() * moment(1.0) - m.beta2();
        let right = -f64::from(depth) * temperature * noise / d.powf(p);
        assert!((left - right).abs() < 1e-12 * (1.0 + right.abs()), "D = {depth}: {left} {right}");
    }
}

/// D = 1: E[v^n (beta1 v - beta2')] = (2n-1) T E[v^n G], -a < n < 1/2 (section 11).
#[test]
fn one_layer_moments_obey_their_recursion() {
    for (temperature, decay) in [(0.05, 0.0), (0.2, 0.1), (0.32, 0.0)] {
        let model = Diagonal { weight_decay: decay, ..network_of(1, 1, temperature, CLEAR) };
        let law = positive(&model).expect("a density");
        let moment = |n: f64| law.moment(n).finite().expect("finite").value;
        let m = &model.moments;
        let a = (m.beta2() - decay) / (2.0 * temperature * m.alpha3()) - 0.5;
        for n in [-0.9 * a, -0.3 * a, 0.1, 0.45] {
            let left = m.beta1() * moment(n + 1.0) - (m.beta2() - decay) * moment(n);
            let noise = m.alpha1() * moment(n + 2.0) - 2.0 * m.alpha2() * moment(n + 1.0) + m.alpha3() * moment(n);
            let right = (2.0 * n - 1.0) * temperature * noise;
            assert!((left - right).abs() < 1e-12 * (1.0 + moment(n)), "T = {temperature}, n = {n}: {left} {right}");
        }
        assert_eq!(law.moment(2.5), Quantity::Infinite);
        assert_eq!(law.moment(-a * (1.0 + 1e-9)), Quantity::Infinite);
        let close = law.moment(-a * (1.0 - 1e-12)).finite().expect("finite");
        assert!(close.error() > 1e-5 * close.value, "next to divergence nothing is known exactly");
    }
}

/// D to infinity at fixed d/(T (D+1)): the difference from the limit falls as 1/D.
#[test]
fn deep_networks_approach_the_infinitely_deep_law() {
    let data = Moments::try_new(2.0, 2.0, 3.0, 1.0, 1.0).expect("moments");
    let limit = ClosedForm::infinitely_deep(&data, 5.0, Branch::Positive).expect("a density");
    let difference = |depth: u32| {
        let model = network_of(depth, 1, 0.2 / (f64::from(depth) + 1.0), CLEAR);
        let law = positive(&model).expect("a density");
        let log = |law: &ClosedForm, v| law.log_density(v).expect("inside").value;
        [0.2, 0.5, 1.0, 3.0].map(|v| (log(&law, v) - log(&limit, v)).abs()).into_iter().fold(0.0, f64::max)
    };
    let differences = [20, 40, 80, 160, 320].map(difference);
    for pair in differences.windows(2) {
        let order = (pair[0] / pair[1]).log2();
        assert!((order - 1.0).abs() < 0.15, "{differences:?}");
    }
}

/// T to infinity, D >= 2: (v/d)^(-(D-1)/(D+1)) has a gamma law; medians of section 11.
#[test]
fn hot_medians_are_those_of_the_theory_manual() {
    for (depth, temperature, median) in [(2, 10.0, 1.93732e-6), (3, 40.0, 3.66766e-6), (5, 40.0, 3.55575e-5)] {
        let law = positive(&network_of(depth, 1, temperature, CLEAR)).expect("a density");
        let (v, _) = law.quantile(0.5).expect("a median");
        assert!((v.value / median - 1.0).abs() < 3e-6, "{} {median}", v.value);
    }
}

#[test]
fn no_law_where_none_can_be_normalised() {
    let gone = |model: Diagonal| positive(&model).is_none();
    let decaying = |model: Diagonal, weight_decay| Diagonal { weight_decay, ..model };
    let linear = [2.0, 2.0, 2.0, 1.0, 1.0]; // y = x
    assert!(gone(network_of(1, 1, 1.0 / 3.0 * (1.0 + 1e-12), CLEAR)));
    assert!(!gone(network_of(1, 1, 1.0 / 3.0 * (1.0 - 1e-12), CLEAR)));
    assert!(gone(decaying(network_of(1, 1, 0.1, CLEAR), 1.0)));
    assert!(gone(decaying(network_of(2, 1, 0.1, CLEAR), 0.001)));
    assert!(gone(network_of(2, 1, 0.1, [2.0, 2.0, 3.0, 1.0, 0.0])));
    assert!(gone(network_of(2, 1, 0.1, [2.0, -2.0, 3.0, 1.0, -1.0])));
    for depth in [0, 1, 4] {
        assert!(gone(network_of(depth, 1, 0.1, linear)));
        assert!(gone(network_of(depth, 1, 0.1, [0.0, 0.0, 0.0, 1.0, 1.0])));
        let modified = Diagonal { modified_loss: true, ..network_of(depth, 1, 0.1, CLEAR) };
        assert!(gone(modified));
    }
    // y = x with a start that decay pulls off the zero of the noise: (0, k) below T_c only.
    assert!(!gone(decaying(network_of(1, 1, 0.1, linear), 0.1)));
    assert!(gone(decaying(network_of(1, 1, 0.46, linear), 0.1)));
    assert!(!gone(decaying(network_of(0, 1, 50.0, linear), 0.1)));
}

#[test]
fn mirrored_data_have_the_mirrored_law() {
    for (depth, [a1, a2, a3, b1, b2]) in [
        (0, [2.0, 1.0, 3.0, 1.0, 0.7]),
        (0, [2.0, 2.0, 2.0, 1.0, 1.5]),
        (1, CLEAR),
        (3, CLEAR),
        (1, [1.0, 2.0, 4.0, 1.0, 1.0]),
    ] {
        let straight =
            ClosedForm::of(&network_of(depth, 2, 0.1, [a1, a2, a3, b1, b2]), Branch::Positive).expect("a law");
        let mirror =
            ClosedForm::of(&network_of(depth, 2, 0.1, [a1, -a2, a3, b1, -b2]), Branch::Negative).expect("a law");
        assert_eq!(straight.mean().finite().map(|e| -e.value), mirror.mean().finite().map(|e| e.value));
        assert_eq!(straight.mode().expect("a mode").at.value, -mirror.mode().expect("a mode").at.value);
        for q in [0.01, 0.5, 0.75] {
            let (v, log) = straight.quantile(q).expect("q");
            let (w, log_mirror) = mirror.quantile(1.0 - q).expect("q");
            assert!((v.value + w.value).abs() <= v.error() + w.error());
            assert!((log.value - log_mirror.value).abs() <= log.error() + log_mirror.error());
            let difference =
                straight.log_cdf(v.value).expect("known").value - mirror.log_sf(-v.value).expect("known").value;
            assert!(difference.abs() < 1e-13);
            let difference = straight.log_density(v.value).expect("inside").value
                - mirror.log_density(-v.value).expect("inside").value;
            assert!(difference.abs() < 1e-13);
        }
    }
}

#[test]
fn quantiles_of_any_smallness_invert_the_distribution() {
    let close = network_of(1, 1, 0.999 / 3.0, CLEAR);
    for model in [network_of(0, 1, 0.4, CLEAR), network_of(1, 1, 0.05, CLEAR), network_of(4, 2, 0.3, CLEAR), close] {
        let law = positive(&model).expect("a density");
        for q in [1e-300, 1e-30, 1e-6, 0.2, 0.5, 0.8, 0.999_999] {
            let (v, log_abs) = law.quantile(q).expect("a quantile");
            assert!(log_abs.error() < 1e-9 * log_abs.value.abs().max(1.0), "{} {q}: {log_abs:?}", law.name());
            if v.value.abs() > 1e-300 {
                let back = law.log_cdf(v.value).expect("known");
                let allowed = back.error() + 1e-11 * (1.0 + q.ln().abs());
                assert!((back.value - q.ln()).abs() <= allowed, "{} q = {q}: {} {}", law.name(), back.value, q.ln());
            }
        }
        assert!(law.quantile(0.0).is_none() && law.quantile(1.0).is_none() && law.quantile(f64::NAN).is_none());
    }
}

/// Special functions of other authors: statrs 0.19.
#[test]
fn named_laws_agree_with_special_functions() {
    use statrs::function::gamma::gamma_ur;
    // D = 0, alpha1 = 0: normal with mean beta2/beta1, variance T d alpha3/beta1.
    let law = positive(&network_of(0, 2, 0.1, [0.0, 0.0, 3.0, 1.5, 0.6])).expect("a density");
    // ln(erfc(x)/2), x = (v - 0.4)/sqrt(0.8), by mpmath with 30 digits (the erfc of statrs has only 11).
    for (v, truth) in
        [(-1.0, -0.013_519_323_368_212_535), (0.4, -std::f64::consts::LN_2), (2.0, -5.166_233_837_797_589)]
    {
        let got = law.log_sf(v).expect("known");
        assert!((got.value - truth).abs() < 1e-14_f64.max(got.error()), "{v} {got:?} {truth}");
    }
    // D = 0, Delta = 0: inverse gamma beyond k = 1, b = beta1/(alpha1 T) = 5, C = 0.5/(alpha1 T) = 2.5.
    let law = positive(&network_of(0, 1, 0.1, [2.0, 2.0, 2.0, 1.0, 1.5])).expect("a density");
    for x in [0.1, 0.5, 3.0] {
        let truth = gamma_ur(6.0, 2.5 / x);
        assert!((law.log_cdf(1.0 + x).expect("known").value.exp() / truth - 1.0).abs() < 1e-12);
    }
    // D = 1, alpha1 = 0: gamma of shape beta2/(2 T alpha3) - 1/2 and rate beta1/(2 T alpha3).
    let law = positive(&network_of(1, 1, 0.05, [0.0, 0.0, 2.0, 1.0, 1.0])).expect("a density");
    for v in [0.01, 0.7, 3.0] {
        let truth = gamma_ur(4.5, 5.0 * v);
        assert!((law.log_sf(v).expect("known").value.exp() / truth - 1.0).abs() < 1e-12);
    }
}

const HARD: &str = include_str!("../data/reference_hard_closed_laws.json");

/// Narrow laws, narrow noise, the neighbourhood of T_c, deep and hot networks, every support: 25 laws
/// integrated from the slope alone in 24-digit arithmetic.
#[test]
fn hard_laws_agree_with_their_quadrature() {
    let all: Value = serde_json::from_str(HARD).expect("valid JSON");
    for case in all["cases"].as_array().expect("a list") {
        let (model, branch) = network(case);
        let law = match case["infinite"] == Value::Bool(true) {
            true => ClosedForm::infinitely_deep(&model.moments, model.temperature, branch),
            false => ClosedForm::of(&model, branch),
        }
        .expect("a law");
        let compare = |what: String, got: Estimate, truth: &Value, scale: fn(f64) -> f64| {
            if !truth.is_null() {
                let truth = number(truth);
                let allowed = 1e-10 * scale(truth);
                check(&format!("{} {} {what}", id(case), law.name()), got, truth, allowed);
            }
        };
        let finite = |q: Quantity| q.finite().expect("finite");
        compare("mean".into(), finite(law.mean()), &case["mean"], f64::abs);
        if !case["variance"].is_null() {
            compare("variance".into(), finite(law.variance()), &case["variance"], f64::abs);
        }
        for moment in case["moments"].as_array().expect("a list") {
            let order = number(&moment["order"]);
            if moment["value"].is_null() {
                continue;
            }
            compare(format!("moment {order}"), finite(law.moment(order)), &moment["value"], f64::abs);
        }
        for point in case["points"].as_array().expect("points") {
            let v = number(&point["v"]);
            let log = law.log_density(v).expect("inside");
            compare(format!("ln p({v})"), log, &point["log_p"], |t| 0.1_f64.max(1e-4 * t.abs()));
            for (name, got) in [("cdf", law.log_cdf(v).expect("known")), ("sf", law.log_sf(v).expect("known"))] {
                let log = &point[name];
                if !log.is_null() {
                    let truth = number(log).ln();
                    compare(format!("ln {name}({v})"), got, &Value::from(truth), |_| 1.0);
                }
            }
        }
    }
}
