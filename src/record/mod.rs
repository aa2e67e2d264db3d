//! What a result *is*, without its grid: named numbers with error bars, curves and where they came from.
//!
//! Outputs (tables, JSON, HDF5, CSV, pictures) are made from records alone. The field names of the
//! serialised structs are the contract of `--json`; fields marked `skip` go to the files only.

mod chain;
mod field;
mod figure;
mod parts;
mod phase;
mod reproduction;
mod sweep;

pub use chain::{ChainAbsorption, ChainClass, ChainSolution, ChainSolver, ChainTransient, LogProbability};
pub use field::{
    ChartMoments, Eigenvalue, ExpressionRow, FieldComparison, FieldComparisonRow, FieldPoint, FieldQuantile,
    FieldSampling, FieldSolution, FieldSolver, FieldTable, Identity, Lyapunov, Marginal, SpectralCheck, SpectralRow,
    Well,
};

pub use figure::{Figure, FigureAxis, FigurePanel, Look, Series};
pub use parts::{PhaseKind, PhaseParts, PhasePiece, PhaseRow, PhaseZero};
pub use phase::{AbsentBoundary, BesideBoundary, Boundary, BoundaryEnd, BoundaryPoint, PhaseAxis, PhaseSolution};
pub use reproduction::{Check, Finding, Relation, Reproduction, Statement, Verdict};
pub use sweep::{SweepAxis, SweepCell, SweepObservable, SweepRecord, SweepRow, SweepStatus};

use crate::estimate::Quantity;
use ndarray::Array2;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

/// The answer to `solve`.
#[derive(Debug, Clone, Serialize)]
pub struct Solution {
    /// Version of the program.
    pub stillpoint: String,
    /// Title of the scenario.
    pub title: String,
    /// Whether a start on the chosen branch reaches a density or a point.
    pub law: LawKind,
    /// Where the point mass sits.
    pub point: Option<f64>,
    /// Why the law is a point mass (or a remark on the density).
    pub reason: Option<String>,
    /// Ends of the support in v, `None` for infinite.
    pub support: [Option<f64>; 2],
    /// E\[v\]
    #[serde(serialize_with = "quantity")]
    pub mean: Quantity,
    /// Var\[v\]
    #[serde(serialize_with = "quantity")]
    pub variance: Quantity,
    /// Where the density in v is largest; 0 with `diverges` where it grows without bound towards 0.
    pub mode: Mode,
    /// E|v|^n
    pub moments: Vec<MomentRow>,
    /// Quantiles of v.
    pub quantiles: Vec<QuantileRow>,
    /// Density and distribution at chosen points.
    pub points: Vec<PointRow>,
    /// m where p(v) ~ |v|^-m at infinity; absent where the tail is no power law.
    #[serde(serialize_with = "quantity")]
    pub tail_exponent: Quantity,
    /// Every ergodic invariant law, on all branches.
    pub invariant_laws: Vec<InvariantLaw>,
    /// How it was computed.
    pub solver: SolverReport,
    /// Against the closed formula, where one exists.
    pub comparison: Option<Comparison>,
    /// The density on the grid (empty for a point mass).
    #[serde(skip)]
    pub curve: Curve,
    /// What is needed to make this result again.
    #[serde(skip)]
    pub provenance: Provenance,
}

/// Density or point mass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LawKind {
    /// A density on an open interval.
    Density,
    /// All mass at one point.
    PointMass,
}

/// The global maximum of the density.
#[derive(Debug, Clone, Serialize)]
pub struct Mode {
    /// Where it is.
    #[serde(flatten, serialize_with = "quantity_flat")]
    pub at: Quantity,
    /// Whether the density has no bound there (it diverges towards v = 0).
    pub diverges: bool,
    /// All interior local maxima, in the order of v.
    pub interior: Vec<f64>,
}

/// E|v|^order
#[derive(Debug, Clone, Serialize)]
pub struct MomentRow {
    /// n
    pub order: f64,
    /// Its value.
    #[serde(flatten, serialize_with = "quantity_flat")]
    pub value: Quantity,
}

/// One quantile.
#[derive(Debug, Clone, Serialize)]
pub struct QuantileRow {
    /// Probability.
    pub q: f64,
    /// v with P(V <= v) = q; 0 where it is smaller than any floating-point number.
    #[serde(flatten, serialize_with = "quantity_flat")]
    pub value: Quantity,
    /// ln |v|, of any size.
    pub log_abs: f64,
    /// Absolute error of `log_abs`.
    pub log_abs_error: f64,
}

/// Density and distribution at one point.
#[derive(Debug, Clone, Serialize)]
pub struct PointRow {
    /// The point.
    pub v: f64,
    /// ln p(v); `None` outside the support.
    pub log_density: Option<f64>,
    /// Absolute error of `log_density`.
    pub error: Option<f64>,
    /// P(V <= v)
    pub cdf: f64,
    /// P(V > v)
    pub sf: f64,
    /// Relative error of `cdf`.
    pub cdf_relative_error: f64,
    /// Relative error of `sf`.
    pub sf_relative_error: f64,
}

/// An ergodic invariant law.
#[derive(Debug, Clone, Serialize)]
pub struct InvariantLaw {
    /// Density or point mass.
    pub law: LawKind,
    /// Where the point mass sits.
    pub point: Option<f64>,
    /// Ends of the support, `None` for infinite; for a point mass both are the point.
    pub support: [Option<f64>; 2],
    /// Whether a start on the chosen branch reaches it.
    pub reached: bool,
    /// Whether nearby starts are drawn to it.
    pub attracting: bool,
    /// What was seen at the ends of the chart, in words.
    pub note: String,
}

/// How a law was computed.
#[derive(Debug, Clone, Default, Serialize)]
pub struct SolverReport {
    /// Stationary solver.
    pub method: String,
    /// Map from the solver's coordinate to v.
    pub chart: String,
    /// Cells of the finest grid.
    pub cells: usize,
    /// Cells of every grid used, coarse to fine.
    pub levels: Vec<usize>,
    /// Box in the chart coordinate.
    #[serde(rename = "box")]
    pub chart_box: [f64; 2],
    /// Mass beyond the lower and upper end of the box, closed with the measured slope.
    pub mass_beyond: [f64; 2],
    /// d ln(density) / d(chart) measured at the two ends of the chart.
    pub end_slopes: [f64; 2],
    /// Largest relative defect of the balance equations of the generator.
    pub residual: f64,
    /// Tolerance asked for.
    pub tolerance: f64,
    /// Largest error of log density and relative error of moments reached.
    pub reached: f64,
    /// Whether the tolerance was reached.
    pub converged: bool,
    /// Wall time of the solve.
    pub seconds: f64,
}

/// A closed formula beside the grid.
#[derive(Debug, Clone, Serialize)]
pub struct Comparison {
    /// Which formula.
    pub formula: String,
    /// Largest difference in log density over the grid where p > 1e-300 of its maximum.
    pub max_log_density_difference: Option<f64>,
    /// The stated error of both there.
    pub max_log_density_error: Option<f64>,
    /// Formula values beside computed ones.
    pub rows: Vec<ComparisonRow>,
    /// Whether all differences are within the stated errors.
    pub agree: bool,
}

/// One quantity by two or more routes.
#[derive(Debug, Clone, Serialize)]
pub struct ComparisonRow {
    /// Name, e.g. `mean` or `quantile 0.5`.
    pub quantity: String,
    /// From the grid.
    #[serde(serialize_with = "quantity")]
    pub grid: Quantity,
    /// From the formula.
    #[serde(serialize_with = "quantity")]
    pub formula: Quantity,
    /// From minibatch SGD at the scenario's learning rate.
    #[serde(serialize_with = "quantity")]
    pub sgd: Quantity,
    /// From the gradient flow integrated in the chart.
    #[serde(serialize_with = "quantity")]
    pub flow: Quantity,
    /// Allowance for the finite learning rate in the `sgd` column, measured by doubling it.
    pub finite_step: f64,
    /// Whether all columns agree within their errors.
    pub agree: bool,
}

/// The density on the nodes of the finest grid, in the order of increasing v.
#[derive(Debug, Clone, Default)]
pub struct Curve {
    /// Chart coordinate.
    pub z: Vec<f64>,
    /// Physical variable.
    pub v: Vec<f64>,
    /// ln p(v).
    pub log_density: Vec<f64>,
    /// Absolute error of it.
    pub log_density_error: Vec<f64>,
    /// P(V <= v)
    pub cdf: Vec<f64>,
    /// P(V > v)
    pub sf: Vec<f64>,
    /// ln p(v) of the closed formula at the same nodes (empty where there is none).
    pub formula_log_density: Vec<f64>,
    /// Chart coordinate of the 16 Gauss nodes of every cell, shape \[cells, 16\].
    pub cell_z: Array2<f64>,
    /// ln p(v) there, shape \[cells, 16\].
    pub cell_log_density: Array2<f64>,
}

/// Samples of a Monte Carlo run, summarised.
#[derive(Debug, Clone, Serialize)]
pub struct Sampling {
    /// `sgd` or `gradient flow`.
    pub method: String,
    /// Learning rate (the time step of the gradient flow).
    pub learning_rate: f64,
    /// Samples per step.
    pub batch_size: u64,
    /// Factor on the deviation of a sample's gradient from its mean that keeps T at this learning rate; 1 when learning rate / batch size = T.
    pub noise_amplification: f64,
    /// Steps per chain, burn-in included.
    pub steps: u64,
    /// Steps judged to be burn-in.
    pub burn_in: u64,
    /// Seed.
    pub seed: u64,
    /// Chains started.
    pub chains: u64,
    /// Chains that became non-finite or left every bound; not in the statistics.
    pub diverged: u64,
    /// Chains that ended at v = 0 to within rounding of the start.
    pub died: u64,
    /// Chains that ended on the other side of v = 0.
    pub crossed: u64,
    /// Integrated autocorrelation time \[steps\].
    pub autocorrelation_steps: f64,
    /// Effective sample size.
    pub effective_samples: f64,
    /// Chain steps per second.
    pub steps_per_second: f64,
    /// E\[v\]
    #[serde(serialize_with = "quantity")]
    pub mean: Quantity,
    /// Var\[v\]
    #[serde(serialize_with = "quantity")]
    pub variance: Quantity,
    /// Quantiles of v with standard errors.
    pub quantiles: Vec<SampledQuantile>,
    /// Histogram of v for pictures: `edges.len() = density.len() + 1`.
    pub histogram: Histogram,
    /// Warnings for the reader.
    pub warnings: Vec<String>,
}

/// A quantile from samples.
#[derive(Debug, Clone, Serialize)]
pub struct SampledQuantile {
    /// Probability.
    pub q: f64,
    /// Its value and standard error.
    #[serde(flatten, serialize_with = "quantity_flat")]
    pub value: Quantity,
}

/// A histogram normalised as a density, with its standard error per bin.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Histogram {
    /// Bin edges in v, ascending.
    pub edges: Vec<f64>,
    /// Density in each bin.
    pub density: Vec<f64>,
    /// Standard error of each.
    pub error: Vec<f64>,
}

/// The answer to `compare`: the solution, its formula and its samples.
#[derive(Debug, Clone, Serialize)]
pub struct ComparisonReport {
    /// The solved law.
    pub solution: Solution,
    /// Real SGD at the scenario's learning rate.
    pub sgd: Option<Sampling>,
    /// Real SGD at twice the learning rate, for the finite-step allowance.
    pub sgd_doubled: Option<Sampling>,
    /// The gradient flow in the chart.
    pub flow: Option<Sampling>,
    /// The quantities side by side.
    pub rows: Vec<ComparisonRow>,
    /// Whether everything agrees.
    pub agree: bool,
    /// What it means, in a sentence or two.
    pub verdict: Vec<String>,
}

/// What is needed to make a result again.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Provenance {
    /// The scenario as it was read, `--set` applied.
    pub scenario: String,
    /// Version of the program.
    pub version: String,
    /// Git revision it was built from, `unknown` outside a checkout.
    pub revision: String,
    /// The data file's SHA-like checksum and how it was standardised, where there is one.
    pub data: Option<String>,
    /// Seed of the sampler, where there is one.
    pub seed: Option<u64>,
}

struct QuantityBody<'a>(&'a Quantity);

impl Serialize for QuantityBody<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        quantity(self.0, serializer)
    }
}

/// {"value", "error"}, {"value": null, "infinite": true}, or null where the quantity does not exist.
fn quantity<S: Serializer>(q: &Quantity, serializer: S) -> Result<S::Ok, S::Error> {
    match q {
        Quantity::Absent => serializer.serialize_none(),
        _ => quantity_flat(q, serializer),
    }
}

fn quantity_flat<S: Serializer>(q: &Quantity, serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(2))?;
    match q {
        Quantity::Finite(e) => {
            map.serialize_entry("value", &e.value)?;
            map.serialize_entry("error", &e.error())?;
        }
        Quantity::Infinite => {
            map.serialize_entry("value", &None::<f64>)?;
            map.serialize_entry("infinite", &true)?;
        }
        Quantity::Absent => {
            map.serialize_entry("value", &None::<f64>)?;
            map.serialize_entry("error", &None::<f64>)?;
        }
    }
    map.end()
}

/// A quantity as JSON, for outputs that build their own objects.
pub fn quantity_json(q: &Quantity) -> serde_json::Value {
    serde_json::to_value(QuantityBody(q)).unwrap_or(serde_json::Value::Null)
}
