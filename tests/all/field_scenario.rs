//! Scenarios of laws of several variables: what is accepted, and that all that is wrong is named with its place.

use proptest::prelude::*;
use std::path::PathBuf;
use stillpoint::model::System;
use stillpoint::scenario::{FieldTask, Location, Scenario, ScenarioError, Task, template};
use stillpoint::sgd::FeatureSource;
use stillpoint::study::FieldSource;

const FEATURES: &str = r#"title = "two features"
[model]
kind = "features"
depth = 1
temperature = 0.1
[model.data]
gaussian = { covariance = [[1.0, 0.5], [0.5, 1.0]], weights = [1.0, -0.7], noise = 0.5 }
"#;

const SDE: &str = r#"title = "a well"
[model]
kind = "sde"
variables = ["x", "y"]
drift = ["x - x^3 - a*y", "-4*y"]
covariance = [["2*eps", "0"], ["0", "2*eps"]]
parameters = { a = 0.5, eps = 0.05 }
range = { x = [-inf, inf], y = [-1.0, 2] }
[report]
points = [[0.0, 0.0], [1, -0.5]]
expressions = ["x*y", "x^2 + y^2"]
"#;

const UNBALANCED: &str = r#"[model]
kind = "unbalanced"
temperature = 0.1
isotropic_noise = 0.01
[model.data]
gaussian = { variance = 1.0, slope = 1.0, noise = 1.0 }
"#;

fn read(text: &str, sets: &[&str]) -> Result<Scenario, ScenarioError> {
    let sets: Vec<String> = sets.iter().map(|s| (*s).to_owned()).collect();
    Scenario::read(text.as_bytes(), "law.toml", &Location::Folder(PathBuf::new()), &sets)
}

fn field(scenario: &Scenario) -> &FieldTask {
    scenario.task.field().expect("a law on a lattice")
}

#[test]
fn features_have_their_numbers_defaults_and_natural_signs() {
    let s = read(FEATURES, &[]).unwrap();
    let task = field(&s);
    let System::Features(m) = &task.problem.system else { panic!("{:?}", task.problem.system) };
    assert_eq!((m.depth, m.width, m.temperature, m.weight_decay), (1, 1, 0.1, 0.0));
    // The weights are (1, -0.7).
    assert_eq!(m.signs, [1.0, -1.0]);
    // A = E[x x^T], b = A w.
    assert_eq!(m.moments.second, [[1.0, 0.5], [0.5, 1.0]]);
    assert!((m.moments.cross[0] - 0.65).abs() < 1e-15 && (m.moments.cross[1] + 0.2).abs() < 1e-15);
    let p = &task.problem;
    assert_eq!((p.request.tolerance, p.request.grid, p.request.levels, p.request.memory), (1e-7, None, None, None));
    assert_eq!((p.request.points.len(), p.request.quantiles.len(), p.request.expressions.len()), (0, 7, 0));
    assert_eq!(
        (p.request.title.as_str(), p.system.variables()),
        ("two features", vec!["v1".to_owned(), "v2".to_owned()])
    );
    let FieldSource::Several(FeatureSource::Gaussian { covariance, weights, noise }) = &task.source else {
        panic!("{:?}", task.source)
    };
    assert_eq!((covariance[1][0], weights[1], *noise), (0.5, -0.7, 0.5));
    let s = read(FEATURES, &["model.signs=[-1, 1]", "model.weight_decay=0.25", "model.depth=3"]).unwrap();
    let System::Features(m) = &field(&s).problem.system else { panic!("no features") };
    assert_eq!((m.signs.as_slice(), m.weight_decay, m.depth), (&[-1.0, 1.0][..], 0.25, 3));
}

#[test]
fn features_of_a_file_are_its_columns() {
    let text = FEATURES.replace(
        "gaussian = { covariance = [[1.0, 0.5], [0.5, 1.0]], weights = [1.0, -0.7], noise = 0.5 }",
        r#"file = { path = "../data/diabetes.csv", x = ["bmi", "ltg"], y = "progression", standardize = true }"#,
    );
    let s = Scenario::read(text.as_bytes(), "scenarios/x.toml", &Location::Folder("scenarios".into()), &[]).unwrap();
    let System::Features(m) = &field(&s).problem.system else { panic!("no features") };
    // numpy: correlations of the standardised columns.
    assert!((m.moments.second[0][1] - 0.446_156_54).abs() < 1e-7, "{:?}", m.moments.second);
    assert!((m.moments.cross[0] - 0.586_450_134_474_688_5).abs() < 1e-14);
    assert!((m.moments.cross[1] - 0.565_882_59).abs() < 1e-7);
    let description = s.data.as_ref().unwrap();
    for part in ["progression against bmi, ltg", "442 rows", "bmi: mean 26.37", "ltg: mean 4.64"] {
        assert!(description.contains(part), "{description}");
    }
    assert!(
        matches!(&field(&s).source, FieldSource::Several(FeatureSource::Rows { x, y }) if x.len() == 442 && x[0].len() == 2 && y.len() == 442)
    );
}

#[test]
fn equations_are_read_with_ranges_points_and_expressions() {
    let s = read(SDE, &[]).unwrap();
    let p = &field(&s).problem;
    let System::Sde(m) = &p.system else { panic!("no equations") };
    assert_eq!((m.names.as_slice(), m.range[1]), (&["x".to_owned(), "y".to_owned()][..], [-1.0, 2.0]));
    assert_eq!(m.range[0], [f64::NEG_INFINITY, f64::INFINITY]);
    // 2 - 8 - 0.5 x 1.5, and 2 x 0.05.
    assert_eq!(m.drift[0].value(&[2.0, 1.5]), -6.75);
    assert_eq!(m.covariance[1][1].value(&[0.0, 0.0]), 0.1);
    assert_eq!(p.request.points, [[0.0, 0.0], [1.0, -0.5]]);
    assert_eq!(p.request.expressions[1].value(&[3.0, 2.0]), 13.0);
    assert_eq!(field(&s).source, FieldSource::Equation);
}

#[test]
fn numbers_are_formulas_and_one_variable_has_plain_points() {
    let text = "[model]\nkind = \"sde\"\nvariables = [\"x\"]\ndrift = [\"-x\"]\ncovariance = [[2]]\n[report]\npoints = [1, 0.5]\n";
    let s = read(text, &[]).unwrap();
    let p = &field(&s).problem;
    let System::Sde(m) = &p.system else { panic!("no equations") };
    assert_eq!((m.covariance[0][0].value(&[7.0]), m.range[0][1]), (2.0, f64::INFINITY));
    assert_eq!(p.request.points, [[1.0], [0.5]]);
}

#[test]
fn the_unbalanced_network_has_one_feature() {
    let s = read(UNBALANCED, &[]).unwrap();
    let System::Unbalanced(m) = &field(&s).problem.system else { panic!("no network") };
    assert_eq!((m.temperature, m.isotropic_noise, m.moments.beta1()), (0.1, 0.01, 1.0));
    assert!(matches!(field(&s).source, FieldSource::One(_)));
    assert_eq!(field(&s).problem.system.variables(), ["v", "Q"]);
}

#[test]
fn set_reaches_into_lists_formulas_and_memory() {
    let sets = [
        "model.parameters.eps=0.1",
        "model.drift.1=-2*y + sin(x)",
        "model.range.y=[0, inf]",
        "report.points=[[0.5, 0.25]]",
        "solve.grid=128",
        "solve.levels=4",
        "solve.memory=2 GiB",
    ];
    let s = read(SDE, &sets).unwrap();
    let p = &field(&s).problem;
    let System::Sde(m) = &p.system else { panic!("no equations") };
    assert_eq!(m.covariance[0][0].value(&[0.0, 0.0]), 0.2);
    assert!((m.drift[1].value(&[1.0, 1.0]) - (1f64.sin() - 2.0)).abs() < 1e-15);
    assert_eq!(
        (m.range[1], p.request.grid, p.request.levels, p.request.memory),
        ([0.0, f64::INFINITY], Some(128), Some(4), Some(1 << 31))
    );
    // The text that is kept reads back to the same.
    let again = read(&s.text, &[]).unwrap();
    let q = &field(&again).problem;
    assert_eq!(
        (&q.request.points, q.request.memory, q.request.grid),
        (&p.request.points, p.request.memory, p.request.grid)
    );
    assert_eq!(q.system.variables(), p.system.variables());
}

#[test]
fn every_kind_has_a_template_that_can_be_read() {
    for kind in stillpoint::scenario::KINDS {
        let text = template(kind).unwrap_or_else(|| panic!("no template for {kind}"));
        let s = read(text, &[]).unwrap_or_else(|e| panic!("{kind}: {e}"));
        assert!(s.sgd.is_some() && text.contains(&format!("kind = \"{kind}\"")));
        assert_eq!(*kind == "diagonal", matches!(s.task, Task::Line(_)));
    }
}

/// A good scenario, a change to it, and what the message must contain.
type Bad = (&'static str, &'static str, &'static str, &'static [&'static str]);

const BAD: &[Bad] = &[
    (
        FEATURES,
        "[0.5, 1.0]]",
        "[0.4, 1.0]]",
        &["law.toml:7:41", "covariance[1][0] = 0.4 differs from", "[0][1] = 0.5", "symmetric"],
    ),
    (
        FEATURES,
        "[[1.0, 0.5], [0.5, 1.0]]",
        "[[1.0, 2.0], [2.0, 1.0]]",
        &["law.toml:7:27", "covariance", "positive definite"],
    ),
    (FEATURES, "[0.5, 1.0]]", "[0.5]]", &["law.toml:7:40", "covariance[1] has 1 element", "2 numbers"]),
    (
        FEATURES,
        "[[1.0, 0.5], [0.5, 1.0]]",
        "[[1.0, nan], [nan, 1.0]]",
        &["law.toml:7:34", "covariance[0][1] = nan", "finite"],
    ),
    (FEATURES, "[[1.0, 0.5], [0.5, 1.0]]", "3", &["law.toml:7:27", "a whole number", "a list of rows"]),
    (FEATURES, "weights = [1.0, -0.7]", "weights = [1.0]", &["law.toml:7:63", "weights has 1 element", "2 numbers"]),
    (FEATURES, "noise = 0.5", "noise = -0.5", &["law.toml:7:84", "noise = -0.5", ">= 0"]),
    (FEATURES, "noise = 0.5 }", "nose = 0.5 }", &["law.toml:7:76", "`nose`", "did you mean `noise`?"]),
    (FEATURES, "depth = 1", "depth = 0", &["law.toml:4:9", "depth = 0"]),
    (FEATURES, "depth = 1\n", "", &["law.toml:2:2", "`depth` is missing"]),
    (FEATURES, "temperature = 0.1", "temperature = 0", &["law.toml:5:15", "temperature = 0", "> 0"]),
    (FEATURES, "depth = 1", "depth = 1\nsigns = [1, 0]", &["law.toml:5:13", "signs[1] = 0", "1 or -1"]),
    (FEATURES, "depth = 1", "depth = 1\nsigns = [1, -1, 1]", &["law.toml:5:9", "signs has 3 elements", "2 signs"]),
    (FEATURES, "depth = 1", "depth = 1\nmodified_loss = true", &["law.toml:5:1", "unknown key `modified_loss`"]),
    (FEATURES, "depth = 1", "depth = 1\nmemory = 7", &["law.toml:5:1", "`memory` belongs to [solve]"]),
    (FEATURES, "[model.data]", "[solve]\ngrid = 4\n[model.data]", &["law.toml:7:8", "grid = 4", "from 10"]),
    (FEATURES, "[model.data]", "[solve]\nmemory = \"4 GHz\"\n[model.data]", &["law.toml:7:10", "4 GHz", "GiB"]),
    (
        FEATURES,
        "[model.data]",
        "[report]\npoints = [[1.0]]\n[model.data]",
        &["law.toml:7:11", "points[0] has 1 numbers", "[v1, v2]"],
    ),
    (FEATURES, "[model.data]", "[report]\nexpressions = [\"v1*v3\"]\n[model.data]", &["law.toml:7:20", "v3"]),
    (
        FEATURES,
        "[model.data]",
        "[report]\nmoments = [1]\n[model.data]",
        &["law.toml:7:1", "`moments` in [report]", "`expressions`"],
    ),
    (FEATURES, "gaussian = {", "moments = {", &["law.toml:7:1", "unknown key `moments`", "`gaussian`, `file`"]),
    (
        FEATURES,
        "[[1.0, 0.5], [0.5, 1.0]]",
        "[[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]",
        &["law.toml:7:27", "covariance has 4 features", "one to three"],
    ),
    (SDE, "[\"x\", \"y\"]", "[\"x\", \"y\", \"z\", \"w\"]", &["law.toml:4:13", "4 names", "one to three"]),
    (SDE, "[\"x\", \"y\"]", "[\"x\", \"x\"]", &["law.toml:4:19", "`x` is taken"]),
    (SDE, "[\"x\", \"y\"]", "[\"x\", \"exp\"]", &["law.toml:4:19", "`exp` is a function"]),
    (SDE, "[\"x\", \"y\"]", "[\"x\", \"2y\"]", &["law.toml:4:19", "2y"]),
    (SDE, "a = 0.5", "x = 0.5", &["law.toml:7:16", "`x` is taken"]),
    (SDE, "a = 0.5", "a = \"b\"", &["law.toml:7:20", "a string", "a finite number"]),
    // The caret is under the character of the formula: x - x^3 - b*y.
    (SDE, "a*y\"", "b*y\"", &["law.toml:5:21", "drift[0]", "`b`"]),
    (SDE, "x^3", "x^^3", &["law.toml:5:17", "drift[0]"]),
    (SDE, "\"-4*y\"", "\"-4*y*\"", &["law.toml:5:32", "drift[1]"]),
    (SDE, "\"-4*y\"", "\"-4*sni(y)\"", &["law.toml:5:31", "did you mean `sin`?"]),
    // Behind an escape no byte of the formula is known: the whole string.
    (SDE, "\"-4*y\"", "\"\\u002d4*q\"", &["law.toml:5:27", "`q`"]),
    (SDE, "\"-4*y\"", "'-4*q'", &["law.toml:5:31", "`q`"]),
    (SDE, ", \"-4*y\"]", "]", &["law.toml:5:9", "drift has 1 element", "2 formulas"]),
    (SDE, "[\"0\", \"2*eps\"]]", "[\"0\"]]", &["law.toml:6:31", "covariance[1] has 1 element"]),
    (SDE, "[[\"2*eps\", \"0\"]", "[[\"2*eps\", \"x\"]", &["law.toml:6:", "covariance", "mirror image"]),
    (SDE, "[\"0\", \"2*eps\"]]", "[\"0\", \"-eps\"]]", &["law.toml:6:", "covariance", "positive semi-definite"]),
    (SDE, "\"-4*y\"", "\"1/(y - y)\"", &["law.toml:5:27", "drift[1]"]),
    (SDE, "[-1.0, 2]", "[2, -1.0]", &["law.toml:8:32", "range.y = [2, -1.0]", "lower < upper"]),
    (SDE, "[-1.0, 2]", "[nan, 2]", &["law.toml:8:33", "nan"]),
    (SDE, "[-1.0, 2]", "[1]", &["law.toml:8:32", "[lower, upper]"]),
    (SDE, "y = [-1.0, 2]", "z = [-1.0, 2]", &["law.toml:8:28", "no variable `z`", "`x`, `y`"]),
    (SDE, "[1, -0.5]", "[1, -1.5]", &["law.toml:10:27", "points[1][1] = -1.5", "range of y, [-1, 2]"]),
    (SDE, "[1, -0.5]", "[1, inf]", &["law.toml:10:27", "inf"]),
    (SDE, "[1, -0.5]", "7", &["law.toml:10:23", "a point [x, y]"]),
    (SDE, "\"x^2 + y^2\"", "\"x*y\"", &["law.toml:11:23", "`x*y` is taken"]),
    (SDE, "\"x^2 + y^2\"", "\"x^2 + q\"", &["law.toml:11:30", "expressions[1]", "`q`"]),
    (SDE, "drift =", "drfit =", &["law.toml:5:1", "did you mean `drift`?"]),
    (SDE, "kind = \"sde\"", "kind = \"sed\"", &["law.toml:3:8", "did you mean \"sde\"?"]),
    (UNBALANCED, "isotropic_noise = 0.01\n", "", &["law.toml:1:2", "`isotropic_noise` is missing"]),
    (UNBALANCED, "0.01", "0", &["law.toml:4:19", "isotropic_noise = 0"]),
    (UNBALANCED, "variance = 1.0", "variance = -1.0", &["law.toml:6:25", "variance = -1.0"]),
];

#[test]
fn bad_input_is_named_with_place_value_accepted_and_hint() {
    for (good, from, to, says) in BAD {
        let text = good.replacen(from, to, 1);
        assert_ne!(text, *good, "`{from}` is not in the scenario");
        let message = match read(&text, &[]) {
            Ok(_) => panic!("`{to}` was accepted"),
            Err(e) => e.to_string(),
        };
        for part in *says {
            assert!(message.contains(part), "`{to}` gave `{message}`, which does not say `{part}`");
        }
    }
}

#[test]
fn all_faults_are_reported_at_once() {
    let text = SDE
        .replace("a*y\"", "b*y\"")
        .replace("[\"0\", \"2*eps\"]", "[\"0\", \"2*epsilon\"]")
        .replace("[-1.0, 2]", "[2, -1.0]")
        .replace("\"x*y\"", "\"x*\"")
        .replace("[1, -0.5]", "[1]");
    let error = read(&(text + "[solve]\ngrid = 0\n[sgd]\n"), &["solve.levels=99"]).unwrap_err();
    let message = error.to_string();
    for part in ["drift[0]", "covariance[1][1]", "range.y", "expressions[0]", "points[1]", "grid", "levels", "chains"] {
        assert!(message.contains(part), "`{message}` does not say `{part}`");
    }
}

#[test]
fn columns_that_are_not_there_are_shown_where_they_are_named() {
    let with = |x: &str, y: &str| {
        let text = FEATURES.replace(
            "gaussian = { covariance = [[1.0, 0.5], [0.5, 1.0]], weights = [1.0, -0.7], noise = 0.5 }",
            &format!("file = {{ path = \"data/diabetes.csv\", x = {x}, y = \"{y}\" }}"),
        );
        read(&text, &[]).unwrap_err()
    };
    let error = with(r#"["bmi", "ltq"]"#, "progression");
    assert_eq!(error.faults.len(), 1, "{error}");
    assert!(
        error.to_string().contains("law.toml:7:50") && error.to_string().contains("did you mean `ltg`?"),
        "{error}"
    );
    // What is wrong with the targets is said once, not for every column.
    assert_eq!(with(r#"["bmi", "ltg"]"#, "progresion").faults.len(), 1);
    assert!(with(r#"["bmi", "bmi"]"#, "progression").to_string().contains("`bmi` is taken"));
    assert!(with(r#"["bmi", "ltg", "bp", "tc"]"#, "progression").to_string().contains("4 features"));
    assert!(with(r#""bmi""#, "progression").to_string().contains("a list of names"));
}

const PIECES: &[&str] = &[
    "=",
    "\n",
    "[",
    "]",
    "{",
    "}",
    ",",
    "\"",
    "'",
    "-",
    "nan",
    "inf",
    "0",
    "x",
    "^",
    "(",
    "exp(",
    "[[",
    "\"x\"",
    "1e400",
    "é",
    "\\",
    "[solve]\n",
    "variables",
    "range",
    "signs = [1]\n",
    "kind = \"features\"\n",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn mutated_scenarios_never_panic(
        which in 1usize..4,
        changes in prop::collection::vec((any::<prop::sample::Index>(), 0usize..10, prop::sample::select(PIECES)), 1..5),
    ) {
        let kind = stillpoint::scenario::KINDS[which];
        let mut text: Vec<char> = template(kind).unwrap().chars().collect();
        for (at, removed, piece) in changes {
            let at = at.index(text.len() + 1);
            let end = (at + removed).min(text.len());
            text.splice(at..end, piece.chars());
        }
        let text: String = text.into_iter().collect();
        match read(&text, &[]) {
            Ok(s) => if let Some(task) = s.task.field() {
                let n = task.problem.system.variables().len();
                prop_assert!((1..=3).contains(&n) && task.problem.request.points.iter().all(|p| p.len() == n));
            },
            Err(e) => prop_assert!(!e.faults.is_empty() && e.to_string().starts_with("law.toml:")),
        }
    }
}
