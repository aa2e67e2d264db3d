//! The curve as comma-separated values.
//!
//! Lines that begin with `#` tell where the numbers come from and how the scenario read; the first other line
//! names the columns. Readers that skip comments take it as it is (`pandas.read_csv(f, comment="#")`,
//! `numpy.genfromtxt(f, delimiter=",", names=True)` after skipping them). Numbers are the shortest decimals
//! that read back to the same double; the column of the closed formula is there where a formula is. The curve
//! of a point mass has no rows.

mod field;
mod phase;
mod sweep;

pub use field::{field_text, write_field};
pub use phase::{phase_text, write_phase};
pub use sweep::{sweep_text, write_sweep};

use super::{OutputError, atomic, caption, number};
use crate::record::{Curve, Solution};
use std::fmt::Write as _;
use std::path::Path;

/// Writes the curve of `solution` to `path`.
///
/// # Errors
/// Those of [`atomic::write`]; the file is untouched then.
pub fn write(path: &Path, solution: &Solution) -> Result<(), OutputError> {
    atomic::write(path, text(solution).as_bytes())
}

/// What [`write()`] puts in the file.
pub fn text(solution: &Solution) -> String {
    let mut out = commented(&header(solution));
    rows(&mut out, &solution.curve);
    out
}

/// The lines of a header as comments; a title or reason of several lines must not end the comment.
fn commented(lines: &[String]) -> String {
    lines.join("\n").replace('\r', " ").lines().map(|line| format!("# {line}\n")).collect()
}

fn header(solution: &Solution) -> Vec<String> {
    let p = &solution.provenance;
    let mut lines = vec![
        format!(
            "{}: stationary law, curve on the nodes of the finest grid",
            caption::program(&solution.stillpoint, &solution.provenance)
        ),
        format!("title: {}", solution.title),
        format!("law: {}", caption::law(solution.law, solution.point, solution.support)),
    ];
    lines.extend(solution.reason.as_ref().map(|reason| format!("reason: {reason}")));
    lines.push(format!("mean: {}", number::quantity(&solution.mean)));
    lines.push(format!("variance: {}", number::quantity(&solution.variance)));
    lines.push(format!(
        "solver: {}, {} cells, chart {}",
        solution.solver.method, solution.solver.cells, solution.solver.chart
    ));
    if let Some(comparison) = &solution.comparison {
        lines.push(format!("formula: {}", comparison.formula));
    }
    lines.extend(p.data.as_ref().map(|data| format!("data: {data}")));
    lines.extend(p.seed.map(|seed| format!("seed: {seed}")));
    lines.push("columns: z = coordinate of the chart, v = function of the network, natural logarithms,".to_owned());
    lines.push("  log_density_error = bound on the absolute error, cdf = P(V <= v), sf = P(V > v)".to_owned());
    lines.push("scenario:".to_owned());
    lines.extend(p.scenario.lines().map(|line| format!("  {line}")));
    lines
}

fn rows(out: &mut String, curve: &Curve) {
    let mut columns: Vec<(&str, &[f64])> = vec![
        ("z", &curve.z),
        ("v", &curve.v),
        ("log_density", &curve.log_density),
        ("log_density_error", &curve.log_density_error),
        ("cdf", &curve.cdf),
        ("sf", &curve.sf),
    ];
    if !curve.formula_log_density.is_empty() {
        columns.push(("formula_log_density", &curve.formula_log_density));
    }
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let _ = writeln!(out, "{}", names.join(","));
    for i in 0..curve.v.len() {
        for (k, (_, column)) in columns.iter().enumerate() {
            let separator = if k == 0 { "" } else { "," };
            let _ = match column.get(i) {
                Some(x) if x.is_nan() => write!(out, "{separator}nan"),
                Some(x) => write!(out, "{separator}{:e}", x + 0.0), // no negative zero
                None => write!(out, "{separator}nan"),
            };
        }
        out.push('\n');
    }
}
