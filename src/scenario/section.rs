//! Typed access to the keys of one table. Whatever is wrong is noted, and reading goes on, so that all
//! faults of a scenario are reported at once.

mod lists;

pub(super) use lists::Item;

use super::fault::{Cause, Fault, SourceText, excerpt, quoted};
use super::tree::{Entry, Node, Place, Table, Value};
use crate::data::nearest;

/// Faults found so far, and the texts they are found in.
#[derive(Debug)]
pub(super) struct Notes {
    pub(super) sources: Vec<SourceText>,
    pub(super) faults: Vec<Fault>,
}

impl Notes {
    pub(super) fn add(&mut self, place: &Place, cause: Cause) {
        self.faults.push(Fault { place: place.clone(), cause });
    }

    pub(super) fn excerpt(&self, place: &Place) -> String {
        excerpt(&self.sources, place)
    }

    fn wrong_type(&mut self, key: &str, node: &Node, accepted: &str) {
        let cause = Cause::WrongType {
            key: key.to_owned(),
            found: self.excerpt(&node.place),
            kind: node.value.kind(),
            accepted: accepted.to_owned(),
        };
        self.add(&node.place, cause);
    }

    pub(super) fn out_of_range(&mut self, key: &str, place: &Place, accepted: &str) {
        let cause =
            Cause::OutOfRange { key: key.to_owned(), found: self.excerpt(place), accepted: accepted.to_owned() };
        self.add(place, cause);
    }
}

/// A value with its place.
#[derive(Debug, Clone)]
pub(super) struct Placed<T> {
    pub(super) value: T,
    pub(super) place: Place,
}

/// One table of the scenario.
pub(super) struct Section<'a> {
    table: &'a Table,
    /// Dotted name, empty for the whole document.
    name: String,
    /// Where faults about the table itself point: its key.
    pub(super) place: Place,
}

/// Every key of the contract, for hints on keys in the wrong table.
const HOMES: &[(&str, &[&str])] = &[
    ("model", super::diagonal::KEYS),
    ("model", super::features::KEYS),
    ("model", super::unbalanced::KEYS),
    ("model", super::sde::KEYS),
    ("model", super::loss::KEYS),
    ("model.data", super::data::KEYS),
    ("solve", super::settings::SOLVE_KEYS),
    ("solve", super::settings::FIELD_SOLVE_KEYS),
    ("report", super::settings::REPORT_KEYS),
    ("report", super::settings::FIELD_REPORT_KEYS),
    ("sgd", super::settings::SGD_KEYS),
    ("sweep", super::sweep::KEYS),
    ("phase", super::phase::KEYS),
];

impl<'a> Section<'a> {
    /// The whole document.
    pub(super) fn root(table: &'a Table, known: &'static [&'static str], notes: &mut Notes) -> Self {
        let section = Self::document(table);
        section.check_keys(known, notes);
        section
    }

    /// The whole document, its keys known.
    pub(super) fn document(table: &'a Table) -> Self {
        Self { table, name: String::new(), place: Place { source: 0, span: 0..0 } }
    }

    /// The table under `key`, if it is there and is one; notes its unknown keys.
    pub(super) fn table(&self, key: &str, known: &'static [&'static str], notes: &mut Notes) -> Option<Section<'a>> {
        let section = self.open(key, known, notes)?;
        section.check_keys(known, notes);
        Some(section)
    }

    /// The same without looking at its keys.
    fn open(&self, key: &str, known: &'static [&'static str], notes: &mut Notes) -> Option<Section<'a>> {
        let entry = self.table.get(key)?;
        let name = self.path(key);
        let Value::Table(table) = &entry.node.value else {
            notes.wrong_type(&name, &entry.node, &format!("a table with {}", quoted(known)));
            return None;
        };
        Some(Section { table, name, place: entry.place.clone() })
    }

    /// A table whose keys are checked later, when its kind is known; notes that it is missing.
    pub(super) fn required_unchecked(
        &self,
        key: &str,
        known: &'static [&'static str],
        notes: &mut Notes,
    ) -> Option<Section<'a>> {
        if self.table.get(key).is_none() {
            self.missing(key, &format!("a table with {}", quoted(known)), notes);
        }
        self.open(key, known, notes)
    }

    /// The full name of a key.
    pub(super) fn path(&self, key: &str) -> String {
        if self.name.is_empty() { key.to_owned() } else { format!("{}.{key}", self.name) }
    }

    /// Where the value of a key was written, or the table's own key.
    pub(super) fn place_of(&self, key: &str) -> Place {
        self.table.get(key).map_or_else(|| self.place.clone(), |e| e.node.place.clone())
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.table.get(key).is_some()
    }

    fn title(&self) -> String {
        if self.name.is_empty() { "the scenario".to_owned() } else { format!("[{}]", self.name) }
    }

    /// Notes every key that is none of `known`.
    pub(super) fn check_keys(&self, known: &'static [&'static str], notes: &mut Notes) {
        for Entry { key, place, .. } in self.table.entries.iter().filter(|e| !known.contains(&e.key.as_str())) {
            let near = nearest(key, known.iter().copied());
            let elsewhere = |(home, keys): &&(&str, &[&str])| *home != self.name && keys.contains(&key.as_str());
            let home = HOMES.iter().find(elsewhere).map(|(home, _)| *home);
            let cause = Cause::UnknownKey { key: shortened(key), table: self.title(), known, nearest: near, home };
            notes.add(place, cause);
        }
    }

    /// Notes a missing key, unless a misspelt one is noted already.
    pub(super) fn missing(&self, key: &str, accepted: &str, notes: &mut Notes) {
        let title = self.title();
        let misspelt = |fault: &Fault| matches!(&fault.cause, Cause::UnknownKey { table, nearest: Some(near), .. } if *table == title && *near == key);
        if notes.faults.iter().any(misspelt) {
            return;
        }
        let cause = Cause::MissingKey { key: key.to_owned(), table: title, accepted: accepted.to_owned() };
        notes.add(&self.place, cause);
    }

    fn entry(&self, key: &str, accepted: &str, required: bool, notes: &mut Notes) -> Option<&'a Node> {
        let entry = self.table.get(key);
        if entry.is_none() && required {
            self.missing(key, accepted, notes);
        }
        entry.map(|e| &e.node)
    }

    /// A number; whole numbers count as one.
    pub(super) fn number(&self, key: &str, accepted: &str, required: bool, notes: &mut Notes) -> Option<Placed<f64>> {
        let node = self.entry(key, accepted, required, notes)?;
        let value = number_of(node);
        if value.is_none() {
            notes.wrong_type(&self.path(key), node, accepted);
        }
        value.map(|value| Placed { value, place: node.place.clone() })
    }

    /// A whole number; beyond 128 bits it is the nearest one that is not.
    pub(super) fn whole(&self, key: &str, accepted: &str, required: bool, notes: &mut Notes) -> Option<Placed<i128>> {
        let node = self.entry(key, accepted, required, notes)?;
        let Value::Integer { exact, .. } = node.value else {
            notes.wrong_type(&self.path(key), node, accepted);
            return None;
        };
        // Every range accepted lies far inside, so the end of the range stands for "too large".
        Some(Placed { value: exact.unwrap_or(i128::MAX), place: node.place.clone() })
    }

    /// true or false; `false` when it is not given.
    pub(super) fn flag(&self, key: &str, notes: &mut Notes) -> bool {
        match self.table.get(key).map(|e| &e.node) {
            None => false,
            Some(Node { value: Value::Boolean(flag), .. }) => *flag,
            Some(node) => {
                notes.wrong_type(&self.path(key), node, "`true` or `false`");
                false
            }
        }
    }

    /// A string.
    pub(super) fn text(&self, key: &str, accepted: &str, required: bool, notes: &mut Notes) -> Option<Placed<String>> {
        let node = self.entry(key, accepted, required, notes)?;
        let Value::Text(text) = &node.value else {
            notes.wrong_type(&self.path(key), node, accepted);
            return None;
        };
        Some(Placed { value: text.clone(), place: node.place.clone() })
    }

    /// One of a few names; the first is the default where it is not required.
    pub(super) fn choice(
        &self,
        key: &str,
        names: &'static [&'static str],
        required: bool,
        notes: &mut Notes,
    ) -> Option<&'static str> {
        // What would be accepted is put into words only where something is wrong: families read this many times.
        if let Some(Node { value: Value::Text(text), .. }) = self.table.get(key).map(|e| &e.node)
            && let Some(found) = names.iter().find(|name| *name == text)
        {
            return Some(found);
        }
        let accepted = names.iter().map(|n| format!("\"{n}\"")).collect::<Vec<_>>().join(" or ");
        let Some(text) = self.text(key, &accepted, required, notes) else {
            return if required { None } else { names.first().copied() };
        };
        let cause = Cause::UnknownName {
            key: self.path(key),
            found: notes.excerpt(&text.place),
            accepted,
            nearest: nearest(&text.value, names.iter().copied()).map(str::to_owned),
        };
        notes.add(&text.place, cause);
        None
    }
}

fn number_of(node: &Node) -> Option<f64> {
    match node.value {
        Value::Float(value) => Some(value),
        Value::Integer { real, .. } => Some(real),
        _ => None,
    }
}

fn shortened(key: &str) -> String {
    key.chars().take(60).map(|c| if c.is_control() { ' ' } else { c }).collect()
}
