//! `kind = "features"`: a diagonal network on one to three features.

use super::files::Files;
use super::matrix;
use super::model::{Equations, TEMPERATURE, WEIGHT_DECAY, WIDTH, checked, or_default, small, sound};
use super::section::{Notes, Section};
use super::several;
use crate::model::{FeatureMoments, Features, System};

/// Keys of `kind = "features"`.
pub(super) const KEYS: &[&str] = &["kind", "depth", "width", "temperature", "weight_decay", "signs", "data"];

const DEPTH: &str = "a whole number from 1 to 10000";
const SIGN: &str = "1 or -1";

/// A network whose every parameter is in range, to try one parameter at a time in.
fn sample() -> Option<Features> {
    let moments = FeatureMoments::gaussian(&[vec![1.0]], &[1.0], 1.0).ok()?;
    Some(Features { depth: 1, width: 1, temperature: 1.0, weight_decay: 0.0, signs: vec![1.0], moments })
}

/// Reads the rest of `[model]`.
pub(super) fn read(section: &Section<'_>, files: &Files, notes: &mut Notes) -> Equations {
    section.check_keys(KEYS, notes);
    let training = several::read(section, files, several::Need::Moments, notes);
    let parameters = parameters(section, notes);
    let signs = signs(section, training.features, notes);
    let names = training.features.map(|n| (1..=n).map(|i| format!("v{i}")).collect());
    let system = parameters.zip(training.moments).and_then(|(p, moments)| {
        let signs = signs?.unwrap_or_else(|| moments.natural_signs());
        sound(section, "data", Features { signs, moments, ..p }.validated(), notes).map(System::Features)
    });
    Equations { system, names, origin: training.origin, ..Equations::default() }
}

/// The numbers of the network, in a network whose data are yet to be set.
fn parameters(section: &Section<'_>, notes: &mut Notes) -> Option<Features> {
    let sample = sample()?;
    let depth = section.whole("depth", DEPTH, true, notes).map(small);
    let depth = checked(section, "depth", depth, |depth| Features { depth, ..sample.clone() }.validated(), notes);
    let width = section.whole("width", WIDTH, false, notes).map(small);
    let width = or_default(section, "width", width, 1);
    let width = checked(section, "width", width, |width| Features { width, ..sample.clone() }.validated(), notes);
    let temperature = section.number("temperature", TEMPERATURE, true, notes);
    let with = |temperature| Features { temperature, ..sample.clone() }.validated();
    let temperature = checked(section, "temperature", temperature, with, notes);
    let decay = section.number("weight_decay", WEIGHT_DECAY, false, notes);
    let decay = or_default(section, "weight_decay", decay, 0.0);
    let with = |weight_decay| Features { weight_decay, ..sample.clone() }.validated();
    let decay = checked(section, "weight_decay", decay, with, notes);
    Some(Features { depth: depth?, width: width?, temperature: temperature?, weight_decay: decay?, ..sample })
}

/// The signs, `Some(None)` where they are not given; `None` where they are wrong.
fn signs(section: &Section<'_>, features: Option<usize>, notes: &mut Notes) -> Option<Option<Vec<f64>>> {
    if !section.has("signs") {
        return Some(None);
    }
    let row = matrix::vector(section, "signs", features, "signs, each 1 or -1, one per feature", false, notes)?;
    let numbers: Vec<Option<f64>> = row.iter().map(|item| item.number(SIGN, |s| s.abs() == 1.0, notes)).collect();
    numbers.into_iter().collect::<Option<Vec<f64>>>().map(Some)
}
