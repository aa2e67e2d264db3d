//! Regression data sets: two columns of a CSV file, their population moments, and the sets that are built in.
//!
//! Imports the vocabulary of moments from `model`; knows no scenario and no solver.

mod error;
mod population;
mod table;

pub use error::DataError;
pub use population::moments;

use sha2::{Digest, Sha256};
use std::io::Read;
use std::path::Path;

/// Largest data file read; a device or a wrong path must not fill the memory.
const MAX_BYTES: u64 = 1 << 30;

const DIABETES: &[u8] = include_bytes!("../../data/diabetes.csv");

/// Inputs and targets, as the law and SGD use them.
#[derive(Debug, Clone, PartialEq)]
pub struct DataSet {
    /// Inputs, one per row.
    pub x: Vec<f64>,
    /// Targets, one per row.
    pub y: Vec<f64>,
    /// The file, as the user wrote it.
    pub name: String,
    /// The names of the two columns.
    pub columns: [String; 2],
    /// Rows.
    pub rows: usize,
    /// What was subtracted and divided by, when that was asked for.
    pub standardization: Option<Standardization>,
    /// SHA-256 of the file, in hexadecimal.
    pub checksum: String,
}

/// Means and population standard deviations of the raw columns.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Standardization {
    /// Mean of the inputs.
    pub x_mean: f64,
    /// Standard deviation of the inputs.
    pub x_sd: f64,
    /// Mean of the targets.
    pub y_mean: f64,
    /// Standard deviation of the targets.
    pub y_sd: f64,
}

/// Which two columns, and whether to standardise them.
#[derive(Debug, Clone, PartialEq)]
pub struct Selection {
    /// Column of the inputs.
    pub x: String,
    /// Column of the targets.
    pub y: String,
    /// Whether to shift both to mean 0 and scale both to population variance 1.
    pub standardize: bool,
}

impl DataSet {
    /// Reads a CSV file with a header line.
    ///
    /// # Errors
    /// Everything that is wrong with the file, see [`DataError`]; each names file, line and character.
    pub fn read(path: &Path, selection: &Selection) -> Result<Self, Vec<DataError>> {
        let bytes = read_limited(path).map_err(|e| vec![e])?;
        Self::from_bytes(&bytes, &path.display().to_string(), selection)
    }

    /// The same from the content of a file called `name`.
    ///
    /// # Errors
    /// As [`DataSet::read`].
    pub fn from_bytes(bytes: &[u8], name: &str, selection: &Selection) -> Result<Self, Vec<DataError>> {
        let (mut x, mut y) = table::columns(bytes, name, &selection.x, &selection.y)?;
        let constant = [(&x, &selection.x), (&y, &selection.y)]
            .into_iter()
            .filter(|(values, _)| population::spread_is_zero(values))
            .map(|(values, column)| DataError::Constant {
                path: name.to_owned(),
                column: column.clone(),
                value: values[0],
            })
            .collect::<Vec<_>>();
        if !constant.is_empty() {
            return Err(constant);
        }
        let standardization = selection.standardize.then(|| population::standardize(&mut x, &mut y));
        Ok(Self {
            rows: x.len(),
            x,
            y,
            name: name.to_owned(),
            columns: [selection.x.clone(), selection.y.clone()],
            standardization,
            checksum: Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect(),
        })
    }

    /// The population moments of the columns as used.
    ///
    /// # Errors
    /// See [`moments`].
    pub fn moments(&self) -> Result<crate::model::Moments, DataError> {
        moments(&self.x, &self.y)
    }

    /// What was read and how it was standardised, for the record of a result.
    pub fn describe(&self) -> String {
        let Self { name, columns: [x, y], rows, checksum, .. } = self;
        let mut text = format!("{name}: {y} against {x}, {rows} rows, sha256 {checksum}");
        match &self.standardization {
            Some(s) => text.push_str(&format!(
                ", standardized ({x}: mean {:?}, sd {:?}; {y}: mean {:?}, sd {:?})",
                s.x_mean, s.x_sd, s.y_mean, s.y_sd
            )),
            None => text.push_str(", not standardized"),
        }
        text
    }
}

/// The content of a built-in data set, by file name.
pub fn embedded(name: &str) -> Option<&'static [u8]> {
    (name == "diabetes.csv").then_some(DIABETES)
}

fn read_limited(path: &Path) -> Result<Vec<u8>, DataError> {
    let shown = path.display().to_string();
    let unreadable = |cause: String| DataError::Unreadable { path: shown.clone(), cause };
    let file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            return Err(DataError::NotFound { nearest: nearest_file(path), path: shown });
        }
        Err(e) => return Err(unreadable(e.to_string())),
    };
    let mut bytes = Vec::new();
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(|e| unreadable(e.to_string()))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(unreadable("larger than 1 GiB".to_owned()));
    }
    Ok(bytes)
}

/// A file beside the missing one whose name is similar.
fn nearest_file(path: &Path) -> Option<String> {
    let wanted = path.file_name()?.to_str()?;
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let names: Vec<String> =
        std::fs::read_dir(folder).ok()?.take(1000).flatten().filter_map(|e| e.file_name().into_string().ok()).collect();
    nearest(wanted, names.iter().map(String::as_str)).map(str::to_owned)
}

/// The candidate most similar to `name`, if it is similar enough to be what was meant.
pub fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let wanted: String = name.chars().take(80).collect::<String>().to_lowercase();
    candidates
        .map(|c| (strsim::damerau_levenshtein(&wanted, &c.to_lowercase()), c))
        .filter(|(distance, c)| *distance <= 1 + c.chars().count().max(wanted.chars().count()) / 4)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, c)| c)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selection(standardize: bool) -> Selection {
        Selection { x: "bmi".into(), y: "progression".into(), standardize }
    }

    #[test]
    fn the_built_in_set_is_the_published_one() {
        let set = DataSet::from_bytes(embedded("diabetes.csv").unwrap(), "diabetes.csv", &selection(true)).unwrap();
        assert_eq!(set.rows, 442);
        // Checksum by sha256sum, as stated in data/diabetes.md.
        assert_eq!(set.checksum, "9e2fc477338dd292c6361948a1e8e49737044c4a04e5be7f35ae8e4d27b75c48");
        assert!(set.describe().contains("bmi: mean 26.37579185520362"));
    }

    #[test]
    fn constant_columns_and_missing_files_are_refused() {
        let e = DataSet::from_bytes(b"bmi,progression\n1,5\n2,5\n", "d.csv", &selection(false)).unwrap_err();
        assert_eq!(e[0].to_string(), "d.csv:2:1: column `progression` is constant: every value is 5");
        let e = DataSet::read(Path::new("data/diabets.csv"), &selection(false)).unwrap_err();
        assert_eq!(e[0].hint().unwrap(), "did you mean `diabetes.csv`?");
    }

    #[test]
    fn similar_names_are_found_and_others_are_not() {
        let keys = ["temperature", "depth", "width"];
        assert_eq!(nearest("temprature", keys.into_iter()), Some("temperature"));
        assert_eq!(nearest("Dpeth", keys.into_iter()), Some("depth"));
        assert_eq!(nearest("zzz", keys.into_iter()), None);
    }
}
