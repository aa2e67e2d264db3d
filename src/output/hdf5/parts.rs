//! A shard of a phase diagram as an HDF5 file, for `stillpoint merge`.
//!
//! Format `stillpoint-phase-shard`, version 1. Attributes of the root: what made the file, its question (`checksum`, the
//! axes as in a file of boundaries, `kinds` with `positive` and `negative`, what holds on their sides), `pieces`, how many
//! the whole diagram has, and `shard`. The dataset `lines` holds the finished pieces as lines of a journal, to the last
//! bit and each with its check.

use super::node::Node;
use super::phase::write_axis;
use super::sweep::{text, texts};
use super::{Origin, OutputError};
use crate::output::journal;
use crate::record::{PhaseAxis, PhaseKind, PhaseParts, PhasePiece, Provenance};
use ::hdf5::types::VarLenUnicode;
use ::hdf5::{File, Result};
use std::path::Path;

/// Name of the layout.
pub const PARTS_FORMAT: &str = "stillpoint-phase-shard";
/// Version of the layout.
pub const PARTS_FORMAT_VERSION: u64 = 1;
/// More pieces than any diagram has.
const MOST: u64 = 1 << 24;

/// Writes what is computed of a diagram to `path`.
///
/// # Errors
/// [`OutputError::Hdf5`] and those of [`crate::output::atomic::write_with`]; the file is untouched then.
pub fn write_parts(path: &Path, parts: &PhaseParts) -> std::result::Result<(), OutputError> {
    let origin = Origin {
        format: (PARTS_FORMAT, PARTS_FORMAT_VERSION),
        title: &parts.title,
        program: &parts.stillpoint,
        provenance: &parts.provenance,
        seed: None,
    };
    origin.write(path, |root| fill(root, parts))
}

fn fill(root: &Node, parts: &PhaseParts) -> Result<()> {
    root.text("checksum", &parts.checksum)?;
    root.text("shard", parts.shard.as_deref().unwrap_or(""))?;
    write_axis(root, "x", Some(&parts.x))?;
    write_axis(root, "y", parts.y.as_ref())?;
    root.texts("kinds", parts.kinds.iter().map(|kind| kind.name.as_str()))?;
    root.texts("positive", parts.kinds.iter().map(|kind| kind.sides[0].as_str()))?;
    root.texts("negative", parts.kinds.iter().map(|kind| kind.sides[1].as_str()))?;
    root.integer("pieces", parts.pieces.len() as u64)?;
    let finished = parts.pieces.iter().enumerate().filter_map(|(i, piece)| Some(journal::line(i, piece.as_ref()?)));
    let lines: Vec<String> = finished.collect();
    root.strings("lines", lines.iter().map(|line| line.trim_end()), "finished pieces, as in a journal")
}

/// Why a file is no shard that can be used.
#[derive(Debug, thiserror::Error)]
pub enum PartsFileError {
    /// The HDF5 library cannot open it.
    #[error("it is not an HDF5 file, or it is truncated")]
    Unreadable,
    /// It is something else.
    #[error("it is an HDF5 file, but not a shard of a phase diagram{}", if found.is_empty() { String::new() } else { format!(": its format is `{found}`") })]
    Foreign {
        /// Its format.
        found: String,
    },
    /// It is a shard, but parts of it are missing or damaged.
    #[error("it is a shard of a phase diagram, but damaged: {0}")]
    Damaged(String),
}

/// The format of an HDF5 file, where it says one.
pub fn format_of(path: &Path) -> Option<String> {
    let file = File::open(path).ok()?;
    text(&file, "format").ok()
}

/// Reads a shard.
///
/// # Errors
/// [`PartsFileError`]
pub fn read_parts(path: &Path) -> std::result::Result<PhaseParts, PartsFileError> {
    let file = File::open(path).map_err(|_| PartsFileError::Unreadable)?;
    let format = text(&file, "format").unwrap_or_default();
    let version = integer(&file, "format_version").unwrap_or_default();
    if (format.as_str(), version) != (PARTS_FORMAT, PARTS_FORMAT_VERSION) {
        let found = if format == PARTS_FORMAT { format!("{format}, version {version}") } else { format };
        return Err(PartsFileError::Foreign { found });
    }
    // The library's own messages name files and lines of its source.
    content(&file).map_err(|error| PartsFileError::Damaged(error.to_string().lines().next().unwrap_or("").to_owned()))
}

fn content(file: &File) -> Result<PhaseParts> {
    let shard = text(file, "shard")?;
    let kinds = kinds(file)?;
    Ok(PhaseParts {
        stillpoint: text(file, "version")?,
        title: text(file, "title")?,
        x: axis(file, "x")?.ok_or("it has no x")?,
        y: axis(file, "y")?,
        pieces: pieces(file, kinds.len() as u64)?,
        kinds,
        shard: (!shard.is_empty()).then_some(shard),
        checksum: text(file, "checksum")?,
        provenance: Provenance {
            scenario: text(file, "scenario")?,
            version: text(file, "version")?,
            revision: text(file, "revision")?,
            data: text(file, "data").ok(),
            seed: integer(file, "seed").ok(),
        },
    })
}

fn kinds(file: &File) -> Result<Vec<PhaseKind>> {
    let [names, positive, negative] = [texts(file, "kinds")?, texts(file, "positive")?, texts(file, "negative")?];
    let sides = positive.into_iter().zip(negative).map(|(positive, negative)| [positive, negative]);
    Ok(names.into_iter().zip(sides).map(|(name, sides)| PhaseKind { name, sides }).collect())
}

fn axis(file: &File, name: &str) -> Result<Option<PhaseAxis>> {
    let key = text(file, &format!("{name}_key"))?;
    if key.is_empty() {
        return Ok(None);
    }
    let end = |which: &str| file.attr(&format!("{name}_{which}"))?.read_scalar::<f64>();
    let scale = if text(file, &format!("{name}_scale"))? == "log" { "log" } else { "linear" };
    Ok(Some(PhaseAxis { key, from: end("from")?, to: end("to")?, scale }))
}

fn pieces(file: &File, kinds: u64) -> Result<Vec<Option<PhasePiece>>> {
    let count = integer(file, "pieces")?;
    if count > MOST || count.checked_rem(kinds) != Some(0) {
        return Err("its boundaries do not have as many pieces each".into());
    }
    let mut pieces = vec![None; count as usize];
    for line in file.dataset("lines")?.read_raw::<VarLenUnicode>()? {
        let (index, piece) = journal::read::<PhasePiece>(line.as_str()).ok_or("the check of a piece is wrong")?;
        *pieces.get_mut(index).ok_or("it has more pieces than the diagram")? = Some(piece);
    }
    Ok(pieces)
}

fn integer(file: &File, name: &str) -> Result<u64> {
    file.attr(name)?.read_scalar()
}
