//! The edges of a lattice: weights from Selling's decomposition, potential drops along them, and the rates.
//!
//! Every node x writes its diffusion D = B/2, measured in cells, as a sum of rho_k e_k e_k^T with rho_k >= 0 and
//! integer offsets e_k, and gives rho_k / 2 to each of the edges {x, x + e_k} and {x, x - e_k}. The sum is a
//! symmetric quadrature of the weak form, of second order although offsets jump from node to node. With the
//! potential drop psi along the edge the rates are exponentially fitted: positive, conservative, and exact at the
//! nodes for laws in detailed balance, up to the quadrature of psi.

use super::rates::Edge;
use super::weights::Weights;
use super::{Generator, OperatorError, RateMatrix, potential, weights};
use crate::grid::Lattice;
use crate::process::Process;
use rayon::prelude::*;
use sprs::CsMatI;

/// What rounding makes of the force along an edge that is in balance, and of one per unit of the log masses.
const BALANCED: f64 = 1e-12;
const ROUNDING: f64 = 4.0 * f64::EPSILON;

/// Undirected edges x - y with their weight w \[1 / time\] and potential drop psi = log m_y - log m_x of a
/// detailed-balance law; made once per lattice, turned into rates as often as the current is corrected.
#[derive(Debug, Clone)]
pub struct Edges {
    cells: usize,
    /// (x, y), x < y, in ascending order.
    ends: Vec<[u32; 2]>,
    weight: Vec<f64>,
    drop: Vec<f64>,
    /// The part of the weight that x gave.
    share: Vec<f32>,
    limited: Vec<u32>,
}

impl Edges {
    /// Decomposes the diffusion at every node and integrates the force along every edge.
    ///
    /// # Errors
    /// [`OperatorError`] with the place where a coefficient is not a number or B is not positive definite.
    pub fn of<const N: usize>(process: &dyn Process<N>, lattice: &Lattice<N>) -> Result<Self, OperatorError> {
        Self::within(process, lattice, &|_| weights::REACH)
    }

    /// The same with offsets of at most `longest`(cell) cells from every cell: where no mass to speak of is, long
    /// edges would only cost. What had to be changed for that is told by [`Edges::limited`].
    ///
    /// # Errors
    /// See [`Edges::of`].
    pub fn within<const N: usize>(
        process: &dyn Process<N>,
        lattice: &Lattice<N>,
        longest: &(dyn Fn(usize) -> i32 + Sync),
    ) -> Result<Self, OperatorError> {
        let Weights { ends, weight, share, limited, reach } = weights::weights(process, lattice, longest)?;
        let drop = potential::drops(process, lattice, &ends, reach)?;
        Ok(Self { cells: lattice.cells(), ends, weight, drop, share, limited })
    }

    /// The rates: plainly fitted without `log_mass`; with the log masses of an earlier solve, corrected for
    /// the current that they carry.
    ///
    /// # Errors
    /// [`OperatorError::Rate`].
    pub fn generator(&self, log_mass: Option<&[f64]>) -> Result<Generator, OperatorError> {
        let rates: Vec<[f64; 2]> = (0..self.ends.len())
            .into_par_iter()
            .map(|k| match self.change(k, log_mass) {
                None => self.edge(k).fitted(),
                Some(change) => self.edge(k).corrected(change),
            })
            .collect();
        Generator::checked(self.matrix(&rates))
    }

    /// Rows of rates from the rates of the edges, x -> y and y -> x.
    fn matrix(&self, rates: &[[f64; 2]]) -> RateMatrix {
        let mut pointers = vec![0usize; self.cells + 1];
        for [x, y] in &self.ends {
            pointers[*x as usize + 1] += 1;
            pointers[*y as usize + 1] += 1;
        }
        for k in 0..self.cells {
            pointers[k + 1] += pointers[k];
        }
        // A row lists its lower neighbours first, and edges come in the order of their lower ends: so the lower
        // neighbours of y have all been placed, in order, before the edges that start at y.
        let mut next = pointers.clone();
        let (mut columns, mut values) = (vec![0u32; 2 * rates.len()], vec![0.0; 2 * rates.len()]);
        for ([x, y], [out, back]) in self.ends.iter().zip(rates) {
            for (row, column, rate) in [(*x as usize, *y, *out), (*y as usize, *x, *back)] {
                columns[next[row]] = column;
                values[next[row]] = rate;
                next[row] += 1;
            }
        }
        CsMatI::new((self.cells, self.cells), pointers, columns, values)
    }

    /// Largest |psi - (log m_y - log m_x)| over the edges that carry mass (sqrt(m_x m_y) > 1e-6 max m): how
    /// far an edge is from detailed balance, and whether the grid resolves the current.
    pub fn max_residual_drop(&self, log_mass: &[f64]) -> f64 {
        let top = log_mass.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let floor = top + 1e-6f64.ln();
        let drop = |(&[x, y], &drop): (&[u32; 2], &f64)| {
            let (from, to) = (log_mass[x as usize], log_mass[y as usize]);
            if 0.5 * (from + to) > floor { (drop - (to - from)).abs() } else { 0.0 }
        };
        self.ends.iter().zip(&self.drop).map(drop).fold(0.0, f64::max)
    }

    /// Net flow x -> y \[1 / time\] of every edge under the rates of [`Edges::generator`] with the same
    /// `correction`.
    pub fn flows(&self, log_mass: &[f64], correction: Option<&[f64]>) -> Vec<f64> {
        let flow = |k: usize| {
            let [x, y] = self.ends[k];
            self.edge(k).flow([log_mass[x as usize], log_mass[y as usize]], self.change(k, correction))
        };
        (0..self.ends.len()).into_par_iter().map(flow).collect()
    }

    /// Entropy production rate \[1 / time\] of a stationary law: the integral of J . B^-1 (2 b - div B), as the sum of
    /// flow times (psi - change of log mass) over all edges, every term of which is non-negative. For masses that
    /// are stationary under the flows it equals the sum of flow times psi. Edges that rounding does not tell from balance are left
    /// out: on logarithmic axes, where rates grow like powers, they add up to anything (0 +- 111 for a law in balance).
    pub fn entropy_production(&self, log_mass: &[f64], flows: &[f64]) -> f64 {
        let mut sum = crate::numeric::Compensated::default();
        for ((&[x, y], drop), flow) in self.ends.iter().zip(&self.drop).zip(flows) {
            let [from, to] = [x, y].map(|cell| log_mass[cell as usize]);
            let force = drop - (to - from);
            if force.abs() <= BALANCED + ROUNDING * from.abs().max(to.abs()) {
                continue;
            }
            sum.add(flow * force);
        }
        sum.value()
    }

    /// The probability current J at every node, in chart coordinates \[1 / (time * coordinate^(N-1))\], from the flows
    /// of the edges: every node sums the part of each flow that its own diffusion gave rise to, along the edge.
    ///
    /// # Accuracy
    /// Second order in the step inside the box; 6e-8 of the single flows by rounding.
    pub fn current<const N: usize>(&self, lattice: &Lattice<N>, flows: &[f64]) -> Vec<[f64; N]> {
        let mut current = vec![[0.0; N]; self.cells];
        for ((&[x, y], share), flow) in self.ends.iter().zip(&self.share).zip(flows) {
            let (from, to) = (lattice.index(x as usize), lattice.index(y as usize));
            let share = f64::from(*share);
            for i in 0..N {
                let moved = flow * (to[i] as f64 - from[i] as f64);
                current[x as usize][i] += share * moved;
                current[y as usize][i] += (1.0 - share) * moved;
            }
        }
        for (cell, current) in current.iter_mut().enumerate() {
            let index = lattice.index(cell);
            let length: [f64; N] = std::array::from_fn(|i| lattice.axis(i).length(index[i]));
            let volume: f64 = length.iter().product();
            for (j, length) in current.iter_mut().zip(length) {
                *j *= length / volume;
            }
        }
        current
    }

    fn edge(&self, k: usize) -> Edge {
        Edge { weight: self.weight[k], drop: self.drop[k] }
    }

    /// log m_y - log m_x
    fn change(&self, k: usize, log_mass: Option<&[f64]>) -> Option<f64> {
        let [x, y] = self.ends[k];
        log_mass.map(|m| m[y as usize] - m[x as usize])
    }

    /// Number of cells.
    pub fn cells(&self) -> usize {
        self.cells
    }

    /// The edges.
    pub fn ends(&self) -> &[[u32; 2]] {
        &self.ends
    }

    /// The weights.
    pub fn weights(&self) -> &[f64] {
        &self.weight
    }

    /// The potential drops.
    pub fn drops(&self) -> &[f64] {
        &self.drop
    }

    /// Cells, ascending, where B in units of cells is so anisotropic along a slanted direction that edges longer than 64
    /// cells would be needed: there the correlations of B were reduced, which changes the equation. The mass on
    /// these cells says whether it matters.
    pub fn limited(&self) -> &[u32] {
        &self.limited
    }
}
