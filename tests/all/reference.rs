//! The solver against laws known to 20 digits (55-digit arithmetic on the closed forms; see data/reference_laws.json).

use serde_json::Value;
use stillpoint::estimate::Quantity;
use stillpoint::model::{Diagonal, Moments};
use stillpoint::record::{LawKind, Solution};
use stillpoint::study::{Problem, law};

/// Largest error bar that may be stated for a relative number or a log density.
const USEFUL: f64 = 1e-7;

fn number(v: &Value) -> f64 {
    v.as_str().map_or_else(|| v.as_f64().expect("a number"), |s| s.parse().expect("a decimal"))
}

pub fn problem(case: &Value) -> Problem {
    let p = &case["params"];
    let get = |key: &str| number(&p[key]);
    let moments =
        Moments::try_new(get("alpha1"), get("alpha2"), get("alpha3"), get("beta1"), get("beta2")).expect("valid");
    let model = Diagonal {
        depth: get("D") as u32,
        width: get("d") as u32,
        temperature: get("T"),
        weight_decay: get("gamma"),
        modified_loss: false,
        moments,
    };
    let points =
        ["log_p", "cdf"].iter().flat_map(|key| case[*key].as_array().expect("a list")).map(|row| number(&row["v"]));
    Problem {
        title: case["id"].as_str().expect("an id").into(),
        model: model.validated().expect("valid"),
        branch: model.natural_branch(),
        tolerance: 1e-10,
        points: points.collect(),
        quantiles: vec![0.01, 0.5, 0.99],
        moments: vec![1.0, 2.0],
    }
}

/// |found - truth| relative to the truth, with the stated bar checked to cover it and to be useful.
struct Check<'a> {
    id: &'a str,
    worst: f64,
    failures: Vec<String>,
}

impl Check<'_> {
    fn relative(&mut self, what: &str, found: f64, error: f64, truth: f64, limit: f64) {
        let scale = if truth == 0.0 { 1.0 } else { truth.abs() };
        self.absolute(what, found / scale, error / scale, truth / scale, limit);
    }

    fn absolute(&mut self, what: &str, found: f64, error: f64, truth: f64, limit: f64) {
        let off = (found - truth).abs();
        self.worst = self.worst.max(off);
        if !(off <= limit && off <= error && error <= USEFUL) {
            self.failures
                .push(format!("{} {what}: found {found:e}, truth {truth:e}, off {off:e}, stated {error:e}", self.id));
        }
    }
}

fn compare(case: &Value, solution: &Solution) -> (f64, Vec<String>) {
    let mut check = Check { id: case["id"].as_str().expect("an id"), worst: 0.0, failures: Vec::new() };
    assert_eq!(solution.law, LawKind::Density);
    let mut rows = solution.points.iter();
    for (row, point) in case["log_p"].as_array().expect("a list").iter().zip(&mut rows) {
        let v = number(&row["v"]);
        let (found, error) = (point.log_density.expect("inside"), point.error.expect("inside"));
        check.absolute(&format!("log p({v})"), found, error, number(&row["log_p"]), 1e-10);
    }
    for (row, point) in case["cdf"].as_array().expect("a list").iter().zip(rows_after(solution, case)) {
        if point.v == 0.0 {
            // A point below the smallest floating-point number; the quantiles in logarithms cover it.
            continue;
        }
        check.relative(
            &format!("cdf({})", point.v),
            point.cdf,
            point.cdf_relative_error * point.cdf,
            number(&row["cdf"]),
            1e-9,
        );
        check.relative(
            &format!("sf({})", point.v),
            point.sf,
            point.sf_relative_error * point.sf,
            number(&row["sf"]),
            1e-9,
        );
    }
    for (what, quantity, key) in [("mean", solution.mean, "mean"), ("variance", solution.variance, "variance")] {
        match (quantity, case[key].as_str()) {
            (Quantity::Infinite, None | Some("inf")) => {}
            (Quantity::Finite(e), Some(_)) => check.relative(what, e.value, e.error(), number(&case[key]), 1e-9),
            other => check.failures.push(format!("{} {what}: {other:?}", check.id)),
        }
    }
    let mode = solution.mode.at.finite().expect("a mode");
    check.relative("mode", mode.value, mode.error(), number(&case["mode"]), 1e-9);
    assert_eq!(solution.mode.diverges, case["mode_is_boundary_divergence"].as_bool().expect("a flag"), "{}", check.id);
    let exponent = solution.tail_exponent.finite().map(|e| (e.value, e.error()));
    if let Some((value, error)) = exponent {
        check.relative("tail exponent", value, error, number(&case["tail_exponent"]), 1e-9);
    }
    for row in &solution.quantiles {
        let key = format!("{}", row.q);
        let truth = number(&case["quantiles"][&key]);
        let e = row.value.finite().expect("a quantile");
        if truth.abs() > 1e-290 {
            check.relative(&format!("quantile {key}"), e.value, e.error(), truth, 1e-9);
        }
        let truth = number(&case["quantiles_log_abs"][&key]);
        check.absolute(
            &format!("ln quantile {key}"),
            row.log_abs,
            row.log_abs_error,
            truth,
            1e-9 * truth.abs().max(1.0),
        );
    }
    (check.worst, check.failures)
}

fn rows_after<'a>(solution: &'a Solution, case: &Value) -> impl Iterator<Item = &'a stillpoint::record::PointRow> {
    solution.points.iter().skip(case["log_p"].as_array().expect("a list").len())
}

#[test]
fn all_reference_laws() {
    let file: Value = serde_json::from_str(include_str!("../data/reference_laws.json")).expect("valid JSON");
    let mut failures = Vec::new();
    for case in file["cases"].as_array().expect("a list") {
        match law(&problem(case)) {
            Ok(solution) => {
                let (worst, mut bad) = compare(case, &solution);
                println!(
                    "{} worst {worst:.1e} reached {:.1e} cells {:?} {:.0} us  {}",
                    case["id"].as_str().expect("an id"),
                    solution.solver.reached,
                    solution.solver.levels,
                    solution.solver.seconds * 1e6,
                    case["note"]
                );
                failures.append(&mut bad);
            }
            Err(error) => failures.push(format!("{} {error}", case["id"])),
        }
    }
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
}
