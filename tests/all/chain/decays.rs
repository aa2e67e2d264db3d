//! `stillpoint chain --eigenvalues` against the exact spectra of urns and switches.

use super::command::{folder, json, run};
use serde_json::json;
use std::fmt::Write as _;

/// Two Ehrenfest urns of n balls, p + q = 1, with a switch between them at `rate` each way: eigenvalues j + 2 rate s,
/// j = 0..n and s = 0, 1.
fn switched_urns(n: usize, rate: f64) -> String {
    let mut jumps = Vec::new();
    for k in 0..=n {
        for side in 0..2 {
            let state = side * (n + 1) + k;
            jumps.push((state, (1 - side) * (n + 1) + k, rate));
            if k < n {
                jumps.push((state, state + 1, 0.25 * (n - k) as f64));
            }
            if k > 0 {
                jumps.push((state, state - 1, 0.75 * k as f64));
            }
        }
    }
    let states = 2 * (n + 1);
    let mut text = String::from("%%MatrixMarket matrix coordinate real general\n");
    writeln!(text, "{states} {states} {}", jumps.len() + states).unwrap();
    for state in 0..states {
        let sum: f64 = jumps.iter().filter(|jump| jump.0 == state).map(|jump| jump.2).sum();
        writeln!(text, "{} {} {:e}", state + 1, state + 1, -sum).unwrap();
    }
    for (from, to, rate) in jumps {
        writeln!(text, "{} {} {rate:e}", from + 1, to + 1).unwrap();
    }
    text
}

#[test]
fn tiny_gaps_keep_their_digits() {
    for (gap, count) in [(1e-12, 3), (1e-40, 1)] {
        let folder = folder(&switched_urns(20, 0.5 * gap));
        let object = json(folder.path(), &["m.mtx", "--eigenvalues", &count.to_string()]);
        let found = object["classes"][0]["eigenvalues"].as_array().unwrap();
        assert_eq!(found.len(), count);
        for (decay, exact) in found.iter().zip([gap, 1.0, 1.0 + gap]) {
            let number = |name: &str| decay[name].as_f64().unwrap();
            let off = (number("rate") - exact).hypot(number("frequency"));
            // The input is rounded, too.
            assert!(off <= number("error") + 2.0 * f64::EPSILON * exact, "{decay} {exact}");
            assert!(number("error") <= 1e-9 * exact, "{decay} {exact}");
        }
    }
    let folder = folder(&switched_urns(20, 0.5e-12));
    let (code, out, err) = run(folder.path(), &["m.mtx", "--eigenvalues", "3"]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(out.contains("Slowest decays"), "{out}");
    let (_, out, _) = run(folder.path(), &["m.mtx"]);
    assert!(!out.contains("Slowest decays"), "{out}");
}

#[test]
fn what_is_lost_in_rounding_is_said() {
    // Beside a gap of 1e-40 the modes at 1 are not found.
    let folder = folder(&switched_urns(20, 0.5e-40));
    let (code, out, err) = run(folder.path(), &["m.mtx", "--eigenvalues", "3", "--json"]);
    assert_eq!(code, 0);
    let object: serde_json::Value = serde_json::from_str(&out).unwrap();
    let found = object["classes"][0]["eigenvalues"].as_array().unwrap();
    assert_eq!(found.len() < 3, err.contains("fewer eigenvalues than asked for"), "{err}");
}

#[test]
fn every_closed_class_has_its_own() {
    // 0 leads to the absorbing 1 and to the pair 2, 3, which relaxes at 2 + 3.
    let text =
        "%%MatrixMarket matrix coordinate real general\n4 4 7\n1 1 -2\n1 2 1\n1 3 1\n3 3 -2\n3 4 2\n4 4 -3\n4 3 3\n";
    let folder = folder(text);
    let (code, out, err) = run(folder.path(), &["m.mtx", "--eigenvalues", "4", "--json"]);
    assert_eq!(code, 0);
    assert!(err.contains("transient states have more"), "{err}");
    let object: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(object["classes"][0]["eigenvalues"], json!([]));
    let pair = object["classes"][1]["eigenvalues"].as_array().unwrap();
    assert_eq!(pair.len(), 1);
    assert!((pair[0]["rate"].as_f64().unwrap() - 5.0).abs() < 1e-12, "{pair:?}");
}

#[test]
fn a_count_that_makes_no_sense_is_refused() {
    let folder = folder(&switched_urns(3, 1.0));
    for count in ["0", "-1", "101", "few"] {
        let (code, out, _) = run(folder.path(), &["m.mtx", &format!("--eigenvalues={count}")]);
        assert_eq!((code, out.as_str()), (2, ""), "{count}");
    }
}
