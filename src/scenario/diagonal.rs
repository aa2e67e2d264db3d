//! `kind = "diagonal"`: one feature, one equation.

use super::data::{self, Training};
use super::files::Files;
use super::model::{TEMPERATURE, WEIGHT_DECAY, WIDTH, accepted, checked, or_default, small};
use super::section::{Notes, Section};
use crate::model::{Branch, Diagonal, Moments};

/// Keys of `kind = "diagonal"`.
pub(super) const KEYS: &[&str] =
    &["kind", "depth", "width", "temperature", "weight_decay", "modified_loss", "branch", "data"];

const DEPTH: &str = "a whole number from 0 to 10000";

/// A network, the branch of its start and its training data.
pub(super) struct Network {
    pub(super) diagonal: Diagonal,
    pub(super) branch: Branch,
    pub(super) training: Training,
}

/// A network whose every parameter is in range, to try one parameter at a time in.
fn sample() -> Option<Diagonal> {
    let moments = Moments::try_new(1.0, 0.0, 1.0, 1.0, 1.0).ok()?;
    Some(Diagonal { depth: 1, width: 1, temperature: 1.0, weight_decay: 0.0, modified_loss: false, moments })
}

/// Reads the rest of `[model]`.
pub(super) fn read(section: &Section<'_>, files: &Files, notes: &mut Notes) -> Option<Network> {
    section.check_keys(KEYS, notes);
    let sample = sample()?;
    let depth = section.whole("depth", DEPTH, true, notes).map(small);
    let depth = checked(section, "depth", depth, |depth| Diagonal { depth, ..sample }.validated(), notes);
    let width = section.whole("width", WIDTH, false, notes).map(small);
    let width = or_default(section, "width", width, 1);
    let width = checked(section, "width", width, |width| Diagonal { width, ..sample }.validated(), notes);
    let temperature = section.number("temperature", TEMPERATURE, true, notes);
    let temperature = checked(
        section,
        "temperature",
        temperature,
        |temperature| Diagonal { temperature, ..sample }.validated(),
        notes,
    );
    let decay = section.number("weight_decay", WEIGHT_DECAY, false, notes);
    let decay = or_default(section, "weight_decay", decay, 0.0);
    let decay =
        checked(section, "weight_decay", decay, |weight_decay| Diagonal { weight_decay, ..sample }.validated(), notes);
    let modified_loss = section.flag("modified_loss", notes);
    let branch = section.choice("branch", &["auto", "positive", "negative"], false, notes);
    let training = data::read(section, files, notes);
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
        Ok(diagonal) => Some(Network { diagonal, branch, training }),
        Err(error) => {
            notes.out_of_range(&section.path(error.key()), &section.place_of(error.key()), accepted(&error));
            None
        }
    }
}
