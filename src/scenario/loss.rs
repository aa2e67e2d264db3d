//! `kind = "loss"`: SGD on a loss given as a formula.

use super::expression::Language;
use super::fault::Cause;
use super::files::Files;
use super::model::{Equations, TEMPERATURE, WEIGHT_DECAY, or_default, sound};
use super::section::{Notes, Placed, Section};
use super::{data, matrix, sde, several};
use crate::formula::Formula;
use crate::model::{Loss, LossData, LossSetup, System, TARGET, input_names};
use crate::sgd::{FeatureSource, Source};
use crate::study::FieldSource;

/// Keys of `kind = "loss"`.
pub(super) const KEYS: &[&str] = &[
    "kind",
    "parameters",
    "loss",
    "temperature",
    "weight_decay",
    "isotropic_noise",
    "constants",
    "range",
    "start",
    "data",
];

const NOISE: &str = "a finite number >= 0";
const START: &str = "numbers, one per parameter";

/// Numbers of the training.
struct Training {
    temperature: f64,
    weight_decay: f64,
    isotropic_noise: f64,
}

/// Samples, the names of the inputs, and where they come from.
struct Samples {
    data: LossData,
    inputs: Vec<String>,
    equations: Equations,
}

/// Reads the rest of `[model]`.
pub(super) fn read(section: &Section<'_>, files: &Files, notes: &mut Notes) -> Equations {
    section.check_keys(KEYS, notes);
    let names = sde::variables(section, "parameters", "parameter", notes);
    let samples = samples(section, files, notes);
    let taken: Vec<String> = names.iter().flatten().cloned().collect();
    let inputs = samples.as_ref().map(|s| s.inputs.clone());
    let reserved: Vec<String> = inputs.iter().flatten().cloned().chain([TARGET.to_owned()]).collect();
    let free = names.as_ref().is_none_or(|names| unreserved(section, "parameters", names, &reserved, notes));
    let constants = sde::constants(section, "constants", &[taken, reserved.clone()].concat(), notes);
    let training = training(section, notes);
    let range = sde::range(section, names.as_deref(), notes);
    let start = start(section, names.as_ref().map(Vec::len), notes);
    let loss =
        names.clone().zip(constants.clone()).zip(inputs).filter(|_| free).and_then(|((names, parameters), _)| {
            formula(section, &Language { names: [names, reserved].concat(), parameters }, notes)
        });
    let (data, equations) = samples.map_or_else(Default::default, |s| (Some(s.data), s.equations));
    let mut equations = Equations {
        names: names.clone(),
        parameters: constants.unwrap_or_default(),
        range: range.clone().unwrap_or_default(),
        ..equations
    };
    let (Some(names), Some(loss), Some(data), Some(training)) = (names, loss, data, training) else { return equations };
    let (Some(range), Some(start)) = (range, start) else { return equations };
    let Training { temperature, weight_decay, isotropic_noise } = training;
    let setup = LossSetup { names, loss, data, temperature, weight_decay, isotropic_noise, range, start };
    equations.system = sound(section, "loss", Loss::new(setup), notes).map(System::Loss);
    equations
}

/// Whether no name is that of an input or of the target.
fn unreserved(section: &Section<'_>, key: &str, names: &[String], reserved: &[String], notes: &mut Notes) -> bool {
    let taken = names.iter().filter(|name| reserved.contains(name));
    let mut free = true;
    for name in taken {
        free = false;
        notes.add(&section.place_of(key), Cause::Twice { key: section.path(key), name: name.clone() });
    }
    free
}

fn formula(section: &Section<'_>, language: &Language, notes: &mut Notes) -> Option<Formula> {
    let accepted = format!("a formula of {}", language.names.join(", "));
    match section.item("loss") {
        Some(item) => language.formula(&item, notes),
        None => {
            section.missing("loss", &accepted, notes);
            None
        }
    }
}

fn training(section: &Section<'_>, notes: &mut Notes) -> Option<Training> {
    let temperature = section.number("temperature", TEMPERATURE, true, notes);
    let temperature = within(section, "temperature", temperature, [1e-100, 1e100], TEMPERATURE, notes);
    let mut optional = |key: &str, accepted: &str| {
        let read = section.number(key, accepted, false, notes);
        within(section, key, or_default(section, key, read, 0.0), [0.0, 1e50], accepted, notes)
    };
    let weight_decay = optional("weight_decay", WEIGHT_DECAY);
    let isotropic_noise = optional("isotropic_noise", NOISE);
    Some(Training { temperature: temperature?, weight_decay: weight_decay?, isotropic_noise: isotropic_noise? })
}

fn within(
    section: &Section<'_>,
    key: &str,
    read: Option<Placed<f64>>,
    [least, most]: [f64; 2],
    accepted: &str,
    notes: &mut Notes,
) -> Option<f64> {
    let read = read?;
    let fits = least <= read.value && read.value <= most;
    if !fits {
        notes.out_of_range(&section.path(key), &read.place, accepted);
    }
    fits.then_some(read.value)
}

/// The start, `Some(None)` where none is given; `None` where it is wrong.
fn start(section: &Section<'_>, parameters: Option<usize>, notes: &mut Notes) -> Option<Option<Vec<f64>>> {
    if !section.has("start") {
        return Some(None);
    }
    let row = matrix::vector(section, "start", parameters, START, false, notes)?;
    let numbers: Vec<Option<f64>> =
        row.iter().map(|item| item.number("a finite number", f64::is_finite, notes)).collect();
    numbers.into_iter().collect::<Option<Vec<f64>>>().map(Some)
}

/// `[model.data]`: one input as of a diagonal network, or a list of them as of features.
fn samples(section: &Section<'_>, files: &Files, notes: &mut Notes) -> Option<Samples> {
    let data = section.item("data");
    let listed = |table: &str, keys: &[&str]| {
        let table = data.as_ref().and_then(|data| data.get(table));
        table.is_some_and(|table| keys.iter().any(|key| table.get(key).is_some_and(|item| item.is_list())))
    };
    if listed("gaussian", &["covariance", "weights"]) || listed("file", &["x"]) {
        let origin = several::read(section, files, several::Need::Samples, notes).origin;
        let data = match origin.source.clone() {
            FieldSource::Several(FeatureSource::Gaussian { covariance, weights, noise }) => {
                LossData::Gaussian { covariance, weights, noise }
            }
            FieldSource::Several(FeatureSource::Rows { x, y }) => LossData::Rows { x, y },
            _ => return None,
        };
        let inputs = input_names(data.inputs(), true);
        return Some(Samples { data, inputs, equations: Equations { origin, ..Equations::default() } });
    }
    let data::Training { source, mut origin, .. } = data::read(section, files, notes)?;
    let data = match source {
        Source::Gaussian { variance, slope, noise } => {
            LossData::Gaussian { covariance: vec![vec![variance]], weights: vec![slope], noise }
        }
        Source::Data { x, y } => LossData::Rows { x: x.into_iter().map(|x| vec![x]).collect(), y },
        Source::Moments(_) => {
            let accepted = "a Gaussian teacher or a file: a loss is averaged over samples";
            notes.out_of_range(&section.path("data.moments"), &section.place_of("data"), accepted);
            return None;
        }
    };
    origin.source = FieldSource::Equation;
    Some(Samples { data, inputs: input_names(1, false), equations: Equations { origin, ..Equations::default() } })
}
