//! Marginals of a law of several variables as comma-separated values, one row per place of every marginal.

use super::commented;
use crate::output::{OutputError, atomic, caption, number};
use crate::record::FieldSolution;
use std::path::Path;

/// Writes the marginals of `solution` to `path`.
///
/// # Errors
/// Those of [`atomic::write`]; the file is untouched then.
pub fn write_field(path: &Path, solution: &FieldSolution) -> Result<(), OutputError> {
    atomic::write(path, field_text(solution).as_bytes())
}

/// What [`write_field`] puts in the file.
pub fn field_text(solution: &FieldSolution) -> String {
    let mut out = commented(&header(solution));
    out.push_str("marginal,at,log_density,log_density_error\n");
    for marginal in &solution.marginals {
        let name = quoted(&marginal.name);
        for ((at, log_density), error) in marginal.at.iter().zip(&marginal.log_density).zip(&marginal.log_density_error)
        {
            // No negative zero.
            out.push_str(&format!("{name},{:e},{:e},{:e}\n", at + 0.0, log_density + 0.0, error + 0.0));
        }
    }
    out
}

fn header(solution: &FieldSolution) -> Vec<String> {
    let p = &solution.provenance;
    let mut lines = vec![
        format!("{}: stationary law, its marginals", caption::program(&solution.stillpoint, p)),
        format!("title: {}", solution.title),
        format!("law: {}", caption::field(&solution.variables)),
    ];
    for (name, mean) in solution.variables.iter().zip(&solution.mean) {
        lines.push(format!("mean of {name}: {}", number::quantity(mean)));
    }
    lines.extend(p.data.as_ref().map(|data| format!("data: {data}")));
    lines.extend(p.seed.map(|seed| format!("seed: {seed}")));
    lines.push(
        "columns: marginal = variable or expression, at = its value, log_density = natural logarithm of".to_owned(),
    );
    lines.push("  its density there, log_density_error = bound on the absolute error".to_owned());
    lines.push("scenario:".to_owned());
    lines.extend(p.scenario.lines().map(|line| format!("  {line}")));
    lines
}

/// A name as one field: `min(x, y)` has a comma.
pub(super) fn quoted(name: &str) -> String {
    let clean = name.replace(char::is_control, " ");
    if clean.contains([',', '"']) { format!("\"{}\"", clean.replace('"', "\"\"")) } else { clean }
}
