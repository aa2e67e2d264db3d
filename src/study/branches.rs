//! Both branches of a deep network and v = 0 between them as one Markov chain, and its closed classes.

use super::StudyError;
use crate::grid::{Axis, Grid, GridError};
use crate::model::{Branch, Diagonal};
use crate::operator::{Generator, assemble};
use crate::stationary::{classes, invariant_laws};

/// A closed class of the chain with its invariant law.
#[derive(Debug, Clone)]
pub struct ClosedLaw {
    /// v of its cells, in the order of the chart.
    pub v: Vec<f64>,
    /// ln|v| of its cells.
    pub log_abs: Vec<f64>,
    /// ln of their probabilities.
    pub log_mass: Vec<f64>,
}

impl ClosedLaw {
    /// Expectation of what is listed for every cell.
    pub fn expectation(&self, of: &[f64]) -> f64 {
        self.log_mass.iter().zip(of).map(|(log_mass, x)| log_mass.exp() * x).sum()
    }
}

/// The closed classes of the chain on both branches of a network with D >= 1 (and Delta > 0) and on v = 0, in the
/// order of v.
///
/// `cells` uniform cells of the chart on each branch, over the chart coordinates `reach` of either. Noise and drift
/// vanish together at v = 0, so no rate leaves it; in the chart it is infinitely far from every cell, so none leads
/// to it either. A box that ends short of 0 has an invariant law of its own on the branch without a normalisable
/// density: all its mass is at that end, and goes to 0 with it.
///
/// # Errors
/// See [`StudyError`]; [`GridError::Unresolved`] for no cells or an empty box.
pub fn closed_laws(model: &Diagonal, reach: [f64; 2], cells: usize) -> Result<Vec<ClosedLaw>, StudyError> {
    let (mut triplets, mut log_abs, mut v) = (Vec::new(), Vec::new(), Vec::new());
    for branch in [Branch::Negative, Branch::Positive] {
        if branch == Branch::Positive {
            v.push(0.0);
            log_abs.push(f64::NEG_INFINITY);
        }
        for piece in model.pieces(branch) {
            let first = v.len();
            let nodes: Vec<f64> =
                (0..=cells).map(|i| reach[0] + (reach[1] - reach[0]) * i as f64 / cells as f64).collect();
            let axis = Axis::new(nodes.clone())
                .ok_or(GridError::Unresolved { at: reach[0], width: (reach[1] - reach[0]) / cells as f64 })?;
            let generator = assemble(&piece.process, &Grid::new([axis]))?;
            for (from, row) in generator.rates().outer_iterator().enumerate() {
                triplets.extend(row.iter().map(|(to, &rate)| (first + from, first + to, rate)));
            }
            v.extend(nodes.iter().map(|&z| piece.coordinate.to_physical(z)));
            log_abs.extend(nodes.iter().map(|&z| piece.coordinate.log_abs(z)));
        }
    }
    let generator = Generator::from_triplets(v.len(), &triplets)?;
    let found = classes(&generator);
    let laws = invariant_laws(&generator, &found)?;
    let listed = |members: &[usize], of: &[f64]| members.iter().map(|&cell| of[cell]).collect();
    let each = found.closed.iter().zip(laws).map(|(members, law)| ClosedLaw {
        v: listed(members, &v),
        log_abs: listed(members, &log_abs),
        log_mass: law.vector.log_mass,
    });
    Ok(each.collect())
}
