//! The lean path: a law's main numbers in microseconds, for sweeps.
//!
//! Where the force of a process is smooth on the scale of a uniform line of nodes in its chart, everything about
//! its stationary law is a sum over that line: the log density is the integral of the force, mass and moments are
//! trapezoidal sums, which converge geometrically on a whole line. The window is found from the force, the tails
//! beyond it are closed with the slopes measured at the ends of the chart (the same measurement that decides
//! between a density and a point mass in [`Landscape`]). Every number carries a bar; where a bar is too wide on the
//! finest line, or the model is of a kind whose law may hide between the nodes, the full solver answers instead.

mod full;
mod mode;
mod numbers;
mod pass;
mod quantile;
mod tail;
mod window;

pub use mode::LeanMode;

use super::{Landscape, Region, StudyError};
use crate::estimate::{Estimate, Quantity};
use crate::model::{Branch, Diagonal};
use crate::numeric::ROW;
use crate::process::Coordinate;
use pass::Line;
use pulp::Arch;

/// Wanted errors where nothing else is said.
const TOLERANCE: f64 = 1e-8;
/// Halvings of the step before the full solver is asked.
const FINEST: u32 = 4;
/// Fewest nodes of a line.
const FEWEST: usize = 128;
/// Where the noise of a deep network has a minimum narrower than this part of its distance from v = 0, a second
/// peak may hide behind a valley.
const NARROW: f64 = 1e-3;

/// What is asked of a law.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// Probabilities of quantiles, each inside (0, 1).
    pub quantiles: &'a [f64],
    /// Whether the mode is wanted.
    pub mode: bool,
    /// Whether the log density on the nodes is wanted.
    pub density: bool,
    /// Wanted error of a log density, and relative error of a mean (to the larger of it and the spread), variance or
    /// quantile; 1e-11 and more are within reach.
    pub tolerance: f64,
}

/// How a law was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    /// Sums over a line of this many nodes.
    Line {
        /// Number of nodes.
        nodes: usize,
    },
    /// The full solver.
    Full,
    /// All mass at one point.
    Point,
}

/// A quantile.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LeanQuantile {
    /// Probability.
    pub q: f64,
    /// v with P(V <= v) = q; 0 where it is smaller than any floating-point number.
    pub value: Estimate,
    /// ln |v|, of any size, and its error.
    pub log_abs: Estimate,
}

/// A law's main numbers; borrows the lines of the [`Lean`] it came from.
#[derive(Debug, Clone, Copy)]
pub struct LeanLaw<'a> {
    /// How it was found.
    pub route: Route,
    /// Where all mass sits, for a point mass.
    pub point: Option<f64>,
    /// The chart of the nodes (`None` for a point mass).
    pub chart: Option<Coordinate>,
    /// Chart coordinate of the first node.
    pub start: f64,
    /// Distance between nodes in the chart.
    pub step: f64,
    /// ln p(v) at the nodes, empty for a point mass and where it was not asked for.
    pub log_density: &'a [f64],
    /// Largest error of `log_density`.
    pub log_density_error: f64,
    /// E\[v\]
    pub mean: Quantity,
    /// Var\[v\]
    pub variance: Quantity,
    /// Quantiles in the order asked for.
    pub quantiles: &'a [LeanQuantile],
    /// m where p(v) ~ |v|^-m at infinity; absent where the tail is no power law.
    pub tail_exponent: Quantity,
    /// The highest place, where it was asked for.
    pub mode: Option<LeanMode>,
}

impl LeanLaw<'_> {
    /// v at node `i`.
    pub fn v(&self, i: usize) -> f64 {
        self.chart.map_or(f64::NAN, |chart| chart.to_physical(self.start + i as f64 * self.step))
    }
}

/// The lean path with its memory, one for each thread.
///
/// ```
/// use stillpoint::model::{Branch, Diagonal, Moments};
/// use stillpoint::study::Lean;
/// let moments = Moments::try_new(2.0, 2.0, 3.0, 1.0, 1.0)?;
/// let model = Diagonal { depth: 1, width: 1, temperature: 0.1, weight_decay: 0.0, modified_loss: false, moments };
/// let mut lean = Lean::new(1000);
/// let law = lean.law(&model, Branch::Positive, &[0.5])?;
/// let mean = law.mean.finite().expect("p falls like v^-7/2");
/// assert!((mean.value - 0.844936470934627).abs() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Lean {
    nodes: usize,
    arch: Arch,
    line: Line,
    log_density: Vec<f64>,
    quantiles: Vec<LeanQuantile>,
}

impl Lean {
    /// For laws on `nodes` nodes (rounded up to a multiple of 8, at least 128).
    pub fn new(nodes: usize) -> Self {
        Self {
            nodes: nodes.max(FEWEST).next_multiple_of(ROW),
            arch: Arch::new(),
            line: Line::default(),
            log_density: Vec::new(),
            quantiles: Vec::new(),
        }
    }

    /// The law of a start on `branch` (of no effect for D = 0) with its log density and the quantiles of the
    /// probabilities `quantiles` (each inside (0, 1)), to 1e-8.
    ///
    /// # Accuracy
    /// As [`Lean::ask`].
    ///
    /// # Errors
    /// See [`StudyError`].
    pub fn law(&mut self, model: &Diagonal, branch: Branch, quantiles: &[f64]) -> Result<LeanLaw<'_>, StudyError> {
        self.ask(model, branch, &Ask { quantiles, mode: false, density: true, tolerance: TOLERANCE })
    }

    /// What `ask` says of the law of a start on `branch` (of no effect for D = 0).
    ///
    /// # Accuracy
    /// Every number has a bar that covers its error, the tolerance or less (a mode may be flat) unless `route` is
    /// [`Route::Full`], whose bars are
    /// those of [`law`](super::law).
    ///
    /// # Errors
    /// See [`StudyError`].
    pub fn ask(&mut self, model: &Diagonal, branch: Branch, ask: &Ask<'_>) -> Result<LeanLaw<'_>, StudyError> {
        let mut pieces = model.pieces(branch);
        if model.moments.noiseless() || pieces.len() != 1 {
            return self.full(model, branch, ask);
        }
        let region = Region::measure(pieces.remove(0))?;
        if !region.holds_density() {
            let v = Landscape::of(model, branch)?.collapse()?;
            return Ok(self.point_mass(v, ask));
        }
        if !in_reach(model, branch) {
            return self.full(model, branch, ask);
        }
        match self.on_a_line(&region, ask) {
            Some(summary) => Ok(self.report(&region, summary, ask)),
            None => self.full(model, branch, ask),
        }
    }

    fn point_mass(&mut self, v: f64, ask: &Ask<'_>) -> LeanLaw<'_> {
        let [value, log_abs] = [v, v.abs().ln()].map(Estimate::exact);
        self.quantiles.clear();
        self.quantiles.extend(ask.quantiles.iter().map(|&q| LeanQuantile { q, value, log_abs }));
        LeanLaw {
            route: Route::Point,
            point: Some(v),
            chart: None,
            start: f64::NAN,
            step: f64::NAN,
            log_density: &[],
            log_density_error: 0.0,
            mean: Quantity::Finite(value),
            variance: Quantity::Finite(Estimate::exact(0.0)),
            quantiles: &self.quantiles,
            tail_exponent: Quantity::Absent,
            mode: ask.mode.then(|| LeanMode::point(v)),
        }
    }
}

/// Whether the force has no more zeros than the nodes of a look will see: for D >= 1, v times the force is a sum
/// of five powers of v with at most three changes of sign, and all valleys between its peaks are shallow unless
/// the noise has a narrow minimum; the modified loss and D >= 2 with decay can have deep ones.
fn in_reach(model: &Diagonal, branch: Branch) -> bool {
    let m = &model.moments;
    if model.depth == 0 {
        return true;
    }
    let narrow = m.centre() * branch.sign() > 0.0 && m.pinch() < NARROW * m.centre().abs();
    let barred = model.depth >= 2 && model.weight_decay > 0.0;
    !(model.modified_loss || narrow || barred)
}
