//! `kind = "sde"`: the user's own equations.

use super::expression::Language;
use super::fault::Cause;
use super::matrix;
use super::model::Equations;
use super::section::{Notes, Section};
use super::tree::Place;
use crate::data::nearest;
use crate::formula::check_name;
use crate::model::{ModelError, Sde, System};

/// Keys of `kind = "sde"`.
pub(super) const KEYS: &[&str] = &["kind", "variables", "drift", "covariance", "parameters", "range"];

/// Most variables a lattice can hold.
const MOST: usize = 3;
const RANGE: &str = "[lower, upper] with lower < upper; -inf and inf are ends without a wall";

/// Reads the rest of `[model]`.
pub(super) fn read(section: &Section<'_>, notes: &mut Notes) -> Equations {
    section.check_keys(KEYS, notes);
    let names = variables(section, "variables", "variable", notes);
    let n = names.as_ref().map(Vec::len);
    let parameters = constants(section, "parameters", names.as_deref().unwrap_or_default(), notes);
    let range = range(section, names.as_deref(), notes);
    // Without names and constants every symbol would be unknown.
    let language = names.clone().zip(parameters.clone()).map(|(names, parameters)| Language { names, parameters });
    let drift = matrix::vector(section, "drift", n, "formulas, one per variable", true, notes);
    let covariance = matrix::square(section, "covariance", n, "formulas", notes);
    let b = drift.as_ref().zip(language.as_ref()).and_then(|(row, language)| language.row(row, notes));
    let squared = covariance.as_ref().zip(language.as_ref()).and_then(|(rows, language)| language.rows(rows, notes));
    let mut equations = Equations {
        names: names.clone(),
        parameters: parameters.unwrap_or_default(),
        range: range.clone().unwrap_or_default(),
        ..Equations::default()
    };
    if let (Some(names), Some(b), Some(squared), Some(range)) = (names, b, squared, range) {
        let written = [drift.unwrap_or_default(), covariance.unwrap_or_default().concat()];
        equations.system = match (Sde { names, drift: b, covariance: squared, range }).validated() {
            Ok(model) => Some(System::Sde(model)),
            Err(reason) => {
                blame(section, &written, reason, notes);
                None
            }
        };
    }
    equations
}

/// Notes what is wrong with the equations, at the formula that it is about.
fn blame(section: &Section<'_>, [drift, covariance]: &[matrix::Row<'_>; 2], reason: ModelError, notes: &mut Notes) {
    let n = drift.len();
    let item = match &reason {
        ModelError::Equation(error) => match (error.key, error.index.as_slice()) {
            ("drift", [i]) => drift.get(*i),
            ("covariance", [i, j]) => covariance.get(i * n + j),
            _ => None,
        },
        _ => None,
    };
    let key = if section.has(reason.key()) { reason.key() } else { "covariance" };
    let (key, place) = match item {
        Some(item) => (item.name.clone(), item.place().clone()),
        None => (section.path(key), section.place_of(key)),
    };
    notes.add(&place, Cause::Impossible { key, reason });
}

/// The names of the variables.
pub(super) fn variables(section: &Section<'_>, key: &str, what: &str, notes: &mut Notes) -> Option<Vec<String>> {
    let row = matrix::vector(section, key, None, "one to three names", true, notes)?;
    if row.is_empty() || row.len() > MOST {
        let cause = Cause::Shape {
            key: section.path(key),
            found: format!("{} names", row.len()),
            accepted: "one to three names".to_owned(),
        };
        notes.add(&section.place_of(key), cause);
        return None;
    }
    let mut names: Vec<String> = Vec::new();
    for item in &row {
        let name = item.text(&format!("the name of a {what}"), notes)?;
        if fits(&item.name, name, item.place(), &names, notes) {
            names.push(name.to_owned());
        }
    }
    (names.len() == row.len()).then_some(names)
}

/// Whether a name can be used and is none of those `taken`; notes why not.
fn fits(key: &str, name: &str, place: &Place, taken: &[String], notes: &mut Notes) -> bool {
    if let Err(error) = check_name(name) {
        notes.add(place, Cause::Formula { key: key.to_owned(), error });
        return false;
    }
    if taken.iter().any(|t| t == name) {
        notes.add(place, Cause::Twice { key: key.to_owned(), name: name.to_owned() });
        return false;
    }
    true
}

/// Named constants.
pub(super) fn constants(
    section: &Section<'_>,
    key: &str,
    taken: &[String],
    notes: &mut Notes,
) -> Option<Vec<(String, f64)>> {
    if !section.has(key) {
        return Some(Vec::new());
    }
    let entries = section.names(key, "a table of named numbers", notes)?;
    let mut parameters = Vec::new();
    let count = entries.len();
    for (name, place, item) in entries {
        let named = fits(&item.name, name, &place, taken, notes);
        if let (true, Some(value)) = (named, item.number("a finite number", f64::is_finite, notes)) {
            parameters.push((name.to_owned(), value));
        }
    }
    (parameters.len() == count).then_some(parameters)
}

/// Where every variable can be; the whole line where nothing is said.
pub(super) fn range(section: &Section<'_>, variables: Option<&[String]>, notes: &mut Notes) -> Option<Vec<[f64; 2]>> {
    let mut range = vec![[f64::NEG_INFINITY, f64::INFINITY]; variables.map_or(0, <[String]>::len)];
    if !section.has("range") {
        return Some(range);
    }
    let mut clean = true;
    for (name, place, item) in section.names("range", "a table with [lower, upper] for every variable", notes)? {
        let ends = item.elements(RANGE, notes).and_then(|ends| match ends.as_slice() {
            [lower, upper] => {
                Some([lower.number(RANGE, |x| !x.is_nan(), notes)?, upper.number(RANGE, |x| !x.is_nan(), notes)?])
            }
            _ => {
                notes.out_of_range(&item.name, item.place(), RANGE);
                None
            }
        });
        let Some(variables) = variables else { continue };
        let Some(index) = variables.iter().position(|v| v == name) else {
            let near = nearest(name, variables.iter().map(String::as_str)).map(str::to_owned);
            let cause = Cause::NoVariable {
                key: section.path("range"),
                name: name.to_owned(),
                variables: variables.to_vec(),
                nearest: near,
            };
            notes.add(&place, cause);
            clean = false;
            continue;
        };
        match ends {
            Some([lower, upper]) if lower < upper && lower < f64::INFINITY && upper > f64::NEG_INFINITY => {
                range[index] = [lower, upper];
            }
            Some(_) => {
                notes.out_of_range(&item.name, item.place(), RANGE);
                clean = false;
            }
            None => clean = false,
        }
    }
    clean.then_some(range)
}
