//! The order of the discretisation, and error bars that hold at every resolution.
//!
//! An interval is one Gauss rule of q = 16 nodes. The exponentially fitted masses take the rise of the log density
//! from it, so nodes and integrals are of order 2q; inside an interval the polynomial through the force leaves order
//! q + 1. On real laws rounding is reached before intervals are short against the distance of the singularities of
//! the force (zeros of the noise off the real axis); there theory says r^(-2q) and r^(-q) instead, see
//! `Uniform::solve`.

#[path = "../../examples/convergence/measure.rs"]
#[allow(dead_code)] // the example prints more of it
mod measure;

use measure::{CASES, LAWS, Row, measure, predicted, references, singularity};
use stillpoint::grid::{Axis, Grid};
use stillpoint::numeric::Q;
use stillpoint::operator::assemble;
use stillpoint::process::{Chart, Coefficients, Coordinate, Force, Process};
use stillpoint::stationary::solve_chain;
use stillpoint::study::{Problem, law};

/// Diffusion 1 + z^2/4 and log density (per length of chart) `log_density`, with its derivative.
#[derive(Debug)]
struct Exact {
    chart: Chart<1>,
    log_density: fn(f64) -> f64,
    slope: fn(f64) -> f64,
}

impl Exact {
    fn new(log_density: fn(f64) -> f64, slope: fn(f64) -> f64) -> Self {
        Self { chart: Chart::new([Coordinate::Hyperbolic { centre: 0.0, scale: 1.0 }]), log_density, slope }
    }

    /// Largest error of the log density of the masses at the nodes, relative to the first node.
    fn node_error(&self, low: f64, high: f64, intervals: usize) -> f64 {
        let nodes: Vec<f64> = (0..=intervals).map(|i| low + (high - low) * i as f64 / intervals as f64).collect();
        let axis = Axis::new(nodes.clone()).expect("ascending");
        let lengths: Vec<f64> = (0..nodes.len()).map(|i| axis.length(i)).collect();
        let generator = assemble(self, &Grid::new([axis])).expect("finite rates");
        let found = solve_chain(&generator).expect("a chain").log_mass;
        let density = |i: usize| found[i] - lengths[i].ln();
        let error = |i: usize| density(i) - density(0) - ((self.log_density)(nodes[i]) - (self.log_density)(nodes[0]));
        (0..nodes.len()).map(|i| error(i).abs()).fold(0.0, f64::max)
    }
}

impl Process<1> for Exact {
    fn chart(&self) -> &Chart<1> {
        &self.chart
    }

    fn coefficients(&self, z: &[f64; 1]) -> Coefficients<1> {
        let (b, b_slope) = (2.0 + 0.5 * z[0] * z[0], z[0]);
        Coefficients { drift: [0.5 * (b * (self.slope)(z[0]) + b_slope)], diffusion: [[b]], div_diffusion: [b_slope] }
    }

    fn force(&self, z: &[f64; 1]) -> Force<1> {
        let value = (self.slope)(z[0]);
        Force { value: [value], magnitude: [value.abs()] }
    }
}

/// A force the Gauss rule integrates exactly: two intervals or a thousand, the masses at the nodes are exact.
#[test]
fn masses_are_exact_at_the_nodes_for_any_number_of_cells() {
    let quartic = Exact::new(|z| -z.powi(4) + 3.0 * z * z + 0.7 * z, |z| -4.0 * z.powi(3) + 6.0 * z + 0.7);
    for intervals in [1, 2, 3, 4, 8, 16, 64, 256, 1024, 4096] {
        let error = quartic.node_error(-3.0, 2.75, intervals);
        assert!(error < 1e-13, "{intervals} intervals: {error:e}");
    }
}

/// An entire force that oscillates faster than the intervals: the algebraic order shows before rounding does.
#[test]
fn nodes_converge_with_twice_the_order_of_the_gauss_rule() {
    let wave = Exact::new(|z| (80.0 * z).sin() / 80.0, |z| (80.0 * z).cos());
    let errors: Vec<(f64, f64)> = (5..=8).map(|n| (f64::from(n), wave.node_error(0.0, 2.04, n as usize))).collect();
    let order = -slope(&errors.iter().map(|&(n, e)| (n.ln(), e.ln())).collect::<Vec<_>>());
    // Terms of higher order still take 1 or 2 from it; with nine intervals rounding is reached.
    assert!((order - 2.0 * Q as f64).abs() < 3.0, "order {order} from {errors:?}");
}

const INTERVALS: [usize; 22] = [4, 6, 8, 10, 12, 14, 16, 20, 24, 28, 32, 36, 40, 44, 48, 56, 64, 72, 80, 96, 112, 128];

/// Largest error in units of the rate, and slope of ln error against ln rate between 1e-2 and `floor`.
fn against_rate(rows: &[Row], quantity: usize, rate: impl Fn(&Row) -> f64, floor: f64) -> Option<(f64, f64)> {
    let points: Vec<(f64, f64)> = rows
        .iter()
        .map(|row| (rate(row), row.quantities()[quantity].error))
        .filter(|&(_, error)| floor < error && error < 1e-2)
        .collect();
    let worst = points.iter().map(|(rate, error)| error / rate).fold(0.0, f64::max);
    let logs: Vec<_> = points.iter().map(|(rate, error)| (rate.ln(), error.ln())).collect();
    (logs.len() >= 4).then(|| (worst, slope(&logs)))
}

#[test]
fn errors_fall_as_the_singularities_of_the_force_allow() {
    for reference in references(LAWS).iter().filter(|r| CASES.contains(&r.id.as_str())) {
        let distance = singularity(&reference.problem.model);
        let rows: Vec<Row> = INTERVALS.iter().filter_map(|&n| measure(reference, n)).collect();
        let floor = rows.last().expect("rows").log_density.error.max(1e-14);
        assert!(floor < 1e-12, "{}: {floor:e} with 128 intervals", reference.id);
        let inside = |row: &Row| predicted(distance, row.spacing)[1];
        let (worst, slope) = against_rate(&rows, 0, inside, 3.0 * floor).expect("errors above rounding");
        println!("{} log density: slope {slope:.2}, at most {worst:.1e} times the rate", reference.id);
        assert!((slope - 1.0).abs() < 0.25 && worst < 10.0, "{} log density: {slope} {worst}", reference.id);
        let nodes = |row: &Row| predicted(distance, row.spacing)[0];
        for (i, name) in [(1, "mean"), (2, "variance")] {
            // By symmetry the mean of the first law has no error at all.
            let Some((worst, slope)) = against_rate(&rows, i, nodes, 1e-14) else { continue };
            println!("{} {name}: slope {slope:.2}, at most {worst:.1e} times the rate", reference.id);
            // A singularity of the density that is a pole of order m costs a factor of up to (2q)^(m-1)/(m-1)!;
            // here m is at most 6.
            assert!((0.65..1.25).contains(&slope) && worst < 2.8e5, "{} {name}: {slope} {worst}", reference.id);
        }
        assert!(rows.iter().filter(|row| row.intervals >= 80).all(|row| row.mean.error < 1e-14), "{}", reference.id);
    }
}

/// Two grids that both miss a law may agree in one number by chance, but not everywhere.
#[test]
fn error_bounds_hold_on_every_grid() {
    let (mut numbers, mut covered) = (0, 0);
    for reference in references(LAWS) {
        for row in INTERVALS.iter().filter_map(|&n| measure(&reference, n)) {
            let name = format!("{} with {} intervals", reference.id, row.intervals);
            // The bound speaks of points of the chart; v is a rounded decimal, which the bar of the point knows.
            let bound = row.bound.max(row.log_density.stated);
            assert!(row.log_density.error <= bound, "{name}: {:e} > {bound:e}", row.log_density.error);
            let relative = row.bound.exp_m1();
            assert!(row.mean.error <= relative, "{name} mean: {:e} > {relative:e}", row.mean.error);
            assert!(row.variance.error <= relative, "{name} variance: {:e} > {relative:e}", row.variance.error);
            numbers += 3;
            covered += row.quantities().iter().filter(|off| off.covered).count();
        }
    }
    println!("{covered} of {numbers} numbers within their own bars");
    assert!(numbers > 1000 && covered > numbers * 97 / 100, "only {covered} of {numbers} within their own bars");
}

/// On its own meshes the solver states bars that hold, however little is asked of it.
#[test]
fn error_bars_hold_at_every_tolerance() {
    for reference in references(LAWS) {
        for tolerance in (1..=12).map(|digits| 10f64.powi(-digits)) {
            let solution = law(&Problem { tolerance, ..reference.problem.clone() }).expect("a law");
            let name = format!("{} to {tolerance:e}", reference.id);
            for (point, &(v, truth)) in solution.points.iter().zip(&reference.log_density) {
                let (found, error) = (point.log_density.expect("inside"), point.error.expect("inside"));
                assert!((found - truth).abs() <= error, "{name}, ln p({v}): {found} +- {error:e}, not {truth}");
                assert!(error <= tolerance.max(1e-10), "{name}, ln p({v}): +- {error:e}");
            }
            for (found, truth) in [(solution.mean, reference.mean), (solution.variance, reference.variance)] {
                match (found.finite(), truth) {
                    (Some(found), Some(truth)) => assert!(found.covers(truth), "{name}: {found:?}, not {truth}"),
                    (found, truth) => assert_eq!(found.is_some(), truth.is_some(), "{name}"),
                }
            }
        }
    }
}

/// Slope of the least-squares line.
fn slope(points: &[(f64, f64)]) -> f64 {
    let n = points.len() as f64;
    let (mx, my) = points.iter().fold((0.0, 0.0), |(a, b), (x, y)| (a + x / n, b + y / n));
    let (xy, xx) = points.iter().fold((0.0, 0.0), |(a, b), (x, y)| (a + (x - mx) * (y - my), b + (x - mx).powi(2)));
    xy / xx
}
