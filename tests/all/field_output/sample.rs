//! Records of Gaussian and log-normal laws, exact up to the sums that made them.

use stillpoint::estimate::{Estimate, Quantity};
use stillpoint::record::{
    ChartMoments, Eigenvalue, ExpressionRow, FieldComparison, FieldComparisonRow, FieldPoint, FieldQuantile,
    FieldSampling, FieldSolution, FieldSolver, FieldTable, Identity, LawKind, Lyapunov, Marginal, Provenance,
    SpectralCheck, SpectralRow, Well,
};

/// Stated error of everything.
pub const ERROR: f64 = 3e-9;

pub fn known(value: f64) -> Quantity {
    Quantity::Finite(Estimate::computed(value, ERROR, 0.0))
}

/// A Gaussian in the chart: mean 0, this covariance; seen in `physical` variables.
pub struct Shape {
    pub title: &'static str,
    pub variables: &'static [&'static str],
    pub chart: &'static [&'static str],
    pub covariance: Vec<Vec<f64>>,
    pub nodes: usize,
    /// Whether v = e^z; else v = z.
    pub exponential: bool,
    pub scenario: &'static str,
}

pub const SDE: &str = "[model]\nkind = \"sde\"\nparameters = { a = 0.5 }\n";

/// Two rotating variables: dz = (-z + w (y, -x)) dt + .., so the current is p w (y, -x) for unit covariance.
pub fn plane() -> Shape {
    Shape {
        title: "Ornstein-Uhlenbeck",
        variables: &["x", "y"],
        chart: &["x", "y"],
        covariance: vec![vec![1.0, 0.0], vec![0.0, 1.0]],
        nodes: 96,
        exponential: false,
        scenario: SDE,
    }
}

/// Two positive variables that spread over decades.
pub fn features() -> Shape {
    Shape {
        title: "two correlated features",
        variables: &["v1", "v2"],
        chart: &["ln|v1|", "ln|v2|"],
        covariance: vec![vec![1.3, 0.6], vec![0.6, 0.9]],
        nodes: 64,
        exponential: true,
        scenario: "[model]\nkind = \"features\"\ndepth = 1\ntemperature = 0.1\n",
    }
}

/// Three variables.
pub fn space() -> Shape {
    Shape {
        title: "three variables",
        variables: &["x", "y", "z"],
        chart: &["x", "y", "z"],
        covariance: vec![vec![1.0, 0.5, 0.0], vec![0.5, 2.0, -0.7], vec![0.0, -0.7, 1.5]],
        nodes: 32,
        exponential: false,
        scenario: SDE,
    }
}

/// One variable.
pub fn line() -> Shape {
    Shape {
        title: "one variable",
        variables: &["x"],
        chart: &["x"],
        covariance: vec![vec![1.0]],
        nodes: 200,
        exponential: false,
        scenario: SDE,
    }
}

/// The inverse and ln of the determinant, by Gauss's elimination.
fn inverse(a: &[Vec<f64>]) -> (Vec<Vec<f64>>, f64) {
    let n = a.len();
    let mut m: Vec<Vec<f64>> = a
        .iter()
        .enumerate()
        .map(|(i, row)| row.iter().copied().chain((0..n).map(|j| f64::from(u8::from(i == j)))).collect())
        .collect();
    let mut log_det = 0.0;
    for k in 0..n {
        let pivot = m[k][k];
        log_det += pivot.ln();
        m[k].iter_mut().for_each(|x| *x /= pivot);
        for i in (0..n).filter(|i| *i != k) {
            let factor = m[i][k];
            for j in 0..2 * n {
                m[i][j] -= factor * m[k][j];
            }
        }
    }
    (m.into_iter().map(|row| row[n..].to_vec()).collect(), log_det)
}

const LN_TAU: f64 = 1.837_877_066_409_345_5;

impl Shape {
    /// ln p in the chart.
    pub fn log_density(&self, z: &[f64]) -> f64 {
        let (precision, log_det) = inverse(&self.covariance);
        let square: f64 = (0..z.len()).map(|i| (0..z.len()).map(|j| z[i] * precision[i][j] * z[j]).sum::<f64>()).sum();
        -0.5 * (square + log_det + z.len() as f64 * LN_TAU)
    }

    fn physical(&self, z: f64) -> f64 {
        if self.exponential { z.exp() } else { z }
    }

    /// Six standard deviations each way, finer near the centre.
    fn axis(&self, i: usize) -> Vec<f64> {
        let reach = 6.0 * self.covariance[i][i].sqrt();
        let xi = |k: usize| 2.0 * (k as f64 + 0.5) / self.nodes as f64 - 1.0;
        (0..self.nodes).map(|k| reach * (1.5 * xi(k)).sinh() / 1.5f64.sinh()).collect()
    }

    fn table(&self) -> FieldTable {
        let n = self.covariance.len();
        let axes: Vec<Vec<f64>> = (0..n).map(|i| self.axis(i)).collect();
        let cells = self.nodes.pow(n as u32);
        let mut table = FieldTable { axes, variables: vec![vec![]; n], ..FieldTable::default() };
        let mut current = vec![vec![]; n];
        for cell in 0..cells {
            let index = |i: usize| cell / self.nodes.pow((n - 1 - i) as u32) % self.nodes;
            let z: Vec<f64> = (0..n).map(|i| table.axes[i][index(i)]).collect();
            let log_density = self.log_density(&z);
            for (list, &z) in table.variables.iter_mut().zip(&z) {
                list.push(self.physical(z));
            }
            table.chart_log_density.push(log_density);
            table.log_density.push(log_density - if self.exponential { z.iter().sum() } else { 0.0 });
            if n == 2 {
                current[0].push(log_density.exp() * z[1]);
                current[1].push(-log_density.exp() * z[0]);
            }
        }
        if n == 2 {
            table.current = current;
        }
        table
    }

    fn marginal(&self, i: usize) -> Marginal {
        let variance = self.covariance[i][i];
        let nodes = self.axis(i);
        let own = |z: f64| -0.5 * (z * z / variance + variance.ln() + LN_TAU) - if self.exponential { z } else { 0.0 };
        let quantile = |(q, z): (f64, f64)| FieldQuantile { q, value: known(self.physical(z * variance.sqrt())) };
        Marginal {
            name: self.variables[i].to_owned(),
            mean: known(self.mean(i)),
            variance: known(self.moment(i, i)),
            quantiles: [(0.05, -1.644_853_626_951), (0.5, 0.0), (0.95, 1.644_853_626_951)].map(quantile).to_vec(),
            tail_exponents: vec![Quantity::Absent, Quantity::Absent],
            at: nodes.iter().map(|&z| self.physical(z)).collect(),
            log_density: nodes.iter().map(|&z| own(z)).collect(),
            log_density_error: vec![ERROR; nodes.len()],
        }
    }

    fn mean(&self, i: usize) -> f64 {
        if self.exponential { (0.5 * self.covariance[i][i]).exp() } else { 0.0 }
    }

    fn moment(&self, i: usize, j: usize) -> f64 {
        let c = self.covariance[i][j];
        if self.exponential { self.mean(i) * self.mean(j) * c.exp_m1() } else { c }
    }

    pub fn solution(&self) -> FieldSolution {
        let n = self.covariance.len();
        let names = |list: &[&str]| list.iter().map(|s| (*s).to_owned()).collect::<Vec<String>>();
        let matrix = |f: &dyn Fn(usize, usize) -> f64| -> Vec<Vec<Quantity>> {
            (0..n).map(|i| (0..n).map(|j| known(f(i, j))).collect()).collect()
        };
        let mode: Vec<Quantity> = (0..n)
            .map(|i| known(if self.exponential { (-self.covariance[i].iter().sum::<f64>()).exp() } else { 0.0 }))
            .collect();
        FieldSolution {
            stillpoint: "0.1.0".into(),
            title: self.title.into(),
            law: LawKind::Density,
            variables: names(self.variables),
            mean: (0..n).map(|i| known(self.mean(i))).collect(),
            covariance: matrix(&|i, j| self.moment(i, j)),
            chart: ChartMoments {
                names: names(self.chart),
                mean: vec![known(0.0); n],
                covariance: matrix(&|i, j| self.covariance[i][j]),
            },
            points: vec![
                FieldPoint {
                    at: vec![self.physical(0.0); n],
                    log_density: Some(self.log_density(&vec![0.0; n])),
                    error: Some(ERROR),
                    chart_log_density: Some(self.log_density(&vec![0.0; n])),
                },
                FieldPoint { at: vec![-1.5; n], log_density: None, error: None, chart_log_density: None },
            ],
            expressions: vec![
                ExpressionRow { expression: "min(x, 1)".into(), value: known(0.25) },
                ExpressionRow { expression: "x^9".into(), value: Quantity::Infinite },
            ],
            marginals: (0..n).map(|i| self.marginal(i)).collect(),
            doubtful_wells: 0,
            wells: vec![Well { mode, weight: known(1.0), log_weight: 0.0, log_density: known(-1.0) }],
            spectral_gap: known(0.75),
            eigenvalues: vec![Eigenvalue { rate: 0.75, frequency: 0.5, error: ERROR }],
            relaxation_time: known(4.0 / 3.0),
            entropy_production: known(2.0),
            max_residual_drop: 0.125,
            lyapunov: vec![Lyapunov { face: "v2 = 0".into(), exponent: known(1.5) }],
            identities: vec![Identity { identity: "E[x y] = 0".into(), defect: known(0.0) }],
            spectral: (n == 2).then(|| SpectralCheck {
                basis: "elements",
                elements: vec![20, 20],
                degree: 12,
                rows: vec![
                    SpectralRow { quantity: "E[x]".into(), grid: known(0.0), spectral: known(0.0), agree: true },
                    SpectralRow { quantity: "Var[x]".into(), grid: known(1.3), spectral: known(1.4), agree: false },
                ],
                note: None,
            }),
            solver: self.solver(),
            warnings: vec!["the walls hold mass: widen the box".into()],
            field: self.table(),
            provenance: Provenance {
                scenario: self.scenario.into(),
                version: "0.1.0".into(),
                revision: "abcdef123456".into(),
                data: None,
                seed: Some(7),
            },
        }
    }

    fn solver(&self) -> FieldSolver {
        let n = self.covariance.len();
        FieldSolver {
            method: "gth".into(),
            scheme: "fitted".into(),
            chart: self.chart.iter().map(|c| format!("{c}, graded")).collect(),
            levels: vec![vec![self.nodes / 2; n], vec![self.nodes; n]],
            chart_box: vec![[-6.0, 6.0]; n],
            mass_at_walls: vec![[1e-12, 2e-13]; n],
            nonzeros: 4242,
            front: 91,
            flops: 3.5e9,
            peak_bytes: 12_000_000,
            residual: 2e-15,
            tolerance: 1e-7,
            reached: 4e-9,
            converged: true,
            seconds: 1.25,
        }
    }

    /// Points on spirals of radii that a Gaussian has: the quantile function of its squared radius is -2 ln(1 - u).
    pub fn sampling(&self) -> FieldSampling {
        let n = self.covariance.len();
        let count = 500;
        let point = |k: usize| -> Vec<f64> {
            let u = (k as f64 + 0.5) / count as f64;
            let (radius, angle) = ((-2.0 * (1.0 - u).ln()).sqrt(), 2.399_963 * k as f64);
            (0..n)
                .map(|i| self.physical(self.covariance[i][i].sqrt() * radius * (angle + 1.1 * i as f64).cos()))
                .collect()
        };
        FieldSampling {
            method: "sgd".into(),
            learning_rate: 0.001,
            batch_size: 1,
            steps: 10_000,
            burn_in: 1_000,
            seed: 7,
            chains: count as u64,
            diverged: 0,
            steps_per_second: 2.5e7,
            variables: self.variables.iter().map(|s| (*s).to_owned()).collect(),
            mean: vec![Quantity::Finite(Estimate::sampled(0.01, 0.02)); n],
            covariance: vec![vec![Quantity::Finite(Estimate::sampled(0.5, 0.03)); n]; n],
            quantiles: (0..n).map(|i| self.marginal(i).quantiles).collect(),
            expressions: vec![],
            cloud: (0..count).map(point).collect(),
            warnings: vec![],
        }
    }

    pub fn comparison(&self) -> FieldComparison {
        let row = |quantity: &str, grid: f64, sampled: Quantity, agree: bool| FieldComparisonRow {
            quantity: quantity.into(),
            grid: known(grid),
            sampled,
            finite_step: 0.002,
            agree,
        };
        FieldComparison {
            solution: self.solution(),
            rows: vec![
                row("E[x]", 0.0, Quantity::Finite(Estimate::sampled(0.01, 0.02)), true),
                row("E[y]", 0.0, Quantity::Finite(Estimate::sampled(0.9, 0.02)), false),
            ],
            samplings: vec![self.sampling()],
            agree: false,
            verdict: vec!["E[y] differs".into()],
        }
    }
}
