//! Formulas in a scenario: what is wrong with one is shown under the very character.

use super::fault::Cause;
use super::matrix::Row;
use super::section::{Item, Notes};
use super::tree::Place;
use crate::formula::{Formula, FormulaError};

const FORMULA: &str = "a formula in quotes, or a number";

/// The symbols that a formula may use.
pub(super) struct Language {
    pub(super) names: Vec<String>,
    pub(super) parameters: Vec<(String, f64)>,
}

impl Language {
    /// The formula that an element of a list is.
    pub(super) fn formula(&self, item: &Item<'_>, notes: &mut Notes) -> Option<Formula> {
        let text = match item.as_number() {
            Some(number) if number.is_finite() => format!("{number:?}"),
            _ => item.text(FORMULA, notes)?.to_owned(),
        };
        match Formula::parse(&text, &self.names, &self.parameters) {
            Ok(formula) => Some(formula),
            Err(error) => {
                let place = inside(item.place(), &text, &error, notes);
                notes.add(&place, Cause::Formula { key: item.name.clone(), error });
                None
            }
        }
    }

    /// A list of formulas.
    pub(super) fn row(&self, row: &Row<'_>, notes: &mut Notes) -> Option<Vec<Formula>> {
        let read: Vec<Option<Formula>> = row.iter().map(|item| self.formula(item, notes)).collect();
        read.into_iter().collect()
    }

    /// A list of lists of formulas.
    pub(super) fn rows(&self, rows: &[Row<'_>], notes: &mut Notes) -> Option<Vec<Vec<Formula>>> {
        let read: Vec<Option<Vec<Formula>>> = rows.iter().map(|row| self.row(row, notes)).collect();
        read.into_iter().collect()
    }
}

/// The bytes an error is about, inside the string at `place`; the whole string where escapes or several lines
/// hide which bytes those are.
fn inside(place: &Place, text: &str, error: &FormulaError, notes: &Notes) -> Place {
    let written = notes.sources.get(place.source).and_then(|s| s.text.get(place.span.clone())).unwrap_or_default();
    let quoted = written.strip_prefix(['"', '\'']).and_then(|w| w.strip_suffix(['"', '\'']));
    let start = match quoted {
        Some(between) if between == text => place.span.start + 1,
        // A bare word of `--set`.
        None if written == text => place.span.start,
        _ => return place.clone(),
    };
    let at = |byte: usize| start + byte.min(text.len());
    // Where something is missing at the end, the closing quote is shown.
    Place { source: place.source, span: at(error.span.start)..at(error.span.end).max(at(error.span.start)) }
}
