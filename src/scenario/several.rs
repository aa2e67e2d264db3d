//! The `[model.data]` table of several features: a Gaussian teacher, or columns of a file.

use super::data::{FILE_KEYS, Origin};
use super::fault::Cause;
use super::files::{Files, Loaded};
use super::matrix;
use super::model::sound;
use super::section::{Notes, Section};
use super::tree::Place;
use crate::data::{DataError, Selection};
use crate::model::{FeatureMoments, LossData};
use crate::sgd::FeatureSource;
use crate::study::FieldSource;
use std::sync::Arc;

/// The two sources.
pub(super) const KEYS: &[&str] = &["gaussian", "file"];
const GAUSSIAN_KEYS: &[&str] = &["covariance", "weights", "noise"];
/// Most features a lattice can hold.
const MOST: usize = 3;
const FEATURES: &str = "one to three features";

/// What a network on several features is trained on; parts that could not be read are missing.
#[derive(Default)]
pub(super) struct Training {
    /// Number of features.
    pub(super) features: Option<usize>,
    pub(super) moments: Option<FeatureMoments>,
    pub(super) origin: Origin,
}

/// What is made of the data: moments of a linear network, which some data lack, or samples as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    Moments,
    Samples,
}

/// Reads `[model.data]`.
pub(super) fn read(model: &Section<'_>, files: &Files, need: Need, notes: &mut Notes) -> Training {
    let Some(section) = model.required_unchecked("data", KEYS, notes) else { return Training::default() };
    section.check_keys(KEYS, notes);
    let given: Vec<&'static str> = KEYS.iter().copied().filter(|k| section.has(k)).collect();
    match given.as_slice() {
        ["gaussian"] => gaussian(&section, need, notes),
        ["file"] => file(&section, files, need, notes),
        _ => {
            // A key of the other table of data is noted as unknown already.
            if !given.is_empty() || !section.has("moments") {
                notes.add(&section.place, Cause::DataSources { given, known: KEYS });
            }
            Training::default()
        }
    }
}

fn gaussian(data: &Section<'_>, need: Need, notes: &mut Notes) -> Training {
    let Some(section) = data.table("gaussian", GAUSSIAN_KEYS, notes) else { return Training::default() };
    let rows = matrix::square(&section, "covariance", None, "numbers", notes);
    let features = rows.as_ref().and_then(|rows| counted(&section, "covariance", rows.len(), notes));
    let covariance = rows.and_then(|rows| matrix::symmetric(&rows, "a finite number", notes));
    let weights = matrix::vector(&section, "weights", features, "numbers, one per feature", true, notes);
    let weights = weights.and_then(|row| finite(&row, notes));
    let noise = section.number("noise", "a finite number >= 0", true, notes);
    let noise = noise.and_then(|noise| {
        let fits = noise.value.is_finite() && noise.value >= 0.0;
        if !fits {
            notes.out_of_range(&section.path("noise"), &noise.place, "a finite number >= 0");
        }
        fits.then_some(noise.value)
    });
    let mut training = Training { features, ..Training::default() };
    let (Some(covariance), Some(weights), Some(noise), Some(_)) = (covariance, weights, noise, features) else {
        return training;
    };
    if need == Need::Moments {
        training.moments = sound(&section, "covariance", FeatureMoments::gaussian(&covariance, &weights, noise), notes);
    } else {
        let data = LossData::Gaussian { covariance: covariance.clone(), weights: weights.clone(), noise };
        if sound(&section, "covariance", data.check(), notes).is_none() {
            return training;
        }
    }
    training.origin.source = FieldSource::Several(FeatureSource::Gaussian { covariance, weights, noise });
    training
}

/// All elements as finite numbers.
fn finite(row: &matrix::Row<'_>, notes: &mut Notes) -> Option<Vec<f64>> {
    let numbers: Vec<Option<f64>> =
        row.iter().map(|item| item.number("a finite number", f64::is_finite, notes)).collect();
    numbers.into_iter().collect()
}

/// The number of features, if a lattice can hold them.
fn counted(section: &Section<'_>, key: &str, n: usize, notes: &mut Notes) -> Option<usize> {
    if (1..=MOST).contains(&n) {
        return Some(n);
    }
    let cause = Cause::Shape { key: section.path(key), found: format!("{n} features"), accepted: FEATURES.to_owned() };
    notes.add(&section.place_of(key), cause);
    None
}

/// A column of inputs, and where its name is written.
struct Column {
    name: String,
    place: Place,
    key: String,
}

fn file(data: &Section<'_>, files: &Files, need: Need, notes: &mut Notes) -> Training {
    let Some(section) = data.table("file", FILE_KEYS, notes) else { return Training::default() };
    let path = section.text("path", "the path of a CSV file, relative to the scenario file", true, notes);
    let columns = columns(&section, notes);
    let y = section.text("y", "the name of the column of targets", true, notes);
    let standardize = section.flag("standardize", notes);
    let mut training = Training { features: columns.as_ref().map(Vec::len), ..Training::default() };
    let (Some(path), Some(columns), Some(y)) = (path, columns, y) else { return training };
    let mut sets: Vec<Arc<Loaded>> = Vec::new();
    let mut known: Vec<DataError> = Vec::new();
    for column in &columns {
        let selection = Selection { x: column.name.clone(), y: y.value.clone(), standardize };
        match files.load(&path.value, &selection) {
            Ok(loaded) => sets.push(loaded),
            Err(errors) => {
                // What is wrong with the file or the targets comes back for every column.
                for error in errors {
                    if !known.contains(&error) {
                        known.push(error.clone());
                        blame(&section, column, &y.value, error, notes);
                    }
                }
            }
        }
    }
    if let (true, Some(first)) = (known.is_empty(), sets.first()) {
        training.origin.description = Some(described(&sets));
        training.origin.file = first.file.clone();
        let y = first.set.y.clone();
        let x: Vec<Vec<f64>> = (0..y.len()).map(|row| sets.iter().map(|l| l.set.x[row]).collect()).collect();
        if need == Need::Moments {
            training.moments = sound(data, "file", FeatureMoments::of_data(&x, &y), notes);
        }
        training.origin.source = FieldSource::Several(FeatureSource::Rows { x, y });
    }
    training
}

/// The names of the columns of inputs.
fn columns(section: &Section<'_>, notes: &mut Notes) -> Option<Vec<Column>> {
    let row = matrix::vector(section, "x", None, "names of columns of inputs", true, notes)?;
    counted(section, "x", row.len(), notes)?;
    let mut columns: Vec<Column> = Vec::new();
    let mut clean = true;
    for item in &row {
        let Some(name) = item.text("the name of a column of inputs", notes) else {
            clean = false;
            continue;
        };
        if columns.iter().any(|c| c.name == name) {
            clean = false;
            notes.add(item.place(), Cause::Twice { key: item.name.clone(), name: name.to_owned() });
        }
        columns.push(Column { name: name.to_owned(), place: item.place().clone(), key: item.name.clone() });
    }
    clean.then_some(columns)
}

/// Notes an error of the data file at the key of the scenario it is about.
fn blame(section: &Section<'_>, column: &Column, y: &str, error: DataError, notes: &mut Notes) {
    let (key, place) = match &error {
        DataError::MissingColumn { column: name, .. }
        | DataError::AmbiguousColumn { column: name, .. }
        | DataError::NotANumber { column: name, .. }
        | DataError::Constant { column: name, .. } => {
            if *name == y {
                (section.path("y"), section.place_of("y"))
            } else {
                (column.key.clone(), column.place.clone())
            }
        }
        _ => (section.path("path"), section.place_of("path")),
    };
    notes.add(&place, Cause::Data { key, error });
}

/// What was read and how it was standardised.
fn described(sets: &[Arc<Loaded>]) -> String {
    let Some(first) = sets.first().map(|loaded| &loaded.set) else { return String::new() };
    let names: Vec<&str> = sets.iter().map(|loaded| loaded.set.columns[0].as_str()).collect();
    let y = &first.columns[1];
    let mut text =
        format!("{}: {y} against {}, {} rows, sha256 {}", first.name, names.join(", "), first.rows, first.checksum);
    match &first.standardization {
        None => text.push_str(", not standardized"),
        Some(target) => {
            let of = |name: &str, mean: f64, sd: f64| format!("{name}: mean {mean:?}, sd {sd:?}");
            let mut parts: Vec<String> = sets
                .iter()
                .map(|loaded| &loaded.set)
                .filter_map(|set| set.standardization.as_ref().map(|s| of(&set.columns[0], s.x_mean, s.x_sd)))
                .collect();
            parts.push(of(y, target.y_mean, target.y_sd));
            text.push_str(&format!(", standardized ({})", parts.join("; ")));
        }
    }
    text
}
