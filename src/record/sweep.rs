//! The answer to `sweep`: one row of observables for every point of a product of axes.

use super::{LawKind, Provenance};
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

/// The laws of a family of scenarios.
#[derive(Debug, Clone, PartialEq)]
pub struct SweepRecord {
    /// Version of the program.
    pub stillpoint: String,
    /// Title of the scenario.
    pub title: String,
    /// Axes, the last fastest.
    pub axes: Vec<SweepAxis>,
    /// What was asked of every law.
    pub observables: Vec<SweepObservable>,
    /// One row for every point, in the order of the axes.
    pub rows: Vec<SweepRow>,
    /// Which part of the points was computed, `k/n`, where it is not all of them.
    pub shard: Option<String>,
    /// Checksum of the question.
    pub checksum: String,
    /// What is needed to make the result again.
    pub provenance: Provenance,
}

/// An axis.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SweepAxis {
    /// Dotted key of the number that varies.
    pub key: String,
    /// Its values.
    pub values: Vec<f64>,
    /// Whether they lie at equal ratios.
    pub log: bool,
}

/// An observable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SweepObservable {
    /// As it was asked for.
    pub name: String,
    /// Whether it is a word and not a number.
    pub word: bool,
}

/// What was found at one point.
#[derive(Debug, Clone, PartialEq)]
pub enum SweepRow {
    /// One cell for every observable.
    Found(Vec<SweepCell>),
    /// The law could not be computed: why.
    Failed(String),
    /// Not computed: it belongs to another shard.
    Elsewhere,
}

/// One observable at one point.
#[derive(Debug, Clone, PartialEq)]
pub enum SweepCell {
    /// A number and its error.
    Number {
        /// Its value.
        value: f64,
        /// Its absolute error.
        error: f64,
    },
    /// Exactly this number, because all mass sits at one point.
    AtPoint(f64),
    /// The integral that defines it diverges.
    Infinite,
    /// It does not exist, or cannot be given: why.
    Absent(String),
    /// What kind of law it is.
    Law(LawKind),
}

/// What a cell holds, as a number: what files say of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum SweepStatus {
    /// A number with an error.
    Number = 0,
    /// An exact number, because all mass sits at one point.
    PointMass = 1,
    /// A divergent integral.
    Infinite = 2,
    /// Nothing, for the reason given.
    Absent = 3,
    /// The law could not be computed, for the reason given.
    Failed = 4,
    /// Not computed in this shard.
    Elsewhere = 5,
}

impl SweepStatus {
    /// All of them with their names, in the order of their numbers.
    pub const ALL: [(Self, &'static str); 6] = [
        (Self::Number, "number"),
        (Self::PointMass, "point_mass"),
        (Self::Infinite, "infinite"),
        (Self::Absent, "absent"),
        (Self::Failed, "failed"),
        (Self::Elsewhere, "elsewhere"),
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(status, _)| *status == self).map_or("", |(_, name)| name)
    }
}

impl SweepRow {
    /// Value, error and status of observable `k`; a word has the value 0 for a density, 1 for a point mass.
    pub fn cell(&self, k: usize) -> (f64, f64, SweepStatus) {
        let none = |status| (f64::NAN, f64::NAN, status);
        match self {
            Self::Failed(_) => none(SweepStatus::Failed),
            Self::Elsewhere => none(SweepStatus::Elsewhere),
            Self::Found(cells) => match cells.get(k) {
                Some(SweepCell::Number { value, error }) => (*value, *error, SweepStatus::Number),
                Some(SweepCell::AtPoint(value)) => (*value, 0.0, SweepStatus::PointMass),
                Some(SweepCell::Infinite) => (f64::INFINITY, f64::NAN, SweepStatus::Infinite),
                Some(SweepCell::Law(LawKind::Density)) => (0.0, 0.0, SweepStatus::Number),
                Some(SweepCell::Law(LawKind::PointMass)) => (1.0, 0.0, SweepStatus::PointMass),
                Some(SweepCell::Absent(_)) | None => none(SweepStatus::Absent),
            },
        }
    }

    /// Why something of this row has no number; empty where everything has one.
    pub fn reason(&self, observables: &[SweepObservable]) -> String {
        match self {
            Self::Failed(why) => why.clone(),
            Self::Elsewhere => String::new(),
            Self::Found(cells) => {
                let mut reasons: Vec<(Vec<&str>, &str)> = Vec::new();
                for (cell, observable) in cells.iter().zip(observables) {
                    let why = match cell {
                        SweepCell::Absent(why) => why.as_str(),
                        SweepCell::Infinite => "the integral diverges",
                        _ => continue,
                    };
                    match reasons.iter_mut().find(|(_, reason)| *reason == why) {
                        Some((names, _)) => names.push(&observable.name),
                        None => reasons.push((vec![&observable.name], why)),
                    }
                }
                // What separates parts does not occur in them, so that a file can be taken apart again.
                let said =
                    reasons.iter().map(|(names, why)| format!("{}: {}", names.join(", "), why.replace("; ", ", ")));
                said.collect::<Vec<_>>().join("; ")
            }
        }
    }
}

impl SweepRecord {
    /// The values of the axes at a row.
    pub fn at(&self, row: usize) -> Vec<f64> {
        let mut rest = row;
        let mut at: Vec<f64> = Vec::with_capacity(self.axes.len());
        for axis in self.axes.iter().rev() {
            let n = axis.values.len().max(1);
            at.extend(axis.values.get(rest % n));
            rest /= n;
        }
        at.reverse();
        at
    }
}

struct CellBody<'a>(&'a SweepRow, usize);

impl Serialize for CellBody<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (value, error, status) = self.0.cell(self.1);
        if let SweepRow::Found(cells) = self.0
            && let Some(SweepCell::Law(kind)) = cells.get(self.1)
        {
            return kind.serialize(serializer);
        }
        let mut map = serializer.serialize_map(None)?;
        let known = status == SweepStatus::Number || status == SweepStatus::PointMass;
        map.serialize_entry("value", &known.then_some(value))?;
        if known {
            map.serialize_entry("error", &error)?;
        }
        if status != SweepStatus::Number {
            map.serialize_entry("status", status.name())?;
        }
        map.end()
    }
}

struct RowBody<'a>(&'a SweepRecord, usize);

impl Serialize for RowBody<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(record, i) = *self;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("at", &record.at(i))?;
        let Some(row) = record.rows.get(i) else { return map.end() };
        for (k, observable) in record.observables.iter().enumerate() {
            map.serialize_entry(&observable.name, &CellBody(row, k))?;
        }
        let reason = row.reason(&record.observables);
        if !reason.is_empty() {
            map.serialize_entry("reason", &reason)?;
        }
        map.end()
    }
}

impl Serialize for SweepRecord {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("stillpoint", &self.stillpoint)?;
        map.serialize_entry("title", &self.title)?;
        map.serialize_entry("axes", &self.axes)?;
        map.serialize_entry("observables", &self.observables)?;
        if let Some(shard) = &self.shard {
            map.serialize_entry("shard", shard)?;
        }
        let points: Vec<RowBody<'_>> = (0..self.rows.len()).map(|i| RowBody(self, i)).collect();
        map.serialize_entry("points", &points)?;
        map.end()
    }
}
