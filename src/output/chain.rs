//! The laws of a Markov chain as a CSV or an HDF5 file.
//!
//! CSV: a row for every state with `state`, `class` (empty for transient states) and `log_probability` (`-inf` for them);
//! with several closed classes also `absorption_<class>`, the probability to end there.
//!
//! HDF5, format `stillpoint-chain`, version 1: `/class` (-1 for transient states), `/log_probability` (`-inf` for them), and
//! with several closed classes the group `/absorption` with `from` and `probability` \[start, class\]. Attributes of the
//! root tell file, kind, orientation and error.

use super::hdf5::Node;
use super::{OutputError, atomic};
use crate::record::ChainSolution;
use ndarray::Array2;
use std::fmt::Write as _;
use std::path::Path;

/// Name of the HDF5 layout, the root attribute `format`.
pub const FORMAT: &str = "stillpoint-chain";
/// Its version, the root attribute `format_version`.
pub const FORMAT_VERSION: u64 = 1;

/// Writes a solution as HDF5 if the name ends in `.h5` or `.hdf5`, as CSV otherwise.
///
/// # Errors
/// [`OutputError::Hdf5`] and those of [`atomic::write`]; the file is untouched then.
pub fn write(path: &Path, solution: &ChainSolution) -> Result<(), OutputError> {
    let extension = path.extension().and_then(|e| e.to_str()).map(str::to_ascii_lowercase);
    if matches!(extension.as_deref(), Some("h5" | "hdf5")) {
        return atomic::write_with(path, |temporary| {
            fill(temporary, solution).map_err(|source| OutputError::Hdf5 { path: path.to_owned(), source })
        });
    }
    atomic::write(path, csv(solution).as_bytes())
}

/// What [`write()`] puts in a CSV file.
pub fn csv(solution: &ChainSolution) -> String {
    let mut out = format!(
        "# stillpoint {}: stationary law of the {} {} ({} are sources)\n",
        solution.stillpoint,
        solution.kind,
        solution.file.replace(['\n', '\r'], " "),
        solution.orientation
    );
    let _ = writeln!(out, "# error of log_probability: {:e}", solution.log_probability_error);
    out.push_str("state,class,log_probability");
    let ends = if solution.absorption.is_some() { solution.classes.len() } else { 0 };
    (0..ends).for_each(|k| {
        let _ = write!(out, ",absorption_{k}");
    });
    out.push('\n');
    let mut starts = solution.absorption.iter().flat_map(|a| &a.probability);
    for (state, law) in solution.by_state().into_iter().enumerate() {
        let _ = match law {
            Some((class, log)) => write!(out, "{state},{class},{:e}", log + 0.0),
            None => write!(out, "{state},,-inf"),
        };
        // States of a closed class stay in it; transient ones come in the order of the rows.
        let row = if law.is_none() { starts.next() } else { None };
        for k in 0..ends {
            let probability = row.map_or(f64::from(law.is_some_and(|(class, _)| class == k)), |row| row[k]);
            let _ = write!(out, ",{probability:e}");
        }
        out.push('\n');
    }
    out
}

fn fill(path: &Path, solution: &ChainSolution) -> ::hdf5::Result<()> {
    let file = ::hdf5::File::create(path)?;
    let root = Node::new(&file);
    root.text("format", FORMAT)?;
    root.integer("format_version", FORMAT_VERSION)?;
    root.text("version", &solution.stillpoint)?;
    root.text("file", &solution.file)?;
    root.text("kind", &solution.kind)?;
    root.text("orientation", &solution.orientation)?;
    root.number("log_probability_error", solution.log_probability_error)?;
    root.number("max_residual", solution.max_residual)?;
    root.integer("closed_classes", solution.classes.len() as u64)?;
    let states = solution.by_state();
    root.column("class", &states, "1", "closed class of every state, -1 for transient ones", |law| {
        law.map_or(-1.0, |(class, _)| class as f64)
    })?;
    let description = "ln of the stationary probability in its class, -inf for transient states";
    root.column("log_probability", &states, "1", description, |law| law.map_or(f64::NEG_INFINITY, |(_, log)| log))?;
    if let Some(absorption) = &solution.absorption {
        let group = root.group("absorption", "where a start at a transient state ends")?;
        group.number("relative_error", absorption.relative_error)?;
        group.column("from", &absorption.from, "1", "the start of every row", |&state| state as f64)?;
        let shape = (absorption.from.len(), solution.classes.len());
        let all = Array2::from_shape_fn(shape, |(start, class)| absorption.probability[start][class]);
        group.matrix("probability", &all, "1", "probability to end in a class: [start, class]")?;
    }
    file.flush()?;
    file.close()
}
