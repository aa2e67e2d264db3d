//! `stillpoint solve --export-matrix`, read back by `stillpoint chain`.

use super::command::json;
use crate::scenario::GOOD;
use assert_cmd::Command;
use std::path::Path;
use stillpoint::chain::{Chain, Orientation, Source, answer, read_matrix_market, write_matrix_market};
use stillpoint::record::LogProbability;
use stillpoint::scenario::{Location, Scenario, Task};
use stillpoint::study::{FinestChain, solve_field_with_chain, solve_with_chain};
use tempfile::TempDir;

/// Drift -M x; the eigenvalues of M are 1.25 +- i sqrt(31)/4.
const PLANE: &str = r#"
title = "a turning plane"
[model]
kind = "sde"
variables = ["x", "y"]
drift = ["-x - 2*y", "x - 1.5*y"]
covariance = [["1", "0.4"], ["0.4", "0.8"]]
[solve]
grid = 64
"#;

fn task(text: &str) -> Task {
    Scenario::read(text.as_bytes(), "law.toml", &Location::Embedded, &[]).expect("a scenario").task
}

/// Written and read again, the chain has the log probabilities of the solve.
fn assert_survives(chain: &FinestChain) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("law.mtx");
    write_matrix_market(&path, &chain.generator, &[]).expect("a file");
    let matrix = read_matrix_market(std::fs::read(&path).unwrap().as_slice()).expect("a matrix");
    let read = Chain::of(matrix, Orientation::Rows).expect("a generator");
    let source =
        Source { file: "law.mtx", orientation: Orientation::Rows, lattice: Some(&chain.shape), eigenvalues: None };
    let LogProbability::States(found) = answer(&read, &source).expect("a law").log_probability else {
        panic!("one class");
    };
    assert_eq!(found.len(), chain.log_mass.len());
    for (found, solved) in found.iter().zip(&chain.log_mass) {
        let found = found.expect("no state is transient");
        assert!((found - solved).abs() <= 1e-12 * solved.abs().max(1.0), "{found} {solved}");
    }
}

#[test]
fn the_chain_of_a_plane_has_the_law_of_the_solve() {
    let Task::Field(task) = task(PLANE) else { panic!("several variables") };
    let (solution, chain) = solve_field_with_chain(&task.problem, &|_, _, _| {}).expect("a law");
    let chain = chain.expect("a chain");
    assert_eq!(&chain.shape, solution.solver.levels.last().unwrap());
    assert_survives(&chain);
}

#[test]
fn the_chain_of_a_line_has_the_law_of_the_solve() {
    let Task::Line(task) = task(GOOD) else { panic!("one variable") };
    let (solution, chain) = solve_with_chain(&task.problem).expect("a law");
    let chain = chain.expect("a density");
    assert_eq!(chain.shape, [solution.solver.cells]);
    assert_survives(&chain);
}

fn solve(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::cargo_bin("stillpoint").unwrap();
    let output = command.current_dir(folder).env("NO_COLOR", "1").arg("solve").args(arguments).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn the_command_writes_what_the_other_command_reads() {
    let folder = TempDir::new().unwrap();
    for (name, text) in [("plane.toml", PLANE), ("line.toml", GOOD)] {
        std::fs::write(folder.path().join(name), text).unwrap();
        let (_, out, err) = solve(folder.path(), &[name, "--export-matrix", "law.mtx"]);
        assert!(!out.is_empty(), "{err}");
        let file = std::fs::read_to_string(folder.path().join("law.mtx")).unwrap();
        assert!(file.starts_with("%%MatrixMarket matrix coordinate real general\n% generator"), "{name}");
        let comments: Vec<&str> = file.lines().skip(1).take_while(|line| line.starts_with('%')).collect();
        for part in ["row = source", "scenario: ", "grid: ", "chart: "] {
            assert!(comments.iter().any(|line| line.contains(part)), "{name}: no {part} in {comments:?}");
        }
        let object = json(folder.path(), &["law.mtx"]);
        assert_eq!((&object["kind"], object["classes"].as_array().unwrap().len()), (&"generator".into(), 1), "{name}");
    }
}

#[test]
fn the_rates_are_per_unit_of_time() {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("plane.toml"), PLANE).unwrap();
    solve(folder.path(), &["plane.toml", "--export-matrix", "law.mtx"]);
    let object = json(folder.path(), &["law.mtx", "--lattice", "64x64", "--eigenvalues", "2"]);
    for decay in object["classes"][0]["eigenvalues"].as_array().unwrap() {
        let number = |name: &str| decay[name].as_f64().unwrap();
        // One lattice, not extrapolated: an error of the order of the square of the cell.
        assert!((number("rate") - 1.25).abs() < 0.05, "{decay}");
        assert!((number("frequency").abs() - 31f64.sqrt() / 4.0).abs() < 0.05, "{decay}");
    }
}

#[test]
fn what_has_no_matrix_or_no_place_for_it_says_so() {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("law.toml"), GOOD).unwrap();
    let (code, out, err) = solve(folder.path(), &["law.toml", "--export-matrix", "law.csv"]);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.contains("--export-matrix law.csv") && err.contains(".mtx"), "{err}");
    let (code, out, err) = solve(folder.path(), &["@collapsed", "--export-matrix", "law.mtx"]);
    assert_eq!(code, 1, "{err}");
    assert!(!out.is_empty() && err.contains("point mass"), "{err}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}
