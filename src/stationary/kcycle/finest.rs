//! The chain itself as the finest level.

use super::level::Level;
use crate::operator::Generator;
use crate::stationary::{StationaryError, classes};

/// Largest logarithm of a factor.
const FAR: f64 = 340.0;

/// The part of the finest level that no iterate changes.
pub(super) struct Pattern {
    pointers: Vec<usize>,
    sources: Vec<u32>,
    outflow: Vec<f64>,
}

impl Pattern {
    /// # Errors
    /// [`StationaryError::Reducible`], [`StationaryError::Empty`].
    pub fn of(generator: &Generator) -> Result<Self, StationaryError> {
        let n = generator.cells();
        if n == 0 {
            return Err(StationaryError::Empty);
        }
        irreducible(generator)?;
        let mut pointers = vec![0usize; n + 1];
        let mut outflow = vec![0.0; n];
        for (from, row) in generator.rates().outer_iterator().enumerate() {
            for (to, &rate) in row.iter().filter(|(_, rate)| **rate > 0.0) {
                pointers[to + 1] += 1;
                outflow[from] += rate;
            }
        }
        for k in 0..n {
            pointers[k + 1] += pointers[k];
        }
        let mut next = pointers.clone();
        let mut sources = vec![0u32; pointers[n]];
        for (from, row) in generator.rates().outer_iterator().enumerate() {
            for (to, _) in row.iter().filter(|(_, rate)| **rate > 0.0) {
                sources[next[to]] = from as u32;
                next[to] += 1;
            }
        }
        Ok(Self { pointers, sources, outflow })
    }

    /// The level for the masses e^`log_mass`.
    pub fn level(&self, generator: &Generator, log_mass: &[f64]) -> Level {
        let mut next = self.pointers[..log_mass.len()].to_vec();
        let mut inflow = vec![0.0; self.sources.len()];
        for (from, row) in generator.rates().outer_iterator().enumerate() {
            for (to, &rate) in row.iter().filter(|(_, rate)| **rate > 0.0) {
                // In two steps: the ratio of masses alone may be out of range.
                let half = (0.5 * (log_mass[from] - log_mass[to])).clamp(-FAR, FAR).exp();
                inflow[next[to]] = rate / self.outflow[to] * half * half;
                next[to] += 1;
            }
        }
        let scale = log_mass.iter().zip(&self.outflow).map(|(m, out)| m + out.ln()).collect();
        Level::new(self.pointers.clone(), self.sources.clone(), inflow, scale)
    }
}

fn irreducible(generator: &Generator) -> Result<(), StationaryError> {
    let found = classes(generator);
    match (found.closed.first(), found.transient.first()) {
        (Some(class), None) if found.closed.len() == 1 => {
            debug_assert_eq!(class.len(), generator.cells());
            Ok(())
        }
        (Some(class), _) => {
            let outside = (0..generator.cells()).find(|cell| class.binary_search(cell).is_err());
            Err(StationaryError::Reducible { from: class[0], to: outside.unwrap_or(class[0]) })
        }
        (None, _) => Err(StationaryError::Empty),
    }
}
