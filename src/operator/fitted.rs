//! Exponentially fitted rates on the edges of a grid.
//!
//! Between the nodes x and y of an edge the log density rises by psi = integral of the force along it. With
//! the diffusion D = B/2 at the middle of the edge, its length l and the lengths l_x, l_y that the cells own,
//!
//! rate x -> y = D B(-psi) / (l l_x),   rate y -> x = D B(psi) / (l l_y),   B(s) = s / (e^s - 1),
//!
//! so that detailed-balance densities are exact at the nodes for any spacing.

use super::{Generator, OperatorError};
use crate::grid::{Grid, Panel};
use crate::numeric::bernoulli_pair;
use crate::process::Process;

/// Assembles the generator of a process on a grid of one axis.
///
/// # Errors
/// [`OperatorError::Grid`] where the force is not a number; [`OperatorError::Rate`] where the diffusion is not
/// representable.
pub fn assemble(process: &dyn Process<1>, grid: &Grid<1>) -> Result<Generator, OperatorError> {
    let axis = grid.axis(0);
    let nodes = axis.nodes();
    let edges = nodes.len() - 1;
    let (mut up, mut down) = (Vec::with_capacity(edges), Vec::with_capacity(edges));
    for k in 0..edges {
        let panel = Panel::sample(process, nodes[k], nodes[k + 1])?;
        let middle = 0.5 * (nodes[k] + nodes[k + 1]);
        let diffusion = 0.5 * process.coefficients(&[middle]).diffusion[0][0];
        let [out, back] = bernoulli_pair(panel.rise);
        let conductance = diffusion / panel.width();
        up.push(conductance * out / axis.length(k));
        down.push(conductance * back / axis.length(k + 1));
    }
    Generator::chain(&up, &down)
}
