//! The data files of a scenario: where they are, and what was read of them, so that no member of a family of
//! scenarios reads one again.

use super::Location;
use crate::data::{DataError, DataSet, Selection, embedded};
use crate::model::Moments;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Where relative paths start, and the sets read so far.
#[derive(Debug)]
pub(super) struct Files {
    location: Location,
    read: Mutex<Vec<Arc<Loaded>>>,
}

/// A set, and what follows from it alone.
#[derive(Debug)]
pub(super) struct Loaded {
    path: String,
    selection: Selection,
    /// The file, where it is one outside the program.
    pub(super) file: Option<PathBuf>,
    /// Inputs and targets.
    pub(super) set: DataSet,
    /// Its population moments.
    pub(super) moments: Result<Moments, DataError>,
    /// What was read and how it was standardised.
    pub(super) description: String,
}

impl Files {
    pub(super) fn new(location: Location) -> Self {
        Self { location, read: Mutex::default() }
    }

    /// A selection of a file; a file that could not be read is tried again.
    pub(super) fn load(&self, path: &str, selection: &Selection) -> Result<Arc<Loaded>, Vec<DataError>> {
        // A list of finished entries is sound whatever happened to the thread that held it.
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = read.iter().find(|l| l.path == path && l.selection == *selection) {
            return Ok(found.clone());
        }
        let (set, file) = self.dataset(path, selection);
        let set = set?;
        let (moments, description) = (set.moments(), set.describe());
        let loaded = Loaded { path: path.to_owned(), selection: selection.clone(), file, set, moments, description };
        let loaded = Arc::new(loaded);
        read.push(loaded.clone());
        Ok(loaded)
    }

    /// Built-in scenarios find their data in the program; all others beside the scenario file.
    fn dataset(&self, path: &str, selection: &Selection) -> (Result<DataSet, Vec<DataError>>, Option<PathBuf>) {
        let inside = path.strip_prefix("../data/").and_then(embedded);
        let file = match &self.location {
            Location::Embedded => match inside {
                Some(bytes) => return (DataSet::from_bytes(bytes, path, selection), None),
                None => Path::new(path).to_owned(),
            },
            Location::Folder(folder) => folder.join(path),
        };
        (DataSet::read(&file, selection), Some(file))
    }
}
