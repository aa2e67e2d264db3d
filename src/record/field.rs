//! The answer to `solve` for a law of several variables. Field names are the contract of `--json`.

use super::{Provenance, quantity, quantity_flat};
use crate::estimate::Quantity;
use serde::Serialize;

/// A stationary law on a lattice.
#[derive(Debug, Clone, Serialize)]
pub struct FieldSolution {
    /// Version of the program.
    pub stillpoint: String,
    /// Title of the scenario.
    pub title: String,
    /// Always `density`: what does not exist is an error.
    pub law: super::LawKind,
    /// Names of the model's own variables.
    pub variables: Vec<String>,
    /// E\[variable\]
    #[serde(serialize_with = "quantities")]
    pub mean: Vec<Quantity>,
    /// Covariance of the variables.
    #[serde(serialize_with = "matrix")]
    pub covariance: Vec<Vec<Quantity>>,
    /// The same in the solver's coordinates.
    pub chart: ChartMoments,
    /// Density at chosen points.
    pub points: Vec<FieldPoint>,
    /// Expectations of the user's expressions.
    pub expressions: Vec<ExpressionRow>,
    /// Laws of single variables and of expressions.
    pub marginals: Vec<Marginal>,
    /// Basins of the density, the heaviest first.
    pub wells: Vec<Well>,
    /// Further maxima of the finest grid, whose weights are not told from nothing.
    pub doubtful_wells: usize,
    /// Smallest non-zero decay rate of the generator \[1 / time\].
    #[serde(serialize_with = "quantity")]
    pub spectral_gap: Quantity,
    /// First decay rates: real and imaginary parts.
    pub eigenvalues: Vec<Eigenvalue>,
    /// 1 / gap.
    #[serde(serialize_with = "quantity")]
    pub relaxation_time: Quantity,
    /// Entropy production rate \[1 / time\]; 0 where detailed balance holds.
    #[serde(serialize_with = "quantity")]
    pub entropy_production: Quantity,
    /// Largest |potential drop minus log mass difference| on an edge of the finest grid.
    pub max_residual_drop: f64,
    /// Growth rates of ln of the distance from every face the process cannot cross.
    pub lyapunov: Vec<Lyapunov>,
    /// Identities that the exact law fulfils, and by how much this one misses them.
    pub identities: Vec<Identity>,
    /// What a second discretisation says, where it was asked.
    pub spectral: Option<SpectralCheck>,
    /// How it was computed.
    pub solver: FieldSolver,
    /// What the reader should know: cause and remedy.
    pub warnings: Vec<String>,
    /// The density on the finest grid.
    #[serde(skip)]
    pub field: FieldTable,
    /// What is needed to make this result again.
    #[serde(skip)]
    pub provenance: Provenance,
}

/// Moments in the solver's coordinates.
#[derive(Debug, Clone, Serialize)]
pub struct ChartMoments {
    /// Names of the coordinates.
    pub names: Vec<String>,
    /// Means.
    #[serde(serialize_with = "quantities")]
    pub mean: Vec<Quantity>,
    /// Covariance.
    #[serde(serialize_with = "matrix")]
    pub covariance: Vec<Vec<Quantity>>,
}

/// Density at one point.
#[derive(Debug, Clone, Serialize)]
pub struct FieldPoint {
    /// The point, in the model's own variables (a plain number for one variable).
    #[serde(serialize_with = "at")]
    pub at: Vec<f64>,
    /// ln p there; `None` outside the support.
    pub log_density: Option<f64>,
    /// Absolute error of both log densities.
    pub error: Option<f64>,
    /// ln p in chart coordinates.
    pub chart_log_density: Option<f64>,
}

/// E\[expression\]
#[derive(Debug, Clone, Serialize)]
pub struct ExpressionRow {
    /// As it was written.
    pub expression: String,
    /// Its expectation.
    #[serde(flatten, serialize_with = "quantity_flat")]
    pub value: Quantity,
}

/// The law of one variable or expression.
#[derive(Debug, Clone, Serialize)]
pub struct Marginal {
    /// The variable or expression.
    pub name: String,
    /// Mean.
    #[serde(serialize_with = "quantity")]
    pub mean: Quantity,
    /// Variance.
    #[serde(serialize_with = "quantity")]
    pub variance: Quantity,
    /// Quantiles.
    pub quantiles: Vec<FieldQuantile>,
    /// Measured exponents m of p ~ |v|^-m at the lower and upper end; absent where there is no power law.
    #[serde(serialize_with = "quantities")]
    pub tail_exponents: Vec<Quantity>,
    /// Where the density is tabulated.
    pub at: Vec<f64>,
    /// ln p there.
    pub log_density: Vec<f64>,
    /// Its absolute error.
    pub log_density_error: Vec<f64>,
}

/// One quantile of a marginal.
#[derive(Debug, Clone, Serialize)]
pub struct FieldQuantile {
    /// Probability.
    pub q: f64,
    /// Its place.
    #[serde(flatten, serialize_with = "quantity_flat")]
    pub value: Quantity,
}

/// A basin of the density.
#[derive(Debug, Clone, Serialize)]
pub struct Well {
    /// Where the density in the model's own variables is highest in it.
    #[serde(serialize_with = "quantities")]
    pub mode: Vec<Quantity>,
    /// Its mass.
    #[serde(serialize_with = "quantity")]
    pub weight: Quantity,
    /// ln of its mass.
    pub log_weight: f64,
    /// ln p at the mode, in the model's own variables; infinite where p goes on rising towards an end that no lattice reaches.
    #[serde(serialize_with = "quantity")]
    pub log_density: Quantity,
}

/// An eigenvalue of minus the generator.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Eigenvalue {
    /// Decay rate.
    pub rate: f64,
    /// Frequency (0 for a real one).
    pub frequency: f64,
    /// Absolute error of both.
    pub error: f64,
}

/// What happens at a face.
#[derive(Debug, Clone, Serialize)]
pub struct Lyapunov {
    /// Which face, e.g. `v2 = 0`.
    pub face: String,
    /// Growth rate of ln of the distance from it, under the law on the face; positive repels.
    #[serde(serialize_with = "quantity")]
    pub exponent: Quantity,
}

/// An identity of the exact law.
#[derive(Debug, Clone, Serialize)]
pub struct Identity {
    /// In words or symbols.
    pub identity: String,
    /// Left minus right side, relative to the sum of their magnitudes.
    #[serde(serialize_with = "quantity")]
    pub defect: Quantity,
}

/// How a field was computed.
#[derive(Debug, Clone, Default, Serialize)]
pub struct FieldSolver {
    /// `gth`, `kcycle` or `chain`.
    pub method: String,
    /// `fitted`, or `fitted with current correction`.
    pub scheme: String,
    /// Maps from the solver's coordinates to the variables, and their grading.
    pub chart: Vec<String>,
    /// Cells per axis of every level, coarse to fine.
    pub levels: Vec<Vec<usize>>,
    /// Box in the solver's coordinates.
    #[serde(rename = "box")]
    pub chart_box: Vec<[f64; 2]>,
    /// Mass of the outermost layer of cells at every wall.
    pub mass_at_walls: Vec<[f64; 2]>,
    /// Off-diagonal rates of the finest grid.
    pub nonzeros: usize,
    /// Order of the largest front.
    pub front: usize,
    /// Floating-point operations of the finest solve.
    pub flops: f64,
    /// Largest memory of the solver.
    pub peak_bytes: u64,
    /// Largest relative defect of the balance of one cell.
    pub residual: f64,
    /// Tolerance asked for.
    pub tolerance: f64,
    /// Largest relative error of mean and covariance reached.
    pub reached: f64,
    /// Whether the tolerance was reached.
    pub converged: bool,
    /// Wall time.
    pub seconds: f64,
}

/// Density and current on the nodes of the finest grid, the last axis fastest; two variables are drawn.
#[derive(Debug, Clone, Default)]
pub struct FieldTable {
    /// Nodes of every axis, in chart coordinates.
    pub axes: Vec<Vec<f64>>,
    /// The model's own variables at every node, one list per variable.
    pub variables: Vec<Vec<f64>>,
    /// ln p in chart coordinates at every node.
    pub chart_log_density: Vec<f64>,
    /// ln p in the model's own variables at every node.
    pub log_density: Vec<f64>,
    /// Probability current in chart coordinates, one list per axis.
    pub current: Vec<Vec<f64>>,
}

/// The answer to `compare` for a law of several variables.
#[derive(Debug, Clone, Serialize)]
pub struct FieldComparison {
    /// The solved law.
    pub solution: FieldSolution,
    /// Quantities of the law and of Monte Carlo side by side.
    pub rows: Vec<FieldComparisonRow>,
    /// Monte Carlo runs.
    pub samplings: Vec<FieldSampling>,
    /// Whether everything agrees.
    pub agree: bool,
    /// What it means, in a sentence or two.
    pub verdict: Vec<String>,
}

/// One quantity by several routes.
#[derive(Debug, Clone, Serialize)]
pub struct FieldComparisonRow {
    /// Name, e.g. `E[v1]` or `quantile 0.5 of v2`.
    pub quantity: String,
    /// The solved law.
    #[serde(serialize_with = "quantity")]
    pub grid: Quantity,
    /// Monte Carlo.
    #[serde(serialize_with = "quantity")]
    pub sampled: Quantity,
    /// Allowance for the finite step of the Monte Carlo, measured by doubling it.
    pub finite_step: f64,
    /// Whether all agree within their errors.
    pub agree: bool,
}

/// A law of several variables by Galerkin's method, beside the finite volumes.
#[derive(Debug, Clone, Default, Serialize)]
pub struct SpectralCheck {
    /// `elements`: polynomials on elements of a box; `hermite`: a Gaussian times polynomials, on the whole space.
    pub basis: &'static str,
    /// Elements along every axis; empty where there are none.
    pub elements: Vec<usize>,
    /// Degree of the polynomials: along every axis on elements, in all otherwise.
    pub degree: usize,
    /// Moments of the solver's coordinates; empty where the elements do not resolve the law.
    pub rows: Vec<SpectralRow>,
    /// Why there are no moments.
    pub note: Option<String>,
}

impl SpectralCheck {
    /// What it is called.
    pub fn name(&self) -> &'static str {
        if self.basis == "hermite" { "Hermite expansion" } else { "spectral elements" }
    }

    /// Moments in which the two differ by more than both errors.
    pub fn off(&self) -> Vec<&str> {
        self.rows.iter().filter(|row| !row.agree).map(|row| row.quantity.as_str()).collect()
    }
}

/// One moment by two discretisations.
#[derive(Debug, Clone, Serialize)]
pub struct SpectralRow {
    /// Name, e.g. `E[z1]`.
    pub quantity: String,
    /// Finite volumes.
    #[serde(serialize_with = "quantity")]
    pub grid: Quantity,
    /// Galerkin's method.
    #[serde(serialize_with = "quantity")]
    pub spectral: Quantity,
    /// Whether they differ by no more than both errors.
    pub agree: bool,
}

/// Chains of several variables, summarised.
#[derive(Debug, Clone, Default, Serialize)]
pub struct FieldSampling {
    /// `sgd` or `euler-maruyama`.
    pub method: String,
    /// Learning rate or time step.
    pub learning_rate: f64,
    /// Samples per step.
    pub batch_size: u64,
    /// Steps per chain, burn-in included.
    pub steps: u64,
    /// Steps judged to be burn-in.
    pub burn_in: u64,
    /// Seed.
    pub seed: u64,
    /// Chains started.
    pub chains: u64,
    /// Chains that became non-finite; not in the statistics.
    pub diverged: u64,
    /// Chain steps per second.
    pub steps_per_second: f64,
    /// Names of the variables.
    pub variables: Vec<String>,
    /// Means.
    #[serde(serialize_with = "quantities")]
    pub mean: Vec<Quantity>,
    /// Covariance.
    #[serde(serialize_with = "matrix")]
    pub covariance: Vec<Vec<Quantity>>,
    /// Quantiles of every variable.
    pub quantiles: Vec<Vec<FieldQuantile>>,
    /// Expectations of the user's expressions.
    pub expressions: Vec<ExpressionRow>,
    /// Some final positions for pictures, `[point][variable]`.
    #[serde(skip)]
    pub cloud: Vec<Vec<f64>>,
    /// Warnings for the reader.
    pub warnings: Vec<String>,
}

struct Body<'a>(&'a Quantity);

impl Serialize for Body<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        quantity(self.0, serializer)
    }
}

fn quantities<S: serde::Serializer>(list: &[Quantity], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(list.iter().map(Body))
}

fn matrix<S: serde::Serializer>(rows: &[Vec<Quantity>], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(rows.iter().map(|row| row.iter().map(Body).collect::<Vec<_>>()))
}

fn at<S: serde::Serializer>(at: &[f64], serializer: S) -> Result<S::Ok, S::Error> {
    match at {
        [single] => serializer.serialize_f64(*single),
        _ => serializer.collect_seq(at),
    }
}
