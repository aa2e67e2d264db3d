//! `kind = "unbalanced"`: one feature, two layers out of balance.

use super::data;
use super::files::Files;
use super::model::{Equations, TEMPERATURE, WEIGHT_DECAY, checked, or_default, sound};
use super::section::{Notes, Section};
use crate::model::{Moments, System, Unbalanced};
use crate::study::FieldSource;

/// Keys of `kind = "unbalanced"`.
pub(super) const KEYS: &[&str] = &["kind", "temperature", "weight_decay", "isotropic_noise", "data"];

const NOISE: &str = "a finite number > 0";

/// Reads the rest of `[model]`.
pub(super) fn read(section: &Section<'_>, files: &Files, notes: &mut Notes) -> Equations {
    section.check_keys(KEYS, notes);
    let parameters = parameters(section, notes);
    let mut equations = Equations { names: Some(vec!["v".to_owned(), "Q".to_owned()]), ..Equations::default() };
    let Some(training) = data::read(section, files, notes) else { return equations };
    equations.system = parameters.and_then(|p| {
        let model = Unbalanced { moments: training.moments, ..p };
        sound(section, "data", model.validated(), notes).map(System::Unbalanced)
    });
    equations.origin = training.origin;
    equations.origin.source = FieldSource::One(training.source);
    equations
}

/// The numbers of the network, in a network whose data are yet to be set.
fn parameters(section: &Section<'_>, notes: &mut Notes) -> Option<Unbalanced> {
    let moments = Moments::gaussian(1.0, 1.0, 1.0).ok()?;
    let sample = Unbalanced { temperature: 1.0, weight_decay: 0.0, isotropic_noise: 1.0, moments };
    let temperature = section.number("temperature", TEMPERATURE, true, notes);
    let with = |temperature| Unbalanced { temperature, ..sample }.validated();
    let temperature = checked(section, "temperature", temperature, with, notes);
    let decay = section.number("weight_decay", WEIGHT_DECAY, false, notes);
    let decay = or_default(section, "weight_decay", decay, 0.0);
    let with = |weight_decay| Unbalanced { weight_decay, ..sample }.validated();
    let decay = checked(section, "weight_decay", decay, with, notes);
    let noise = section.number("isotropic_noise", NOISE, true, notes);
    let with = |isotropic_noise| Unbalanced { isotropic_noise, ..sample }.validated();
    let noise = checked(section, "isotropic_noise", noise, with, notes);
    Some(Unbalanced { temperature: temperature?, weight_decay: decay?, isotropic_noise: noise?, ..sample })
}
