//! The `[model]` table: which kind of model it is, and what several kinds share.

use super::data::Origin;
use super::fault::Cause;
use super::files::Files;
use super::section::{Notes, Placed, Section};
use super::{diagonal, features, loss, sde, unbalanced};
use crate::model::{ModelError, System};

/// Kinds of model that exist.
pub(super) const KINDS: &[&str] = &["diagonal", "features", "unbalanced", "sde", "loss"];

pub(super) const WIDTH: &str = "a whole number from 1 to 1000000000";
pub(super) const TEMPERATURE: &str = "a finite number > 0";
pub(super) const WEIGHT_DECAY: &str = "a finite number >= 0";

/// What `[model]` says; parts that could not be read are missing, and their faults are noted.
pub(super) enum Model {
    /// A diagonal network.
    Diagonal(Option<diagonal::Network>),
    /// A law on a lattice.
    System(Equations),
}

/// A system, or as much of it as the rest of the scenario can be judged by.
#[derive(Default)]
pub(super) struct Equations {
    pub(super) system: Option<System>,
    /// Names of the variables, where they are known.
    pub(super) names: Option<Vec<String>>,
    /// Constants that expressions may use.
    pub(super) parameters: Vec<(String, f64)>,
    /// Where the variables can be; nothing is known of those that are missing.
    pub(super) range: Vec<[f64; 2]>,
    /// Where samples come from.
    pub(super) origin: Origin,
}

/// Reads `[model]` by its kind; nothing can be judged without one.
pub(super) fn read(root: &Section<'_>, files: &Files, notes: &mut Notes) -> Option<Model> {
    let section = root.required_unchecked("model", diagonal::KEYS, notes)?;
    Some(match section.choice("kind", KINDS, true, notes)? {
        "features" => Model::System(features::read(&section, files, notes)),
        "unbalanced" => Model::System(unbalanced::read(&section, files, notes)),
        "sde" => Model::System(sde::read(&section, notes)),
        "loss" => Model::System(loss::read(&section, files, notes)),
        _ => Model::Diagonal(diagonal::read(&section, files, notes)),
    })
}

/// Anything that is no u32 is out of every range, as the largest u32 is.
pub(super) fn small(whole: Placed<i128>) -> Placed<u32> {
    Placed { value: u32::try_from(whole.value).unwrap_or(u32::MAX), place: whole.place }
}

/// A key that was not given has its default; one that was given wrongly has none.
pub(super) fn or_default<T>(
    section: &Section<'_>,
    key: &str,
    read: Option<Placed<T>>,
    default: T,
) -> Option<Placed<T>> {
    if section.has(key) { read } else { Some(Placed { value: default, place: section.place_of(key) }) }
}

/// The value, if a model that is otherwise in range accepts it.
pub(super) fn checked<T: Copy, M>(
    section: &Section<'_>,
    key: &str,
    read: Option<Placed<T>>,
    with: impl Fn(T) -> Result<M, ModelError>,
    notes: &mut Notes,
) -> Option<T> {
    let read = read?;
    match with(read.value) {
        Ok(_) => Some(read.value),
        Err(error) => {
            notes.out_of_range(&section.path(key), &read.place, error.accepted());
            None
        }
    }
}

/// The result; what is wrong with it is noted at the key it is about, or at `key` where that is not given.
pub(super) fn sound<T>(
    section: &Section<'_>,
    key: &str,
    result: Result<T, ModelError>,
    notes: &mut Notes,
) -> Option<T> {
    let reason = match result {
        Ok(sound) => return Some(sound),
        Err(reason) => reason,
    };
    let key = if section.has(reason.key()) { reason.key() } else { key };
    notes.add(&section.place_of(key), Cause::Impossible { key: section.path(key), reason });
    None
}

pub(super) fn accepted(error: &ModelError) -> &'static str {
    error.accepted()
}
