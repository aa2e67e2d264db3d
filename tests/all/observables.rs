//! What is read off a lattice, against laws known exactly: densities are put on the nodes, nothing is solved.

use approx::assert_relative_eq;
use stillpoint::density::field::{Field, Observable, Observed, Wanted};
use stillpoint::grid::{Grading, Lattice, LatticeAxis};
use stillpoint::process::{Chart, Coefficients, Coordinate, Force, Process};

/// A chart without an equation: observables never look at the equation.
#[derive(Debug)]
struct Still<const N: usize>(Chart<N>);

impl<const N: usize> Process<N> for Still<N> {
    fn chart(&self) -> &Chart<N> {
        &self.0
    }
    fn coefficients(&self, _z: &[f64; N]) -> Coefficients<N> {
        Coefficients { drift: [0.0; N], diffusion: [[0.0; N]; N], div_diffusion: [0.0; N] }
    }
    fn force(&self, _z: &[f64; N]) -> Force<N> {
        Force { value: [0.0; N], magnitude: [0.0; N] }
    }
}

const LINE: Coordinate = Coordinate::Identity { lower: f64::NEG_INFINITY, upper: f64::INFINITY };
const HALF: Coordinate = Coordinate::Exponential { origin: 0.0, sign: 1.0, scale: 1.0 };

/// An expression given by a function of the variables at one point.
struct Of<F>(F);

impl<F: Fn(&[f64]) -> f64 + Send + Sync> Observable for Of<F> {
    fn values(&self, at: &[&[f64]], out: &mut [f64]) {
        for (k, out) in out.iter_mut().enumerate() {
            let mut point = [0.0; 3];
            point.iter_mut().zip(at).for_each(|(x, v)| *x = v[k]);
            *out = (self.0)(&point[..at.len()]);
        }
    }
}

/// Masses of a density in chart coordinates, given by its logarithm.
fn masses<const N: usize>(lattice: &Lattice<N>, log_density: impl Fn(&[f64; N]) -> f64) -> Vec<f64> {
    (0..lattice.cells())
        .map(|cell| {
            let index = lattice.index(cell);
            log_density(&lattice.node(&index)) + lattice.log_volume(&index)
        })
        .collect()
}

fn observe<const N: usize>(
    lattice: &Lattice<N>,
    axes: [Coordinate; N],
    wanted: &Wanted<'_, N>,
    log_density: impl Fn(&[f64; N]) -> f64,
) -> Observed<N> {
    let log_mass = masses(lattice, log_density);
    let process = Still(Chart::new(axes));
    Field { lattice, process: &process, log_mass: &log_mass }.observe(wanted)
}

/// sinh-graded axes that reach `reach` to both sides of `centre`, with `scale` their finest length.
fn graded(centre: f64, scale: f64, reach: f64, cells: usize) -> LatticeAxis {
    let wall = (reach / scale).asinh();
    LatticeAxis::between(Grading::Sinh { centre, scale }, -wall, wall, cells)
}

/// Correlated Gaussian: means (0.3, -0.2), variances (1, 0.25), correlation 0.6.
fn gaussian(z: &[f64; 2]) -> f64 {
    let (x, y) = (z[0] - 0.3, (z[1] + 0.2) / 0.5);
    let rho: f64 = 0.6;
    -0.5 * (x * x - 2.0 * rho * x * y + y * y) / (1.0 - rho * rho)
        - (std::f64::consts::TAU * 0.5 * (1.0 - rho * rho).sqrt()).ln()
}

fn gaussian_lattice(cells: usize) -> Lattice<2> {
    Lattice::new([graded(0.3, 1.0, 13.0, cells), graded(-0.2, 0.5, 6.5, cells)])
}

#[test]
fn moments_quantiles_and_densities_of_a_correlated_gaussian() {
    let wanted = Wanted {
        points: vec![[0.3, -0.2], [1.0, 0.4], [-4.0, -2.6], [8.0, 2.0]],
        quantiles: vec![1e-12, 1e-3, 0.25, 0.5, 0.9, 0.999_999],
        variable_at: vec![vec![-6.0, 0.0, 1.7], vec![-0.2, 3.0]],
        ..Wanted::default()
    };
    let seen = observe(&gaussian_lattice(96), [LINE, LINE], &wanted, gaussian);
    for (mean, exact) in seen.mean.iter().chain(&seen.chart_mean).zip([0.3, -0.2, 0.3, -0.2]) {
        assert_relative_eq!(*mean, exact, epsilon = 1e-13);
    }
    for (row, exact) in seen.covariance.iter().chain(&seen.chart_covariance).zip([[1.0, 0.3], [0.3, 0.25]].repeat(2)) {
        assert_relative_eq!(row[0], exact[0], epsilon = 1e-13);
        assert_relative_eq!(row[1], exact[1], epsilon = 1e-13);
    }
    for (i, (mean, spread)) in [(0.3, 1.0), (-0.2, 0.5)].into_iter().enumerate() {
        for (q, value) in wanted.quantiles.iter().zip(&seen.variables[i].quantiles) {
            let exact = mean + spread * standard_quantile(*q);
            assert_relative_eq!(*value, exact, epsilon = 2e-9);
        }
        for (v, value) in wanted.variable_at[i].iter().zip(&seen.variables[i].log_density) {
            let x: f64 = (v - mean) / spread;
            let exact = -0.5 * x * x - (spread * std::f64::consts::TAU.sqrt()).ln();
            assert_relative_eq!(*value, exact, epsilon = 1e-7);
        }
    }
    for (z, value) in wanted.points.iter().zip(&seen.points) {
        assert_relative_eq!(*value, gaussian(z), epsilon = 1e-6, max_relative = 1e-7);
    }
}

/// Standard normal quantiles by mpmath (30 digits).
fn standard_quantile(q: f64) -> f64 {
    [
        (1e-12, -7.034_483_825_301_132),
        (1e-3, -3.090_232_306_167_813_5),
        (0.25, -0.674_489_750_196_081_7),
        (0.5, 0.0),
        (0.9, 1.281_551_565_544_600_5),
        (0.999_999, 4.753_424_308_822_899),
    ]
    .iter()
    .find(|(known, _)| *known == q)
    .expect("a tabulated quantile")
    .1
}

fn standard<const N: usize>(z: &[f64; N]) -> f64 {
    z.iter().map(|z| -0.5 * z * z - 0.5 * std::f64::consts::TAU.ln()).sum()
}

#[test]
fn explore() {
    for n in [24, 32, 48, 64, 96, 128, 192, 384] {
        let lattice = Lattice::new([graded(0.1, 1.0, 13.0, n), graded(-0.2, 1.2, 12.5, n)]);
        let (xy, rr) = (Of(|v: &[f64]| v[0] * v[1]), Of(|v: &[f64]| v[0] * v[0] + v[1] * v[1]));
        let wanted = Wanted {
            quantiles: vec![1e-12, 1e-6, 1e-3, 0.1, 0.5, 0.9, 0.999_999],
            expressions: vec![&xy, &rr],
            expression_at: vec![vec![0.2, 1.0, 3.0, 8.0], vec![0.02, 1.0, 5.0, 20.0]],
            ..Wanted::default()
        };
        let start = std::time::Instant::now();
        let seen = observe(&lattice, [LINE, LINE], &wanted, standard);
        let time = start.elapsed().as_secs_f64();
        println!("{n} {time:.3} {:e} {:e}", seen.expressions[0], seen.expressions[1] - 2.0);
        println!("   xy {:?}", seen.laws[0].quantiles);
        let k0 = [-0.583_570_229_989_809_1, -2.009_794_284_756_188, -4.504_607_670_491_12, -9.973_414_999_701_472];
        let d: Vec<_> = seen.laws[0].log_density.iter().zip(k0).map(|(a, b)| a - b).collect();
        println!("   xy {d:?}");
        let e: Vec<f64> = wanted.quantiles.iter().zip(&seen.laws[1].quantiles).map(|(q, t)| t + 2.0 * (-q).ln_1p()).collect();
        println!("   rr {e:?}");
        let e: Vec<f64> = wanted.expression_at[1].iter().zip(&seen.laws[1].log_density).map(|(x, l)| l - (0.5f64.ln() - 0.5 * x)).collect();
        println!("   rr {e:?}");
    }
}

#[test]
fn explore_wells() {
    for n in [24, 32, 48, 64, 96, 128, 192, 384] {
        let lattice = Lattice::new([graded(0.0, 1.0, 3.0, n), graded(-0.2, 0.5, 3.0, n)]);
        let wanted = Wanted { wells: true, ..Wanted::default() };
        let start = std::time::Instant::now();
        // y correlated with x by a shear, so that nothing is a product.
        let seen = observe(&lattice, [LINE, LINE], &wanted, |z| {
            let (x, y) = (z[0], z[1]);
            -(x.powi(4) / 4.0 - x * x / 2.0 + 0.1 * x) / 0.05 - 10.0 * (y + 0.2).powi(2)
        });
        println!("{n} {:.3} {:e}", start.elapsed().as_secs_f64(), seen.wells[1].log_weight.exp() / 0.022_045_807_303_295_982 - 1.0);
    }
}
