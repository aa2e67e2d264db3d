//! The fields of a line: texts and numbers that survive to the last bit.

use std::str::Split;

/// Fields that are being read.
pub struct Fields<'a> {
    left: Split<'a, char>,
}

impl<'a> Fields<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        Self { left: text.split('\t') }
    }

    pub(super) fn text(&mut self) -> Option<String> {
        unquoted(self.next()?)
    }

    pub(super) fn real(&mut self) -> Option<f64> {
        bits(self.next()?)
    }

    /// A number that may be missing.
    pub(super) fn optional(&mut self) -> Option<Option<f64>> {
        match self.next()? {
            "-" => Some(None),
            field => bits(field).map(Some),
        }
    }

    pub(super) fn flag(&mut self) -> Option<bool> {
        match self.next()? {
            "1" => Some(true),
            "0" => Some(false),
            _ => None,
        }
    }

    /// As many as the next field says.
    pub(super) fn list<T>(&mut self, one: impl Fn(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let count: usize = self.next()?.parse().ok()?;
        (0..count).map(|_| one(self)).collect()
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        self.left.next()
    }
}

/// A text without tabs or line ends.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

pub(super) fn unquoted(field: &str) -> Option<String> {
    serde_json::from_str(field).ok()
}

pub(super) fn real(x: f64) -> String {
    format!("{:x}", x.to_bits())
}

pub(super) fn optional(x: Option<f64>) -> String {
    x.map_or_else(|| "-".to_owned(), real)
}

pub(super) fn flag(yes: bool) -> String {
    u8::from(yes).to_string()
}

/// The number of these bits.
pub(super) fn bits(field: &str) -> Option<f64> {
    u64::from_str_radix(field, 16).ok().map(f64::from_bits)
}
