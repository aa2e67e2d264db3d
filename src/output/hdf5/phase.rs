//! Boundaries as an HDF5 file.
//!
//! Format `stillpoint-phase`, version 1. Attributes of the root: what made the file, and `x_key`, `y_key` (empty for
//! boundaries on x alone) with their ends and scales. Every boundary is a group named after its kind (`:` as it is
//! written, `/` as U+2215) with `positive` and `negative`, what holds on its sides, and `reason` where it has no point:
//!
//! | group | datasets |
//! |---|---|
//! | `/<kind>` | `x`, `error`, `y` (`nan` without one), `formula` (`nan` where there is none), `branch`, `beyond` |
//! | `/<kind>/absent` | `y`, `low_margin`, `high_margin`, `reason`: values of y without a point |
//! | `/<kind>/beside` | `route`, `y`, `x`, `error`: other routes to the same boundary |

use super::node::Node;
use super::sweep::{dataset_name, text};
use super::{Origin, OutputError, error, value};
use crate::record::{Boundary, PhaseAxis, PhaseSolution};
use std::path::Path;

/// Name of the layout, the root attribute `format`.
pub const PHASE_FORMAT: &str = "stillpoint-phase";
/// Version of the layout, the root attribute `format_version`.
pub const PHASE_FORMAT_VERSION: u64 = 1;

/// Writes `solution` to `path`.
///
/// # Errors
/// [`OutputError::Hdf5`] and those of [`crate::output::atomic::write_with`]; the file is untouched then.
pub fn write_phase(path: &Path, solution: &PhaseSolution) -> Result<(), OutputError> {
    let origin = Origin {
        format: (PHASE_FORMAT, PHASE_FORMAT_VERSION),
        title: &solution.title,
        program: &solution.stillpoint,
        provenance: &solution.provenance,
        seed: None,
    };
    origin.write(path, |root| {
        write_axis(root, "x", Some(&solution.x))?;
        write_axis(root, "y", solution.y.as_ref())?;
        solution.boundaries.iter().try_for_each(|boundary| self::boundary(root, boundary))
    })
}

/// The scenario of a file of boundaries; nothing where it is something else.
pub fn phase_scenario(path: &Path) -> Option<String> {
    let file = ::hdf5::File::open(path).ok()?;
    let format = text(&file, "format").ok()?;
    (format == PHASE_FORMAT).then(|| text(&file, "scenario").ok()).flatten()
}

pub(super) fn write_axis(root: &Node, name: &str, axis: Option<&PhaseAxis>) -> ::hdf5::Result<()> {
    root.text(&format!("{name}_key"), axis.map_or("", |a| &a.key))?;
    let Some(axis) = axis else { return Ok(()) };
    root.number(&format!("{name}_from"), axis.from)?;
    root.number(&format!("{name}_to"), axis.to)?;
    root.text(&format!("{name}_scale"), axis.scale)
}

fn boundary(root: &Node, boundary: &Boundary) -> ::hdf5::Result<()> {
    let or_nan = |x: Option<f64>| x.unwrap_or(f64::NAN);
    let group = root.group(&dataset_name(&boundary.kind), "points of a boundary")?;
    group.text("positive", &boundary.sides[0])?;
    group.text("negative", &boundary.sides[1])?;
    group.text("reason", boundary.reason.as_deref().unwrap_or(""))?;
    let rows = &boundary.points;
    group.column("x", rows, "", "where the boundary is", |p| value(&p.x))?;
    group.column("error", rows, "", "bound on the absolute error of x", |p| error(&p.x))?;
    group.column("y", rows, "", "value of the second parameter", |p| or_nan(p.y))?;
    group.column("formula", rows, "", "what a formula says", |p| or_nan(p.formula))?;
    group.column("branch", rows, "1", "number of the curve", |p| p.branch as f64)?;
    group.strings("beyond", rows.iter().map(|p| p.beyond.as_str()), "what holds at larger x")?;
    let absent = group.group("absent", "values of y without a point")?;
    let rows = &boundary.absent;
    absent.column("y", rows, "", "value of the second parameter", |p| or_nan(p.y))?;
    absent.column("low_margin", rows, "", "margin at the lower end of x", |p| or_nan(p.ends[0].margin))?;
    absent.column("high_margin", rows, "", "margin at the upper end of x", |p| or_nan(p.ends[1].margin))?;
    absent.strings("reason", rows.iter().map(|p| p.reason.as_str()), "in words")?;
    let beside = group.group("beside", "other routes to the same boundary")?;
    let rows = &boundary.beside;
    beside.strings("route", rows.iter().map(|p| p.route.as_str()), "which route")?;
    beside.column("y", rows, "", "value of the second parameter", |p| or_nan(p.y))?;
    beside.column("x", rows, "", "where the boundary is; nan where there is none", |p| value(&p.x))?;
    beside.column("error", rows, "", "bound on its absolute error (one standard error of samples)", |p| error(&p.x))
}
