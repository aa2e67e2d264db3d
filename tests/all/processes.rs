//! Diffusions for tests, made from closures.

use stillpoint::process::{Chart, Coefficients, Coordinate, Force, Process, force_of};

/// f(z)
type Field<T, const N: usize> = Box<dyn Fn(&[f64; N]) -> T + Send + Sync>;

/// dz = b dt + sqrt(B) dW with any b, B and div B, on an identity chart without walls unless told.
pub struct Closures<const N: usize> {
    pub chart: Chart<N>,
    pub drift: Field<[f64; N], N>,
    pub diffusion: Field<[[f64; N]; N], N>,
    pub div_diffusion: Field<[f64; N], N>,
}

impl<const N: usize> std::fmt::Debug for Closures<N> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Closures").field("chart", &self.chart).finish_non_exhaustive()
    }
}

impl<const N: usize> Closures<N> {
    /// Drift and diffusion that vary.
    pub fn new(
        drift: impl Fn(&[f64; N]) -> [f64; N] + Send + Sync + 'static,
        diffusion: impl Fn(&[f64; N]) -> [[f64; N]; N] + Send + Sync + 'static,
        div_diffusion: impl Fn(&[f64; N]) -> [f64; N] + Send + Sync + 'static,
    ) -> Self {
        let line = Coordinate::Identity { lower: f64::NEG_INFINITY, upper: f64::INFINITY };
        Self {
            chart: Chart::new([line; N]),
            drift: Box::new(drift),
            diffusion: Box::new(diffusion),
            div_diffusion: Box::new(div_diffusion),
        }
    }

    /// A constant diffusion.
    pub fn additive(drift: impl Fn(&[f64; N]) -> [f64; N] + Send + Sync + 'static, diffusion: [[f64; N]; N]) -> Self {
        Self::new(drift, move |_| diffusion, |_| [0.0; N])
    }

    /// dz = -`relaxation` z dt + sqrt(`diffusion`) dW.
    pub fn linear(relaxation: [[f64; N]; N], diffusion: [[f64; N]; N]) -> Self {
        let drift = move |z: &[f64; N]| relaxation.map(|row| -row.iter().zip(z).map(|(m, z)| m * z).sum::<f64>());
        Self::additive(drift, diffusion)
    }

    /// The same between reflecting walls.
    pub fn between(mut self, walls: [[f64; 2]; N]) -> Self {
        self.chart = Chart::new(walls.map(|[lower, upper]| Coordinate::Identity { lower, upper }));
        self
    }
}

impl<const N: usize> Process<N> for Closures<N> {
    fn chart(&self) -> &Chart<N> {
        &self.chart
    }

    fn coefficients(&self, z: &[f64; N]) -> Coefficients<N> {
        Coefficients { drift: (self.drift)(z), diffusion: (self.diffusion)(z), div_diffusion: (self.div_diffusion)(z) }
    }

    fn force(&self, z: &[f64; N]) -> Force<N> {
        force_of(&self.coefficients(z))
    }
}

/// The stationary covariance C of dz = -M z dt + sqrt(B) dW: M C + C M^T = B, as a dense linear system.
pub fn lyapunov<const N: usize>(relaxation: &[[f64; N]; N], diffusion: &[[f64; N]; N]) -> [[f64; N]; N] {
    use faer::linalg::solvers::Solve;
    let at = |i: usize, j: usize| i * N + j;
    let mut matrix = faer::Mat::<f64>::zeros(N * N, N * N);
    for i in 0..N {
        for j in 0..N {
            for k in 0..N {
                matrix[(at(i, j), at(k, j))] += relaxation[i][k];
                matrix[(at(i, j), at(i, k))] += relaxation[j][k];
            }
        }
    }
    let right = faer::Mat::from_fn(N * N, 1, |row, _| diffusion[row / N][row % N]);
    let c = matrix.full_piv_lu().solve(&right);
    std::array::from_fn(|i| std::array::from_fn(|j| c[(at(i, j), 0)]))
}

/// The diffusion with B and div B as given that is in detailed balance with exp(-V): b = (div B - B grad V) / 2.
pub fn balanced<const N: usize>(
    gradient: impl Fn(&[f64; N]) -> [f64; N] + Send + Sync + 'static,
    noise: impl Fn(&[f64; N]) -> ([[f64; N]; N], [f64; N]) + Send + Sync + Copy + 'static,
) -> Closures<N> {
    manufactured(|_| 0.0, move |z| gradient(z).map(|g| -g), |_| [0.0; N], noise)
}

/// The diffusion whose stationary density is p and whose current is J: b = J / p + (div B + B grad log p) / 2.
pub fn manufactured<const N: usize>(
    log_density: impl Fn(&[f64; N]) -> f64 + Send + Sync + 'static,
    slope: impl Fn(&[f64; N]) -> [f64; N] + Send + Sync + 'static,
    current: impl Fn(&[f64; N]) -> [f64; N] + Send + Sync + 'static,
    noise: impl Fn(&[f64; N]) -> ([[f64; N]; N], [f64; N]) + Send + Sync + Copy + 'static,
) -> Closures<N> {
    let drift = move |z: &[f64; N]| {
        let ((b, div), g, j, p) = (noise(z), slope(z), current(z), log_density(z).exp());
        std::array::from_fn(|i| j[i] / p + 0.5 * (div[i] + (0..N).map(|k| b[i][k] * g[k]).sum::<f64>()))
    };
    Closures::new(drift, move |z| noise(z).0, move |z| noise(z).1)
}
