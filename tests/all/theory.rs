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
        let mode = law.mode();
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
            check(&format!("cdf {name}"), law.log_cdf(v), number(&point["cdf"]).ln(), 1e-11);
            check(&format!("sf {name}"), law.log_sf(v), number(&point["sf"]).ln(), 1e-11);
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
