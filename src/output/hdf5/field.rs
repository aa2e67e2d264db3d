//! The whole result for a law of several variables as an HDF5 file.
//!
//! Format `stillpoint-field`, version 1. Scalars are attributes of the root: what made the file (`version`,
//! `revision`, `scenario`, `seed`, `data`), `spectral_gap`, `relaxation_time`, `entropy_production` (each with
//! an `.._error`; left out where they do not exist) and the solver's diagnostics (`solver_..`). What is infinite
//! is `inf` with error 0; nothing is `nan`. Arrays are datasets with `units`, `description` and `dimensions`
//! (names separated by spaces; `axis_1` is the dimension of `/grid/axis_1`):
//!
//! | group | datasets |
//! |---|---|
//! | `/variables`, `/chart` | `name`, `mean`, `mean_error`, `covariance`, `covariance_error` |
//! | `/grid` | `axis_1`, ..: chart coordinates of the nodes; `variable_1`, ..: the model's variables at every node |
//! | `/density` | `log_density`, `chart_log_density` at every node |
//! | `/current` | `axis_1`, ..: the current in chart coordinates at every node (where it is known) |
//! | `/marginals/1`, .. | `at`, `log_density`, `log_density_error`, `quantile_q`, `quantile_value`, `quantile_error` |
//! | `/wells` | `weight`, `weight_error`, `log_weight`, `log_density`, `log_density_error`, `mode`, `mode_error` |
//! | `/points` | `at`, `log_density`, `chart_log_density`, `error` |
//! | `/expressions` | `expression`, `value`, `error` |
//! | `/eigenvalues` | `rate`, `frequency`, `error` |
//! | `/lyapunov`, `/identities` | `face` or `identity`, `value`, `error` |
//! | `/second` | `quantity`, `grid`, `grid_error`, `spectral`, `spectral_error`, `agree`: a second discretisation, where asked |
//! | `/samples/<method>` | means, covariances, quantiles and the `cloud` of a Monte Carlo run (where there is one) |

mod rows;
mod samples;

use super::node::Node;
use super::{Origin, OutputError};
use crate::estimate::Quantity;
use crate::record::{FieldSampling, FieldSolution, FieldTable, Marginal};
use std::path::Path;

/// Name of the layout, the root attribute `format`.
pub const FIELD_FORMAT: &str = "stillpoint-field";
/// Version of the layout, the root attribute `format_version`.
pub const FIELD_FORMAT_VERSION: u64 = 1;

/// Writes `solution`, and samples set beside it, to `path`.
///
/// # Errors
/// [`OutputError::Hdf5`] and those of [`atomic::write_with`]; the file is untouched then.
pub fn write_field(path: &Path, solution: &FieldSolution, samples: &[&FieldSampling]) -> Result<(), OutputError> {
    let origin = Origin {
        format: (FIELD_FORMAT, FIELD_FORMAT_VERSION),
        title: &solution.title,
        program: &solution.stillpoint,
        provenance: &solution.provenance,
        seed: samples.first().map(|s| s.seed),
    };
    origin.write(path, |root| fill(root, solution, samples))
}

fn fill(root: &Node, solution: &FieldSolution, samples: &[&FieldSampling]) -> ::hdf5::Result<()> {
    root.text("law", "density")?;
    root.known("spectral_gap", &solution.spectral_gap)?;
    root.known("relaxation_time", &solution.relaxation_time)?;
    root.known("entropy_production", &solution.entropy_production)?;
    solver(root, solution)?;
    root.strings("warnings", solution.warnings.iter().map(String::as_str), "what the reader should know")?;
    let variables = root.group("variables", "the model's own variables")?;
    moments(&variables, &solution.variables, &solution.mean, &solution.covariance)?;
    let chart = root.group("chart", "the solver's coordinates")?;
    moments(&chart, &solution.chart.names, &solution.chart.mean, &solution.chart.covariance)?;
    table(root, solution)?;
    marginals(root, &solution.marginals)?;
    rows::write(root, solution)?;
    samples::write(root, samples)
}

/// A quantity as a double that is no NaN, for lists in which everything exists.
fn value(q: &Quantity) -> f64 {
    match q {
        Quantity::Finite(e) => e.value,
        Quantity::Infinite | Quantity::Absent => f64::INFINITY,
    }
}

/// The error of a quantity, 0 where the value is exactly infinite.
fn error(q: &Quantity) -> f64 {
    q.finite().map_or(0.0, |e| e.error())
}

fn solver(root: &Node, solution: &FieldSolution) -> ::hdf5::Result<()> {
    let s = &solution.solver;
    root.text("solver_method", &s.method)?;
    root.text("solver_scheme", &s.scheme)?;
    root.text("solver_chart", &s.chart.join("; "))?;
    root.numbers("solver_box", &s.chart_box.concat())?;
    root.numbers("solver_mass_at_walls", &s.mass_at_walls.concat())?;
    let levels: Vec<f64> = s.levels.concat().iter().map(|&n| n as f64).collect();
    root.numbers("solver_levels", &levels)?;
    root.integer("solver_nonzeros", s.nonzeros as u64)?;
    root.integer("solver_front", s.front as u64)?;
    root.number("solver_flops", s.flops)?;
    root.integer("solver_peak_bytes", s.peak_bytes)?;
    root.number("solver_residual", s.residual)?;
    root.number("solver_max_residual_drop", solution.max_residual_drop)?;
    root.number("solver_tolerance", s.tolerance)?;
    root.number("solver_reached", s.reached)?;
    root.flag("solver_converged", s.converged)?;
    root.number("solver_seconds", s.seconds)
}

/// Names, means and covariance of some coordinates.
fn moments(group: &Node, names: &[String], mean: &[Quantity], covariance: &[Vec<Quantity>]) -> ::hdf5::Result<()> {
    let units = names.join(", ");
    group.strings("name", names.iter().map(String::as_str), "names, in the order of all other lists")?;
    group.column("mean", mean, &units, "means", value)?;
    group.column("mean_error", mean, &units, "bounds on their absolute errors", error)?;
    let flat = covariance.concat();
    let dimensions = [("name", covariance.len()), ("name", covariance.first().map_or(0, Vec::len))];
    let values: Vec<f64> = flat.iter().map(value).collect();
    group.block(
        "covariance",
        &values,
        &dimensions,
        "products of units of mean",
        "covariance; inf where it diverges",
    )?;
    let errors: Vec<f64> = flat.iter().map(error).collect();
    group.block("covariance_error", &errors, &dimensions, "as covariance", "bounds on its absolute errors")
}

/// Nodes, density and current.
fn table(root: &Node, solution: &FieldSolution) -> ::hdf5::Result<()> {
    let FieldTable { axes, variables, chart_log_density, log_density, current } = &solution.field;
    let names: Vec<String> = (1..=axes.len()).map(|i| format!("axis_{i}")).collect();
    let dimensions: Vec<(&str, usize)> = names.iter().map(String::as_str).zip(axes.iter().map(Vec::len)).collect();
    let grid = root.group("grid", "nodes of the finest grid")?;
    for (i, axis) in axes.iter().enumerate() {
        let what = solution.chart.names.get(i).map_or("", String::as_str);
        grid.block(&names[i], axis, &dimensions[i..=i], what, &format!("nodes along {what}"))?;
    }
    for (i, values) in variables.iter().enumerate() {
        let what = solution.variables.get(i).map_or("", String::as_str);
        grid.block(&format!("variable_{}", i + 1), values, &dimensions, what, &format!("{what} at every node"))?;
    }
    let density = root.group("density", "stationary density p at every node")?;
    let own = format!("ln p({})", solution.variables.join(", "));
    density.block("log_density", log_density, &dimensions, "ln(1/variables)", &own)?;
    let chart = format!("ln p({})", solution.chart.names.join(", "));
    density.block("chart_log_density", chart_log_density, &dimensions, "ln(1/coordinates)", &chart)?;
    if !current.is_empty() {
        let group = root.group("current", "stationary probability current in chart coordinates at every node")?;
        for (name, component) in names.iter().zip(current) {
            group.block(name, component, &dimensions, "1/(time other coordinates)", "component along this axis")?;
        }
    }
    Ok(())
}

fn marginals(root: &Node, marginals: &[Marginal]) -> ::hdf5::Result<()> {
    let groups = root.group("marginals", "laws of single variables and of expressions")?;
    for (i, m) in marginals.iter().enumerate() {
        let group = groups.group(&(i + 1).to_string(), "law of one variable or expression")?;
        group.text("name", &m.name)?;
        group.known("mean", &m.mean)?;
        group.known("variance", &m.variance)?;
        for (end, exponent) in ["lower", "upper"].iter().zip(&m.tail_exponents) {
            group.known(&format!("tail_exponent_{end}"), exponent)?;
        }
        group.array("at", &m.at, &m.name, "where the density is tabulated")?;
        group.array("log_density", &m.log_density, "ln(1/unit of at)", "ln p there")?;
        group.array("log_density_error", &m.log_density_error, "1", "bound on its absolute error")?;
        group.column("quantile_q", &m.quantiles, "1", "probability", |q| q.q)?;
        group.column("quantile_value", &m.quantiles, &m.name, "its quantile", |q| value(&q.value))?;
        group.column("quantile_error", &m.quantiles, &m.name, "bound on its absolute error", |q| error(&q.value))?;
    }
    Ok(())
}
