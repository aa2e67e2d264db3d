//! Collapse of discrete SGD: what of a scenario goes into the linearised map.

use super::growth::{Map, Products, Sums, breaks};
use super::margin::{Case, Margin, Setting, Unjudged};
use crate::model::{Features, System};
use crate::sgd::{FeatureSource, Source};
use crate::study::{FieldSource, Problem};

/// The numbers of a network that matter next to v = 0.
#[derive(Debug, Clone, Copy)]
struct Network {
    depth: u32,
    temperature: f64,
    decay: f64,
    batch: u64,
}

/// The exponent of a network; of several features of the one that grows fastest, or of `feature` (from 1), all of
/// them small.
pub(super) fn sgd_collapse(case: &Case, feature: Option<usize>, sums: &[Sums]) -> Result<Margin, Unjudged> {
    let features = count(case)?;
    let numbers = match feature {
        Some(asked) if asked == 0 || asked > features => return Err(Unjudged::NoSuchFeature { asked, features }),
        Some(asked) => asked..=asked,
        None => 1..=features,
    };
    let spare = Sums::default();
    numbers
        .map(|number| of_feature(case, number, sums.get(number - 1).unwrap_or(&spare)))
        .reduce(|a, b| Ok(a?.max(b?)))
        .unwrap_or(Err(Unjudged::NoFeatures))
}

/// Temperatures at which one sample alone would stop feature `feature`, ascending: only for batches of one from a
/// data set, where the exponent is concave between two of them.
pub(super) fn stops(case: &Case, feature: Option<usize>) -> Vec<f64> {
    let Ok(features) = count(case) else { return Vec::new() };
    if case.batch_size != 1 || (features > 1 && feature.is_none()) {
        return Vec::new();
    }
    let number = feature.unwrap_or(1);
    let Ok((network, sign)) = network(case, number) else { return Vec::new() };
    match (network.depth, rows(case, number)) {
        (1, Some(rows)) => breaks(&rows, network.decay, sign),
        _ => Vec::new(),
    }
}

fn count(case: &Case) -> Result<usize, Unjudged> {
    match &case.setting {
        Setting::Line(..) => Ok(1),
        Setting::Field(problem, _) => features_of(&problem.system).map(|features| features.signs.len()),
    }
}

fn features_of(system: &System) -> Result<&Features, Unjudged> {
    match system {
        System::Features(features) => Ok(features),
        _ => Err(Unjudged::NoFeatures),
    }
}

/// The network and the sign of the feature.
fn network(case: &Case, number: usize) -> Result<(Network, f64), Unjudged> {
    let batch = case.batch_size;
    match &case.setting {
        Setting::Line(Problem { model, branch, .. }, _) => {
            let (depth, temperature, decay) = (model.depth, model.temperature, model.weight_decay);
            Ok((Network { depth, temperature, decay, batch }, branch.sign()))
        }
        Setting::Field(problem, _) => {
            let model = features_of(&problem.system)?;
            let (depth, temperature, decay) = (model.depth, model.temperature, model.weight_decay);
            let sign = model.signs.get(number - 1).copied().ok_or(Unjudged::NoFeatures)?;
            Ok((Network { depth, temperature, decay, batch }, sign))
        }
    }
}

/// x_k y of every row of a data set.
fn rows(case: &Case, number: usize) -> Option<Vec<f64>> {
    let product = |(x, y): (&f64, &f64)| x * y;
    match &case.setting {
        Setting::Line(_, Source::Data { x, y }) => Some(x.iter().zip(y).map(product).collect()),
        Setting::Field(_, FieldSource::Several(FeatureSource::Rows { x, y })) => {
            x.iter().zip(y).map(|(x, y)| x.get(number - 1).map(|x| x * y)).collect()
        }
        _ => None,
    }
}

fn of_feature(case: &Case, number: usize, sums: &Sums) -> Result<Margin, Unjudged> {
    let (network, sign) = network(case, number)?;
    let rate = network.temperature * network.batch as f64;
    let map = Map::new(rate, network.decay, sign, network.batch);
    let held = rows(case, number);
    let products = match (&held, &case.setting) {
        (Some(rows), _) => Products::Rows(rows),
        (None, Setting::Line(problem, source)) => of_source(problem, source),
        (None, Setting::Field(problem, source)) => of_teacher(features_of(&problem.system)?, source, number)?,
    };
    match network.depth {
        0 => Err(Unjudged::NoRest),
        1 => Ok(map.exponent(products, sums)),
        _ => Ok(deep(&map, &network, sign * products.mean())),
    }
}

fn of_source(problem: &Problem, source: &Source) -> Products<'static> {
    match *source {
        Source::Gaussian { variance, slope, noise } => {
            let y = (slope * slope).mul_add(variance, noise * noise);
            Products::Gaussian { x: variance, y, cross: variance * slope }
        }
        _ => {
            let m = &problem.model.moments;
            Products::Normal { mean: m.beta2(), variance: m.alpha3() }
        }
    }
}

fn of_teacher(model: &Features, source: &FieldSource, number: usize) -> Result<Products<'static>, Unjudged> {
    let FieldSource::Several(FeatureSource::Gaussian { covariance, weights, noise }) = source else {
        return Err(Unjudged::NoFeatures);
    };
    let row = covariance.get(number - 1).ok_or(Unjudged::NoFeatures)?;
    let along = |row: &[f64]| row.iter().zip(weights).map(|(a, w)| a * w).sum::<f64>();
    let explained: f64 = covariance.iter().zip(weights).map(|(row, w)| w * along(row)).sum();
    debug_assert_eq!(model.signs.len(), weights.len());
    let x = row.get(number - 1).copied().ok_or(Unjudged::NoFeatures)?;
    Ok(Products::Gaussian { x, y: noise.mul_add(*noise, explained), cross: along(row) })
}

/// Two or more hidden layers: decay wins by the factor it leaves, and without it the mean pull decides.
fn deep(map: &Map, network: &Network, pull: f64) -> Margin {
    let value = if network.decay > 0.0 { map.keep.abs().ln() } else { pull };
    Margin::new(value, 4.0 * f64::EPSILON * (1.0 + value.abs()))
}
