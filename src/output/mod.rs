//! Results as people and programs want them: tables, JSON, HDF5, CSV and pictures.
//!
//! Everything here is made from [`crate::record`] alone: no model, no grid, no solver. What this room
//! computes is layout (how many digits to show, which part of a curve to look at), never physics.
//! Files are written whole or not at all ([`atomic`]).

pub mod atomic;
mod caption;
pub mod chain;
pub mod csv;
pub mod hdf5;
pub mod journal;
pub mod json;
pub mod number;
mod plane;
pub mod plot;
pub mod table;
mod view;

use std::path::PathBuf;

/// Why an output could not be made.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// The operating system refused.
    #[error("cannot write `{path}`: {source}", path = path.display())]
    Write {
        /// The output asked for.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The folder of the output does not exist.
    #[error("cannot write `{path}`: there is no folder `{folder}`", path = path.display(), folder = folder.display())]
    NoFolder {
        /// The output asked for.
        path: PathBuf,
        /// The folder it would be in.
        folder: PathBuf,
    },
    /// The path names something that is not a file that may be replaced.
    #[error("cannot write `{path}`: {found}", path = path.display())]
    NotAFile {
        /// The output asked for.
        path: PathBuf,
        /// What is there.
        found: &'static str,
    },
    /// A picture of a kind that is not made here.
    #[error("cannot tell the picture format of `{path}` from {found}: use one of {accepted}", path = path.display())]
    Format {
        /// The output asked for.
        path: PathBuf,
        /// Its extension, in words.
        found: String,
        /// The extensions that are understood.
        accepted: &'static str,
    },
    /// The HDF5 library refused.
    #[error("cannot write `{path}` as HDF5: {source}", path = path.display())]
    Hdf5 {
        /// The output asked for.
        path: PathBuf,
        /// What the library said.
        source: ::hdf5::Error,
    },
    /// The picture could not be turned into pixels.
    #[error("cannot turn the picture `{path}` into pixels: {reason}", path = path.display())]
    Raster {
        /// The output asked for.
        path: PathBuf,
        /// What the renderer said.
        reason: String,
    },
    /// The record could not be serialised.
    #[error("cannot serialise the result: {source}")]
    Json {
        /// What the serialiser said.
        source: serde_json::Error,
    },
}
