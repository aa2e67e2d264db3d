//! An axis of a sweep or of a picture of phases: a number of the scenario, and the values it takes.

use super::fault::{Cause, Fault};
use super::section::{Item, Notes, Section};
use super::tree::Place;

/// Keys of an axis.
pub(super) const KEYS: &[&str] = &["key", "from", "to", "count", "scale", "values"];

const VALUE: &str = "a finite number";
const POSITIVE: &str = "a finite number > 0, as the scale is \"log\"";
const COUNT: &str = "a whole number from 2 to 10000000";

/// How the values of an axis lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// At equal distances.
    Linear,
    /// At equal ratios.
    Log,
    /// As listed.
    Listed,
}

/// A number that varies.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// Its dotted key.
    pub key: String,
    /// The values, in the order they were given.
    pub values: Vec<f64>,
    /// How they lie.
    pub scale: Scale,
    /// Where the key is written.
    pub place: Place,
    /// Where every value is written, for listed ones.
    places: Vec<Place>,
}

impl Axis {
    /// Where the value with this index is written; the ends of a range, where it is none of a list.
    pub fn place_of(&self, index: usize) -> &Place {
        self.places.get(index).unwrap_or(&self.place)
    }

    /// Reads one axis.
    pub(super) fn read(item: &Item<'_>, notes: &mut Notes) -> Option<Self> {
        let section = item.table(KEYS, notes)?;
        let key = section.text("key", "the dotted key of a number, e.g. model.temperature", true, notes);
        let (values, scale, places) = if section.has("values") {
            listed(&section, notes)
        } else {
            range(&section, notes).map(|(values, scale)| (values, scale, Vec::new()))
        }?;
        let key = key?;
        Some(Self { key: key.value, values, scale, place: key.place, places })
    }
}

fn listed(section: &Section<'_>, notes: &mut Notes) -> Option<(Vec<f64>, Scale, Vec<Place>)> {
    for key in ["from", "to", "count", "scale"].into_iter().filter(|key| section.has(key)) {
        let cause = Cause::Excluded { key: section.path(key), other: "values".to_owned() };
        notes.add(&section.place_of(key), cause);
    }
    let items = section.list("values", "a list of numbers", true, notes)?;
    if items.value.is_empty() {
        notes.out_of_range(&section.path("values"), &items.place, "at least one number");
        return None;
    }
    let mut values: Vec<f64> = Vec::new();
    for item in &items.value {
        let value = item.number(VALUE, f64::is_finite, notes)?;
        if values.contains(&value) {
            let cause = Cause::Twice { key: item.name.clone(), name: format!("{value}") };
            notes.add(item.place(), cause);
            return None;
        }
        values.push(value);
    }
    Some((values, Scale::Listed, items.value.iter().map(|item| item.place().clone()).collect()))
}

fn range(section: &Section<'_>, notes: &mut Notes) -> Option<(Vec<f64>, Scale)> {
    let scale = match section.choice("scale", &["linear", "log"], false, notes)? {
        "log" => Scale::Log,
        _ => Scale::Linear,
    };
    let [from, to] = ends(section, scale, notes);
    let count = section.whole("count", COUNT, true, notes).and_then(|count| {
        let fits = usize::try_from(count.value).ok().filter(|n| (2..=10_000_000).contains(n));
        if fits.is_none() {
            notes.out_of_range(&section.path("count"), &count.place, COUNT);
        }
        fits
    });
    let (from, to, count) = (from?, to?, count?);
    if from == to {
        notes.out_of_range(&section.path("to"), &section.place_of("to"), "a number other than `from`");
        return None;
    }
    Some((spaced(from, to, count, scale), scale))
}

/// `from` and `to` of a range, which a logarithm must have where the scale is one.
pub(super) fn ends(section: &Section<'_>, scale: Scale, notes: &mut Notes) -> [Option<f64>; 2] {
    let accepted = if scale == Scale::Log { POSITIVE } else { VALUE };
    ["from", "to"].map(|key| {
        let read = section.number(key, accepted, true, notes)?;
        let fits = read.value.is_finite() && (scale != Scale::Log || read.value > 0.0);
        if !fits {
            notes.out_of_range(&section.path(key), &read.place, accepted);
        }
        fits.then_some(read.value)
    })
}

/// `count` values from one end to the other, both ends exactly.
fn spaced(from: f64, to: f64, count: usize, scale: Scale) -> Vec<f64> {
    let last = count - 1;
    let at = |i: usize| match i {
        0 => from,
        _ if i == last => to,
        // Exact where the step is a whole number.
        _ if scale != Scale::Log && ((to - from) * last as f64).is_finite() => {
            from + (to - from) * i as f64 / last as f64
        }
        _ => between(from, to, i as f64 / last as f64, scale),
    };
    (0..count).map(at).collect()
}

/// The value at a part of the way from one number to another.
pub fn between(from: f64, to: f64, part: f64, scale: Scale) -> f64 {
    if scale == Scale::Log {
        ((1.0 - part) * from.ln() + part * to.ln()).exp()
    } else {
        (1.0 - part) * from + part * to
    }
}

/// Notes every axis whose number another one has already.
pub(super) fn distinct(axes: &[Axis], notes: &mut Notes) {
    for (i, axis) in axes.iter().enumerate() {
        if axes[..i].iter().any(|other| other.key == axis.key) {
            let cause = Cause::Twice { key: "key".to_owned(), name: axis.key.clone() };
            notes.faults.push(Fault { place: axis.place.clone(), cause });
        }
    }
}
