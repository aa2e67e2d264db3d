//! Pictures of a law that can be read without the program.
//!
//! A density gets two panels, linear and logarithmic, with the closed formula and samples laid over the
//! computed curve where they exist, and with mean, mode and quantiles marked. A point mass gets an arrow and
//! the reason. The SVG is drawn here, text left as text; the PNG is the same picture, rendered with the DejaVu
//! fonts that are built in, so that it looks alike on a machine without fonts.

mod axis;
mod density;
mod field;
mod figure;
mod marks;
mod notice;
mod panel;
mod phase;
mod raster;
mod svg;
mod sweep;

use super::{OutputError, atomic};
use crate::record::{FieldSampling, FieldSolution, Figure, LawKind, PhaseSolution, Sampling, Solution, SweepRecord};
use std::path::Path;

/// Extensions understood by [`Format::of`].
const ACCEPTED: &str = "`.svg`, `.png`";

/// What kind of file a picture becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Scalable, text as text.
    Svg,
    /// Pixels, 2400 x 1280.
    Png,
}

impl Format {
    /// The format that the extension of `path` asks for, in upper or lower case.
    ///
    /// # Errors
    /// [`OutputError::Format`] for any other extension, or none.
    pub fn of(path: &Path) -> Result<Self, OutputError> {
        let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase());
        match extension.as_deref() {
            Some("svg") => Ok(Self::Svg),
            Some("png") => Ok(Self::Png),
            other => Err(OutputError::Format {
                path: path.to_owned(),
                found: other.map_or("no extension".to_owned(), |e| format!("its extension `.{e}`")),
                accepted: ACCEPTED,
            }),
        }
    }
}

/// Whether a picture could be written to `path`, without touching it: to be asked before a long run.
///
/// # Errors
/// [`OutputError::Format`] and those of [`atomic::check`].
pub fn check(path: &Path) -> Result<(), OutputError> {
    Format::of(path)?;
    atomic::check(path)
}

/// Draws `solution`, and the histograms of `samples` beside it, to `path` (`.svg` or `.png`).
///
/// # Errors
/// [`OutputError::Format`], [`OutputError::Raster`] and those of [`atomic::write`]; the file is untouched then.
pub fn write(path: &Path, solution: &Solution, samples: &[&Sampling]) -> Result<(), OutputError> {
    save(path, || svg(solution, samples))
}

/// Draws `solution`, and the positions of `samples` on it, to `path` (`.svg` or `.png`).
///
/// # Errors
/// As [`write()`].
pub fn write_field(path: &Path, solution: &FieldSolution, samples: &[&FieldSampling]) -> Result<(), OutputError> {
    save(path, || field::draw(solution, samples))
}

/// Draws a sweep over one or two axes to `path` (`.svg` or `.png`).
///
/// # Errors
/// As [`write()`].
pub fn write_sweep(path: &Path, record: &SweepRecord) -> Result<(), OutputError> {
    save(path, || sweep::draw(record))
}

/// The picture of a sweep as the text of an SVG file.
pub fn sweep_svg(record: &SweepRecord) -> String {
    sweep::draw(record)
}

/// Draws boundaries to `path` (`.svg` or `.png`).
///
/// # Errors
/// As [`write()`].
pub fn write_phase(path: &Path, solution: &PhaseSolution) -> Result<(), OutputError> {
    save(path, || phase::draw(solution))
}

/// The picture of boundaries as the text of an SVG file.
pub fn phase_svg(solution: &PhaseSolution) -> String {
    phase::draw(solution)
}

/// Draws a figure made of series to `path` (`.svg` or `.png`).
///
/// # Errors
/// As [`write()`].
pub fn write_figure(path: &Path, figure: &Figure) -> Result<(), OutputError> {
    save(path, || figure::draw(figure))
}

/// A figure made of series as the text of an SVG file.
pub fn figure_svg(figure: &Figure) -> String {
    figure::draw(figure)
}

/// The picture of a law of several variables as the text of an SVG file.
pub fn field_svg(solution: &FieldSolution, samples: &[&FieldSampling]) -> String {
    field::draw(solution, samples)
}

/// Draws and writes in the format that `path` asks for.
fn save(path: &Path, draw: impl FnOnce() -> String) -> Result<(), OutputError> {
    match Format::of(path)? {
        Format::Svg => atomic::write(path, draw().as_bytes()),
        Format::Png => {
            let pixels =
                raster::render(&draw()).map_err(|reason| OutputError::Raster { path: path.to_owned(), reason })?;
            atomic::write(path, &pixels)
        }
    }
}

/// The picture as the text of an SVG file.
pub fn svg(solution: &Solution, samples: &[&Sampling]) -> String {
    match solution.law {
        LawKind::PointMass => notice::point_mass(solution, samples),
        LawKind::Density => density::draw(solution, samples, density::NETWORK),
    }
}
