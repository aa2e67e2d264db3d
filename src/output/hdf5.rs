//! The whole result as an HDF5 file that opens in any HDF5 reader (h5py, h5dump, Julia, MATLAB, ...).
//!
//! Format `stillpoint-1d`, version 1. Scalars are attributes of the root: what made the file (`version`,
//! `revision`, `scenario`, `seed`, `data`), the law, `mean`, `variance`, `mode`, `tail_exponent`, each with an
//! `.._error`, and the solver's diagnostics (`solver_..`). A quantity that is infinite is `inf`; one that does
//! not exist is `nan`. Arrays are datasets with `units` and `description`:
//!
//! | group | datasets |
//! |---|---|
//! | `/grid` | `z`, `v` |
//! | `/density` | `log_density`, `log_density_error`, `formula_log_density` (where a formula is) |
//! | `/distribution` | `cdf`, `sf` |
//! | `/cells` | `z`, `log_density`: \[cells, 16\], the Gauss nodes of every cell |
//! | `/moments` | `order`, `value`, `error` |
//! | `/quantiles` | `q`, `value`, `error`, `log_abs`, `log_abs_error` |
//! | `/points` | `v`, `log_density`, `error`, `cdf`, `sf`, `cdf_relative_error`, `sf_relative_error` |
//! | `/invariant_laws` | `law`, `point`, `support_lower`, `support_upper`, `reached`, `attracting`, `note` |
//! | `/comparison` | `quantity`, `grid`, `grid_error`, `formula`, `formula_error`, .. (where there is one) |
//! | `/samples/<method>` | `quantile_q`, .., `histogram_edges`, `histogram_density`, `histogram_error` (where samples are) |
//!
//! A point mass has the same groups with arrays of length 0 where there is no curve. A change of the layout
//! raises `format_version`.

mod dimensions;
mod field;
mod node;
mod parts;
mod phase;
mod samples;
mod sweep;

pub use sweep::{SWEEP_FORMAT, SWEEP_FORMAT_VERSION, SweepFileError, read_sweep, write_sweep};

pub use field::{FIELD_FORMAT, FIELD_FORMAT_VERSION, write_field};
pub use parts::{PARTS_FORMAT, PARTS_FORMAT_VERSION, PartsFileError, format_of, read_parts, write_parts};
pub use phase::{PHASE_FORMAT, PHASE_FORMAT_VERSION, phase_scenario, write_phase};

use super::{OutputError, atomic};
use crate::estimate::Quantity;
use crate::record::{Comparison, InvariantLaw, LawKind, Provenance, Sampling, Solution};
pub(super) use node::Node;
use std::path::Path;

/// Name of the layout, the root attribute `format`.
pub const FORMAT: &str = "stillpoint-1d";
/// Version of the layout, the root attribute `format_version`.
pub const FORMAT_VERSION: u64 = 1;

/// Writes `solution`, and samples set beside it, to `path`.
///
/// # Errors
/// [`OutputError::Hdf5`] and those of [`atomic::write_with`]; the file is untouched then.
pub fn write(path: &Path, solution: &Solution, samples: &[&Sampling]) -> Result<(), OutputError> {
    let origin = Origin {
        format: (FORMAT, FORMAT_VERSION),
        title: &solution.title,
        program: &solution.stillpoint,
        provenance: &solution.provenance,
        seed: samples.first().map(|s| s.seed),
    };
    origin.write(path, |root| fill(root, solution, samples))
}

/// What says of every file what it is and how it was made.
struct Origin<'a> {
    format: (&'static str, u64),
    title: &'a str,
    program: &'a str,
    provenance: &'a Provenance,
    /// Of the first Monte Carlo run, where the provenance has none.
    seed: Option<u64>,
}

impl Origin<'_> {
    /// A whole file or none: these attributes, then what `fill` adds.
    fn write(&self, path: &Path, fill: impl Fn(&Node) -> ::hdf5::Result<()>) -> Result<(), OutputError> {
        let whole = |temporary: &Path| {
            let file = ::hdf5::File::create(temporary)?;
            let root = Node::new(&file);
            root.text("format", self.format.0)?;
            root.integer("format_version", self.format.1)?;
            provenance(&root, self.title, self.program, self.provenance)?;
            if let Some(seed) = self.provenance.seed.or(self.seed) {
                root.integer("seed", seed)?;
            }
            fill(&root)?;
            file.flush()?;
            file.close()
        };
        atomic::write_with(path, |temporary| {
            whole(temporary).map_err(|source| OutputError::Hdf5 { path: path.to_owned(), source })
        })
    }
}

fn fill(root: &Node, solution: &Solution, samples: &[&Sampling]) -> ::hdf5::Result<()> {
    scalars(root, solution)?;
    solver(root, solution)?;
    curve(root, solution)?;
    tables(root, solution)?;
    invariant_laws(root, &solution.invariant_laws)?;
    if let Some(comparison) = &solution.comparison {
        self::comparison(root, comparison)?;
    }
    samples::write(root, samples)
}

/// A quantity as a double: `inf` where it is infinite, `nan` where it does not exist.
fn value(q: &Quantity) -> f64 {
    match q {
        Quantity::Finite(e) => e.value,
        Quantity::Infinite => f64::INFINITY,
        Quantity::Absent => f64::NAN,
    }
}

/// The error of a quantity, `nan` where there is no finite value.
fn error(q: &Quantity) -> f64 {
    q.finite().map_or(f64::NAN, |e| e.error())
}

fn law_name(kind: LawKind) -> &'static str {
    match kind {
        LawKind::Density => "density",
        LawKind::PointMass => "point_mass",
    }
}

/// What is needed to make the result again.
fn provenance(root: &Node, title: &str, version: &str, p: &Provenance) -> ::hdf5::Result<()> {
    root.text("title", title)?;
    root.text("version", version)?;
    root.text("revision", &p.revision)?;
    root.text("scenario", &p.scenario)?;
    if let Some(data) = &p.data {
        root.text("data", data)?;
    }
    Ok(())
}

fn scalars(root: &Node, solution: &Solution) -> ::hdf5::Result<()> {
    root.text("law", law_name(solution.law))?;
    root.text("reason", solution.reason.as_deref().unwrap_or(""))?;
    root.number("point", solution.point.unwrap_or(f64::NAN))?;
    root.number("support_lower", solution.support[0].unwrap_or(f64::NEG_INFINITY))?;
    root.number("support_upper", solution.support[1].unwrap_or(f64::INFINITY))?;
    root.quantity("mean", &solution.mean)?;
    root.quantity("variance", &solution.variance)?;
    root.quantity("mode", &solution.mode.at)?;
    root.flag("mode_diverges", solution.mode.diverges)?;
    root.quantity("tail_exponent", &solution.tail_exponent)
}

fn solver(root: &Node, solution: &Solution) -> ::hdf5::Result<()> {
    let s = &solution.solver;
    root.text("solver_method", &s.method)?;
    root.text("solver_chart", &s.chart)?;
    root.integer("solver_cells", s.cells as u64)?;
    root.numbers("solver_box", &s.chart_box)?;
    root.numbers("solver_mass_beyond", &s.mass_beyond)?;
    root.numbers("solver_end_slopes", &s.end_slopes)?;
    root.number("solver_residual", s.residual)?;
    root.number("solver_tolerance", s.tolerance)?;
    root.number("solver_reached", s.reached)?;
    root.flag("solver_converged", s.converged)?;
    root.number("solver_seconds", s.seconds)?;
    let levels: Vec<f64> = s.levels.iter().map(|&n| n as f64).collect();
    root.numbers("solver_levels", &levels)
}

fn curve(root: &Node, solution: &Solution) -> ::hdf5::Result<()> {
    let c = &solution.curve;
    let grid = root.group("grid", "nodes of the finest grid, in the order of v")?;
    grid.array("z", &c.z, "1", &format!("coordinate of the chart: {}", solution.solver.chart))?;
    grid.array("v", &c.v, "1", "function of the network, f(x) = v x")?;
    let density = root.group("density", "stationary density p of v at /grid/v")?;
    density.array("log_density", &c.log_density, "ln(1/v)", "ln p(v)")?;
    density.array("log_density_error", &c.log_density_error, "1", "bound on the absolute error of log_density")?;
    if !c.formula_log_density.is_empty() {
        density.array("formula_log_density", &c.formula_log_density, "ln(1/v)", "ln p(v) of the closed formula")?;
    }
    let distribution = root.group("distribution", "distribution function of v at /grid/v")?;
    distribution.array("cdf", &c.cdf, "1", "P(V <= v)")?;
    distribution.array("sf", &c.sf, "1", "P(V > v), without cancellation")?;
    let cells = root.group("cells", "Gauss nodes of every cell, ascending in z: [cells, 16]")?;
    cells.matrix("z", &c.cell_z, "1", "coordinate of the chart")?;
    cells.matrix("log_density", &c.cell_log_density, "ln(1/v)", "ln p(v); a 16-point Gauss rule per row integrates it")
}

fn tables(root: &Node, solution: &Solution) -> ::hdf5::Result<()> {
    let moments = root.group("moments", "absolute moments E|v|^order")?;
    let rows = &solution.moments;
    moments.column("order", rows, "1", "n", |r| r.order)?;
    moments.column("value", rows, "v^n", "E|v|^n; inf where it diverges", |r| value(&r.value))?;
    moments.column("error", rows, "v^n", "bound on its absolute error", |r| error(&r.value))?;

    let quantiles = root.group("quantiles", "quantiles of v")?;
    let rows = &solution.quantiles;
    quantiles.column("q", rows, "1", "probability", |r| r.q)?;
    quantiles
        .column("value", rows, "v", "v with P(V <= v) = q; 0 where too small for a double", |r| value(&r.value))?;
    quantiles.column("error", rows, "v", "bound on its absolute error", |r| error(&r.value))?;
    quantiles.column("log_abs", rows, "ln v", "ln |v|, of any size", |r| r.log_abs)?;
    quantiles.column("log_abs_error", rows, "1", "bound on its absolute error", |r| r.log_abs_error)?;

    let points = root.group("points", "density and distribution at chosen points")?;
    let rows = &solution.points;
    let or_nan = |x: Option<f64>| x.unwrap_or(f64::NAN);
    points.column("v", rows, "v", "the point", |r| r.v)?;
    points.column("log_density", rows, "ln(1/v)", "ln p(v); nan outside the support", |r| or_nan(r.log_density))?;
    points.column("error", rows, "1", "bound on its absolute error", |r| or_nan(r.error))?;
    points.column("cdf", rows, "1", "P(V <= v)", |r| r.cdf)?;
    points.column("sf", rows, "1", "P(V > v)", |r| r.sf)?;
    points.column("cdf_relative_error", rows, "1", "bound on the relative error of cdf", |r| r.cdf_relative_error)?;
    points.column("sf_relative_error", rows, "1", "bound on the relative error of sf", |r| r.sf_relative_error)
}

fn invariant_laws(root: &Node, laws: &[InvariantLaw]) -> ::hdf5::Result<()> {
    let group =
        root.group("invariant_laws", "every ergodic invariant law, on all branches; mixtures are invariant too")?;
    group.strings("law", laws.iter().map(|l| law_name(l.law)), "density or point_mass")?;
    group.strings("note", laws.iter().map(|l| l.note.as_str()), "what was seen at the ends of the chart")?;
    group.column("point", laws, "v", "where a point mass sits, nan for a density", |l| l.point.unwrap_or(f64::NAN))?;
    group.column("support_lower", laws, "v", "lower end of the support", |l| {
        l.support[0].unwrap_or(f64::NEG_INFINITY)
    })?;
    group.column("support_upper", laws, "v", "upper end of the support", |l| l.support[1].unwrap_or(f64::INFINITY))?;
    group.column("reached", laws, "1", "1 if a start on the chosen branch reaches it", |l| {
        f64::from(u8::from(l.reached))
    })?;
    group.column("attracting", laws, "1", "1 if nearby starts are drawn to it", |l| f64::from(u8::from(l.attracting)))
}

fn comparison(root: &Node, comparison: &Comparison) -> ::hdf5::Result<()> {
    let group = root.group("comparison", "the closed formula beside the grid")?;
    group.text("formula", &comparison.formula)?;
    group.flag("agree", comparison.agree)?;
    group.number("max_log_density_difference", comparison.max_log_density_difference.unwrap_or(f64::NAN))?;
    group.number("max_log_density_error", comparison.max_log_density_error.unwrap_or(f64::NAN))?;
    let rows = &comparison.rows;
    group.strings("quantity", rows.iter().map(|r| r.quantity.as_str()), "name of the quantity")?;
    group.column("grid", rows, "", "from the grid", |r| value(&r.grid))?;
    group.column("grid_error", rows, "", "its stated error", |r| error(&r.grid))?;
    group.column("formula", rows, "", "from the closed formula", |r| value(&r.formula))?;
    group.column("formula_error", rows, "", "its stated error", |r| error(&r.formula))?;
    group.column("agree", rows, "1", "1 if both agree within their errors", |r| f64::from(u8::from(r.agree)))
}
