//! A TOML document as a tree in which every key and value remembers where it was written.

use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue, Error as SyntaxError};

/// Where something was written: a byte range of one of the sources (0 is the file, others are `--set` arguments).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Place {
    /// Index into the sources.
    pub source: usize,
    /// Bytes of that source.
    pub span: Range<usize>,
}

/// A value and its place.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) value: Value,
    pub(super) place: Place,
}

/// A TOML value.
#[derive(Debug, Clone)]
pub(super) enum Value {
    Text(String),
    /// `exact` is absent beyond 128 bits.
    Integer {
        exact: Option<i128>,
        real: f64,
    },
    Float(f64),
    Boolean(bool),
    Date(String),
    List(Vec<Node>),
    Table(Table),
}

/// The entries of a table.
#[derive(Debug, Clone, Default)]
pub(super) struct Table {
    pub(super) entries: Vec<Entry>,
}

/// A key and what it stands for.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) place: Place,
    pub(super) node: Node,
}

impl Table {
    pub(super) fn get(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|e| e.key == key)
    }
}

impl Value {
    /// The kind of value, with its article.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "a string",
            Self::Integer { .. } => "a whole number",
            Self::Float(_) => "a decimal number",
            Self::Boolean(_) => "true or false",
            Self::Date(_) => "a date",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
        }
    }
}

/// Reads a whole document.
pub(super) fn document(text: &str) -> Result<Table, Vec<SyntaxError>> {
    let (table, errors) = DeTable::parse_recoverable(text);
    if errors.is_empty() { Ok(table_of(table.into_inner(), Origin { source: 0, start: 0 })) } else { Err(errors) }
}

/// Reads the value that starts at byte `start` of a source and ends with it.
pub(super) fn value(text: &str, origin: Origin) -> Result<Node, SyntaxError> {
    DeValue::parse(text.get(origin.start..).unwrap_or_default()).map(|v| node_of(v, origin))
}

/// What byte 0 of a parsed text is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Origin {
    pub(super) source: usize,
    pub(super) start: usize,
}

impl Origin {
    pub(super) fn place(self, span: Range<usize>) -> Place {
        Place { source: self.source, span: self.start + span.start..self.start + span.end }
    }
}

fn table_of(table: DeTable<'_>, origin: Origin) -> Table {
    let entries = table
        .into_iter()
        .map(|(key, value)| Entry {
            place: origin.place(key.span()),
            key: key.into_inner().into_owned(),
            node: node_of(value, origin),
        })
        .collect();
    Table { entries }
}

fn node_of(value: Spanned<DeValue<'_>>, origin: Origin) -> Node {
    let place = origin.place(value.span());
    let value = match value.into_inner() {
        DeValue::String(text) => Value::Text(text.into_owned()),
        DeValue::Integer(number) => {
            let exact = i128::from_str_radix(number.as_str(), number.radix()).ok();
            let decimal = || if number.radix() == 10 { number.as_str().parse().unwrap_or(f64::NAN) } else { f64::NAN };
            Value::Integer { exact, real: exact.map_or_else(decimal, |n| n as f64) }
        }
        DeValue::Float(number) => Value::Float(number.as_str().parse().unwrap_or(f64::NAN)),
        DeValue::Boolean(flag) => Value::Boolean(flag),
        DeValue::Datetime(date) => Value::Date(date.to_string()),
        DeValue::Array(items) => Value::List(items.into_iter().map(|item| node_of(item, origin)).collect()),
        DeValue::Table(table) => Value::Table(table_of(table, origin)),
    };
    Node { value, place }
}

/// The tree as a plain TOML table, to be written out again.
pub(super) fn plain(table: &Table) -> toml::Table {
    table.entries.iter().map(|e| (e.key.clone(), plain_value(&e.node.value))).collect()
}

fn plain_value(value: &Value) -> toml::Value {
    match value {
        Value::Text(text) => toml::Value::String(text.clone()),
        Value::Integer { exact, real } => match exact.and_then(|n| i64::try_from(n).ok()) {
            Some(n) => toml::Value::Integer(n),
            None => toml::Value::Float(*real),
        },
        Value::Float(number) => toml::Value::Float(*number),
        Value::Boolean(flag) => toml::Value::Boolean(*flag),
        Value::Date(date) => toml::Value::String(date.clone()),
        Value::List(items) => toml::Value::Array(items.iter().map(|i| plain_value(&i.value)).collect()),
        Value::Table(table) => toml::Value::Table(plain(table)),
    }
}
