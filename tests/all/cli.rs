//! The program as a user meets it: exit codes, what goes to which stream, and which files are left.

use super::scenario::GOOD;
use assert_cmd::Command;
use std::path::Path;
use tempfile::TempDir;

fn stillpoint(folder: &Path) -> Command {
    let mut command = Command::cargo_bin("stillpoint").unwrap();
    command.current_dir(folder).env("NO_COLOR", "1");
    command
}

/// Exit code, standard output, standard error.
fn run(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = stillpoint(folder).args(arguments).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

fn folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("law.toml"), GOOD).unwrap();
    folder
}

fn files(folder: &Path) -> usize {
    std::fs::read_dir(folder).unwrap().count()
}

#[test]
fn bad_scenarios_exit_2_and_write_nothing() {
    let folder = folder();
    std::fs::write(folder.path().join("bad.toml"), GOOD.replace("0.1", "-0.1")).unwrap();
    let outputs = ["--plot", "law.svg", "--out", "law.h5", "--csv", "law.csv"];
    let (code, out, err) = run(folder.path(), &[&["solve", "bad.toml"][..], &outputs].concat());
    assert_eq!((code, out.as_str(), files(folder.path())), (2, "", 2));
    let expected = "error: bad.toml:5:15: model.temperature = -0.1 is out of range\n  5 | temperature = -0.1\n    |               ^^^^\n  accepted: a finite number > 0";
    assert!(err.starts_with(expected), "{err}");
}

#[test]
fn unwritable_outputs_exit_2_and_write_nothing() {
    let folder = folder();
    let refused = |arguments: &[&str], says: &str| {
        let (code, out, err) = run(folder.path(), &[&["solve", "law.toml"], arguments].concat());
        assert_eq!((code, out.as_str(), files(folder.path())), (2, "", 1), "{arguments:?}: {err}");
        assert!(err.contains(says), "{err} does not say {says}");
    };
    refused(&["--plot", "law.pdf"], ".svg or .png");
    refused(&["--plot", "law"], "unknown file type");
    refused(&["--out", "nowhere/law.h5"], "there is no folder `nowhere`");
    refused(&["--csv", "law.toml"], "unknown file type");
    refused(&["--plot", "a.svg", "--csv", "no/a.csv"], "--csv no/a.csv");
    refused(&["--csv", "a.csv", "--set", "model.depth=-1"], "model.depth = -1");
    refused(&["--out", "no/a.h5", "--set", "model.depth=-1"], "there is no folder `no`");
}

#[test]
fn a_result_never_replaces_its_own_data() {
    let folder = folder();
    std::fs::write(folder.path().join("d.csv"), "x,y\n1,2\n3,4\n").unwrap();
    let set = r#"model.data={ file = { path = "d.csv", x = "x", y = "y" } }"#;
    let (code, _, err) = run(folder.path(), &["solve", "law.toml", "--set", set, "--csv", "./d.csv"]);
    assert_eq!(code, 2);
    assert!(err.contains("this is a file that is read"), "{err}");
}

#[test]
fn faults_of_the_data_name_both_places() {
    let folder = folder();
    let says = |csv: &str, parts: &[&str]| {
        std::fs::write(folder.path().join("d.csv"), csv).unwrap();
        let text = GOOD.replace(
            "moments = { alpha1 = 2.0, alpha2 = 2.0, alpha3 = 3.0, beta1 = 1.0, beta2 = 1.0 }",
            r#"file = { path = "d.csv", x = "bmi", y = "progression", standardize = true }"#,
        );
        std::fs::write(folder.path().join("data.toml"), text).unwrap();
        let (code, out, err) = run(folder.path(), &["solve", "data.toml"]);
        assert_eq!((code, out.as_str()), (2, ""));
        for part in parts {
            assert!(err.contains(part), "{err} does not say {part}");
        }
    };
    says("bni,progression\n1,2\n2,3\n", &["data.toml:7:30", "d.csv:1:1", "`bmi`", "did you mean `bni`?"]);
    says("bmi,progression\n1,2\nx,3\n", &["data.toml:7:30", "d.csv:3:1", "the text `x`", "a finite number"]);
    says("bmi,progression\n1,2\n,3\n", &["d.csv:3:1", "an empty field"]);
    says("bmi,progression\n1,5\n2,5\n", &["data.toml:7:41", "every value is 5", "two different values"]);
    says("bmi,progression\n", &["data.toml:7:17", "0 rows", "at least 2 rows"]);
    says("", &["no column `bmi`"]);
    says("bmi,progression\n1,2\n2\n", &["d.csv:3:1", "1 fields where the header has 2"]);
    std::fs::remove_file(folder.path().join("d.csv")).unwrap();
    let (code, _, err) = run(folder.path(), &["solve", "data.toml"]);
    assert_eq!(code, 2);
    assert!(err.contains("d.csv: no such file"), "{err}");
}

#[test]
fn files_that_cannot_be_read_exit_3() {
    let folder = folder();
    let (code, out, err) = run(folder.path(), &["solve", "none.toml"]);
    assert_eq!((code, out.as_str()), (3, ""));
    assert!(err.contains("none.toml"), "{err}");
    assert_eq!(run(folder.path(), &["solve", "."]).0, 3);
}

#[test]
fn usage_errors_exit_2_with_suggestions() {
    let folder = folder();
    let (code, _, err) = run(folder.path(), &["slove", "law.toml"]);
    assert_eq!(code, 2);
    assert!(err.contains("'solve'"), "{err}");
    let (code, _, err) = run(folder.path(), &["solve", "@diabets"]);
    assert_eq!(code, 2);
    assert!(err.contains("did you mean `@diabetes`?"), "{err}");
    assert_eq!(run(folder.path(), &["--threads", "0", "examples"]).0, 2);
    assert_eq!(run(folder.path(), &[]).0, 2);
}

#[test]
fn every_command_has_help_with_an_example() {
    let folder = folder();
    for command in ["solve", "sample", "compare", "chain", "init", "examples", "completions"] {
        let (code, out, err) = run(folder.path(), &[command, "--help"]);
        assert_eq!((code, err.as_str()), (0, ""));
        assert!(out.contains("Example") && out.contains(&format!("stillpoint {command}")), "{out}");
    }
}

#[test]
fn templates_and_examples_can_be_written_to_files_and_read_back() {
    let folder = folder();
    let (code, template, _) = run(folder.path(), &["init"]);
    assert_eq!(code, 0);
    // A fault in one key shows that all others were read.
    let broken = template.replace("seed = 1", "seed = -1");
    std::fs::write(folder.path().join("t.toml"), broken).unwrap();
    let (code, _, err) = run(folder.path(), &["solve", "t.toml"]);
    assert_eq!((code, err.matches("error").count()), (2, 1), "{err}");
    let (_, list, _) = run(folder.path(), &["examples"]);
    assert!(list.starts_with("@diabetes") && list.matches('@').count() >= 8, "{list}");
    let (_, text, _) = run(folder.path(), &["examples", "one-layer"]);
    assert!(text.contains("kind = \"diagonal\""));
    let (_, script, _) = run(folder.path(), &["completions", "bash"]);
    assert!(script.contains("stillpoint"));
}

#[test]
fn a_closed_pipe_is_no_error() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let status = std::process::Command::new(assert_cmd::cargo::cargo_bin("stillpoint"))
        .arg("examples")
        .stdout(writer)
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(0));
}

#[test]
fn the_main_job_prints_a_table_and_writes_three_files() {
    let folder = folder();
    let outputs = ["--plot", "law.svg", "--out", "law.h5", "--csv", "law.csv"];
    let (code, out, err) = run(folder.path(), &[&["solve", "@diabetes"][..], &outputs].concat());
    assert_eq!((code, err.as_str(), files(folder.path())), (0, "", 4));
    // Mean by 30-digit quadrature of the closed form; the last digits are rounded to the error.
    assert!(out.contains("diabetes") && out.contains("0.5555891687683"), "{out}");
    assert!(!out.contains('\u{1b}'), "colour codes in a pipe");
    let file = hdf5::File::open(folder.path().join("law.h5")).unwrap();
    let text = |name: &str| file.attr(name).unwrap().read_scalar::<hdf5::types::VarLenUnicode>().unwrap();
    assert!(text("scenario").contains("[model.data]"));
    assert!(text("data").contains("bmi: mean 26.37579185520362"));
}

#[test]
fn json_is_one_object_and_nothing_else() {
    let folder = folder();
    let (code, out, err) = run(folder.path(), &["solve", "law.toml", "--json"]);
    assert_eq!((code, err.as_str()), (0, ""));
    let object: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&object["law"], &object["title"]), (&"density".into(), &"one hidden layer".into()));
    let mean = object["mean"]["value"].as_f64().unwrap();
    assert!((mean - 0.844936470934627).abs() < 1e-13);
}

#[test]
fn a_collapse_is_a_result() {
    let folder = folder();
    let (code, out, _) = run(folder.path(), &["solve", "law.toml", "--json", "--set", "model.temperature=0.4"]);
    let object: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &object["law"], &object["point"]), (0, &"point_mass".into(), &0.0.into()));
}

#[test]
fn scenarios_come_from_standard_input_too() {
    let folder = folder();
    let output = stillpoint(folder.path()).args(["solve", "-", "--json"]).write_stdin(GOOD).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let output = stillpoint(folder.path()).args(["solve", "-"]).write_stdin("title = 1\n").output().unwrap();
    assert!(String::from_utf8_lossy(&output.stderr).contains("<stdin>:1:9"));
}

#[test]
fn samples_need_their_table_and_do_not_depend_on_threads() {
    let folder = folder();
    let (code, _, err) = run(folder.path(), &["sample", "law.toml"]);
    assert_eq!(code, 2);
    assert!(err.contains("`sgd` is missing"), "{err}");
    let small = ["--set", "sgd.chains=20", "--set", "sgd.steps=2000", "--json", "--quiet"];
    let with = |threads: &str| {
        let (code, out, err) = run(folder.path(), &[&["sample", "@linear", "--threads", threads][..], &small].concat());
        assert_eq!((code, err.as_str()), (0, ""));
        let mut object: serde_json::Value = serde_json::from_str(&out).unwrap();
        object.as_object_mut().unwrap().remove("steps_per_second").unwrap();
        object
    };
    assert_eq!(with("1"), with("3"));
}

#[test]
fn compare_sets_all_routes_side_by_side_and_leaves_a_picture() {
    let folder = folder();
    let small = ["--set", "sgd.chains=200", "--set", "sgd.steps=5000", "--plot", "law.png", "--json"];
    let (code, out, err) = run(folder.path(), &[&["compare", "@linear"][..], &small].concat());
    assert_eq!((code, err.as_str(), files(folder.path())), (0, "", 2));
    let object: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(object["agree"], true);
    // D = 0: the mean is beta2/beta1 = 1 by every route.
    let mean = object["rows"].as_array().unwrap().iter().find(|r| r["quantity"] == "mean").unwrap();
    for route in ["grid", "formula", "sgd", "flow"] {
        assert!((mean[route]["value"].as_f64().unwrap() - 1.0).abs() < 0.05, "{route}: {mean}");
    }
    assert_eq!(run(folder.path(), &["compare", "law.toml"]).0, 2);
}

/// A law of two variables on a coarse grid.
const PLANE: &[&str] = &["@ornstein-uhlenbeck-2d", "--grid", "64", "--levels", "3", "--set", "solve.tolerance=1e-3"];

/// A law of one variable, which is quick to solve.
const WELL: &str = r#"title = "a double well"
[model]
kind = "sde"
variables = ["x"]
drift = ["x - x^3"]
covariance = [["0.5"]]
[report]
points = [0.0, 1]
expressions = ["x^2"]
[sgd]
learning_rate = 0.01
batch_size = 1
chains = 256
steps = 4000
seed = 1
"#;

#[test]
fn laws_of_several_variables_are_solved_drawn_and_written() {
    let folder = folder();
    let outputs = ["--json", "--plot", "law.png", "--out", "law.h5", "--csv", "law.csv"];
    let (code, out, err) = run(folder.path(), &[&["solve"][..], PLANE, &outputs].concat());
    assert_eq!((code, files(folder.path())), (0, 4), "{err}");
    let object: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(object["variables"], serde_json::json!(["x", "y"]));
    assert_eq!(object["solver"]["levels"].as_array().unwrap().last().unwrap(), &serde_json::json!([64, 64]));
    // Lyapunov's equation M C + C M^T = B, by scipy.
    for (i, j, truth) in [(0, 0, 0.374_285_714_285_714), (0, 1, 0.062_857_142_857_143), (1, 1, 0.308_571_428_571_429)] {
        let found = &object["covariance"][i][j];
        let (value, error) = (found["value"].as_f64().unwrap(), found["error"].as_f64().unwrap());
        assert!((value - truth).abs() <= error + 1e-12 && error < 1e-3, "{found} is not {truth}");
    }
    let file = hdf5::File::open(folder.path().join("law.h5")).unwrap();
    let scenario: hdf5::types::VarLenUnicode = file.attr("scenario").unwrap().read_scalar().unwrap();
    assert!(scenario.contains("grid = 64"), "{scenario}");
}

#[test]
fn laws_of_several_variables_are_sampled_and_compared() {
    let folder = folder();
    std::fs::write(folder.path().join("well.toml"), WELL).unwrap();
    let outputs = ["--plot", "law.svg", "--out", "law.h5", "--json", "--quiet"];
    let (code, out, err) = run(folder.path(), &[&["compare", "well.toml"][..], &outputs].concat());
    assert_eq!((code, err.as_str(), files(folder.path())), (0, "", 4));
    let object: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(object["agree"], true, "{}", object["verdict"]);
    let row = |name: &str| {
        let rows = object["rows"].as_array().unwrap();
        rows.iter().find(|r| r["quantity"] == name).unwrap_or_else(|| panic!("no {name}")).clone()
    };
    // p = exp(-(x^4/4 - x^2/2)/0.25): E[x^2] = 0.832745487128 by mpmath.
    for name in ["E[x^2]", "Var[x]"] {
        let found = row(name)["grid"]["value"].as_f64().unwrap();
        assert!((found - 0.832_745_487_128).abs() < 1e-7, "{name} = {found}");
    }
    assert!(row("quantile 0.5 of x")["sampled"]["error"].as_f64().unwrap() > 0.0);
    let (code, table, _) = run(folder.path(), &["solve", "well.toml"]);
    assert!(code == 0 && table.contains("density of x") && table.contains("Wells"), "{table}");
    let small = ["--set", "sgd.chains=64", "--set", "sgd.steps=2000", "--json", "--quiet"];
    let with = |arguments: &[&str]| {
        let (code, out, err) = run(folder.path(), &[&["sample"], arguments, &small].concat());
        assert_eq!((code, err.as_str()), (0, ""));
        serde_json::from_str::<serde_json::Value>(&out).unwrap()
    };
    assert_eq!(with(&["@limit-cycle"])["method"], "euler-maruyama");
    let (sgd, flow) = (with(&["@two-features"]), with(&["@two-features", "--flow"]));
    assert_eq!((&sgd["method"], &flow["method"]), (&"sgd".into(), &"euler-maruyama".into()));
    // Both start at the minimum of the loss, near (1, 0.7), and stay in its neighbourhood.
    for sample in [sgd, flow] {
        let mean = |i: usize| sample["mean"][i]["value"].as_f64().unwrap();
        assert!((mean(0) - 0.962).abs() < 0.15 && (mean(1) - 0.667).abs() < 0.15, "{sample}");
    }
}

#[test]
fn options_of_resolution_are_keys_of_the_scenario() {
    let folder = folder();
    let says = |arguments: &[&str], part: &str| {
        let (code, out, err) = run(folder.path(), &[&["solve"], arguments].concat());
        assert_eq!((code, out.as_str()), (2, ""), "{err}");
        assert!(err.contains(part), "{err} does not say {part}");
    };
    says(&["@two-features", "--grid", "3"], "solve.grid = 3 is out of range");
    says(&["@two-features", "--memory", "4GHz"], "bytes, or a number with");
    says(&["law.toml", "--grid", "64"], "unknown key `grid` in [solve]");
    for kind in ["features", "unbalanced", "sde"] {
        let (code, text, _) = run(folder.path(), &["init", kind]);
        assert!(code == 0 && text.contains(&format!("kind = \"{kind}\"")));
    }
}
