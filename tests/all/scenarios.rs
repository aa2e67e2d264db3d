//! Every built-in scenario is run, and must show what its header says.
//!
//! Truths: closed formulas where they are elementary, otherwise quadrature of the stationary density at 18
//! to 30 digits (mpmath), quoted in the headers.

use std::path::PathBuf;
use stillpoint::data::DataSet;
use stillpoint::estimate::Quantity;
use stillpoint::record::{LawKind, Solution};
use stillpoint::scenario::{BUILT_IN, Location, Scenario, built_in};
use stillpoint::sgd::Source;
use stillpoint::study;

fn solve(name: &str, sets: &[&str]) -> Solution {
    let sets: Vec<String> = sets.iter().map(|s| (*s).to_owned()).collect();
    let text = built_in(name).unwrap_or_else(|| panic!("no scenario {name}")).text;
    let scenario = Scenario::read(text.as_bytes(), name, &Location::Embedded, &sets).unwrap();
    study::solve(&scenario.task.line().expect("a diagonal network").problem).unwrap()
}

fn value(quantity: &Quantity) -> f64 {
    quantity.finite().expect("a finite number").value
}

/// Checks mean and variance against truths known to `digits` (relative).
fn has(solution: &Solution, mean: f64, variance: f64, digits: f64) {
    assert_eq!(solution.law, LawKind::Density);
    assert!(solution.solver.converged);
    let near = |found: f64, truth: f64| (found - truth).abs() <= digits * truth.abs();
    assert!(near(value(&solution.mean), mean), "{:?} is not {mean}", solution.mean);
    assert!(near(value(&solution.variance), variance), "{:?} is not {variance}", solution.variance);
}

fn collapses(solution: &Solution) {
    assert_eq!((solution.law, solution.point), (LawKind::PointMass, Some(0.0)));
    assert!(solution.reason.is_some());
}

#[test]
fn each_finds_a_law_to_its_tolerance() {
    for scenario in BUILT_IN.iter().filter(|s| s.text.contains("kind = \"diagonal\"")) {
        assert!(solve(scenario.name, &[]).solver.converged, "{}", scenario.name);
    }
}

#[test]
fn diabetes() {
    has(&solve("diabetes", &[]), 0.555_589_168_768_325_6, 0.035_004_721_517_868_78, 1e-12);
    // The embedded data are those of the repository.
    let text = built_in("diabetes").unwrap().text;
    let location = Location::Folder(PathBuf::from("scenarios"));
    let scenario = Scenario::read(text.as_bytes(), "diabetes", &location, &[]).unwrap();
    let selection = stillpoint::data::Selection { x: "bmi".into(), y: "progression".into(), standardize: true };
    let set = DataSet::read("data/diabetes.csv".as_ref(), &selection).unwrap();
    assert_eq!(scenario.task.line().unwrap().source, Source::Data { x: set.x, y: set.y });
}

#[test]
fn one_layer() {
    has(&solve("one-layer", &[]), 0.844_936_470_934_627, 0.251_272_947_280_656, 1e-13);
}

#[test]
fn linear() {
    let law = solve("linear", &[]);
    has(&law, 1.0, 0.125, 1e-12);
    assert_eq!(law.support, [None, None]);
    assert!((value(&law.tail_exponent) - 7.0).abs() < 1e-9);
}

#[test]
fn near_collapse_and_collapsed() {
    let law = solve("near-collapse", &[]);
    // Variance to nine digits from the closed form, as published in the header.
    assert!((value(&law.variance) - 0.194_206_517).abs() < 1e-9);
    assert!(law.mode.diverges);
    collapses(&solve("collapsed", &[]));
}

#[test]
fn deep() {
    let law = solve("deep", &[]);
    has(&law, 0.674_554_681_754_732, 0.355_355_4, 2e-6);
    assert!((value(&law.mean) - 0.674_554_681_754_732).abs() < 1e-12);
    assert!((value(&law.tail_exponent) - 4.0).abs() < 1e-9);
}

#[test]
fn width_enters_only_through_the_temperature() {
    let wide = solve("deep-wide", &[]);
    has(&wide, 0.710_065_796_238_754, 0.166_602_682_3, 1e-9);
    let narrow = solve("deep-wide", &["model.width=1", "model.temperature=0.048074985676913606"]);
    assert!((value(&wide.mean) - value(&narrow.mean)).abs() < 1e-13);
}

#[test]
fn noise_zero_cuts_the_support() {
    for temperature in ["model.temperature=0.2", "model.temperature=2.0"] {
        let law = solve("noise-zero", &[temperature]);
        assert_eq!((law.law, law.support), (LawKind::Density, [Some(1.0), None]));
    }
    let law = solve("noise-zero", &[]);
    assert_eq!((law.points[0].log_density, law.points[0].cdf, law.points[0].sf), (None, 0.0, 1.0));
}

#[test]
fn weight_decay_and_modified_loss_move_the_collapse() {
    assert_eq!(solve("weight-decay", &["model.temperature=0.26"]).law, LawKind::Density);
    collapses(&solve("weight-decay", &["model.temperature=0.27"]));
    assert_eq!(solve("modified-loss", &["model.temperature=0.24"]).law, LawKind::Density);
    collapses(&solve("modified-loss", &["model.temperature=0.26"]));
    // The mirror image, where v is a negative number that underflows.
    let mirrored = "model.data.gaussian.slope=-1.0";
    assert_eq!(solve("modified-loss", &["model.temperature=0.24", mirrored]).law, LawKind::Density);
    collapses(&solve("modified-loss", &["model.temperature=0.26", mirrored]));
}

#[test]
fn wrong_branch() {
    let law = solve("wrong-branch", &[]);
    collapses(&law);
    assert!(law.invariant_laws.iter().any(|l| l.law == LawKind::Density && !l.reached));
}

#[test]
fn constant_inputs_give_a_gamma_law() {
    has(&solve("constant-inputs", &[]), 0.8, 0.32, 1e-12);
}
