//! Boundaries as comma-separated values, one row per point.

use super::commented;
use crate::estimate::Quantity;
use crate::output::{OutputError, atomic, caption};
use crate::record::PhaseSolution;
use std::path::Path;

/// Writes the points of `solution` to `path`.
///
/// # Errors
/// Those of [`atomic::write`]; the file is untouched then.
pub fn write_phase(path: &Path, solution: &PhaseSolution) -> Result<(), OutputError> {
    atomic::write(path, phase_text(solution).as_bytes())
}

/// What [`write_phase`] puts in the file.
pub fn phase_text(solution: &PhaseSolution) -> String {
    let mut out = commented(&header(solution));
    out.push_str("boundary,branch,x,error,y,formula\n");
    let optional = |x: Option<f64>| x.map_or_else(String::new, |x| format!("{x:e}"));
    for boundary in &solution.boundaries {
        let name = super::field::quoted(&boundary.kind);
        for point in &boundary.points {
            let Quantity::Finite(x) = point.x else { continue };
            let (y, formula) = (optional(point.y), optional(point.formula));
            out.push_str(&format!("{name},{},{:e},{:e},{y},{formula}\n", point.branch, x.value, x.error()));
        }
    }
    out
}

fn header(solution: &PhaseSolution) -> Vec<String> {
    let p = &solution.provenance;
    let mut lines = vec![
        format!("{}: phase boundaries", caption::program(&solution.stillpoint, p)),
        format!("title: {}", solution.title),
        format!("x: {}", solution.x.key),
    ];
    lines.extend(solution.y.as_ref().map(|y| format!("y: {}", y.key)));
    for boundary in &solution.boundaries {
        lines.extend(boundary.reason.as_ref().map(|reason| format!("{}: {reason}", boundary.kind)));
    }
    lines.extend(p.data.as_ref().map(|data| format!("data: {data}")));
    lines.push("columns: branch = number of the curve, error = bound on the absolute error of x".to_owned());
    lines.push("scenario:".to_owned());
    lines.extend(p.scenario.lines().map(|line| format!("  {line}")));
    lines
}
