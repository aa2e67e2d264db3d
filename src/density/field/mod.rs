//! What the log masses on a lattice say about the law.
//!
//! Masses are density times volume of chart, m(x) = p(z_x) prod z'(xi) h, on a grid that is uniform in xi. Plain sums over
//! cells are then the midpoint rule: spectrally accurate for a smooth density that has decayed at both ends, and with an
//! error in even powers of h where it meets a wall. Everything that is read between nodes goes through polynomials of
//! degree seven in xi, so that what limits a number is the scheme that made the masses, and numbers of several
//! resolutions can be extrapolated one by one.

mod bent;
mod border;
mod crossing;
mod ends;
mod fine;
mod law;
mod level;
mod line;
mod masses;
mod observe;
mod observed;
mod points;
mod poles;
mod stencil;
mod table;
mod tiles;
mod turns;
mod uphill;
mod variables;
mod wells;

pub(crate) use ends::PLACES;
pub use observed::{Basin, End, LawNumbers, Observed, Side};
pub use poles::{Pole, Poles};
pub use table::Table;

use crate::formula::{Break, Formula};
use crate::grid::Lattice;
use crate::process::Process;

/// A real function of the model's own variables.
pub trait Observable: Send + Sync {
    /// Values at many points; `at[i]` holds the values of variable `i`.
    fn values(&self, at: &[&[f64]], out: &mut [f64]);

    /// Whether it has kinks or jumps, which no expansion in the step of a grid knows of.
    fn kinked(&self) -> bool {
        false
    }

    /// The only surface on which it bends or jumps, if there is just one.
    fn only_break(&self) -> Option<Break> {
        None
    }

    /// Functions next to whose zeros it may grow without bound.
    fn divisors(&self) -> Vec<Formula> {
        Vec::new()
    }

    /// Functions at whose zeros it may bend.
    fn radicands(&self) -> Vec<Formula> {
        Vec::new()
    }

    /// Its degree, where it is known to be a polynomial.
    fn polynomial(&self) -> Option<u32> {
        None
    }
}

impl Observable for Formula {
    fn values(&self, at: &[&[f64]], out: &mut [f64]) {
        Self::values(self, at, out);
    }

    fn kinked(&self) -> bool {
        self.has_kinks()
    }

    fn only_break(&self) -> Option<Break> {
        let mut breaks = self.breaks();
        // Roots may bend on surfaces of their own.
        if breaks.len() == 1 && !self.has_roots() { breaks.pop() } else { None }
    }

    fn divisors(&self) -> Vec<Formula> {
        Self::divisors(self)
    }

    fn radicands(&self) -> Vec<Formula> {
        Self::radicands(self)
    }

    fn polynomial(&self) -> Option<u32> {
        self.degree(0..self.variables().len())
    }
}

/// What to read off every resolution; the same for all of them, so that the numbers correspond.
#[derive(Clone, Default)]
pub struct Wanted<'a, const N: usize> {
    /// Chart coordinates of points where the log density is wanted.
    pub points: Vec<[f64; N]>,
    /// Probabilities of the quantiles of every law of one number.
    pub quantiles: Vec<f64>,
    /// Expressions: their expectation and their law.
    pub expressions: Vec<&'a dyn Observable>,
    /// Values of every variable at which the density of its law is wanted; may be shorter than N.
    pub variable_at: Vec<Vec<f64>>,
    /// Values of every expression at which the density of its law is wanted; may be shorter than `expressions`.
    pub expression_at: Vec<Vec<f64>>,
    /// Whether to look for wells.
    pub wells: bool,
}

/// A solved lattice.
#[derive(Debug, Clone, Copy)]
pub struct Field<'a, const N: usize> {
    /// Where the masses sit.
    pub lattice: &'a Lattice<N>,
    /// The equation, for its chart and its map to the model's own variables.
    pub process: &'a dyn Process<N>,
    /// ln of the mass of every cell, up to a constant.
    pub log_mass: &'a [f64],
}
