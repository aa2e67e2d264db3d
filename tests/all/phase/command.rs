//! `stillpoint phase` as a user meets it.

use serde_json::Value;
use std::path::Path;
use tempfile::TempDir;

const LAW: &str = r#"
title = "one layer"
[model]
kind = "diagonal"
depth = 1
temperature = 0.1
[model.data]
gaussian = { variance = 1.0, slope = 1.0, noise = 1.0 }
[phase]
x = { key = "model.temperature", from = 0.01, to = 1.0, scale = "log" }
y = { key = "model.data.gaussian.noise", from = 0.5, to = 2.0, count = 4 }
boundaries = ["collapse", "divergence_at_zero", "mean > 0.5", "variance >= 0.1 + 0*moment:2"]
"#;

fn run(text: &str, arguments: &[&str], folder: &Path) -> (i32, String, String) {
    std::fs::write(folder.join("law.toml"), text).expect("written");
    super::file::run(folder, &[&["phase", "law.toml"], arguments].concat())
}

fn json(text: &str, arguments: &[&str]) -> (i32, Value) {
    let folder = TempDir::new().expect("a folder");
    let (code, out, err) = run(text, &[&["--json"], arguments].concat(), folder.path());
    (code, serde_json::from_str(&out).unwrap_or_else(|_| panic!("{out}{err}")))
}

#[test]
fn curves_of_the_contract_and_their_files() {
    let folder = TempDir::new().expect("a folder");
    let outputs = ["--plot", "p.svg", "--out", "p.h5", "--csv", "p.csv", "--json"];
    let (code, out, err) = run(LAW, &outputs, folder.path());
    assert_eq!(code, 0, "{out}{err}");
    let solution: Value = serde_json::from_str(&out).expect("JSON");
    let boundaries = solution["boundaries"].as_array().expect("a list");
    assert_eq!(boundaries.len(), 4);
    for (boundary, part) in boundaries.iter().zip([1.0, 3.0]) {
        let points = boundary["points"].as_array().expect("a list");
        assert_eq!(points.len(), 4);
        for point in points {
            let sigma = point["y"].as_f64().expect("a number");
            let truth = 1.0 / (2.0 + sigma * sigma) / part;
            let (value, error) = (point["x"]["value"].as_f64(), point["x"]["error"].as_f64());
            assert!((value.expect("a number") - truth).abs() <= error.expect("a bar"), "{point}");
            assert!((point["formula"].as_f64().expect("a number") / truth - 1.0).abs() < 1e-13);
        }
    }
    // D = 1, alpha = (2, 2, 3): the mean 0.8449 at T = 0.1 falls; identity b2 - b1 E v = T E G.
    assert!(boundaries[2]["points"].as_array().is_some_and(|points| points.len() == 4));
    let rows = std::fs::read_to_string(folder.path().join("p.csv")).expect("rows");
    let points: usize = boundaries.iter().map(|b| b["points"].as_array().map_or(0, Vec::len)).sum();
    assert_eq!(rows.lines().filter(|line| !line.starts_with('#')).count(), points + 1);
    let file = hdf5::File::open(folder.path().join("p.h5")).expect("a file");
    let x = file.dataset("collapse/x").and_then(|d| d.read_1d::<f64>()).expect("numbers");
    assert_eq!(x.len(), 4);
    assert!(std::fs::read_to_string(folder.path().join("p.svg")).is_ok_and(|svg| svg.contains("divergence_at_zero")));
}

#[test]
fn threads_change_no_digit() {
    let one = json(LAW, &["--threads", "1"]);
    let two = json(LAW, &["--threads", "2"]);
    assert_eq!(one, two);
}

#[test]
fn a_boundary_that_is_not_there_is_said_with_both_ends() {
    let text = LAW
        .replace("depth = 1", "depth = 2")
        .replace("\"mean > 0.5\", \"variance >= 0.1 + 0*moment:2\"", "\"gap_edge\"");
    let (code, solution) = json(&text, &[]);
    assert_eq!(code, 1);
    for boundary in solution["boundaries"].as_array().expect("a list") {
        assert_eq!(boundary["points"].as_array().map(Vec::len), Some(0));
        assert!(boundary["reason"].is_string(), "{boundary}");
        let ends = boundary["absent"][0]["ends"].as_array().expect("both ends");
        assert_eq!([&ends[0]["x"], &ends[1]["x"]], [0.01, 1.0]);
        assert!(ends.iter().all(|end| end["margin"].is_number() && end["holds"].is_string()), "{boundary}");
    }
}

#[test]
fn bad_questions_exit_2_with_all_their_faults() {
    let refused = |from: &str, to: &str, says: &[&str]| {
        let folder = TempDir::new().expect("a folder");
        let (code, out, err) = run(&LAW.replace(from, to), &["--csv", "p.csv"], folder.path());
        assert_eq!((code, out.as_str()), (2, ""), "{err}");
        assert!(!folder.path().join("p.csv").exists());
        for part in says {
            assert!(err.contains(part), "{err} does not say {part}");
        }
    };
    refused("\"collapse\"", "\"colapse\"", &["colapse", "did you mean", "collapse"]);
    refused("\"collapse\"", "\"switch_on:2\"", &["a feature from 1 to 1"]);
    refused("mean > 0.5", "maen > 0.5", &["maen"]);
    refused("mean > 0.5", "law > 0.5", &["law"]);
    refused("mean > 0.5", "mean > ", &["mean >"]);
    refused("from = 0.01", "from = -0.01", &["-0.01", "> 0"]);
    refused("from = 0.01", "from = 2.0", &["larger than `from`"]);
    refused("\"model.temperature\", from", "\"model.temperatur\", from", &["temperatur"]);
    refused("\"model.temperature\", from", "\"model.kind\", from", &["model.kind"]);
    refused("from = 0.5, to = 2.0", "from = -0.5, to = -2.0", &["noise", "-0.5", "-2"]);
    refused("[phase]", "[faze]", &["faze"]);
}
