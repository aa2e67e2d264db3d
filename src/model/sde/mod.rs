//! The user's own equations: dz = b dt + B^(1/2) dW in the Ito sense, with formulas for b and B.
//!
//! No probability flows through the ends of the range. Where the noise across a finite end vanishes at it (as x
//! or x^2: square-root, geometric or Wright-Fisher noise) the law can be singular there, and the solver works in
//! ln of the distance from it; any other finite end is a wall.

pub(super) mod charts;
pub(super) mod check;
mod error;
mod process;
mod silent;
pub(super) mod start;
mod trial;

pub(super) use error::Place;
pub use error::{SdeCause, SdeError};

use super::ModelError;
use crate::formula::Formula;
use crate::process::{AnyProcess, Chart, Coordinate, Process};
use process::SdeProcess;

/// A user-written diffusion of one to three variables.
#[derive(Debug, Clone)]
pub struct Sde {
    /// Names.
    pub names: Vec<String>,
    /// b
    pub drift: Vec<Formula>,
    /// B, symmetric.
    pub covariance: Vec<Vec<Formula>>,
    /// Lower and upper end of every variable; a finite end is a reflecting wall.
    pub range: Vec<[f64; 2]>,
}

impl Sde {
    /// Reads the formulas of b and B, and checks all as [`Sde::validated`] does.
    ///
    /// # Errors
    /// [`ModelError::Equation`]
    pub fn parse(
        names: &[String],
        drift: &[String],
        covariance: &[Vec<String>],
        parameters: &[(String, f64)],
        range: &[[f64; 2]],
    ) -> Result<Self, ModelError> {
        check::names(names)?;
        let read = |key: &'static str, index: Vec<usize>, text: &String| {
            let fault = |error| SdeError { key, index, cause: SdeCause::Formula(error) };
            Formula::parse(text, names, parameters).map_err(fault)
        };
        let drift = drift.iter().enumerate().map(|(i, text)| read("drift", vec![i], text));
        let row = |(i, row): (usize, &Vec<String>)| {
            row.iter().enumerate().map(|(j, text)| read("covariance", vec![i, j], text)).collect::<Result<Vec<_>, _>>()
        };
        let drift = drift.collect::<Result<Vec<_>, _>>()?;
        let covariance = covariance.iter().enumerate().map(row).collect::<Result<Vec<_>, _>>()?;
        Self { names: names.into(), drift, covariance, range: range.into() }.validated()
    }

    /// Checks names, shapes and ranges, and, at a few hundred points over nine orders of magnitude, that b and B
    /// are finite (where they do not overflow) and B is symmetric and positive semi-definite; and that the noise of no
    /// variable vanishes at a place inside its range that paths do not cross.
    ///
    /// # Errors
    /// [`ModelError::Equation`], with the place where a formula fails.
    pub fn validated(self) -> Result<Self, ModelError> {
        check::names(&self.names)?;
        check::shapes(&self)?;
        check::values(&self)?;
        silent::refuse(&self)?;
        Ok(self)
    }

    /// Names of the variables.
    pub fn variables(&self) -> Vec<String> {
        self.names.clone()
    }

    /// Names of the chart coordinates: the variable itself, or ln of its distance from an end.
    pub fn chart_names(&self) -> Vec<String> {
        charts::axes(self).iter().zip(&self.names).map(|(axis, name)| charts::name(axis, name)).collect()
    }

    /// The equation in the chart.
    pub fn process(&self) -> AnyProcess {
        let axes = charts::axes(self);
        let line = Coordinate::Identity { lower: f64::NEG_INFINITY, upper: f64::INFINITY };
        match *axes.as_slice() {
            [x, y] => AnyProcess::Two(Box::new(SdeProcess::new(self, Chart::new([x, y])))),
            [x, y, z] => AnyProcess::Three(Box::new(SdeProcess::new(self, Chart::new([x, y, z])))),
            _ => AnyProcess::One(Box::new(SdeProcess::new(self, Chart::new([axes.first().copied().unwrap_or(line)])))),
        }
    }

    /// The equation of a single variable in a coordinate that is logarithmic at infinity.
    pub(in crate::model) fn logarithmic(&self) -> Option<Box<dyn Process<1>>> {
        match *charts::axes(self).as_slice() {
            [axis] => Some(Box::new(SdeProcess::new(self, Chart::new([axis.logarithmic()])))),
            _ => None,
        }
    }

    /// Where to start looking for mass, in chart coordinates: the most likely place that paths along the force
    /// lead to from a few places.
    pub fn start(&self) -> Vec<f64> {
        match self.process() {
            AnyProcess::One(process) => start::start(process.as_ref()).into(),
            AnyProcess::Two(process) => start::start(process.as_ref()).into(),
            AnyProcess::Three(process) => start::start(process.as_ref()).into(),
        }
    }
}
