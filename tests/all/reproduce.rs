//! Every statement of the paper that `reproduce` knows is reproduced, with little sampling, and the command says so.

use assert_cmd::Command;
use std::path::Path;
use stillpoint::record::{Check, Finding, Statement, Verdict};
use stillpoint::reproduce::{Effort, ROWS, row};
use stillpoint::scenario::built_in;

fn reproduced(id: &str) -> Statement {
    let statement = row(id).unwrap_or_else(|| panic!("no row {id}")).reproduce(Effort::Quick, &|_, _, _| ()).unwrap();
    let off: Vec<String> = statement
        .checks
        .iter()
        .filter(|check| check.verdict == Verdict::Differ)
        .map(|c| {
            format!(
                "{}: {:?} {:?} {:?} (+- {}), from {}",
                c.quantity, c.computed, c.relation, c.expected, c.allowance, c.source
            )
        })
        .collect();
    assert!(off.is_empty(), "{id}, {:.1} s:\n{}", statement.seconds, off.join("\n"));
    assert!(!statement.checks.is_empty() && !statement.picture.panels.is_empty());
    if statement.verdict == Verdict::Explained {
        assert!(!statement.remarks.is_empty(), "{id} differs from the paper without a word");
    }
    statement
}

/// Checks of a statement whose names contain `part`.
fn checks<'a>(statement: &'a Statement, part: &str) -> Vec<&'a Check> {
    statement.checks.iter().filter(|check| check.quantity.contains(part)).collect()
}

fn number(finding: &Finding) -> f64 {
    match finding {
        Finding::Number(quantity) => quantity.finite().map_or(f64::INFINITY, |e| e.value),
        Finding::Word(word) => panic!("`{word}` is no number"),
    }
}

#[test]
fn rows_are_in_the_order_of_the_paper_and_their_scenarios_exist() {
    let numbers: Vec<u32> = ROWS.iter().map(|row| row.id[1..].parse().unwrap()).collect();
    assert!(numbers.windows(2).all(|pair| pair[0] < pair[1]), "{numbers:?}");
    for name in ROWS.iter().flat_map(|row| row.scenarios) {
        assert!(built_in(name).is_some(), "@{name}");
    }
}

#[test]
fn p01_three_ways_to_train() {
    reproduced("P1");
}

#[test]
fn p02_law_of_balance() {
    reproduced("P2");
}

#[test]
fn p03_relu_network() {
    reproduced("P3");
}

#[test]
fn p04_neurons_among_themselves() {
    reproduced("P4");
}

#[test]
fn p05_two_invariant_laws() {
    let statement = reproduced("P5");
    assert_eq!(checks(&statement, "largest |ln p").len(), 14);
    // The difference from the formula is small, and not merely within a bar of any width.
    assert!(checks(&statement, "largest |ln p").iter().all(|c| number(&c.computed) < 1e-9 && c.allowance < 1e-8));
}

#[test]
fn p06_no_hidden_layer() {
    let statement = reproduced("P6");
    assert_eq!(statement.verdict, Verdict::Explained);
    // x ~ N(0, 1): beta1/alpha1 = 1/2, and with decay 0.3 at width 3 (1 + 0.1)/(3 * 2).
    let poles = checks(&statement, "variance diverges");
    assert!((number(&poles[0].computed) - 0.5).abs() < 1e-9);
    assert!((number(&poles[3].computed) - 1.1 / 6.0).abs() < 1e-9);
}

#[test]
fn p07_collapse() {
    let statement = reproduced("P7");
    assert!((number(&checks(&statement, "T_c, slope 1")[0].computed) - 1.0 / 3.0).abs() < 1e-10);
}

#[test]
fn p08_regimes() {
    let statement = reproduced("P8");
    assert_eq!(number(&checks(&statement, "error bars")[0].computed), 0.0);
    for check in checks(&statement, "largest relative difference") {
        assert!(number(&check.computed) < 1e-12, "{}: {:?}", check.quantity, check.computed);
    }
}

#[test]
fn p09_tanh_networks() {
    let statement = reproduced("P9");
    // What is explained is what SGD does, not a failure to compute.
    let explained: Vec<_> = statement.checks.iter().filter(|check| check.verdict == Verdict::Explained).collect();
    assert!(explained.len() == 1 && (1e-3..3e-3).contains(&number(&explained[0].computed)), "{explained:?}");
}

#[test]
fn p10_tail_exponents() {
    reproduced("P10");
}

#[test]
fn p11_fluctuation_inversion() {
    assert_eq!(reproduced("P11").verdict, Verdict::Explained);
}

#[test]
fn p12_infinite_depth() {
    reproduced("P12");
}

#[test]
fn p13_modified_loss() {
    let statement = reproduced("P13");
    assert_eq!(statement.verdict, Verdict::Explained);
    assert!((number(&checks(&statement, "modified loss, slope 1")[0].computed) - 0.25).abs() < 1e-10);
}

#[test]
fn p14_noise_that_vanishes() {
    assert_eq!(reproduced("P14").verdict, Verdict::Explained);
}

#[test]
fn p15_no_posterior() {
    reproduced("P15");
}

fn run(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output =
        Command::cargo_bin("stillpoint").unwrap().current_dir(folder).env("NO_COLOR", "1").args(arguments).output();
    let output = output.unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn the_command_prints_verdicts_and_draws_pictures() {
    let folder = tempfile::tempdir().unwrap();
    let (code, out, err) = run(folder.path(), &["reproduce", "p13", "--quick", "--dir", "new/pictures", "--json"]);
    assert_eq!((code, err.as_str()), (0, ""));
    let answer: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&answer["agree"], &answer["rows"][0]["id"]), (&true.into(), &"P13".into()));
    assert_eq!(answer["rows"][0]["verdict"], "explained");
    let check = &answer["rows"][0]["checks"][0];
    assert!((check["computed"]["value"].as_f64().unwrap() - 0.25).abs() < 1e-10, "{check}");
    let picture = std::fs::read_to_string(folder.path().join("new/pictures/p13.svg")).unwrap();
    assert!(picture.starts_with("<svg") && picture.contains("modified loss"));
    assert_eq!(answer["rows"][0]["figure"], "new/pictures/p13.svg");

    let (code, out, _) = run(folder.path(), &["reproduce", "P13", "--quick", "--dir", "new/pictures"]);
    assert_eq!(code, 0);
    assert!(out.contains("explained") && out.contains("where the paper differs"), "{out}");
}

#[test]
fn bad_input_is_refused_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let (code, out, err) = run(folder.path(), &["reproduce", "P7", "P77", "Q1"]);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.contains("`P77`") && err.contains("`Q1`") && err.contains("accepted: `all`, or some of P1"), "{err}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    std::fs::write(folder.path().join("file"), "").unwrap();
    let (code, _, err) = run(folder.path(), &["reproduce", "P7", "--dir", "file"]);
    assert_eq!(code, 2);
    assert!(err.contains("--dir file: this is a file"), "{err}");
    let (code, out, _) = run(folder.path(), &["reproduce", "P7", "--list"]);
    assert_eq!(code, 0);
    assert!(out.contains("P7") && out.contains("@paper/p7") && !out.contains("P11"), "{out}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}
