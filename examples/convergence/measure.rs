//! Errors of the discretisation on uniform grids, against digits from 55-digit arithmetic.

use serde_json::Value;
use stillpoint::estimate::Estimate;
use stillpoint::model::{Diagonal, Moments};
use stillpoint::numeric::Q;
use stillpoint::study::{Problem, Uniform};

/// Laws known to 20 digits: 55-digit arithmetic on the closed forms; the file says how.
pub const LAWS: &str = include_str!("../../tests/data/reference_laws.json");
/// One law of each depth 0, 1, 2, 5.
pub const CASES: [&str; 4] = ["pub01", "pub07", "pub14", "pub20"];
/// What is measured of a row, in this order.
pub const QUANTITIES: [&str; 3] = ["log density", "mean", "variance"];

/// A law known to 20 digits.
pub struct Reference {
    pub id: String,
    pub note: String,
    pub problem: Problem,
    /// (v, ln p(v))
    pub log_density: Vec<(f64, f64)>,
    pub mean: Option<f64>,
    pub variance: Option<f64>,
    /// (q, ln of the absolute value of the quantile)
    pub quantiles: Vec<(f64, f64)>,
}

/// How far a number is off, and how far it says it may be.
#[derive(Debug, Clone, Copy)]
pub struct Off {
    pub error: f64,
    pub stated: f64,
    /// Whether every number behind it lies within its own error bar.
    pub covered: bool,
}

/// One grid: absolute error of the log density (largest over the reference points), relative ones of mean and variance.
pub struct Row {
    pub intervals: usize,
    pub spacing: f64,
    pub log_density: Off,
    pub mean: Off,
    pub variance: Off,
    /// What two grids differ by in log density anywhere: a bound on all the errors.
    pub bound: f64,
}

impl Row {
    /// In the order of [`QUANTITIES`].
    pub fn quantities(&self) -> [Off; 3] {
        [self.log_density, self.mean, self.variance]
    }
}

/// All laws of a reference file.
pub fn references(text: &str) -> Vec<Reference> {
    let file: Value = serde_json::from_str(text).expect("valid JSON");
    file["cases"].as_array().expect("a list").iter().map(reference).collect()
}

fn reference(case: &Value) -> Reference {
    let get = |key: &str| number(&case["params"][key]);
    let moments = Moments::try_new(get("alpha1"), get("alpha2"), get("alpha3"), get("beta1"), get("beta2"));
    let model = Diagonal {
        depth: get("D") as u32,
        width: get("d") as u32,
        temperature: get("T"),
        weight_decay: get("gamma"),
        modified_loss: case["modified_loss"].as_bool().unwrap_or(false),
        moments: moments.expect("moments of data"),
    };
    let point = |row: &Value| (number(&row["v"]), number(&row["log_p"]));
    let log_density: Vec<_> = case["log_p"].as_array().expect("a list").iter().map(point).collect();
    let id = case["id"].as_str().expect("an id").to_owned();
    let quantiles = case["quantiles_log_abs"].as_object().expect("a table").iter();
    Reference {
        problem: Problem {
            title: id.clone(),
            model,
            branch: model.natural_branch(),
            tolerance: 1e-10,
            points: log_density.iter().map(|&(v, _)| v).collect(),
            quantiles: vec![],
            moments: vec![],
        },
        id,
        note: case["note"].as_str().unwrap_or_default().to_owned(),
        log_density,
        mean: moment(&case["mean"]),
        variance: moment(&case["variance"]),
        quantiles: quantiles.map(|(q, v)| (q.parse().expect("a number"), number(v))).collect(),
    }
}

/// A number, a decimal string, or either as the `value` of a table.
fn number(v: &Value) -> f64 {
    match v {
        Value::String(text) => text.parse().expect("a decimal"),
        Value::Object(table) => number(&table["value"]),
        other => other.as_f64().expect("a number"),
    }
}

/// `None` where the integral diverges.
fn moment(v: &Value) -> Option<f64> {
    let value = if v.is_object() { &v["value"] } else { v };
    (!value.is_null() && value.as_str() != Some("inf")).then(|| number(value))
}

/// Solves a law on a uniform grid; `None` where the intervals are too wide for any rates.
pub fn measure(reference: &Reference, intervals: usize) -> Option<Row> {
    let found = Uniform::solve(&reference.problem, intervals).ok()??;
    let mut log_density = Off { error: 0.0, stated: 0.0, covered: true };
    for (row, &(_, truth)) in found.points.iter().zip(&reference.log_density) {
        let (value, stated) = (row.log_density?, row.error?);
        log_density.error = log_density.error.max((value - truth).abs());
        log_density.stated = log_density.stated.max(stated);
        log_density.covered &= (value - truth).abs() <= stated;
    }
    Some(Row {
        intervals: found.intervals,
        spacing: (found.chart_box[1] - found.chart_box[0]) / found.intervals as f64,
        log_density,
        mean: relative(found.mean.finite()?, reference.mean?),
        variance: relative(found.variance.finite()?, reference.variance?),
        bound: found.log_density_error,
    })
}

fn relative(found: Estimate, truth: f64) -> Off {
    Off {
        error: (found.value - truth).abs() / truth.abs(),
        stated: found.error() / truth.abs(),
        covered: found.covers(truth),
    }
}

/// Distance of the nearest singularity of the force from the axis of the chart.
///
/// G vanishes at v = k +- i sqrt(Delta)/alpha1. In z = ln|v| that is at |arg v| from the axis; in
/// z = asinh((v - k) alpha1 / sqrt(Delta)), the chart of D = 0, at pi/2.
pub fn singularity(model: &Diagonal) -> f64 {
    let m = &model.moments;
    let k = m.centre() * m.beta2().signum();
    if model.depth == 0 { std::f64::consts::FRAC_PI_2 } else { m.pinch().atan2(k) }
}

/// What theory says of the error with intervals of length `spacing`, up to a factor: r^(-2q) at the nodes and
/// for integrals, r^(-q) between the nodes.
pub fn predicted(distance: f64, spacing: f64) -> [f64; 2] {
    let a = 2.0 * distance / spacing;
    let r = a + a.hypot(1.0);
    [r.powi(-2 * Q as i32), r.powi(-(Q as i32))]
}
