//! The closed classes of a chain, with the slowest decays within each.

use super::answer::LARGE;
use super::{ChainError, memory};
use crate::operator::Generator;
use crate::record::{ChainClass, Eigenvalue};
use crate::stationary::{Classes, Decay, Layout, Solved, forecast, spectrum};

/// Vectors of one number per state that are held at most, besides those asked for.
const VECTORS: usize = 200;

/// Relative accuracy that decay rates are taken to.
const ACCURACY: f64 = 1e-12;

/// The closed classes; `count` decays of each, if asked for.
pub(super) fn described(
    generator: &Generator,
    classes: &Classes,
    laws: &[Solved],
    layout: Layout<'_>,
    count: Option<usize>,
    warnings: &mut Vec<String>,
) -> Result<Vec<ChainClass>, ChainError> {
    if count.is_some() && !classes.transient.is_empty() {
        warnings.push("the eigenvalues are those within closed classes; transient states have more".to_owned());
    }
    let wanted = count.unwrap_or(0);
    let one = |(members, law): (&Vec<usize>, &Solved)| -> Result<ChainClass, ChainError> {
        let log_mass = &law.vector.log_mass;
        let found = |count| match members.len() {
            1 => Ok(Vec::new()),
            n if n == generator.cells() => slowest(generator, log_mass, layout, count),
            _ => slowest(&generator.restricted(members), log_mass, Layout::Graph, count),
        };
        let eigenvalues = count.map(found).transpose()?;
        Ok(ChainClass { cells: members.len(), closed: true, members: members.clone(), eigenvalues })
    };
    let described: Vec<ChainClass> = classes.closed.iter().zip(laws).map(one).collect::<Result<_, _>>()?;
    // Beside modes slower by the precision of a double, rounding may leave nothing of the rest.
    let lost = |class: &ChainClass| class.eigenvalues.as_ref().is_some_and(|e| e.len() < wanted.min(class.cells - 1));
    if described.iter().any(lost) {
        warnings.push("fewer eigenvalues than asked for: the faster ones are lost in rounding".to_owned());
    }
    Ok(described)
}

fn slowest(
    generator: &Generator,
    log_mass: &[f64],
    layout: Layout<'_>,
    count: usize,
) -> Result<Vec<Eigenvalue>, ChainError> {
    let n = generator.cells();
    if n >= LARGE {
        let vectors = n.saturating_mul(VECTORS.saturating_add(count)).saturating_mul(size_of::<f64>()) as u64;
        memory::check("the search for eigenvalues", vectors.saturating_add(forecast(generator, layout).peak_bytes))?;
    }
    let decays = spectrum(generator, log_mass, layout, count, ACCURACY)?;
    Ok(decays.into_iter().map(|Decay { rate, frequency, error, .. }| Eigenvalue { rate, frequency, error }).collect())
}
