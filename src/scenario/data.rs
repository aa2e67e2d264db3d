//! The `[model.data]` table of one feature: exactly one of numbers, a Gaussian teacher, two columns of a file.

use super::fault::Cause;
use super::files::Files;
use super::model::{accepted, sound};
use super::section::{Notes, Section};
use super::tree::Place;
use crate::data::{DataError, Selection};
use crate::model::Moments;
use crate::sgd::Source;
use crate::study::FieldSource;
use std::path::PathBuf;

/// The three sources.
pub(super) const KEYS: &[&str] = &["moments", "gaussian", "file"];
const MOMENT_KEYS: &[&str] = &["alpha1", "alpha2", "alpha3", "beta1", "beta2"];
const GAUSSIAN_KEYS: &[&str] = &["variance", "slope", "noise"];
pub(super) const FILE_KEYS: &[&str] = &["path", "x", "y", "standardize"];

/// What a network with one feature is trained on.
pub(super) struct Training {
    pub(super) moments: Moments,
    pub(super) source: Source,
    pub(super) origin: Origin,
}

/// Where data come from.
#[derive(Debug, Default)]
pub(super) struct Origin {
    /// How samples are drawn.
    pub(super) source: FieldSource,
    /// File, checksum and standardisation, where there is a file.
    pub(super) description: Option<String>,
    /// The file, where it is one outside the program.
    pub(super) file: Option<PathBuf>,
}

/// Reads `[model.data]`.
pub(super) fn read(model: &Section<'_>, files: &Files, notes: &mut Notes) -> Option<Training> {
    let section = model.required_unchecked("data", KEYS, notes)?;
    section.check_keys(KEYS, notes);
    let given: Vec<&'static str> = KEYS.iter().copied().filter(|k| section.has(k)).collect();
    match given.as_slice() {
        ["moments"] => moments(&section, notes),
        ["gaussian"] => gaussian(&section, notes),
        ["file"] => file(&section, files, notes),
        _ => {
            notes.add(&section.place, Cause::DataSources { given, known: KEYS });
            None
        }
    }
}

fn moments(data: &Section<'_>, notes: &mut Notes) -> Option<Training> {
    let section = data.table("moments", MOMENT_KEYS, notes)?;
    let mut number = |key| section.number(key, "a finite number", true, notes).map(|n| n.value);
    let values = [number("alpha1"), number("alpha2"), number("alpha3"), number("beta1"), number("beta2")];
    let [a1, a2, a3, b1, b2] = values;
    // A key that could not be read still leaves the others to be judged.
    let mut trial = [a1.unwrap_or(LARGE), a2.unwrap_or(0.0), a3.unwrap_or(LARGE), b1.unwrap_or(1.0), b2.unwrap_or(0.0)];
    let found = judge(&section, &mut trial, notes)?;
    values.iter().all(Option::is_some).then_some(Training {
        moments: found,
        source: Source::Moments(found),
        origin: Origin::default(),
    })
}

/// A variance that no covariance contradicts.
const LARGE: f64 = 1e50;

/// Notes every moment that cannot be: each one found wrong is replaced by a harmless one to see the others.
fn judge(section: &Section<'_>, values: &mut [f64; 5], notes: &mut Notes) -> Option<Moments> {
    let mut clean = true;
    for _ in 0..=values.len() {
        let [a1, a2, a3, b1, b2] = *values;
        match Moments::try_new(a1, a2, a3, b1, b2) {
            Ok(found) => return clean.then_some(found),
            Err(error) => {
                clean = false;
                let key = error.key();
                notes.out_of_range(&section.path(key), &section.place_of(key), accepted(&error));
                match key {
                    "alpha1" => values[0] = LARGE,
                    "alpha2" => values[1] = 0.0,
                    "alpha3" => values[2] = LARGE,
                    "beta1" => values[3] = 1.0,
                    _ => values[4] = 0.0,
                }
            }
        }
    }
    None
}

fn gaussian(data: &Section<'_>, notes: &mut Notes) -> Option<Training> {
    let section = data.table("gaussian", GAUSSIAN_KEYS, notes)?;
    let variance = section.number("variance", "a finite number > 0", true, notes);
    let slope = section.number("slope", "a finite number", true, notes);
    let noise = section.number("noise", "a finite number >= 0", true, notes);
    let (variance, slope, noise) = (variance.map(|n| n.value), slope.map(|n| n.value), noise.map(|n| n.value));
    let one_by_one = [
        variance.map(|v| Moments::gaussian(v, 0.0, 1.0)),
        slope.map(|s| Moments::gaussian(1.0, s, 1.0)),
        noise.map(|n| Moments::gaussian(1.0, 0.0, n)),
    ];
    let mut clean = true;
    for error in one_by_one.into_iter().flatten().filter_map(Result::err) {
        clean &= !GAUSSIAN_KEYS.contains(&error.key());
        if GAUSSIAN_KEYS.contains(&error.key()) {
            notes.out_of_range(&section.path(error.key()), &section.place_of(error.key()), accepted(&error));
        }
    }
    let (variance, slope, noise) = (variance?, slope?, noise?);
    if !clean {
        return None;
    }
    match Moments::gaussian(variance, slope, noise) {
        Ok(found) => {
            let source = Source::Gaussian { variance, slope, noise };
            Some(Training { moments: found, source, origin: Origin::default() })
        }
        // In range one by one, but a moment made of them is not representable.
        Err(error) => sound(data, "gaussian", Err(error), notes),
    }
}

fn file(data: &Section<'_>, files: &Files, notes: &mut Notes) -> Option<Training> {
    let section = data.table("file", FILE_KEYS, notes)?;
    let path = section.text("path", "the path of a CSV file, relative to the scenario file", true, notes);
    let x = section.text("x", "the name of the column of inputs", true, notes);
    let y = section.text("y", "the name of the column of targets", true, notes);
    let before = notes.faults.len();
    let standardize = section.flag("standardize", notes);
    let (path, x, y) = (path?.value, x?.value, y?.value);
    let selection = Selection { x, y, standardize };
    let loaded = match files.load(&path, &selection) {
        Ok(loaded) => loaded,
        Err(errors) => {
            for error in errors {
                let (key, place) = blame(&section, &selection, &error);
                notes.add(&place, Cause::Data { key, error });
            }
            return None;
        }
    };
    match loaded.moments.clone() {
        Ok(moments) if notes.faults.len() == before => {
            let (description, file) = (Some(loaded.description.clone()), loaded.file.clone());
            let source = Source::Data { x: loaded.set.x.clone(), y: loaded.set.y.clone() };
            Some(Training { moments, source, origin: Origin { description, file, ..Origin::default() } })
        }
        Ok(_) => None,
        Err(error) => {
            notes.add(&data.place_of("file"), Cause::Data { key: data.path("file"), error });
            None
        }
    }
}

/// The key of the scenario that an error of the data file is about.
fn blame(section: &Section<'_>, selection: &Selection, error: &DataError) -> (String, Place) {
    let key = match error {
        DataError::MissingColumn { column, .. }
        | DataError::AmbiguousColumn { column, .. }
        | DataError::NotANumber { column, .. }
        | DataError::Constant { column, .. } => {
            if *column == selection.x {
                "x"
            } else {
                "y"
            }
        }
        _ => "path",
    };
    (section.path(key), section.place_of(key))
}
