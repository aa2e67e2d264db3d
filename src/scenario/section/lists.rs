//! Lists: of numbers, of texts, of lists, and tables whose keys are names that the user chose.

use super::{Notes, Placed, Section, number_of};
use crate::scenario::fault::quoted;
use crate::scenario::tree::{Node, Place, Value};

/// More elements than this are no scenario.
const MOST: usize = 100_000;

/// One element of a list, and what it is called.
#[derive(Clone)]
pub(in crate::scenario) struct Item<'a> {
    pub(in crate::scenario) name: String,
    node: &'a Node,
}

impl<'a> Section<'a> {
    /// The value of a key, whatever it is.
    pub(in crate::scenario) fn item(&self, key: &str) -> Option<Item<'a>> {
        self.table.get(key).map(|entry| Item { name: self.path(key), node: &entry.node })
    }

    /// The elements of a list.
    pub(in crate::scenario) fn list(
        &self,
        key: &str,
        accepted: &str,
        required: bool,
        notes: &mut Notes,
    ) -> Option<Placed<Vec<Item<'a>>>> {
        let node = self.entry(key, accepted, required, notes)?;
        let item = Item { name: self.path(key), node };
        Some(Placed { value: item.elements(accepted, notes)?, place: node.place.clone() })
    }

    /// A list of numbers, each of which must satisfy `fits`.
    pub(in crate::scenario) fn numbers(
        &self,
        key: &str,
        each: &str,
        fits: impl Fn(f64) -> bool,
        notes: &mut Notes,
    ) -> Option<Vec<f64>> {
        let items = self.list(key, &format!("a list of numbers, each {each}"), false, notes)?;
        Some(items.value.iter().filter_map(|item| item.number(each, &fits, notes)).collect())
    }

    /// The entries of a table whose keys are names: key, its place, value.
    pub(in crate::scenario) fn names(
        &self,
        key: &str,
        accepted: &str,
        notes: &mut Notes,
    ) -> Option<Vec<(&'a str, Place, Item<'a>)>> {
        let node = self.entry(key, accepted, false, notes)?;
        let Value::Table(table) = &node.value else {
            notes.wrong_type(&self.path(key), node, accepted);
            return None;
        };
        let item = |name: &str, node: &'a Node| Item { name: format!("{}.{name}", self.path(key)), node };
        Some(table.entries.iter().map(|e| (e.key.as_str(), e.place.clone(), item(&e.key, &e.node))).collect())
    }
}

impl<'a> Item<'a> {
    pub(in crate::scenario) fn place(&self) -> &Place {
        &self.node.place
    }

    /// This table; notes its unknown keys.
    pub(in crate::scenario) fn table(&self, known: &'static [&'static str], notes: &mut Notes) -> Option<Section<'a>> {
        let Value::Table(table) = &self.node.value else {
            notes.wrong_type(&self.name, self.node, &format!("a table with {}", quoted(known)));
            return None;
        };
        let section = Section { table, name: self.name.clone(), place: self.node.place.clone() };
        section.check_keys(known, notes);
        Some(section)
    }

    /// The elements of this list.
    pub(in crate::scenario) fn elements(&self, accepted: &str, notes: &mut Notes) -> Option<Vec<Item<'a>>> {
        let Value::List(items) = &self.node.value else {
            notes.wrong_type(&self.name, self.node, accepted);
            return None;
        };
        if items.len() > MOST {
            notes.out_of_range(&self.name, &self.node.place, &format!("at most {MOST} elements"));
            return None;
        }
        Some(items.iter().enumerate().map(|(i, node)| Item { name: format!("{}[{i}]", self.name), node }).collect())
    }

    /// Whether it is a list.
    pub(in crate::scenario) fn is_list(&self) -> bool {
        matches!(self.node.value, Value::List(_))
    }

    /// The value of a key, if this is a table.
    pub(in crate::scenario) fn get(&self, key: &str) -> Option<Item<'a>> {
        let Value::Table(table) = &self.node.value else { return None };
        table.get(key).map(|entry| Item { name: format!("{}.{key}", self.name), node: &entry.node })
    }

    /// This number, which must satisfy `fits`.
    pub(in crate::scenario) fn number(
        &self,
        accepted: &str,
        fits: impl Fn(f64) -> bool,
        notes: &mut Notes,
    ) -> Option<f64> {
        match number_of(self.node) {
            Some(value) if fits(value) => return Some(value),
            Some(_) => notes.out_of_range(&self.name, &self.node.place, accepted),
            None => notes.wrong_type(&self.name, self.node, accepted),
        }
        None
    }

    /// A number of any kind, without judging it.
    pub(in crate::scenario) fn as_number(&self) -> Option<f64> {
        number_of(self.node)
    }

    /// This string.
    pub(in crate::scenario) fn text(&self, accepted: &str, notes: &mut Notes) -> Option<&'a str> {
        match &self.node.value {
            Value::Text(text) => Some(text),
            _ => {
                notes.wrong_type(&self.name, self.node, accepted);
                None
            }
        }
    }
}
