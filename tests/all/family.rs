//! Families of scenarios: a member is the scenario that `--set` makes, and what is wrong with a change is told.

use super::scenario::GOOD;
use std::path::PathBuf;
use stillpoint::model::System;
use stillpoint::scenario::{BUILT_IN, Cause, Family, Location, Place, Scenario, ScenarioError};

fn family(text: &str) -> Family {
    Family::read(text.as_bytes(), "law.toml", &Location::Folder(PathBuf::new()), &[]).expect("a scenario")
}

fn set(text: &str, changes: &[(&str, f64)]) -> Result<Scenario, ScenarioError> {
    let sets: Vec<String> = changes.iter().map(|(key, value)| format!("{key}={value:?}")).collect();
    let sets: Vec<String> = sets.iter().map(|s| s.strip_suffix(".0").map_or(s.clone(), str::to_owned)).collect();
    Scenario::read(text.as_bytes(), "law.toml", &Location::Folder(PathBuf::new()), &sets)
}

const TWO: &str = r#"[model]
kind = "features"
depth = 1
temperature = 0.1
[model.data]
gaussian = { covariance = [[1.0, 0.5], [0.5, 1.0]], weights = [1.0, -0.7], noise = 0.5 }
"#;

const SDE: &str = r#"[model]
kind = "sde"
variables = ["x"]
drift = ["-a*x"]
covariance = [["2"]]
parameters = { a = 0.5 }
"#;

#[test]
fn a_member_is_what_set_makes() {
    for (text, changes) in [
        (GOOD, &[("model.temperature", 0.25)][..]),
        (GOOD, &[("model.depth", 3.0), ("model.data.moments.beta2", -0.5)]),
        // Left to its default by the document.
        (GOOD, &[("model.weight_decay", 0.125)]),
        (GOOD, &[("solve.tolerance", 1e-6), ("model.width", 7.0)]),
        (TWO, &[("model.data.gaussian.weights.1", 0.25)]),
        (SDE, &[("model.parameters.a", 1e-3)]),
    ] {
        let member = family(text).at(changes).expect("a scenario");
        let expected = set(text, changes).expect("a scenario");
        assert_eq!(shown(&member), shown(&expected), "{changes:?}");
    }
}

/// The task; the order of the hash maps inside formulas is chance.
fn shown(scenario: &Scenario) -> String {
    let text = format!("{:?}", scenario.task);
    let mut parts = text.split("known: {");
    let first = parts.next().unwrap_or_default().to_owned();
    first + &parts.filter_map(|part| part.split_once('}')).map(|(_, rest)| rest).collect::<String>()
}

#[test]
fn the_base_is_the_scenario_itself_and_stays_it() {
    let family = family(GOOD);
    let before = format!("{:?}", family.base().task);
    family.at(&[("model.temperature", 0.3)]).expect("a scenario");
    assert_eq!(format!("{:?}", family.base().task), before);
    assert_eq!(before, format!("{:?}", set(GOOD, &[]).expect("a scenario").task));
}

#[test]
fn mirrored_elements_of_a_covariance_move_together() {
    let covariance = |member: Result<Scenario, ScenarioError>| {
        let task = member.expect("a scenario").task;
        let System::Features(m) = &task.field().expect("features").problem.system else { panic!("no features") };
        // A = E[x x^T]
        m.moments.second.clone()
    };
    let family = family(TWO);
    let key = "model.data.gaussian.covariance";
    for element in [format!("{key}.0.1"), format!("{key}.1.0")] {
        assert_eq!(covariance(family.at(&[(&element, 0.25)])), [[1.0, 0.25], [0.25, 1.0]]);
    }
    assert_eq!(covariance(family.at(&[(&format!("{key}.1.1"), 2.0)])), [[1.0, 0.5], [0.5, 2.0]]);
    let torn = family.at(&[(&format!("{key}.0.1"), 0.25), (&format!("{key}.1.0"), 0.5)]).unwrap_err();
    assert!(matches!(torn.faults[0].cause, Cause::Asymmetric { .. }), "{torn}");
}

#[test]
fn what_is_wrong_with_a_change_is_named_and_shown_where_it_comes_from() {
    let family = family(GOOD);
    let place = Place { source: 0, span: 9..24 };
    for (key, value, says) in [
        ("model.temperature", -1.0, "model.temperature = -1 is out of range; accepted: a finite number > 0"),
        ("model.depth", 1.5, "model.depth = 1.5 is a decimal number"),
        ("model.temprature", 0.1, "hint: did you mean `temperature`?"),
        ("model.kind", 0.1, "`model.kind` is a string: only numbers vary"),
        ("model.data", 0.1, "`model.data` is a table: only numbers vary"),
        ("title", 0.1, "`title` is a string: only numbers vary"),
        ("sweep.axes.0.from", 0.1, "`sweep.axes.0.from` is part of the question: only numbers vary"),
        ("model.temperature.x", 0.1, "`temperature` is a decimal number, not a table"),
        ("", 0.1, "unknown key ``"),
        ("model.temperature", f64::NAN, "model.temperature = NaN is out of range"),
        ("model.data.moments.alpha2", 3.0, "model.data.moments.alpha2 = 3 is out of range"),
    ] {
        let error = family.at(&[(key, value)]).expect_err(key);
        let text = error.to_string().replace("-1.0", "-1").replace("3.0", "3");
        assert!(text.contains(says), "{key}: {text}");
        let shown = error.shown_at(&place);
        assert!(shown.faults.iter().all(|fault| fault.place == place), "{shown:?}");
        assert!(shown.to_string().starts_with("law.toml:1:10: "), "{shown}");
    }
}

#[test]
fn data_files_are_read_once() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("d.csv"), "x,y\n1,2\n2,3\n4,1\n").expect("written");
    let text = "[model]\nkind = \"diagonal\"\ndepth = 1\ntemperature = 0.1\n[model.data]\n\
                file = { path = \"d.csv\", x = \"x\", y = \"y\" }\n";
    let location = Location::Folder(folder.path().to_owned());
    let family = Family::read(text.as_bytes(), "law.toml", &location, &[]).expect("a scenario");
    let moments = |s: &Scenario| s.task.line().expect("a network").problem.model.moments;
    let before = moments(family.base());
    std::fs::remove_file(folder.path().join("d.csv")).expect("removed");
    let member = family.at(&[("model.temperature", 0.2)]).expect("a scenario");
    assert_eq!(moments(&member), before);
    assert_eq!(member.data, family.base().data);
}

#[test]
fn questions_do_not_matter_to_commands_without_them() {
    let asked = format!("{GOOD}[sweep]\naxes = []\n[phase]\nanything = 1\n");
    assert!(set(&asked, &[]).is_ok());
    let plain = family(GOOD);
    assert_eq!(format!("{:?}", family(&asked).base().task), format!("{:?}", plain.base().task));
    // Neither does how a number is written, but what it is does.
    let spaced = family(&GOOD.replace("temperature = 0.1", "temperature    = 1e-1  # hot"));
    assert_eq!(spaced.fingerprint(), plain.fingerprint());
    assert_ne!(family(&GOOD.replace("0.1", "0.11")).fingerprint(), plain.fingerprint());
}

#[test]
fn every_built_in_scenario_is_the_base_of_a_family() {
    for built_in in BUILT_IN {
        let family = Family::read(built_in.text.as_bytes(), built_in.name, &Location::Embedded, &[]).expect("sound");
        let key = match family.base().task.line() {
            Some(_) => "model.temperature",
            None => "solve.tolerance",
        };
        assert!(family.at(&[(key, 1e-3)]).is_ok(), "{}", built_in.name);
    }
}
