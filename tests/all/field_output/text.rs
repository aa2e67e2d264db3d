//! Tables, JSON and CSV of laws of several variables.

use super::sample;
use stillpoint::output::{csv, json, table, table::Screen};

const PIPE: Screen = Screen { colour: false, terminal: false };

fn has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "no `{part}` in\n{text}");
    }
}

#[test]
fn the_table_has_every_number_with_its_error() {
    let text = table::field(&sample::features().solution(), PIPE);
    has(
        &text,
        &[
            "two correlated features\n  T = 0.1, D = 1\n",
            "density of v1, v2",
            // e^(1.3/2), and its variance e^1.3 (e^1.3 - 1).
            "v1   1.9155408290(31)   9.7944413674(31)",
            "ln|v1|   0.0(3.1)e-9   1.3000000000(31)   0.6000000000(31)",
            "Quantiles",
            "50 %",
            "Mode",
            "E[x^9]",
            "infinite",
            "spectral gap",
            "0.7500000000(31) ± 0.5000000000(31) i",
            "entropy production",
            "Lyapunov exponent at v2 = 0",
            "E[x y] = 0",
            "Second discretisation",
            "Var[x]   1.3000000000(31)   1.4000000000(31)   ",
            "20 x 20 elements of degree 12",
            "gth, fitted, grids of 32 x 32, 64 x 64",
            "tolerance 1e-7 reached: 4e-9, in 1.25 s",
            "12 MB",
            "warning: the walls hold mass",
            "digits in parentheses",
        ],
    );
    assert!(!text.contains('█') && !text.contains('\u{1b}'), "a picture in a pipe:\n{text}");
}

#[test]
fn a_terminal_gets_a_picture_of_the_density() {
    let text = table::field(&sample::plane().solution(), Screen { colour: false, terminal: true });
    has(&text, &["densest regions with █ 50 %, ▓ 90 %, ▒ 99 %, ░ 99.9 % of the mass"]);
    let rows: Vec<&str> = text.lines().filter(|line| line.contains('│')).collect();
    assert_eq!(rows.len(), 22);
    // The middle of a Gaussian is dense and its corners are empty.
    let cells = |row: &str| row.split_once('│').unwrap().1.chars().collect::<Vec<char>>();
    assert_eq!(cells(rows[11])[32], '█');
    assert_eq!(cells(rows[0]).first().copied().unwrap_or(' '), ' ');
    // 50 % of a round Gaussian lie within r^2 = 2 ln 2: that share of the window of 2 x 3.29 x 1.08 is 0.3313.
    let dense = cells(rows[11]).iter().filter(|c| **c == '█').count();
    assert!((19..=24).contains(&dense), "{dense} columns\n{text}");
    has(&table::field(&sample::space().solution(), Screen { colour: true, terminal: true }), &["three variables", "▓"]);
}

#[test]
fn comparisons_and_samples_are_tables_too() {
    let text = table::field_comparison(&sample::plane().comparison(), PIPE);
    has(&text, &["finite volumes", "Monte Carlo", "DISAGREE", "E[y] differs", "± 0.002", "SGD, learning rate 0.001"]);
    let text = table::field_sampling(&sample::plane().sampling(), false);
    has(&text, &["10000 steps of 500 chains (1000 burn-in)", "Cov with y", "quantile 50 %", "0.010(21)"]);
}

#[test]
fn json_has_the_keys_of_the_contract() {
    let object: serde_json::Value =
        serde_json::from_str(&json::to_string(&sample::plane().solution()).unwrap()).unwrap();
    for key in [
        "stillpoint",
        "title",
        "law",
        "variables",
        "mean",
        "covariance",
        "chart",
        "points",
        "expressions",
        "marginals",
        "wells",
        "spectral_gap",
        "entropy_production",
        "max_residual_drop",
        "solver",
    ] {
        assert!(!object[key].is_null(), "no `{key}`");
    }
    assert_eq!(object["covariance"][0][1]["value"], 0.0);
    assert_eq!(object["points"][0]["at"], serde_json::json!([0.0, 0.0]));
    assert_eq!(object["points"][1]["log_density"], serde_json::Value::Null);
    assert_eq!(object["expressions"][1]["infinite"], true);
    for key in ["method", "levels", "nonzeros", "front", "flops", "peak_bytes", "seconds"] {
        assert!(!object["solver"][key].is_null(), "no `solver.{key}`");
    }
    let line: serde_json::Value = serde_json::from_str(&json::to_string(&sample::line().solution()).unwrap()).unwrap();
    assert_eq!(line["points"][0]["at"], 0.0);
}

#[test]
fn the_csv_has_every_place_of_every_marginal() {
    let mut law = sample::plane().solution();
    law.marginals[1].name = "min(x, \"y\")".into();
    law.title = "two\nlines".into();
    let text = csv::field_text(&law);
    let mut reader = ::csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(text.as_bytes());
    let rows: Vec<(String, f64, f64, f64)> = reader.deserialize().map(|row| row.unwrap()).collect();
    assert_eq!(rows.len(), 2 * 96);
    assert_eq!((rows[0].0.as_str(), rows[191].0.as_str()), ("x", "min(x, \"y\")"));
    assert_eq!(
        (rows[5].1, rows[5].2, rows[5].3),
        (law.marginals[0].at[5], law.marginals[0].log_density[5], sample::ERROR)
    );
}
