//! The scenario reader: what it accepts, and that every bad input is named with its place, value, what
//! would be accepted and a hint.

use proptest::prelude::*;
use std::path::PathBuf;
use stillpoint::model::Branch;
use stillpoint::scenario::{BUILT_IN, LineTask, Location, Scenario, ScenarioError, template};
use stillpoint::sgd::Source;

/// The scenario of the contract.
pub const GOOD: &str = r#"title = "one hidden layer"
[model]
kind = "diagonal"
depth = 1
temperature = 0.1
[model.data]
moments = { alpha1 = 2.0, alpha2 = 2.0, alpha3 = 3.0, beta1 = 1.0, beta2 = 1.0 }
"#;

fn read(text: &str, sets: &[&str]) -> Result<Scenario, ScenarioError> {
    let sets: Vec<String> = sets.iter().map(|s| (*s).to_owned()).collect();
    Scenario::read(text.as_bytes(), "law.toml", &Location::Folder(PathBuf::new()), &sets)
}

/// The task of a diagonal network.
fn line(scenario: &Scenario) -> &LineTask {
    scenario.task.line().expect("a diagonal network")
}

#[test]
fn defaults_are_those_of_the_contract() {
    let s = read(GOOD, &[]).unwrap();
    let p = &line(&s).problem;
    assert_eq!((p.model.depth, p.model.width, p.model.temperature), (1, 1, 0.1));
    assert_eq!((p.model.weight_decay, p.model.modified_loss, p.branch), (0.0, false, Branch::Positive));
    assert_eq!(p.tolerance, 1e-10);
    assert_eq!(p.quantiles, [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99]);
    assert_eq!((p.moments.as_slice(), p.points.len(), s.sgd), (&[1.0, 2.0][..], 0, None));
    assert_eq!(s.text, GOOD);
    assert_eq!(p.title, "one hidden layer");
    let untitled = read(&GOOD.replace("title = \"one hidden layer\"\n", ""), &[]).unwrap();
    assert_eq!(untitled.title, "law");
}

#[test]
fn auto_branch_is_the_sign_of_beta2() {
    let s = read(GOOD, &["model.data.moments.beta2=-1"]).unwrap();
    assert_eq!(line(&s).problem.branch, Branch::Negative);
    let s = read(GOOD, &["model.branch=negative"]).unwrap();
    assert_eq!(line(&s).problem.branch, Branch::Negative);
}

#[test]
fn a_gaussian_teacher_has_its_moments() {
    let s = read(GOOD, &["model.data={ gaussian = { variance = 2.0, slope = 0.5, noise = 3.0 } }"]).unwrap();
    // alpha = (2 A^2, 2 A^2 w, 2 A^2 w^2 + A sigma^2), beta = (A, A w)
    let m = line(&s).problem.model.moments;
    let found = [m.alpha1(), m.alpha2(), m.alpha3(), m.beta1(), m.beta2()];
    assert_eq!(found, [8.0, 4.0, 20.0, 2.0, 1.0]);
    assert_eq!(line(&s).source, Source::Gaussian { variance: 2.0, slope: 0.5, noise: 3.0 });
}

#[test]
fn set_changes_adds_and_is_kept_in_the_text() {
    let sets = ["model.temperature=0.2", "report.points=[1, 2.5]", "report.points.1 = 3", "title=another one"];
    let s = read(GOOD, &sets).unwrap();
    let p = &line(&s).problem;
    assert_eq!((p.model.temperature, s.title.as_str(), p.title.as_str()), (0.2, "another one", "another one"));
    assert_eq!(p.points, [1.0, 3.0]);
    let again = read(&s.text, &[]).unwrap();
    let q = &line(&again).problem;
    assert_eq!((q.model, &q.points, &q.quantiles, &q.moments), (p.model, &p.points, &p.quantiles, &p.moments));
    assert_eq!(again.title, s.title);
}

#[test]
fn every_built_in_scenario_is_valid() {
    for built_in in BUILT_IN {
        let s = Scenario::read(built_in.text.as_bytes(), built_in.name, &Location::Embedded, &[]);
        let s = s.unwrap_or_else(|e| panic!("{}: {e}", built_in.name));
        assert_eq!(s.title, built_in.title());
        assert!(built_in.text.starts_with("# Question: "), "{} has no question", built_in.name);
        let on_disk = std::fs::read_to_string(format!("scenarios/{}.toml", built_in.name)).unwrap();
        assert_eq!(on_disk, built_in.text);
    }
    let files = |folder: &str| {
        let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        names.filter(|path| path.extension().is_some_and(|e| e == "toml")).count()
    };
    assert_eq!(files("scenarios") + files("scenarios/paper"), BUILT_IN.len());
}

#[test]
fn data_paths_are_relative_to_the_scenario_file() {
    let text = GOOD.replace(
        "moments = { alpha1 = 2.0, alpha2 = 2.0, alpha3 = 3.0, beta1 = 1.0, beta2 = 1.0 }",
        r#"file = { path = "../data/diabetes.csv", x = "bmi", y = "progression", standardize = true }"#,
    );
    let s = Scenario::read(text.as_bytes(), "scenarios/x.toml", &Location::Folder("scenarios".into()), &[]).unwrap();
    // Exact rational arithmetic: beta2 is the correlation of the standardised columns.
    assert!((line(&s).problem.model.moments.beta2() - 0.5864501344746885).abs() < 4e-16);
    assert!(s.data.as_ref().unwrap().contains("442 rows"));
    assert!(matches!(&line(&s).source, Source::Data { x, .. } if x.len() == 442));
}

/// A change to the good scenario, and what the message must contain.
struct Bad {
    from: &'static str,
    to: &'static str,
    says: &'static [&'static str],
}

const fn bad(from: &'static str, to: &'static str, says: &'static [&'static str]) -> Bad {
    Bad { from, to, says }
}

const BAD: &[Bad] = &[
    bad(
        "temperature =",
        "temprature =",
        &["law.toml:5:1", "`temprature`", "`temperature`", "did you mean `temperature`?"],
    ),
    bad("temperature = 0.1", "", &["law.toml:2:2", "`temperature` is missing in [model]", "a finite number > 0"]),
    bad("temperature = 0.1", "temperature = \"0.1\"", &["law.toml:5:15", "\"0.1\" is a string", "without quotes: 0.1"]),
    bad("temperature = 0.1", "temperature = 0", &["law.toml:5:15", "temperature = 0 is out of range", "> 0"]),
    bad("temperature = 0.1", "temperature = -0.1", &["law.toml:5:15", "-0.1"]),
    bad("temperature = 0.1", "temperature = nan", &["law.toml:5:15", "nan"]),
    bad("temperature = 0.1", "temperature = inf", &["law.toml:5:15", "inf"]),
    bad("temperature = 0.1", "temperature = 1e999", &["law.toml:5:15", "1e999"]),
    bad("temperature = 0.1", "temperature = 1e-999", &["law.toml:5:15", "1e-999"]),
    bad("depth = 1", "depth = -1", &["law.toml:4:9", "-1", "from 0 to 10000"]),
    bad("depth = 1", "depth = 1000000", &["law.toml:4:9", "1000000", "from 0 to 10000"]),
    bad("depth = 1", "depth = 99999999999999999999999999999999999999999999", &["law.toml:4:9", "from 0 to 10000"]),
    bad("depth = 1", "depth = 1.0", &["law.toml:4:9", "decimal number", "without a point: 1"]),
    bad("depth = 1", "depth = 1\nwidth = 0", &["law.toml:5:9", "model.width = 0", "from 1 to 1000000000"]),
    bad("depth = 1", "depth = 1\nweight_decay = -1", &["law.toml:5:16", "-1", ">= 0"]),
    bad("depth = 1", "depth = 1\nmodified_loss = 1", &["law.toml:5:17", "a whole number", "`true` or `false`"]),
    bad("depth = 1", "depth = 1\nbranch = \"postive\"", &["law.toml:5:10", "postive", "did you mean \"positive\"?"]),
    bad("depth = 1", "depth = 1\ntolerance = 1e-8", &["law.toml:5:1", "`tolerance` belongs to [solve]"]),
    bad("\"diagonal\"", "\"diagnal\"", &["law.toml:3:8", "diagnal", "did you mean \"diagonal\"?"]),
    bad("kind = \"diagonal\"\n", "", &["`kind` is missing in [model]", "\"diagonal\""]),
    bad("alpha1 = 2.0", "alpha1 = -2.0", &["law.toml:7:22", "alpha1 = -2.0", "alpha1 >= 0"]),
    bad("alpha3 = 3.0", "alpha3 = -3.0", &["law.toml:7:50", "alpha3 = -3.0", "alpha3 >= 0"]),
    bad("alpha3 = 3.0", "alpha3 = 1.9", &["law.toml:7:36", "alpha2 = 2.0", "alpha2^2 <= alpha1 alpha3"]),
    bad("beta1 = 1.0", "beta1 = 0.0", &["law.toml:7:63", "beta1 = 0.0", "beta1 > 0"]),
    bad(", beta1 = 1.0", "", &["law.toml:7:1", "`beta1` is missing"]),
    bad(
        "beta2 = 1.0 }",
        "beta2 = 1.0 }\ngaussian = { variance = 1.0, slope = 1.0, noise = 1.0 }",
        &["law.toml:6:8", "2 data sources: moments, gaussian", "exactly one of"],
    ),
    bad("moments = {", "moment = {", &["law.toml:7:1", "did you mean `moments`?"]),
    bad(
        "[model.data]\nmoments = { alpha1 = 2.0, alpha2 = 2.0, alpha3 = 3.0, beta1 = 1.0, beta2 = 1.0 }",
        "",
        &["`data` is missing in [model]"],
    ),
    bad("[model.data]\n", "data = 3\n[solve]\n", &["law.toml:6:8", "a whole number", "a table with `moments`"]),
    bad("[model.data]", "[solve]\ntolerance = 1e-20\n[model.data]", &["law.toml:7:13", "1e-20", "1e-13 to 1e-2"]),
    bad(
        "[model.data]",
        "[report]\nquantiles = [0.5, 1.0]\n[model.data]",
        &["law.toml:7:19", "quantiles[1] = 1.0", "0 < q < 1"],
    ),
    bad("[model.data]", "[report]\npoints = [inf]\n[model.data]", &["law.toml:7:11", "points[0] = inf", "finite"]),
    bad("[model.data]", "[report]\nmoments = 2\n[model.data]", &["law.toml:7:11", "a list of numbers"]),
    bad(
        "[model.data]",
        "[sgd]\nlearning_rate = 0\n[model.data]",
        &["law.toml:7:17", "`steps` is missing in [sgd]", "a whole number from 100"],
    ),
    bad("title = \"one", "title = one", &["law.toml:1:9", "not valid TOML"]),
    bad("title =", "titel =", &["law.toml:1:1", "did you mean `title`?"]),
    bad("depth = 1", "depth = 1\ndepth = 2", &["law.toml:5:1", "not valid TOML", "duplicate key"]),
];

#[test]
fn bad_input_is_named_with_place_value_accepted_and_hint() {
    for Bad { from, to, says } in BAD {
        let text = GOOD.replacen(from, to, 1);
        assert_ne!(text, GOOD, "`{from}` is not in the scenario");
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
    let text = GOOD
        .replace("temperature = 0.1", "temperature = 0")
        .replace("alpha1 = 2.0", "alpha1 = -1")
        .replace("depth = 1", "depth = 1.5");
    let e = read(&(text + "[sgd]\nchains = 1\n"), &["report.points=[nan]"]).unwrap_err();
    let message = e.to_string();
    for part in ["depth", "temperature", "alpha1", "learning_rate", "batch_size", "steps", "seed", "chains", "points"] {
        assert!(message.contains(part), "`{message}` does not say `{part}`");
    }
    assert_eq!(e.faults.len(), 9);
}

#[test]
fn faults_of_set_point_to_the_argument() {
    let says = |set: &str| read(GOOD, &[set]).unwrap_err().to_string();
    assert!(says("model.temprature=0.2").starts_with("--set model.temprature=0.2, column 7: unknown key"));
    assert!(says("model.temprature=0.2").contains("did you mean `temperature`?"));
    assert!(says("model.temperature=-1").contains("column 19: model.temperature = -1 is out of range"));
    assert!(says("model.temperature").contains("KEY=VALUE"));
    assert!(says("model.temperature=[1,").contains("not a TOML value"));
    assert!(says("model..depth=1").contains("an empty key"));
    assert!(says("model.temperature.x=1").contains("is a decimal number, not a table"));
    assert!(says("model.data.gaussian.slope=1").contains("2 data sources"));
    let listed = GOOD.to_owned() + "[report]\npoints = [1.0]\n";
    assert!(read(&listed, &["report.points.1=2"]).unwrap_err().to_string().contains("index from 0 to 0"));
}

#[test]
fn bytes_that_are_no_text_are_named() {
    let e = Scenario::read(b"title = \"\xff\"", "law.toml", &Location::Embedded, &[]).unwrap_err();
    assert!(e.to_string().starts_with("law.toml:1:10: byte 0xff is not UTF-8 text"));
}

#[test]
fn decimals_typed_by_users_count_as_no_discriminant() {
    // 0.1 x 0.9 and 0.3^2 differ by a rounding.
    let moments = ["alpha1=0.1", "alpha2=0.3", "alpha3=0.9"].map(|m| format!("model.data.moments.{m}"));
    let s = read(GOOD, &[&moments[0], &moments[1], &moments[2]]).unwrap();
    assert_eq!(line(&s).problem.model.moments.discriminant(), 0.0);
}

/// Pieces that a scenario may be made of, to mutate it with.
const PIECES: &[&str] = &[
    "=",
    "\n",
    "[",
    "]",
    "{",
    "}",
    ".",
    ",",
    "\"",
    "-",
    "1e400",
    "nan",
    "inf",
    "0",
    "99999999999999999999",
    "[sgd]\n",
    "[model]\n",
    "depth",
    "kind",
    "\"diagonal\"",
    "true",
    "1979-05-27",
    "0x10",
    "'''",
    "é",
    "\u{feff}",
    "#",
    "\r",
    "[[model]]\n",
    "moments",
    "gaussian = { variance = 1e300, slope = 1, noise = 1 }\n",
    "file = { path = \"/\", x = \"\", y = \"\" }\n",
];

proptest! {
    #[test]
    fn mutated_scenarios_never_panic(
        changes in prop::collection::vec((any::<prop::sample::Index>(), 0usize..12, prop::sample::select(PIECES)), 1..6),
    ) {
        let mut text: Vec<char> = template("diagonal").unwrap().chars().collect();
        for (at, removed, piece) in changes {
            let at = at.index(text.len() + 1);
            let end = (at + removed).min(text.len());
            text.splice(at..end, piece.chars());
        }
        let text: String = text.into_iter().collect();
        match read(&text, &[]) {
            Ok(s) => {
                let p = &line(&s).problem;
                prop_assert!(p.model.temperature > 0.0 && p.model.temperature.is_finite());
                prop_assert!(p.model.validated().is_ok());
                prop_assert!(p.quantiles.iter().all(|q| *q > 0.0 && *q < 1.0));
            }
            Err(e) => prop_assert!(!e.faults.is_empty() && e.to_string().starts_with("law.toml:")),
        }
    }

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = Scenario::read(&bytes, "law.toml", &Location::Embedded, &[]).map_err(|e| e.to_string());
    }

    #[test]
    fn random_sets_never_panic(set in "\\PC{0,40}", value in "\\PC{0,10}") {
        let keyed = format!("model.data.moments.alpha1={value}");
        let _ = read(GOOD, &[&set, &keyed]).map_err(|e| e.to_string());
    }

    #[test]
    fn any_numbers_are_a_law_or_an_error(
        a in prop::array::uniform5(prop::num::f64::ANY), t in prop::num::f64::ANY, depth in any::<i64>(), width in any::<i64>(),
    ) {
        let toml = |x: f64| if x.is_nan() { "nan".to_owned() } else { format!("{x:e}").replace("inf", "inf") };
        let text = format!(
            "[model]\nkind = \"diagonal\"\ndepth = {depth}\nwidth = {width}\ntemperature = {}\n[model.data]\nmoments = {{ alpha1 = {}, alpha2 = {}, alpha3 = {}, beta1 = {}, beta2 = {} }}\n",
            toml(t), toml(a[0]), toml(a[1]), toml(a[2]), toml(a[3]), toml(a[4]),
        );
        if let Err(e) = read(&text, &[]) {
            prop_assert!(!e.to_string().contains("not valid TOML"), "{}", e);
        }
    }
}
