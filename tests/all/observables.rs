//! What is read off a lattice, against laws known exactly: densities are put on the nodes, nothing is solved.

use approx::assert_relative_eq;
use stillpoint::density::field::{Field, Observable, Observed, Side, Wanted};
use stillpoint::formula::Formula;
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

/// Values against their exact ones.
fn close(values: &[f64], exact: &[f64], relative: f64) {
    assert_eq!(values.len(), exact.len());
    for (value, exact) in values.iter().zip(exact) {
        assert!((value - exact).abs() <= relative * exact.abs(), "{value} instead of {exact}");
    }
}

#[test]
fn half_lines_in_logarithms_and_whole_lines_in_three_dimensions() {
    // ln v1 ~ N(0.2, 0.25); x and y standard with correlation 0.5.
    let lattice = Lattice::new([graded(0.2, 0.5, 6.0, 40), graded(0.0, 1.0, 11.0, 40), graded(0.0, 1.0, 11.0, 40)]);
    let wanted = Wanted { quantiles: vec![1e-3, 0.9], variable_at: vec![vec![0.3, 1.0]], ..Wanted::default() };
    let seen = observe(&lattice, [HALF, LINE, LINE], &wanted, |z| {
        let x = (z[0] - 0.2) / 0.5;
        -0.5 * x * x - (z[1] * z[1] - z[1] * z[2] + z[2] * z[2]) / 1.5
    });
    close(&[seen.mean[0], seen.covariance[0][0]], &[1.384_030_645_980_751_4, 0.544_062_282_143_053_6], 1e-9);
    assert_relative_eq!(seen.chart_mean[0], 0.2, epsilon = 1e-11);
    assert_relative_eq!(seen.covariance[1][2], 0.5, epsilon = 1e-8);
    assert_relative_eq!(seen.covariance[0][2], 0.0, epsilon = 1e-12);
    for (q, value) in wanted.quantiles.iter().zip(&seen.variables[0].quantiles) {
        assert_relative_eq!(*value, (0.2 + 0.5 * standard_quantile(*q)).exp(), max_relative = 1e-7);
    }
    for (v, value) in wanted.variable_at[0].iter().zip(&seen.variables[0].log_density) {
        let x = (v.ln() - 0.2) / 0.5;
        let exact = -0.5 * x * x - (0.5 * std::f64::consts::TAU.sqrt()).ln() - v.ln();
        assert_relative_eq!(*value, exact, epsilon = 1e-6);
    }
}

#[test]
fn power_law_tails_are_measured_and_closed() {
    // Student's law with three degrees of freedom in x: P(X > t) ~ 6 sqrt(3) / pi t^-3 / 3.
    let lattice = Lattice::new([graded(0.0, 1.0, 1e5, 300), graded(0.0, 1.0, 11.0, 48)]);
    let student = |z: &[f64; 2]| -2.0 * (z[0] * z[0] / 3.0).ln_1p() - 0.5 * z[1] * z[1];
    let wanted = Wanted { quantiles: vec![0.05, 0.95, 0.999_999], ..Wanted::default() };
    let seen = observe(&lattice, [LINE, LINE], &wanted, student);
    let upper = seen.density_ends[0][1];
    assert_relative_eq!(upper.rate * upper.at, 4.0, max_relative = 1e-5);
    assert_relative_eq!(upper.rate_inside, upper.rate * upper.at / 5_340.0, max_relative = 0.1);
    let exact = 2.0 * 3f64.sqrt() / std::f64::consts::PI * 1e-15;
    assert_relative_eq!(upper.beyond, exact, max_relative = 1e-3);
    assert!(seen.density_ends[1][0].beyond < 1e-20);
    // E[x^2] = 3 misses 6 sqrt(3) / (pi 1e5) on either side.
    let exact = 6.0 * 3f64.sqrt() / std::f64::consts::PI * 1e-5;
    let missing = seen.square_ends[0][0].map(|end| end.beyond);
    assert_relative_eq!(missing[0], exact, max_relative = 1e-3);
    assert_relative_eq!(seen.covariance[0][0] + missing[0] + missing[1], 3.0, epsilon = 1e-7);
    close(&seen.variables[0].quantiles[..2], &[-2.353_363_434_801_823_9, 2.353_363_434_801_823_9], 1e-9);
    close(&seen.variables[0].quantiles[2..], &[103.299_467_780_419_34], 2e-9);
}

#[test]
fn far_tails_below_the_smallest_number() {
    let lattice = Lattice::new([graded(0.0, 1.0, 60.0, 120), graded(0.0, 1.0, 60.0, 120)]);
    let wanted = Wanted {
        points: vec![[45.0, 40.0]],
        quantiles: vec![1e-250],
        variable_at: vec![vec![50.0]],
        ..Wanted::default()
    };
    let seen = observe(&lattice, [LINE, LINE], &wanted, standard);
    assert_relative_eq!(seen.points[0], -0.5 * (45.0 * 45.0 + 1600.0) - std::f64::consts::TAU.ln(), epsilon = 1e-6);
    let exact = -1250.0 - 0.5 * std::f64::consts::TAU.ln();
    assert_relative_eq!(seen.variables[0].log_density[0], exact, epsilon = 1e-6);
    // mpmath
    close(&seen.variables[1].quantiles, &[-33.799_586_172_694_84], 1e-9);
    assert!(seen.log_mass_range[0] < -3000.0);
}

/// exp(x) on 0 <= x <= 1, times a uniform law.
fn walled(cells: usize, wanted: &Wanted<'_, 2>) -> Observed<2> {
    let wall = Coordinate::Identity { lower: 0.0, upper: 1.0 };
    let axis = LatticeAxis::between(Grading::Uniform, 0.0, 1.0, cells);
    observe(&Lattice::new([axis, axis]), [wall, wall], wanted, |z| z[0])
}

#[test]
fn walls_spoil_neither_quantiles_nor_the_order_of_moments() {
    let wanted = Wanted { quantiles: vec![1e-6, 0.5], variable_at: vec![vec![0.0, 0.3, 1.0]], ..Wanted::default() };
    let total = 1f64.exp_m1();
    let exact = 1.0 / total;
    let errors: Vec<f64> = [16, 32, 64].iter().map(|n| walled(*n, &wanted).mean[0] - exact).collect();
    for pair in errors.windows(2) {
        assert_relative_eq!((pair[0] / pair[1]).log2(), 2.0, epsilon = 0.02);
    }
    let extrapolated = (4.0 * errors[2] - errors[1]) / 3.0;
    assert!(extrapolated.abs() < 1e-3 * errors[2].abs(), "{extrapolated} {}", errors[2]);
    let seen = walled(32, &wanted);
    close(&seen.variables[0].quantiles, &[(1e-6 * total).ln_1p(), 0.620_114_506_958_277_5], 1e-9);
    close(&seen.variables[0].log_density, &[-total.ln(), 0.3 - total.ln(), 1.0 - total.ln()], 1e-9);
    assert_eq!(seen.density_ends[0][1].beyond, 0.0);
    assert_relative_eq!(seen.wall_mass[0][1], (1.0 - 1.0 / 64f64).exp() / 32.0 / total, max_relative = 1e-4);
}

#[test]
fn products_of_gaussians_follow_a_bessel_function() {
    // Density K0(|t|) / pi; logarithms and quantiles by mpmath.
    let product = Of(|v: &[f64]| v[0] * v[1]);
    let at = vec![-8.0, 0.2, 1.0, 3.0];
    let exact = [-9.973_414_999_701_471, -0.583_570_229_989_809_1, -2.009_794_284_756_188, -4.504_607_670_491_12];
    let quantiles = [-25.077_355_318_543_432, -5.075_463_851_581_233, 1.034_383_277_713_622_4];
    let wanted = Wanted {
        quantiles: vec![1e-12, 1e-3, 0.9],
        expressions: vec![&product],
        expression_at: vec![at],
        ..Wanted::default()
    };
    let errors: Vec<f64> = [48, 96]
        .iter()
        .map(|&n| {
            let lattice = Lattice::new([graded(0.1, 1.0, 13.0, n), graded(-0.2, 1.2, 12.5, n)]);
            let seen = observe(&lattice, [LINE, LINE], &wanted, standard);
            assert!(seen.expressions[0].abs() < 1e-14 && (seen.laws[0].variance - 1.0).abs() < 1e-12);
            let densities = seen.laws[0].log_density.iter().zip(exact).map(|(a, b)| (a - b).abs());
            let places = seen.laws[0].quantiles.iter().zip(quantiles).map(|(a, b)| (a / b - 1.0).abs());
            densities.chain(places).fold(0.0, f64::max)
        })
        .collect();
    assert!(errors[0] < 3e-4 && errors[1] < 3e-7, "{errors:?}");
}

#[test]
fn squares_of_gaussians_follow_chi_squared() {
    let square = Of(|v: &[f64]| v.iter().map(|v| v * v).sum());
    let wanted = Wanted {
        quantiles: vec![0.1, 0.5, 0.9, 0.999_999],
        expressions: vec![&square],
        expression_at: vec![vec![1.0, 5.0, 20.0]],
        ..Wanted::default()
    };
    let lattice = Lattice::new([graded(0.1, 1.0, 13.0, 96), graded(-0.2, 1.2, 12.5, 96)]);
    let seen = observe(&lattice, [LINE, LINE], &wanted, standard);
    let exact: Vec<f64> = wanted.quantiles.iter().map(|q| -2.0 * (-q).ln_1p()).collect();
    close(&seen.laws[0].quantiles, &exact, 2e-7);
    let exact: Vec<f64> = wanted.expression_at[0].iter().map(|t| -0.5 * t - 2f64.ln()).collect();
    close(&seen.laws[0].log_density, &exact, 1e-6);
    assert_relative_eq!(seen.laws[0].mean, 2.0, max_relative = 1e-12);
    assert_relative_eq!(seen.laws[0].variance, 4.0, max_relative = 1e-12);

    let axis = graded(0.1, 1.0, 9.0, 56);
    let wanted = Wanted { quantiles: vec![0.1, 0.9, 0.999], expressions: vec![&square], ..Wanted::default() };
    let seen = observe(&Lattice::new([axis; 3]), [LINE; 3], &wanted, standard);
    let exact = [0.584_374_374_155_183_3, 6.251_388_631_170_323, 16.266_236_196_238_13];
    close(&seen.laws[0].quantiles, &exact, 1e-4);
}

/// Levels within a cell of a minimum or of a kink, which lines of cells cross twice between two nodes. Quantiles by 30-digit
/// arithmetic.
#[test]
fn levels_beside_minima_and_kinks_are_crossed_twice() {
    let square = Of(|v: &[f64]| v[1] * v[1]);
    let size = Of(|v: &[f64]| (v[0] - 0.01).abs());
    let wanted = Wanted { quantiles: vec![0.01, 0.5], expressions: vec![&square, &size], ..Wanted::default() };
    let lattice = Lattice::new([graded(0.1, 1.0, 13.0, 48), graded(-0.2, 1.2, 12.5, 48)]);
    let seen = observe(&lattice, [LINE, LINE], &wanted, standard);
    let exact = [1.570_878_579_097_019_8e-4, 0.454_936_423_119_572_8];
    close(&seen.laws[0].quantiles, &exact, 1e-4);
    close(&seen.laws[1].quantiles, &[0.012_534_096_197_210_124, 0.674_523_475_270_982_8], 1e-4);
}

/// Expectations of functions that bend or jump have the accuracy of smooth ones. Exact values from normal integrals.
#[test]
fn kinks_and_jumps_leave_expectations_their_digits() {
    let names = ["x".to_owned(), "y".to_owned()];
    let formula = |text: &str| Formula::parse(text, &names, &[]).expect("a formula");
    let root = |x: f64| (x / std::f64::consts::PI).sqrt();
    let cases = [
        ("abs(x - 0.3)", 0.833_522_484_234_419_7, 1e-8),
        ("max(x, y)", root(1.0), 1e-8),
        ("choose(x + y - 0.5, 1, 0)", 0.361_836_804_915_881_54, 1e-6),
        ("max(1 - x^2 - y^2, 0)", 2.0 * (-0.5f64).exp() - 1.0, 1e-5),
        ("abs(x)^3", 2.0 * root(2.0), 1e-8),
        ("choose(x, abs(x), 0)", root(0.5), 1e-8),
    ];
    let formulas: Vec<Formula> = cases.iter().map(|(text, ..)| formula(text)).collect();
    let wanted = Wanted { expressions: formulas.iter().map(|f| f as &dyn Observable).collect(), ..Wanted::default() };
    let lattice = Lattice::new([graded(0.1, 1.0, 13.0, 96), graded(-0.2, 1.2, 12.5, 96)]);
    let seen = observe(&lattice, [LINE, LINE], &wanted, standard);
    for ((text, exact, close), found) in cases.iter().zip(&seen.expressions) {
        assert!((found / exact - 1.0).abs() < *close, "E[{text}] = {found}, exactly {exact}");
    }
    assert!(seen.expression_kinks.iter().all(|kinks| *kinks == [0.0; 2]));

    // Sides that do not go on smoothly, or nowhere, keep the bars of kinks, also on a lattice that is even about the kink.
    for text in ["1/(abs(x) + 0.02)", "exp(-100*abs(x))", "abs(x) + abs(y)", "max(x, 0) + sqrt((y - 0.01)^2)"] {
        let bent = formula(text);
        let wanted = Wanted { expressions: vec![&bent as &dyn Observable], ..Wanted::default() };
        for lattice in [lattice, Lattice::new([graded(0.0, 1.0, 13.0, 96), graded(0.0, 1.2, 12.5, 96)])] {
            let seen = observe(&lattice, [LINE, LINE], &wanted, standard);
            assert!(seen.expression_kinks[0][0] > 0.0, "{text}");
        }
    }
    let unknown = formula("max(0, ln(x))");
    let wanted = Wanted { expressions: vec![&unknown as &dyn Observable], ..Wanted::default() };
    assert!(observe(&lattice, [LINE, LINE], &wanted, standard).expressions[0].is_nan());
}

/// Expectations that poles spoil are none, and those next to which they exist are what they were. The mean of sin(x) / x is
/// sqrt(pi / 2) erf(1 / sqrt 2).
#[test]
fn poles_are_told_from_what_only_looks_like_one() {
    use stillpoint::density::field::Pole::{Harmless, Infinite, Slow, Undefined};
    let names = ["x".to_owned(), "y".to_owned()];
    let cases = [
        ("1/abs(x)", [Infinite, Infinite], true),
        ("1/x", [Undefined, Undefined], true),
        ("-1/(x - y)^2", [Undefined, Undefined], true),
        ("y/(x - 2)", [Undefined, Undefined], true),
        ("tan(x/2)", [Undefined, Undefined], true),
        ("1/(1 - cos(x))", [Infinite, Infinite], true),
        ("1/sqrt(abs(x*y))", [Harmless, Infinite], true),
        ("ln(abs(x))", [Harmless; 2], true),
        ("ln(740*abs(x))", [Harmless; 2], true),
        ("sin(x)/x", [Harmless; 2], false),
        ("x/sin(x)", [Undefined, Undefined], true),
        ("(x - 1)/(x^2 - 1)", [Undefined, Undefined], true),
        ("(1 - cos(y))/y^2", [Harmless; 2], false),
        ("(x^2 - y^2)/(x - y)", [Harmless; 2], false),
        ("1/(1 + x^2)", [Harmless; 2], false),
        ("1/sqrt(x^2 + y^2)", [Harmless, Infinite], true),
        ("1/(x^2 + (y - 0.3)^2)", [Infinite, Infinite], true),
        ("1/((x + y)^2 + 0.001*(x - y)^2)", [Infinite, Infinite], true),
        ("1/sqrt(1 - sin(x + y))", [Infinite, Infinite], true),
        ("x^2/(x^2 + y^2)", [Harmless; 2], true),
        ("x*y/(x^2 + y^2)", [Harmless; 2], true),
        ("x*y/(x^2 + y^2)^2", [Undefined, Undefined], true),
        ("x^2/(x^2 + y^2)^2", [Infinite, Infinite], true),
        ("ln(x^2 + y^2)", [Harmless; 2], true),
        ("1/sqrt(abs(x^2 - y^2))", [Harmless, Infinite], true),
        ("1/sqrt(abs(x - y^3))", [Harmless, Infinite], true),
        ("pow(abs(x - y^3), -0.3)", [Harmless; 2], true),
        ("pow(x^2 + y^2, -0.25)", [Harmless; 2], true),
        ("pow(abs(x), -0.95)", [Slow, Infinite], true),
        ("1/sqrt(x^2 + y^4)", [Slow, Infinite], true),
        ("atan(y/(x - 0.3))", [Harmless; 2], true),
        ("choose(x - 2, 1/(x - 1), 0)", [Harmless; 2], false),
    ];
    let formulas: Vec<Formula> =
        cases.iter().map(|(text, ..)| Formula::parse(text, &names, &[]).expect("a formula")).collect();
    let wanted = Wanted { expressions: formulas.iter().map(|f| f as &dyn Observable).collect(), ..Wanted::default() };
    for (shift, second, cells) in [(0.0, 0.0, 96), (0.0, 0.0, 97), (0.0, -0.2, 96), (0.013, -0.2, 96), (0.1, 0.07, 130)]
    {
        let lattice = Lattice::new([graded(shift, 1.0, 13.0, cells), graded(second, 1.2, 12.5, cells)]);
        let seen = observe(&lattice, [LINE, LINE], &wanted, standard);
        for ((text, [mean, variance], rough), found) in cases.iter().zip(&seen.expression_poles) {
            assert_eq!(
                (found.mean, found.variance, found.rough),
                (*mean, *variance, *rough),
                "{text} at {shift}, {cells} cells"
            );
        }
        // At a node it is 0/0.
        if cells != 97 {
            assert_relative_eq!(seen.expressions[9], 0.855_624_391_892_149, max_relative = 1e-9);
        }
    }
}

/// Cells of very different lengths do not make a point a line; and what grows with a logarithm grows in any unit.
#[test]
fn poles_do_not_depend_on_units() {
    use stillpoint::density::field::Pole::{Harmless, Infinite};
    let names = ["x".to_owned(), "y".to_owned()];
    let texts = ["1/sqrt(x^2 + y^2)", "x^2/(x^2 + y^2)", "ln(abs(x))"];
    let formulas = texts.map(|text| Formula::parse(text, &names, &[]).expect("a formula"));
    let wanted = Wanted { expressions: formulas.iter().map(|f| f as &dyn Observable).collect(), ..Wanted::default() };
    for [wide, narrow] in [[1.0, 1.0 / 150.0], [3e3, 7.0]] {
        let axis = |sd: f64| LatticeAxis::between(Grading::Uniform, -6.45 * sd, 6.5 * sd, 96);
        let log = |z: &[f64; 2]| -0.5 * ((z[0] / wide).powi(2) + (z[1] / narrow).powi(2));
        let seen = observe(&Lattice::new([axis(wide), axis(narrow)]), [LINE; 2], &wanted, log);
        let found: Vec<_> = seen.expression_poles.iter().map(|p| (p.mean, p.variance, p.rough)).collect();
        assert_eq!(found, [(Harmless, Infinite, true), (Harmless, Harmless, true), (Harmless, Harmless, true)]);
    }
}

/// Bars of functions that grow next to a line cover, wherever the line lies between the nodes. E|x|^-a = 2^(-a/2) Gamma((1-a)/2) /
/// sqrt(pi).
#[test]
fn bars_beside_integrable_poles_cover() {
    let names = ["x".to_owned()];
    let cases = [
        ("ln(abs(x))", -0.635_181_422_730_739_1),
        ("pow(abs(x), -0.5)", 1.720_079_974_649_039),
        ("pow(abs(x), -0.8)", 4.067_745_181_949_192),
    ];
    let formulas = cases.map(|(text, _)| Formula::parse(text, &names, &[]).expect("a formula"));
    let wanted = Wanted { expressions: formulas.iter().map(|f| f as &dyn Observable).collect(), ..Wanted::default() };
    let mut seen_at = 0;
    for shift in 0..20 {
        let step = 13.0 / 96.0;
        let from = -6.5 + step * f64::from(shift) / 20.0;
        let axis = LatticeAxis::between(Grading::Uniform, from, from + 13.0, 96);
        let seen = observe(&Lattice::new([axis]), [LINE], &wanted, |v| -0.5 * v[0] * v[0]);
        for (k, (text, exact)) in cases.iter().enumerate() {
            let (off, bar) = ((seen.expressions[k] - exact).abs(), seen.expression_kinks[k][0]);
            // At a node it has no value.
            if seen.expressions[k].is_finite() {
                assert!(off <= bar, "{text} at {shift}: off by {off}, bar {bar}");
                seen_at += 1;
            }
        }
    }
    assert!(seen_at >= 19 * cases.len(), "{seen_at}");
}

/// Roots bend where what they are taken of is zero, at a point or along a line.
#[test]
fn roots_that_bend_are_told_from_smooth_ones() {
    let names = ["x".to_owned(), "y".to_owned()];
    let cases = [
        ("sqrt(x^2 + y^2)", false, true),
        ("(x^2 + (y - 0.3)^2)^1.5", false, true),
        ("sqrt(1 - cos(x))", true, false),
        ("pow(x^2, 0.25)", true, false),
        ("sqrt(1 + x^2)", false, false),
        ("sqrt(x^2 + y^2) + sqrt((x - 1)^2 + y^2)", false, true),
        ("sqrt((x^2 - 1)^2 + y^2)", false, true),
        ("sqrt(x^2 + y^2) + sqrt(4*x^2 + y^2)", false, true),
    ];
    let formulas: Vec<Formula> =
        cases.iter().map(|(text, ..)| Formula::parse(text, &names, &[]).expect("a formula")).collect();
    let wanted = Wanted { expressions: formulas.iter().map(|f| f as &dyn Observable).collect(), ..Wanted::default() };
    for shift in [0.0, 0.013, 0.1] {
        let lattice = Lattice::new([graded(shift, 1.0, 13.0, 96), graded(-0.2, 1.2, 12.5, 96)]);
        let seen = observe(&lattice, [LINE, LINE], &wanted, standard);
        for (k, (text, rough, point)) in cases.iter().enumerate() {
            let found = &seen.expression_poles[k];
            assert_eq!((found.rough, !found.cones.is_empty()), (*rough, *point), "{text} at {shift}");
            let [kinks, ragged] = [seen.expression_kinks[k][0], seen.expression_ragged[k][0]];
            assert_eq!((kinks > 0.0, ragged > 0.0), (*rough, *point), "{text} at {shift}: {kinks:e} {ragged:e}");
        }
        assert_eq!([5, 6, 7].map(|k| seen.expression_poles[k].cones.len()), [2, 2, 1], "{shift}");
        // E[r] = sqrt(pi/2).
        let off = (seen.expressions[0] - std::f64::consts::FRAC_PI_2.sqrt()).abs();
        assert!(off <= seen.expression_ragged[0][0] && off > 0.0, "{off:e}");
    }
}

/// The wall of a half line may be a pole, too.
#[test]
fn poles_at_walls_are_poles() {
    use stillpoint::density::field::Pole::{Harmless, Infinite};
    let names = ["x".to_owned()];
    let texts = ["1/x", "1/sqrt(x)", "1/(x + 0.5)"];
    let formulas = texts.map(|text| Formula::parse(text, &names, &[]).expect("a formula"));
    let wanted = Wanted { expressions: formulas.iter().map(|f| f as &dyn Observable).collect(), ..Wanted::default() };
    let axis = LatticeAxis::between(Grading::Uniform, 0.0, 9.0, 200);
    let seen = observe(&Lattice::new([axis]), [LINE], &wanted, |v| -0.5 * v[0] * v[0]);
    let found: Vec<_> = seen.expression_poles.iter().map(|poles| [poles.mean, poles.variance]).collect();
    assert_eq!(found, [[Infinite; 2], [Harmless, Infinite], [Harmless; 2]]);
}

#[test]
fn level_sets_that_end_at_walls() {
    // Two uniform laws: P(x y <= t) = t - t ln t, density -ln t.
    let product = Of(|v: &[f64]| v[0] * v[1]);
    let wanted = Wanted {
        quantiles: vec![0.1, 0.5, 0.9],
        expressions: vec![&product],
        expression_at: vec![vec![0.1, 0.5]],
        ..Wanted::default()
    };
    let wall = Coordinate::Identity { lower: 0.0, upper: 1.0 };
    let worst = |cells: usize| {
        let axis = LatticeAxis::between(Grading::Uniform, 0.0, 1.0, cells);
        let seen = observe(&Lattice::new([axis, axis]), [wall, wall], &wanted, |_| 0.0);
        let places = [0.020_451_068_062_39, 0.186_682_308_850_837_04, 0.587_539_613_272_788];
        let off = seen.laws[0].quantiles.iter().zip(places).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        let densities = [-(0.1f64.ln()), 2f64.ln()];
        let wrong = seen.laws[0].log_density.iter().zip(densities).map(|(a, b)| (a.exp() - b).abs());
        (off, wrong.fold(0.0, f64::max))
    };
    let (coarse, fine) = (worst(32), worst(128));
    assert!(coarse.0 < 1e-4 && fine.0 < 1e-6 && fine.1 < 1e-4, "{coarse:?} {fine:?}");
}

/// A law whose own variables are the chart turned by 0.3.
#[derive(Debug)]
struct Turned(Chart<2>);

impl Process<2> for Turned {
    fn chart(&self) -> &Chart<2> {
        &self.0
    }
    fn coefficients(&self, _z: &[f64; 2]) -> Coefficients<2> {
        Coefficients { drift: [0.0; 2], diffusion: [[0.0; 2]; 2], div_diffusion: [0.0; 2] }
    }
    fn force(&self, _z: &[f64; 2]) -> Force<2> {
        Force { value: [0.0; 2], magnitude: [0.0; 2] }
    }
    fn to_physical(&self, z: &[f64; 2]) -> [f64; 2] {
        let (s, c) = 0.3f64.sin_cos();
        [c * z[0] - s * z[1], s * z[0] + c * z[1]]
    }
    fn log_jacobian(&self, _z: &[f64; 2]) -> f64 {
        0.0
    }
}

#[test]
fn variables_that_are_no_axes_of_the_chart() {
    let lattice = Lattice::new([graded(0.0, 1.0, 12.0, 96), graded(0.0, 2.0, 24.0, 96)]);
    let log_mass = masses(&lattice, |z| -0.5 * z[0] * z[0] - 0.125 * z[1] * z[1]);
    let process = Turned(Chart::new([LINE, LINE]));
    let wanted =
        Wanted { quantiles: vec![1e-3, 0.5, 0.999_999], variable_at: vec![vec![], vec![1.5]], ..Wanted::default() };
    let seen = Field { lattice: &lattice, process: &process, log_mass: &log_mass }.observe(&wanted);
    let (s, c) = 0.3f64.sin_cos();
    let variances = [c * c + 4.0 * s * s, s * s + 4.0 * c * c];
    for i in 0..2 {
        assert_relative_eq!(seen.covariance[i][i], variances[i], max_relative = 1e-11);
        for (q, value) in wanted.quantiles.iter().zip(&seen.variables[i].quantiles) {
            assert_relative_eq!(*value, variances[i].sqrt() * standard_quantile(*q), epsilon = 1e-5);
        }
    }
    let exact = -0.5 * 2.25 / variances[1] - 0.5 * (std::f64::consts::TAU * variances[1]).ln();
    assert_relative_eq!(seen.variables[1].log_density[0], exact, epsilon = 1e-6);
}

/// V = x^4/4 - x^2/2 + x/10 at temperature 0.05, with y bent along so that the border between the wells is a curve.
fn double_well(z: &[f64; 2]) -> f64 {
    let (x, y) = (z[0], z[1] + 0.2);
    -(x.powi(4) / 4.0 - x * x / 2.0 + 0.1 * x) / 0.05 - 10.0 * y * y
}

#[test]
fn wells_have_their_modes_and_weights() {
    // Roots of V' and masses on either side of the middle one, by mpmath.
    let modes = [-1.046_680_531_804_602_3, 0.945_649_273_923_591_4];
    let weights = [0.977_954_192_696_704, 0.022_045_807_303_295_98];
    let wanted = Wanted { wells: true, ..Wanted::default() };
    let observe = |n: usize| {
        let lattice = Lattice::new([graded(0.0, 1.0, 3.0, n), graded(-0.2, 0.5, 3.0, n)]);
        observe(&lattice, [LINE, LINE], &wanted, double_well)
    };
    let seen = observe(64);
    assert_eq!(seen.wells.len(), 2);
    for (well, (mode, weight)) in seen.wells.iter().zip(modes.iter().zip(weights)) {
        assert_relative_eq!(well.place[0], *mode, epsilon = 1e-6);
        assert_relative_eq!(well.place[1], -0.2, epsilon = 1e-10);
        assert_relative_eq!(well.log_weight.exp(), weight, max_relative = 1e-6);
        assert_eq!(well.walls, [None, None]);
    }
    let mut coarse = observe(48);
    coarse.wells.reverse();
    coarse.align(&seen);
    assert_eq!(coarse.numbers().len(), seen.numbers().len());
    assert!(coarse.wells[0].mode[0] < 0.0 && coarse.wells[1].mode[0] > 0.0);
    let mut alone = observe(48);
    alone.wells.truncate(1);
    alone.align(&seen);
    assert!(alone.wells[1].log_weight.is_nan() && !alone.wells[0].log_weight.is_nan());
}

#[test]
fn borders_between_wells_follow_steepest_ascent_not_the_axes() {
    // The same double well turned by 30 degrees: weights do not depend on how the lattice lies.
    let wanted = Wanted { wells: true, ..Wanted::default() };
    let lattice = Lattice::new([graded(0.0, 1.0, 3.0, 96), graded(0.0, 1.0, 3.0, 96)]);
    let (s, c) = std::f64::consts::FRAC_PI_6.sin_cos();
    let seen = observe(&lattice, [LINE, LINE], &wanted, |z| double_well(&[c * z[0] + s * z[1], c * z[1] - s * z[0]]));
    let weights = [0.977_954_192_696_704, 0.022_045_807_303_295_98];
    assert_eq!(seen.wells.len(), 2);
    for (well, weight) in seen.wells.iter().zip(weights) {
        assert_relative_eq!(well.log_weight.exp(), weight, max_relative = 1e-5);
    }
}

#[test]
fn rounding_makes_no_wells() {
    // A flat top with noise of a few roundings, and one wall where the density is highest.
    let wall = Coordinate::Identity { lower: 0.0, upper: 1.0 };
    let axis = LatticeAxis::between(Grading::Uniform, 0.0, 1.0, 40);
    let lattice = Lattice::new([axis, axis]);
    let wanted = Wanted { wells: true, ..Wanted::default() };
    let seen = observe(&lattice, [wall, wall], &wanted, |z| 1e-13 * (1e4 * z[0] + 3e4 * z[1]).sin());
    assert_eq!(seen.wells.len(), 1);
    let seen = observe(&lattice, [wall, wall], &wanted, |z| 3.0 * z[0] - 4.0 * (z[1] - 0.4).powi(2));
    assert_eq!(seen.wells.len(), 1);
    assert_eq!(seen.wells[0].walls, [Some(Side::Upper), None]);
    assert_relative_eq!(seen.wells[0].place[0], 1.0, epsilon = 1e-12);
    assert_relative_eq!(seen.wells[0].place[1], 0.4, epsilon = 1e-10);
}

#[test]
fn numbers_come_in_a_fixed_order_and_go_back() {
    let square = Of(|v: &[f64]| v[0] * v[0]);
    let wanted = Wanted {
        points: vec![[0.0, 0.0]],
        quantiles: vec![0.25, 0.5],
        expressions: vec![&square],
        expression_at: vec![vec![1.0]],
        variable_at: vec![vec![0.5], vec![-0.2, 0.0]],
        wells: true,
    };
    let mut coarse = observe(&gaussian_lattice(32), [LINE, LINE], &wanted, gaussian);
    let fine = observe(&gaussian_lattice(64), [LINE, LINE], &wanted, gaussian);
    coarse.align(&fine);
    let (few, many) = (coarse.numbers(), fine.numbers());
    assert_eq!(few.len(), many.len());
    for (a, b) in few.iter().zip(&many).filter(|(_, b)| b.abs() < 4.0) {
        assert!((a - b).abs() < 1e-2, "{a} {b}");
    }
    let changed = fine.with_numbers(&few);
    assert_eq!(changed.numbers(), few);
    assert_eq!(changed.variables[1].quantiles, coarse.variables[1].quantiles);
    assert_eq!(changed.wells[0].log_weight, coarse.wells[0].log_weight);
}

#[test]
fn tables_agree_with_the_density() {
    let lattice = Lattice::new([graded(0.2, 0.5, 10.0, 64), graded(0.0, 1.0, 11.0, 64)]);
    let process = Still(Chart::new([HALF, LINE]));
    let log_mass = masses(&lattice, standard);
    let field = Field { lattice: &lattice, process: &process, log_mass: &log_mass };
    let table = field.table();
    let cell = lattice.cell(&[17, 23]);
    let z = [table.axes[0][17], table.axes[1][23]];
    assert_relative_eq!(table.chart_log_density[cell], standard(&z), epsilon = 1e-9);
    assert_relative_eq!(table.log_density[cell], standard(&z) - z[0], epsilon = 1e-9);
    assert_relative_eq!(table.variables[0][cell], z[0].exp(), max_relative = 1e-15);
    let places = field.places(5, 1e-3);
    assert_relative_eq!(places[1][0], standard_quantile(1e-3), epsilon = 1e-6);
    assert!(places[0].windows(2).all(|pair| pair[0] < pair[1]));
}

#[test]
fn wells_between_walls_and_at_a_far_face() {
    // cos(2 pi x) between walls: half a well at either wall and no border but the middle, weights 1/2 each.
    let wall = Coordinate::Identity { lower: 0.0, upper: 1.0 };
    let axis = |cells| LatticeAxis::between(Grading::Uniform, 0.0, 1.0, cells);
    let wanted = Wanted { wells: true, ..Wanted::default() };
    let seen = observe(&Lattice::new([axis(51), axis(40)]), [wall, wall], &wanted, |z| {
        2.0 * (std::f64::consts::TAU * z[0]).cos() - z[1]
    });
    assert_eq!(seen.wells.len(), 2);
    for well in &seen.wells {
        // An odd number of cells: the middle one is shared.
        assert_relative_eq!(well.log_weight.exp(), 0.5, epsilon = 1e-6);
        assert!(well.walls[0].is_some() && well.walls[1] == Some(Side::Lower));
    }
    // ln v = z with density e^(z / 2) far down: in v it grows as v^(-1/2) towards the face, and has a maximum further up.
    let lattice = Lattice::new([LatticeAxis::between(Grading::Uniform, -30.0, 5.0, 140), graded(0.0, 1.0, 9.0, 32)]);
    let seen = observe(&lattice, [HALF, LINE], &wanted, |z| {
        let v = z[0].exp();
        (1.0 + 40.0 * (-8.0 * (v - 3.0).powi(2)).exp()).ln() + 0.5 * z[0] - v - 0.5 * z[1] * z[1]
    });
    let face = seen.wells.iter().find(|well| well.walls[0] == Some(Side::Lower)).expect("a well at the face");
    assert!(face.place[0] < 1e-12 && face.place[1].abs() < 1e-9);
    let inner = seen.wells.iter().find(|well| well.walls[0].is_none()).expect("a well inside");
    assert!((inner.place[0] - 3.0).abs() < 0.1);
    assert_eq!(seen.wells.len(), 2);
}
