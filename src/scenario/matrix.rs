//! Vectors and matrices of numbers or formulas, with the places of what does not fit.

use super::fault::Cause;
use super::section::{Item, Notes, Section};
use super::tree::Place;

/// Elements and their places.
pub(super) type Row<'a> = Vec<Item<'a>>;

/// Notes that a list has the wrong number of elements.
fn wrong_length(key: &str, place: &Place, found: usize, accepted: &str, notes: &mut Notes) {
    let found = match found {
        1 => "1 element".to_owned(),
        n => format!("{n} elements"),
    };
    notes.add(place, Cause::Shape { key: key.to_owned(), found, accepted: accepted.to_owned() });
}

/// A list of `n` elements; `each` says what for.
pub(super) fn vector<'a>(
    section: &Section<'a>,
    key: &str,
    n: Option<usize>,
    each: &str,
    required: bool,
    notes: &mut Notes,
) -> Option<Row<'a>> {
    let accepted = format!("a list of {}{each}", n.map_or(String::new(), |n| format!("{n} ")));
    let list = section.list(key, &accepted, required, notes)?;
    if n.is_some_and(|n| n != list.value.len()) {
        wrong_length(&section.path(key), &list.place, list.value.len(), &accepted, notes);
        return None;
    }
    Some(list.value)
}

/// A square matrix, with `n` rows where that is known, written as a list of rows.
pub(super) fn square<'a>(
    section: &Section<'a>,
    key: &str,
    n: Option<usize>,
    each: &str,
    notes: &mut Notes,
) -> Option<Vec<Row<'a>>> {
    let rows = vector(section, key, n, &format!("rows, each a list of {each}"), true, notes)?;
    let n = rows.len();
    let accepted = format!("a row of {n} {each}, as there are {n} rows");
    let read: Vec<Option<Row<'a>>> = rows
        .iter()
        .map(|row| {
            let elements = row.elements(&accepted, notes)?;
            if elements.len() != n {
                wrong_length(&row.name, row.place(), elements.len(), &accepted, notes);
                return None;
            }
            Some(elements)
        })
        .collect();
    read.into_iter().collect()
}

/// The numbers of a symmetric matrix; notes every pair that differs, at its lower element.
pub(super) fn symmetric(rows: &[Row<'_>], accepted: &str, notes: &mut Notes) -> Option<Vec<Vec<f64>>> {
    let numbers: Vec<Vec<Option<f64>>> =
        rows.iter().map(|row| row.iter().map(|item| item.number(accepted, f64::is_finite, notes)).collect()).collect();
    let mut clean = true;
    for (i, row) in rows.iter().enumerate() {
        for j in 0..i {
            let (Some(lower), Some(upper)) = (numbers[i][j], numbers[j][i]) else { continue };
            if lower != upper {
                clean = false;
                let cause = Cause::Asymmetric {
                    key: row[j].name.clone(),
                    found: notes.excerpt(row[j].place()),
                    mirror: rows[j][i].name.clone(),
                    other: notes.excerpt(rows[j][i].place()),
                };
                notes.add(row[j].place(), cause);
            }
        }
    }
    let numbers: Option<Vec<Vec<f64>>> = numbers.into_iter().map(|row| row.into_iter().collect()).collect();
    numbers.filter(|_| clean)
}
