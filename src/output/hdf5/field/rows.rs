//! The tables of a result: wells, points, expressions, eigenvalues, faces, identities.

use super::super::node::Node;
use super::{error, value};
use crate::estimate::Quantity;
use crate::record::FieldSolution;

pub(super) fn write(root: &Node, solution: &FieldSolution) -> ::hdf5::Result<()> {
    wells(root, solution)?;
    points(root, solution)?;
    second(root, solution)?;
    let rows: Vec<(&str, &Quantity)> = solution.expressions.iter().map(|r| (r.expression.as_str(), &r.value)).collect();
    named(root, "expressions", "expression", "expectations of expressions", &rows)?;
    let rows: Vec<(&str, &Quantity)> = solution.lyapunov.iter().map(|r| (r.face.as_str(), &r.exponent)).collect();
    named(root, "lyapunov", "face", "growth rates of ln of the distance from faces [1/time]", &rows)?;
    let rows: Vec<(&str, &Quantity)> = solution.identities.iter().map(|r| (r.identity.as_str(), &r.defect)).collect();
    named(root, "identities", "identity", "identities of the exact law and their relative defects", &rows)?;
    let group = root.group("eigenvalues", "first eigenvalues of minus the generator")?;
    group.column("rate", &solution.eigenvalues, "1/time", "decay rate", |e| e.rate)?;
    group.column("frequency", &solution.eigenvalues, "1/time", "frequency", |e| e.frequency)?;
    group.column("error", &solution.eigenvalues, "1/time", "bound on the absolute error of both", |e| e.error)
}

/// Moments by both discretisations, where the second was asked and resolves the law.
fn second(root: &Node, solution: &FieldSolution) -> ::hdf5::Result<()> {
    let Some(check) = solution.spectral.as_ref().filter(|check| !check.rows.is_empty()) else { return Ok(()) };
    let group =
        root.group("second", "moments of the solver's coordinates by finite volumes and by Galerkin's method")?;
    group.text("basis", check.basis)?;
    for (i, &elements) in check.elements.iter().enumerate() {
        group.integer(&format!("elements_{i}"), elements as u64)?;
    }
    group.integer("degree", check.degree as u64)?;
    group.strings("quantity", check.rows.iter().map(|r| r.quantity.as_str()), "what the values are of")?;
    group.column("grid", &check.rows, "", "by finite volumes", |r| value(&r.grid))?;
    group.column("grid_error", &check.rows, "", "bound on its absolute error", |r| error(&r.grid))?;
    group.column("spectral", &check.rows, "", "by Galerkin's method", |r| value(&r.spectral))?;
    group.column("spectral_error", &check.rows, "", "bound on its absolute error", |r| error(&r.spectral))?;
    group.column("agree", &check.rows, "1", "1 where both agree within their errors, else 0", |r| f64::from(r.agree))
}

/// Names with one quantity each; those that do not exist are left out.
fn named(root: &Node, group: &str, label: &str, what: &str, rows: &[(&str, &Quantity)]) -> ::hdf5::Result<()> {
    let known: Vec<_> = rows.iter().filter(|(_, q)| **q != Quantity::Absent).collect();
    let group = root.group(group, what)?;
    group.strings(label, known.iter().map(|(name, _)| *name), "what the value is of")?;
    group.column("value", &known, "", "value; inf where it diverges", |(_, q)| value(q))?;
    group.column("error", &known, "", "bound on its absolute error", |(_, q)| error(q))
}

fn wells(root: &Node, solution: &FieldSolution) -> ::hdf5::Result<()> {
    let wells = &solution.wells;
    let group = root.group("wells", "basins of the density, the heaviest first")?;
    group.column("weight", wells, "1", "mass of the basin", |w| value(&w.weight))?;
    group.column("weight_error", wells, "1", "bound on its absolute error", |w| error(&w.weight))?;
    group.column("log_weight", wells, "1", "ln of the mass", |w| w.log_weight)?;
    let what = "ln p where it is highest in it; inf where p goes on rising towards an end";
    group.column("log_density", wells, "ln(1/variables)", what, |w| value(&w.log_density))?;
    group.column("log_density_error", wells, "1", "bound on its absolute error", |w| error(&w.log_density))?;
    let dimensions = [("well", wells.len()), ("name", wells.first().map_or(0, |w| w.mode.len()))];
    let units = solution.variables.join(", ");
    let modes: Vec<f64> = wells.iter().flat_map(|w| w.mode.iter().map(value)).collect();
    group.block("mode", &modes, &dimensions, &units, "where the density is highest in it")?;
    let errors: Vec<f64> = wells.iter().flat_map(|w| w.mode.iter().map(error)).collect();
    group.block("mode_error", &errors, &dimensions, &units, "bounds on its absolute errors")
}

/// Outside the support the density is 0, so its logarithm is minus infinity, without error.
fn points(root: &Node, solution: &FieldSolution) -> ::hdf5::Result<()> {
    let points = &solution.points;
    let group = root.group("points", "density at chosen points")?;
    let at: Vec<f64> = points.iter().flat_map(|p| p.at.iter().copied()).collect();
    let dimensions = [("point", points.len()), ("name", points.first().map_or(0, |p| p.at.len()))];
    group.block("at", &at, &dimensions, &solution.variables.join(", "), "the points")?;
    let or_none = |x: Option<f64>| x.unwrap_or(f64::NEG_INFINITY);
    group.column("log_density", points, "ln(1/variables)", "ln p; -inf outside the support", |p| {
        or_none(p.log_density)
    })?;
    group.column("chart_log_density", points, "ln(1/coordinates)", "ln p in the chart", |p| {
        or_none(p.chart_log_density)
    })?;
    group.column("error", points, "1", "bound on the absolute error of both", |p| p.error.unwrap_or(0.0))
}
