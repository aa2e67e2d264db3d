//! Tables, JSON and CSV.

use super::sample;
use serde_json::Value;
use stillpoint::estimate::Quantity;
use stillpoint::output::{csv, json, table};

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

/// Keys and shapes that outside programs rely on.
#[test]
fn json_has_the_keys_of_the_contract() {
    let law = sample::solution(&sample::one_layer(0.1));
    let json: Value = serde_json::from_str(&json::to_string(&law).unwrap()).unwrap();
    let expected = [
        "stillpoint",
        "title",
        "law",
        "point",
        "reason",
        "support",
        "mean",
        "variance",
        "mode",
        "moments",
        "quantiles",
        "points",
        "tail_exponent",
        "invariant_laws",
        "solver",
        "comparison",
    ];
    assert_eq!(keys(&json), expected);
    assert_eq!(json["law"], "density");
    assert_eq!(json["point"], Value::Null);
    assert_eq!(json["support"], serde_json::json!([0.0, null]));
    assert_eq!(keys(&json["mean"]), ["value", "error"]);
    assert_eq!(keys(&json["mode"])[..2], ["value", "error"]);
    assert_eq!(keys(&json["moments"][0]), ["order", "value", "error"]);
    assert_eq!(json["moments"][1], serde_json::json!({"order": 3.0, "value": null, "infinite": true}));
    assert_eq!(keys(&json["quantiles"][0])[..4], ["q", "value", "error", "log_abs"]);
    assert_eq!(keys(&json["points"][0])[..5], ["v", "log_density", "error", "cdf", "sf"]);
    assert_eq!(json["points"][1]["log_density"], Value::Null);
    assert_eq!(json["points"][1]["cdf"], 0.0);
    assert_eq!(keys(&json["invariant_laws"][0])[..3], ["law", "point", "support"]);
    assert_eq!(keys(&json["solver"])[..3], ["method", "chart", "cells"]);
}

#[test]
fn json_keeps_every_digit_and_knows_what_does_not_exist() {
    let mut law = sample::solution(&sample::one_layer(0.1));
    law.tail_exponent = Quantity::Absent;
    law.quantiles[0].log_abs = f64::NEG_INFINITY;
    let text = json::to_string(&law).unwrap();
    let json: Value = serde_json::from_str(&text).unwrap();
    let mean = law.mean.finite().unwrap();
    assert_eq!(json["mean"]["value"].as_f64().unwrap().to_bits(), mean.value.to_bits());
    assert_eq!(json["tail_exponent"], Value::Null);
    assert_eq!(json["quantiles"][0]["log_abs"], Value::Null);
    assert!(!text.contains('\n') && !text.contains("inf,") && !text.contains("NaN"));
}

#[test]
fn the_table_begins_with_the_law_and_shows_every_number_with_its_error() {
    let text = table::solution(&sample::solution(&sample::one_layer(0.1)), false);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "one hidden layer, medium temperature");
    assert!(lines[1].contains("T = 0.1, D = 1, d = 1"), "{text}");
    assert!(lines[3].contains("density on (0, ∞)"), "{text}");
    // Theory manual, section 5 (this grid is coarse, hence few digits): mean .84494, variance .25127.
    for part in ["█", "mean", "0.8449", "0.251", "infinite", "3.5000000000(11)", "point mass at v = 0", "1601 cells"]
    {
        assert!(text.contains(part), "no `{part}` in\n{text}");
    }
    assert!(lines.iter().all(|l| l.chars().count() <= 100), "{text}");
    assert!(!text.contains('\x1b'));
    assert!(table::solution(&sample::solution(&sample::one_layer(0.1)), true).contains('\x1b'));
}

#[test]
fn quantiles_too_small_for_a_double_are_powers_of_e() {
    let mut law = sample::solution(&sample::one_layer(0.3));
    law.quantiles[0].value = Quantity::Finite(stillpoint::estimate::Estimate::exact(0.0));
    (law.quantiles[0].log_abs, law.quantiles[0].log_abs_error) = (-92_000.124, 2e-4);
    let text = table::solution(&law, false);
    assert!(text.contains("e^-92000.12400(21)"), "{text}");
    assert!(text.contains("where the density has no bound"), "{text}");
    law.support = [None, Some(0.0)];
    assert!(table::solution(&law, false).contains("-e^-92000.12400(21)"));
}

#[test]
fn a_point_mass_says_why() {
    let text = table::solution(&sample::collapsed(), false);
    assert!(text.contains("point mass at v = 0") && text.contains("drifts to minus infinity"), "{text}");
    assert!(!text.contains("variance"), "{text}");
}

#[test]
fn samples_show_their_chains_and_warnings() {
    let law = sample::solution(&sample::one_layer(0.1));
    let text = table::sampling(&sample::sampling(&law, "sgd"), false);
    for part in ["learning rate 0.005", "2 of 400 chains diverged", "0.8431(22)", "quantile 50 %", "warning: quantiles"]
    {
        assert!(text.contains(part), "no `{part}` in\n{text}");
    }
}

#[test]
fn a_comparison_sets_its_routes_side_by_side_with_a_verdict() {
    let text = table::comparison(&sample::report(), false);
    let header = text.lines().find(|l| l.contains("formula") && l.contains("gradient flow")).unwrap();
    assert!(header.contains("grid") && header.contains("SGD") && header.contains("verdict"), "{text}");
    let row = |name: &str| text.lines().find(|l| l.trim_start().starts_with(name)).unwrap();
    assert!(row("mean").ends_with("agree") && row("mean").contains("± 0.0032"), "{text}");
    assert!(row("variance").ends_with("DISAGREE"), "{text}");
    assert!(text.contains("19 standard errors"), "{text}");
}

#[test]
fn csv_reads_back_to_the_same_doubles_behind_its_comments() {
    let mut law = sample::solution(&sample::one_layer(0.1));
    law.title = "two\nlines, \"quoted\"".to_owned();
    let text = csv::text(&law);
    assert!(text.contains("#   temperature = 0.1") && text.contains("# law: density on (0, ∞)"));
    let mut reader = ::csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(text.as_bytes());
    let header: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    assert_eq!(header, ["z", "v", "log_density", "log_density_error", "cdf", "sf", "formula_log_density"]);
    let rows: Vec<Vec<f64>> =
        reader.records().map(|r| r.unwrap().iter().map(|x| x.parse().unwrap()).collect()).collect();
    assert_eq!(rows.len(), law.curve.v.len());
    for (i, row) in rows.iter().enumerate() {
        let c = &law.curve;
        let expected =
            [c.z[i], c.v[i], c.log_density[i], c.log_density_error[i], c.cdf[i], c.sf[i], c.formula_log_density[i]];
        assert_eq!(row[..], expected);
    }
}
