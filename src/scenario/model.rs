//! The `[model]` table: which kind of network, and its parameters.

use super::Location;
use super::data::{self, Training};
use super::section::{Notes, Placed, Section};
use crate::model::{Branch, Diagonal, ModelError, Moments};

/// Kinds of model that exist.
pub(super) const KINDS: &[&str] = &["diagonal"];
/// Keys of `kind = "diagonal"`.
pub(super) const KEYS: &[&str] =
    &["kind", "depth", "width", "temperature", "weight_decay", "modified_loss", "branch", "data"];

const DEPTH: &str = "a whole number from 0 to 10000";
const WIDTH: &str = "a whole number from 1 to 1000000000";
const TEMPERATURE: &str = "a finite number > 0";
const WEIGHT_DECAY: &str = "a finite number >= 0";

/// A network, the branch of its start and its training data.
pub(super) struct Model {
    pub(super) diagonal: Diagonal,
    pub(super) branch: Branch,
    pub(super) training: Training,
}

/// Reads `[model]` by its kind.
pub(super) fn read(root: &Section<'_>, location: &Location, notes: &mut Notes) -> Option<Model> {
    let section = root.required_unchecked("model", KEYS, notes)?;
    // Without a kind the other keys cannot be judged, except that there is only one kind so far.
    let kind = section.choice("kind", KINDS, true, notes);
    if kind.is_none() && section.has("kind") {
        return None;
    }
    section.check_keys(KEYS, notes);
    let model = diagonal(&section, location, notes);
    kind.and(model)
}

/// A network whose every parameter is in range, to try one parameter at a time in.
fn sample() -> Option<Diagonal> {
    let moments = Moments::try_new(1.0, 0.0, 1.0, 1.0, 1.0).ok()?;
    Some(Diagonal { depth: 1, width: 1, temperature: 1.0, weight_decay: 0.0, modified_loss: false, moments })
}

fn diagonal(section: &Section<'_>, location: &Location, notes: &mut Notes) -> Option<Model> {
    let sample = sample()?;
    let depth = section.whole("depth", DEPTH, true, notes).map(small);
    let depth = checked(section, "depth", depth, |depth| Diagonal { depth, ..sample }, notes);
    let width = section.whole("width", WIDTH, false, notes).map(small);
    let width = or_default(section, "width", width, 1);
    let width = checked(section, "width", width, |width| Diagonal { width, ..sample }, notes);
    let temperature = section.number("temperature", TEMPERATURE, true, notes);
    let temperature =
        checked(section, "temperature", temperature, |temperature| Diagonal { temperature, ..sample }, notes);
    let decay = section.number("weight_decay", WEIGHT_DECAY, false, notes);
    let decay = or_default(section, "weight_decay", decay, 0.0);
    let decay = checked(section, "weight_decay", decay, |weight_decay| Diagonal { weight_decay, ..sample }, notes);
    let modified_loss = section.flag("modified_loss", notes);
    let branch = section.choice("branch", &["auto", "positive", "negative"], false, notes);
    let training = data::read(section, location, notes);
    let training = training?;
    let diagonal = Diagonal {
        depth: depth?,
        width: width?,
        temperature: temperature?,
        weight_decay: decay?,
        modified_loss,
        moments: training.moments,
    };
    let branch = match branch? {
        "positive" => Branch::Positive,
        "negative" => Branch::Negative,
        _ => diagonal.natural_branch(),
    };
    // Parameters are in range one by one; this asks whether they are together.
    match diagonal.validated() {
        Ok(diagonal) => Some(Model { diagonal, branch, training }),
        Err(error) => {
            notes.out_of_range(&section.path(error.key()), &section.place_of(error.key()), accepted(&error));
            None
        }
    }
}

/// Anything that is no u32 is out of every range, as the largest u32 is.
fn small(whole: Placed<i128>) -> Placed<u32> {
    Placed { value: u32::try_from(whole.value).unwrap_or(u32::MAX), place: whole.place }
}

/// A key that was not given has its default; one that was given wrongly has none.
fn or_default<T>(section: &Section<'_>, key: &str, read: Option<Placed<T>>, default: T) -> Option<Placed<T>> {
    if section.has(key) { read } else { Some(Placed { value: default, place: section.place_of(key) }) }
}

/// The value, if a network that is otherwise in range accepts it.
fn checked<T: Copy>(
    section: &Section<'_>,
    key: &str,
    read: Option<Placed<T>>,
    with: impl Fn(T) -> Diagonal,
    notes: &mut Notes,
) -> Option<T> {
    let read = read?;
    match with(read.value).validated() {
        Ok(_) => Some(read.value),
        Err(error) => {
            notes.out_of_range(&section.path(key), &read.place, accepted(&error));
            None
        }
    }
}

pub(super) fn accepted(error: &ModelError) -> &'static str {
    error.accepted()
}
