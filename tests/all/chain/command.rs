//! `stillpoint chain` as a user meets it.

use assert_cmd::Command;
use serde_json::{Value, json};
use std::path::Path;
use tempfile::TempDir;

/// 1, 2, 3 play a fair game between 0, which absorbs, and the cycle of 4 and 5.
const GAME: &str = "%%MatrixMarket matrix coordinate real general\n6 6 10\n1 1 1\n2 1 .5\n2 3 .5\n3 2 .5\n3 4 .5\n\
                    4 3 .5\n4 5 .5\n5 6 1\n6 5 .5\n6 6 .5\n";
/// Balance by hand: (2, 3, 1)/6.
const CYCLE: &str =
    "%%MatrixMarket matrix coordinate real general\n3 3 6\n1 1 -3\n1 2 3\n2 2 -2\n2 3 2\n3 3 -6\n3 1 6\n";

pub fn folder(text: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("m.mtx"), text).unwrap();
    folder
}

pub fn run(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::cargo_bin("stillpoint").unwrap();
    let output = command.current_dir(folder).env("NO_COLOR", "1").arg("chain").args(arguments).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

pub fn json(folder: &Path, arguments: &[&str]) -> Value {
    let (code, out, err) = run(folder, &[arguments, &["--json"]].concat());
    assert_eq!((code, err.as_str()), (0, ""));
    serde_json::from_str(&out).unwrap()
}

fn close(found: &Value, exact: f64) {
    let found = found.as_f64().unwrap();
    assert!((found - exact).abs() < 1e-14, "{found} {exact}");
}

#[test]
fn one_closed_class_gives_a_number_for_every_state() {
    let folder = folder(CYCLE);
    let object = json(folder.path(), &["m.mtx"]);
    assert_eq!(object["kind"], "generator");
    assert_eq!(object["classes"], json!([{"cells": 3, "closed": true, "members": [0, 1, 2]}]));
    assert_eq!((&object["transient"]["cells"], &object["absorption"]), (&json!(0), &Value::Null));
    for (k, exact) in [2.0f64, 3.0, 1.0].iter().enumerate() {
        close(&object["log_probability"][k], (exact / 6.0).ln());
    }
    assert!(object["seconds"].as_f64().unwrap() >= 0.0 && object["peak_bytes"].as_u64().unwrap() > 0);
}

#[test]
fn several_closed_classes_are_a_result() {
    let folder = folder(GAME);
    let object = json(folder.path(), &["m.mtx"]);
    assert_eq!((&object["classes"][0]["members"], &object["classes"][1]["members"]), (&json!([0]), &json!([4, 5])));
    assert_eq!(object["transient"], json!({"cells": 3, "members": [1, 2, 3]}));
    assert_eq!(object["log_probability"][0], json!([0.0]));
    close(&object["log_probability"][1][0], (1.0f64 / 3.0).ln());
    close(&object["log_probability"][1][1], (2.0f64 / 3.0).ln());
    assert_eq!(object["absorption"]["from"], json!([1, 2, 3]));
    for k in 0..3 {
        close(&object["absorption"]["probability"][k][0], 0.25 * (3 - k) as f64);
        close(&object["absorption"]["probability"][k][1], 0.25 * (k + 1) as f64);
    }
    let (code, out, err) = run(folder.path(), &["m.mtx"]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(out.contains("2 closed classes") && out.contains("3 transient states"), "{out}");
    assert!(!out.contains('\u{1b}'), "colour codes in a pipe");
}

#[test]
fn columns_as_sources_give_the_same() {
    let transposed = GAME.lines().enumerate().map(|(number, line)| {
        let fields: Vec<&str> = line.split(' ').collect();
        if number < 2 { line.to_owned() } else { format!("{} {} {}", fields[1], fields[0], fields[2]) }
    });
    let (rows, columns) = (folder(GAME), folder(&transposed.collect::<Vec<_>>().join("\n")));
    let one = json(rows.path(), &["m.mtx"]);
    let other = json(columns.path(), &["m.mtx", "--orientation", "columns"]);
    assert_eq!((&other["orientation"], &one["orientation"]), (&json!("columns"), &json!("rows")));
    for key in ["classes", "transient", "log_probability", "absorption"] {
        assert_eq!(one[key], other[key], "{key}");
    }
    let (code, _, err) = run(columns.path(), &["m.mtx"]);
    assert_eq!(code, 2);
    assert!(err.contains("hint: its columns fit; say --orientation columns"), "{err}");
}

#[test]
fn tables_show_the_heaviest_and_the_lightest_states() {
    // A queue: arrivals at rate 1, service at rate 4, so p_k = (3/4) 4^-k up to the end of the room.
    let n = 400;
    let entries: Vec<String> = (1..n).flat_map(|k| [format!("{k} {} 1", k + 1), format!("{} {k} 4", k + 1)]).collect();
    let diagonal = (1..=n).map(|k| {
        format!(
            "{k} {k} {}",
            if k == 1 {
                -1
            } else if k == n {
                -4
            } else {
                -5
            }
        )
    });
    let lines: Vec<String> = entries.into_iter().chain(diagonal).collect();
    let head = format!("%%MatrixMarket matrix coordinate real general\n{n} {n} {}\n", lines.len());
    let folder = folder(&(head + &lines.join("\n")));
    let (code, out, _) = run(folder.path(), &["m.mtx"]);
    assert_eq!(code, 0);
    assert!(out.contains("irreducible") && out.contains("Most probable") && out.contains("Least probable"), "{out}");
    assert!(out.contains("0.7500000000000"), "{out}");
    let object = json(folder.path(), &["m.mtx"]);
    for k in 0..n {
        let exact = 0.75f64.ln() - k as f64 * 4f64.ln();
        let found = object["log_probability"][k].as_f64().unwrap();
        assert!((found - exact).abs() <= object["log_probability_error"].as_f64().unwrap(), "{k}: {found} {exact}");
    }
}

#[test]
fn laws_go_to_files() {
    let folder = folder(GAME);
    assert_eq!(run(folder.path(), &["m.mtx", "--out", "law.csv"]).0, 0);
    let text = std::fs::read_to_string(folder.path().join("law.csv")).unwrap();
    let rows: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(rows[0], "state,class,log_probability,absorption_0,absorption_1");
    assert_eq!((rows.len(), rows[1], rows[3]), (7, "0,0,0e0,1e0,0e0", "2,,-inf,5e-1,5e-1"));
    assert_eq!(run(folder.path(), &["m.mtx", "--out", "law.h5"]).0, 0);
    let file = hdf5::File::open(folder.path().join("law.h5")).unwrap();
    let read = |name: &str| file.dataset(name).unwrap().read_raw::<f64>().unwrap();
    assert_eq!(read("class"), [0.0, -1.0, -1.0, -1.0, 1.0, 1.0]);
    assert_eq!(read("absorption/from"), [1.0, 2.0, 3.0]);
    let probability = read("absorption/probability");
    assert!((probability[4] - 0.25).abs() < 1e-15 && (probability[5] - 0.75).abs() < 1e-15, "{probability:?}");
    assert!((read("log_probability")[4].exp() - 1.0 / 3.0).abs() < 1e-15);
}

#[test]
fn a_lattice_changes_the_order_and_no_digit_that_is_stated() {
    // Two queues in tandem: 30 x 20 states, arrivals 1, services 3 and 2.
    let (n, m) = (30usize, 20usize);
    let mut entries = Vec::new();
    for x in 0..n {
        for y in 0..m {
            let here = x * m + y + 1;
            let jumps =
                [(x + 1 < n, here + m, 1), (x > 0 && y + 1 < m, here.saturating_sub(m) + 1, 3), (y > 0, here - 1, 2)];
            let out: i32 = jumps.iter().filter(|(there, ..)| *there).map(|(.., rate)| rate).sum();
            entries.push(format!("{here} {here} {}", -out));
            entries.extend(jumps.iter().filter(|j| j.0).map(|(_, to, rate)| format!("{here} {to} {rate}")));
        }
    }
    let head = format!("%%MatrixMarket matrix coordinate integer general\n{0} {0} {1}\n", n * m, entries.len());
    let folder = folder(&(head + &entries.join("\n")));
    let (plain, lattice) =
        (json(folder.path(), &["m.mtx"]), json(folder.path(), &["m.mtx", "--lattice", &format!("{n}x{m}")]));
    let error = plain["log_probability_error"].as_f64().unwrap() + lattice["log_probability_error"].as_f64().unwrap();
    for state in 0..n * m {
        let value = |object: &Value| object["log_probability"][state].as_f64().unwrap();
        assert!((value(&plain) - value(&lattice)).abs() <= error && error < 1e-12);
    }
}

#[test]
fn bad_input_exits_2_and_writes_nothing() {
    let folder = folder(&CYCLE.replace("2 3 2", "2 3 -2"));
    let (code, out, err) = run(folder.path(), &["m.mtx", "--out", "law.csv"]);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.starts_with("error: m.mtx:6: the entry -2 in row 2, column 3 is negative\n  accepted: "), "{err}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    let says = |arguments: &[&str], code: i32, part: &str| {
        let (found, out, err) = run(folder.path(), arguments);
        assert_eq!((found, out.as_str()), (code, ""), "{arguments:?}: {err}");
        assert!(err.contains(part), "{arguments:?}: {err}");
    };
    says(&["none.mtx"], 3, "none.mtx: cannot be read");
    says(&["."], 3, "cannot be read");
    says(&["m.mtx", "--out", "law.txt"], 2, "accepted: a name ending in .csv or .h5 or .hdf5");
    says(&["m.mtx", "--out", "none/law.csv"], 2, "there is no folder");
    std::fs::write(folder.path().join("m.mtx"), CYCLE).unwrap();
    says(&["m.mtx", "--lattice", "2x2"], 2, "2x2 cells does not have the 3 states");
    says(&["m.mtx", "--lattice", "3x-1"], 2, "as in 512x512");
    says(&["m.mtx", "--lattice", "0x3"], 2, "as in 512x512");
    says(&["m.mtx", "--orientation", "diagonal"], 2, "[possible values: rows, columns]");
}

#[test]
fn chains_come_from_standard_input_too() {
    let mut command = Command::cargo_bin("stillpoint").unwrap();
    let output = command.args(["chain", "-", "--json"]).write_stdin(CYCLE).output().unwrap();
    let object: Value = serde_json::from_slice(&output.stdout).unwrap();
    close(&object["log_probability"][1], 0.5f64.ln());
    let mut command = Command::cargo_bin("stillpoint").unwrap();
    let output = command.args(["chain", "-"]).write_stdin("1 2\n").output().unwrap();
    assert!(String::from_utf8_lossy(&output.stderr).contains("<stdin>:1: no Matrix Market header"));
}
