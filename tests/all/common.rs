//! Laws known to 20 digits, and the comparison of a solution with one of them.
//!
//! A number of a case is a decimal string, or an object with its `value` (null where it is infinite) and
//! `rounding`, by how much it changes when the parameters are rounded to binary64.

use serde_json::Value;
use stillpoint::estimate::Quantity;
use stillpoint::model::{Diagonal, Moments};
use stillpoint::record::{LawKind, PointRow, Solution};
use stillpoint::study::Problem;

/// Largest error bar that may be stated for a relative number or a log density.
const USEFUL: f64 = 1e-7;
/// Where rounding of the parameters alone does more, the bar may exceed that by this factor.
const AMPLE: f64 = 300.0;

/// A known number.
#[derive(Debug, Clone, Copy)]
struct Truth {
    value: f64,
    rounding: f64,
}

fn truth(v: &Value) -> Option<Truth> {
    let value = if v.is_object() { &v["value"] } else { v };
    match value {
        Value::Null => None,
        Value::String(s) if s == "inf" => None,
        _ => Some(Truth { value: number(value), rounding: v.get("rounding").map_or(0.0, number) }),
    }
}

pub fn number(v: &Value) -> f64 {
    v.as_str().map_or_else(|| v.as_f64().expect("a number"), |s| s.parse().expect("a decimal"))
}

fn list<'a>(case: &'a Value, key: &str) -> &'a [Value] {
    case[key].as_array().map_or(&[], Vec::as_slice)
}

/// The problem of a case.
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
        modified_loss: case["modified_loss"].as_bool().unwrap_or(false),
        moments,
    };
    let points = ["log_p", "cdf"].iter().flat_map(|key| list(case, key)).map(|row| number(&row["v"]));
    Problem {
        title: case["id"].as_str().expect("an id").into(),
        model: model.validated().expect("valid"),
        branch: model.natural_branch(),
        tolerance: 1e-10,
        points: points.collect(),
        quantiles: vec![0.01, 0.5, 0.99],
        moments: list(case, "moments").iter().map(|row| number(&row["order"])).collect(),
    }
}

/// What a comparison found.
pub struct Check {
    id: String,
    /// How far rounding of the parameters alone moves the log density.
    unknowable: f64,
    /// Largest difference.
    pub worst: f64,
    /// In words.
    pub failures: Vec<String>,
}

impl Check {
    fn relative(&mut self, what: &str, found: f64, error: f64, truth: Truth, limit: f64) {
        let scale = if truth.value == 0.0 { 1.0 } else { truth.value.abs() };
        let truth = Truth { value: truth.value / scale, ..truth };
        self.absolute(what, found / scale, error / scale, truth, limit);
    }

    /// |found - truth| against the limit and against the stated bar, which must also be useful.
    fn absolute(&mut self, what: &str, found: f64, error: f64, truth: Truth, limit: f64) {
        let off = (found - truth.value).abs();
        self.worst = self.worst.max(off);
        let allowed = limit + 2.0 * truth.rounding;
        let useful = USEFUL.max(AMPLE * self.unknowable.max(truth.rounding));
        if !(off <= allowed && off <= error && error <= useful) {
            self.failures.push(format!(
                "{} {what}: found {found:e}, truth {:e}, off {off:e}, stated {error:e}, unknowable {:e}",
                self.id, truth.value, truth.rounding
            ));
        }
    }

    fn quantity(&mut self, what: &str, found: Quantity, truth: Option<Truth>) {
        match (found, truth) {
            (Quantity::Infinite, None) => {}
            (Quantity::Finite(e), Some(t)) => self.relative(what, e.value, e.error(), t, 1e-9),
            other => self.failures.push(format!("{} {what}: {other:?}", self.id)),
        }
    }

    fn point(&mut self, row: &Value, point: &PointRow) {
        let v = point.v;
        if let Some(t) = truth(&row["log_p"]) {
            match (point.log_density, point.error) {
                (Some(found), Some(error)) => self.absolute(&format!("log p({v})"), found, error, t, 1e-10),
                _ => self.failures.push(format!("{} log p({v}): not in the support", self.id)),
            }
        }
        // A point below the smallest floating-point number has no cdf here; quantiles in logarithms cover it.
        if v == 0.0 {
            return;
        }
        if let (Some(cdf), Some(sf)) = (truth(&row["cdf"]), truth(&row["sf"])) {
            self.relative(&format!("cdf({v})"), point.cdf, point.cdf_relative_error * point.cdf, cdf, 1e-9);
            self.relative(&format!("sf({v})"), point.sf, point.sf_relative_error * point.sf, sf, 1e-9);
        }
    }
}

/// Everything a case knows against a solution.
pub fn compare(case: &Value, solution: &Solution) -> Check {
    let id = case["id"].as_str().expect("an id").into();
    let log_densities = list(case, "log_p").iter().filter_map(|row| truth(&row["log_p"]));
    let unknowable = log_densities.map(|t| t.rounding).fold(0.0, f64::max);
    let mut check = Check { id, unknowable, worst: 0.0, failures: Vec::new() };
    if solution.law != LawKind::Density {
        check.failures.push(format!("{}: a point mass, {:?}", check.id, solution.reason));
        return check;
    }
    for (row, point) in list(case, "log_p").iter().chain(list(case, "cdf")).zip(&solution.points) {
        check.point(row, point);
    }
    check.quantity("mean", solution.mean, truth(&case["mean"]));
    check.quantity("variance", solution.variance, truth(&case["variance"]));
    check.quantity("mode", solution.mode.at, truth(&case["mode"]));
    if solution.mode.diverges != case["mode_is_boundary_divergence"].as_bool().expect("a flag") {
        check.failures.push(format!("{} mode: diverges {}", check.id, solution.mode.diverges));
    }
    for (row, known) in solution.moments.iter().zip(list(case, "moments")) {
        check.quantity(&format!("E|v|^{}", row.order), row.value, truth(&known["moment"]));
    }
    if let (Some(e), Some(t)) = (solution.tail_exponent.finite(), truth(&case["tail_exponent"])) {
        check.relative("tail exponent", e.value, e.error(), t, 1e-9);
    }
    for row in &solution.quantiles {
        let key = format!("{}", row.q);
        let known = truth(&case["quantiles"][&key]).expect("finite");
        if known.value.abs() > 1e-290 {
            check.quantity(&format!("quantile {key}"), row.value, Some(known));
        }
        let known = truth(&case["quantiles_log_abs"][&key]).expect("finite");
        let limit = 1e-9 * known.value.abs().max(1.0);
        check.absolute(&format!("ln quantile {key}"), row.log_abs, row.log_abs_error, known, limit);
    }
    check
}

/// Solves and compares every case of a file; panics with all failures.
pub fn run_all(text: &str) {
    let file: Value = serde_json::from_str(text).expect("valid JSON");
    let mut failures = Vec::new();
    for case in list(&file, "cases") {
        match stillpoint::study::law(&problem(case)) {
            Ok(solution) => {
                let mut check = compare(case, &solution);
                println!(
                    "{} worst {:.1e} reached {:.1e} cells {:?} {:.0} us  {}",
                    case["id"],
                    check.worst,
                    solution.solver.reached,
                    solution.solver.levels,
                    solution.solver.seconds * 1e6,
                    case["note"]
                );
                failures.append(&mut check.failures);
            }
            Err(error) => failures.push(format!("{} {error}", case["id"])),
        }
    }
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
}
