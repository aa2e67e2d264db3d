//! SGD on any per-sample loss of one to three parameters, given as a formula: dtheta = (-E g - 2 gamma theta) dt +
//! (T Cov g + 2 eps)^(1/2) dW with g the exact gradient of the formula, averaged over a Gaussian teacher or the rows of
//! a data set.
//!
//! The noise of SGD vanishes in places and directions; [`Loss::new`] finds out where and what that does.

mod averages;
mod data;
mod fixed_point;
mod jumps;
mod local;
mod nodes;
mod plan;
mod process;
mod quadrature;
mod quiet;
mod resting;
mod structure;
mod trial;

pub use data::LossData;
pub use fixed_point::FixedPoint;

use super::ModelError;
use super::sde::{SdeCause, SdeError, charts, check, start};
use crate::formula::{Failure, Formula, Tape};
use crate::process::{AnyProcess, Chart, Coordinate, Process};
use averages::Averages;
use process::LossProcess;
use std::sync::{Arc, OnceLock};
use structure::Structure;

/// The name of the target in a loss.
pub const TARGET: &str = "y";
/// Samples at which a loss is tried.
const SAMPLES: usize = 16;
/// The noise across an end vanishes where it is below this share of what it is inside.
const VANISHING: f64 = 1e-20;

/// The names of the inputs in a loss: x, or x1, x2, ... where there are several or a list was given.
pub fn input_names(inputs: usize, listed: bool) -> Vec<String> {
    if inputs == 1 && !listed { vec!["x".to_owned()] } else { (1..=inputs).map(|i| format!("x{i}")).collect() }
}

/// A loss, its data and its training.
#[derive(Debug, Clone)]
pub struct LossSetup {
    /// Names of the parameters.
    pub names: Vec<String>,
    /// l, a formula of the parameters, then the inputs, then the target.
    pub loss: Formula,
    /// What it is averaged over.
    pub data: LossData,
    /// T
    pub temperature: f64,
    /// gamma
    pub weight_decay: f64,
    /// eps: every parameter diffuses with 2 eps besides.
    pub isotropic_noise: f64,
    /// Lower and upper end of every parameter; a finite end is a wall, or a face where the noise vanishes on it.
    pub range: Vec<[f64; 2]>,
    /// Where SGD starts.
    pub start: Option<Vec<f64>>,
}

/// SGD on a loss.
#[derive(Debug, Clone)]
pub struct Loss {
    setup: Arc<LossSetup>,
    averages: Arc<Averages>,
    structure: Arc<Structure>,
    axes: Vec<Coordinate>,
    start: Arc<OnceLock<Vec<f64>>>,
}

impl Loss {
    /// Checks a setup, chooses how it is averaged and finds out where its noise vanishes.
    ///
    /// # Errors
    /// [`ModelError::Parameter`] and [`ModelError::Shape`] for numbers out of range, [`ModelError::Equation`] for names,
    /// ranges and a loss that is not finite, [`ModelError::Average`] and [`ModelError::Unaveraged`] for one that no rule
    /// averages well enough, [`ModelError::Jump`] for one whose gradient jumps, [`ModelError::Degenerate`] where the law
    /// has no density, or none in one piece.
    pub fn new(setup: LossSetup) -> Result<Self, ModelError> {
        parameters(&setup)?;
        match setup.names.len() {
            1 => Self::of::<1>(setup),
            2 => Self::of::<2>(setup),
            _ => Self::of::<3>(setup),
        }
    }

    fn of<const N: usize>(setup: LossSetup) -> Result<Self, ModelError> {
        let points: Vec<[f64; N]> = trial::points(&setup.range, trial::COUNT);
        jumps::refuse(&setup, &points)?;
        let averages = plan::averages(&setup.loss, &setup.names, &setup.data, &points[..trial::COUNT / 2])?;
        if let Some(error) = not_finite(&setup, &averages, &points) {
            return Err(error.into());
        }
        let structure = structure::structure::<N>(&setup, &averages)?;
        let axes = (0..N).map(|i| axis::<N>(&setup, &averages, &structure.range, i)).collect();
        Ok(Self {
            setup: Arc::new(setup),
            averages: Arc::new(averages),
            structure: Arc::new(structure),
            axes,
            start: Arc::default(),
        })
    }

    /// What it was made from.
    pub fn setup(&self) -> &LossSetup {
        &self.setup
    }

    /// Points that SGD never leaves.
    pub fn fixed_points(&self) -> &[FixedPoint] {
        &self.structure.points
    }

    /// Faces that paths cross and next to which the gradients of all samples are parallel to rounding: the law has a
    /// density there, but no lattice carries noise of such anisotropy.
    pub fn parallel_faces(&self) -> &[String] {
        &self.structure.parallel
    }

    /// Whether parameters -> -parameters leaves the equation as it is.
    pub fn mirrored(&self) -> bool {
        self.structure.mirrored
    }

    /// What the reader of its law should know.
    pub fn notes(&self) -> &[String] {
        &self.structure.notes
    }

    /// The gradient of one sample: a tape of the parameters, the inputs and the target.
    pub fn gradient(&self) -> Tape {
        let slopes: Vec<Formula> = (0..self.setup.names.len()).map(|i| self.setup.loss.derivative(i)).collect();
        Tape::of(&slopes.iter().collect::<Vec<_>>())
    }

    /// Names of the parameters.
    pub fn variables(&self) -> Vec<String> {
        self.setup.names.clone()
    }

    /// Names of the chart coordinates: the parameter itself, or ln of its distance from a face.
    pub fn chart_names(&self) -> Vec<String> {
        self.axes.iter().zip(&self.setup.names).map(|(axis, name)| charts::name(axis, name)).collect()
    }

    /// The equation in the chart.
    pub fn process(&self) -> AnyProcess {
        let line = Coordinate::Identity { lower: f64::NEG_INFINITY, upper: f64::INFINITY };
        match *self.axes.as_slice() {
            [x, y] => AnyProcess::Two(Box::new(LossProcess::new(self, Chart::new([x, y])))),
            [x, y, z] => AnyProcess::Three(Box::new(LossProcess::new(self, Chart::new([x, y, z])))),
            _ => AnyProcess::One(Box::new(LossProcess::new(
                self,
                Chart::new([self.axes.first().copied().unwrap_or(line)]),
            ))),
        }
    }

    /// The equation of a single parameter in a coordinate that is logarithmic at infinity.
    pub(in crate::model) fn logarithmic(&self) -> Option<Box<dyn Process<1>>> {
        match *self.axes.as_slice() {
            [axis] => Some(Box::new(LossProcess::new(self, Chart::new([axis.logarithmic()])))),
            _ => None,
        }
    }

    /// Where to start looking for mass, in chart coordinates: the start given, or the most likely place that paths
    /// along the force lead to.
    pub fn start(&self) -> Vec<f64> {
        self.start.get_or_init(|| self.find_start()).clone()
    }

    fn find_start(&self) -> Vec<f64> {
        let given =
            self.setup.start.as_ref().map(|start| {
                start.iter().zip(&self.axes).map(|(x, axis)| axis.to_chart(*x)).collect::<Option<Vec<f64>>>()
            });
        if let Some(Some(given)) = given {
            return given;
        }
        match self.process() {
            AnyProcess::One(process) => start::start(process.as_ref()).into(),
            AnyProcess::Two(process) => start::start(process.as_ref()).into(),
            AnyProcess::Three(process) => start::start(process.as_ref()).into(),
        }
    }

    /// How far the force at a place may be off because averages are taken by a rule \[1 / parameter\]; `None` where it
    /// cannot be told.
    pub fn force_error(&self, theta: &[f64]) -> Option<Vec<f64>> {
        match *theta {
            [u] => self.force_error_at(&[u]),
            [u, w] => self.force_error_at(&[u, w]),
            [u, w, b] => self.force_error_at(&[u, w, b]),
            _ => None,
        }
    }

    fn force_error_at<const N: usize>(&self, theta: &[f64; N]) -> Option<Vec<f64>> {
        let line = Coordinate::Identity { lower: f64::NEG_INFINITY, upper: f64::INFINITY };
        let (error, _) = LossProcess::new(self, Chart::new([line; N])).force_error(theta);
        error.iter().all(|e| e.is_finite()).then(|| error.into())
    }

    /// The chart of every parameter.
    pub fn axes(&self) -> &[Coordinate] {
        &self.axes
    }

    /// The same place in parameters.
    pub fn start_in_parameters(&self) -> Vec<f64> {
        self.start().iter().zip(&self.axes).map(|(z, axis)| axis.to_physical(*z)).collect()
    }
}

/// Numbers and sizes.
fn parameters(setup: &LossSetup) -> Result<(), ModelError> {
    let fail = |name, value, accepted| Err(ModelError::Parameter { name, value, accepted });
    if !(1e-100..=1e100).contains(&setup.temperature) {
        return fail("temperature", setup.temperature, "a finite number > 0 (between 1e-100 and 1e100)");
    }
    if !(0.0..=1e50).contains(&setup.weight_decay) {
        return fail("weight_decay", setup.weight_decay, "a finite number >= 0 (up to 1e50)");
    }
    if !(0.0..=1e50).contains(&setup.isotropic_noise) {
        return fail("isotropic_noise", setup.isotropic_noise, "a finite number >= 0 (up to 1e50)");
    }
    check::names(&setup.names).map_err(|error| SdeError { key: "parameters", ..error })?;
    setup.data.check()?;
    let n = setup.names.len();
    let shape = |name, found: String, accepted| Err(ModelError::Shape { name, found, accepted });
    if setup.loss.variables().len() != n + setup.data.inputs() + 1 || setup.loss.variables()[..n] != setup.names[..] {
        return shape("loss", setup.loss.variables().join(", "), "a formula of the parameters, the inputs and y");
    }
    if let Some(i) = (0..n).find(|i| !setup.loss.mentions(*i)) {
        let cause = format!("it does not depend on {}", setup.names[i]);
        return Err(ModelError::Degenerate { name: "loss", cause, accepted: "a loss that depends on every parameter" });
    }
    if setup.range.len() != n {
        return shape("range", setup.range.len().to_string(), "a range for every parameter");
    }
    check::ranges(&setup.range)?;
    if let Some(start) = &setup.start {
        let inside = |(x, [lower, upper]): (&f64, &[f64; 2])| x.is_finite() && lower <= x && x <= upper;
        if start.len() != n || !start.iter().zip(&setup.range).all(inside) {
            return shape("start", format!("{start:?}"), "a number inside its range for every parameter");
        }
    }
    Ok(())
}

/// A trial point where the averages are no numbers although nothing is too large for the arithmetic.
fn not_finite<const N: usize>(setup: &LossSetup, averages: &Averages, points: &[[f64; N]]) -> Option<SdeError> {
    let samples = setup.data.samples(SAMPLES);
    let with = |point: &[f64; N], sample: &[f64]| -> Vec<f64> { point.iter().chain(sample).copied().collect() };
    let places = points.iter().flat_map(|point| samples.iter().map(|sample| with(point, sample)));
    let failures = places.filter_map(|place| setup.loss.failure(&place).map(|failure| (place, failure)));
    let broken = failures.filter(|(_, failure)| *failure != Failure::Overflow);
    let silent = points.iter().all(|point| !plan::finite(&averages.at(point)));
    let silent = silent.then(|| (points[0].to_vec(), Failure::Undefined));
    let (place, failure) = broken.chain(silent).next()?;
    let value = if place.len() > N { setup.loss.value(&place) } else { f64::NAN };
    let at = setup.loss.variables().iter().cloned().zip(place).collect();
    Some(SdeError { key: "loss", index: vec![], cause: SdeCause::NotFinite { at, value, failure } })
}

/// The chart of a parameter: logarithmic at ends where the noise across them vanishes.
fn axis<const N: usize>(setup: &LossSetup, averages: &Averages, range: &[[f64; 2]], i: usize) -> Coordinate {
    let [lower, upper] = range[i];
    let closed = |end: f64| {
        if !end.is_finite() || setup.isotropic_noise > 0.0 {
            return false;
        }
        let points: Vec<[f64; N]> = trial::points(range, trial::COUNT);
        let noise = |point: &[f64; N]| averages.at(point).covariance[i][i];
        points.iter().all(|point| {
            let mut at_end = *point;
            at_end[i] = end;
            let inside = noise(point);
            !inside.is_finite() || noise(&at_end) <= VANISHING * inside
        })
    };
    charts::axis_between([lower, upper], [closed(lower), closed(upper)])
}
