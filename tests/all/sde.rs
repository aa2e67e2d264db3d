//! The user's own equations: coefficients and charts against exact laws, Ito's rule and finite differences.

use proptest::prelude::*;
use stillpoint::model::{ModelError, Sde, SdeCause};
use stillpoint::process::{AnyProcess, Coefficients, Coordinate, Process, force_of};

const INF: f64 = f64::INFINITY;

fn texts(list: &[&str]) -> Vec<String> {
    list.iter().map(|text| (*text).to_owned()).collect()
}

fn try_sde(
    names: &[&str],
    drift: &[&str],
    covariance: &[&[&str]],
    parameters: &[(&str, f64)],
    range: &[[f64; 2]],
) -> Result<Sde, ModelError> {
    let covariance: Vec<Vec<String>> = covariance.iter().map(|row| texts(row)).collect();
    let parameters: Vec<(String, f64)> = parameters.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect();
    Sde::parse(&texts(names), &texts(drift), &covariance, &parameters, range)
}

fn line(drift: &str, noise: &str, parameters: &[(&str, f64)], range: [f64; 2]) -> (Sde, Box<dyn Process<1>>) {
    let sde = try_sde(&["x"], &[drift], &[&[noise]], parameters, &[range]).expect("an equation");
    match sde.process() {
        AnyProcess::One(process) => (sde, process),
        other => panic!("{other:?}"),
    }
}

/// The largest difference of the force from `exact`(z), relative to the magnitude of its terms.
fn worst(process: &dyn Process<1>, z: impl Iterator<Item = f64>, exact: impl Fn(f64) -> f64) -> f64 {
    z.map(|z| {
        let force = process.force(&[z]);
        (force.value[0] - exact(z)).abs() / (1.0 + force.magnitude[0])
    })
    .fold(0.0, f64::max)
}

#[test]
fn square_root_noise_has_a_gamma_law_in_the_chart() {
    let parameters = [("k", 1.3), ("m", 0.4), ("s", 1.7)];
    let (sde, process) = line("k*(m - x)", "s^2*x", &parameters, [0.0, INF]);
    assert_eq!(sde.chart_names(), ["ln(x)"]);
    let [k, m, s] = parameters.map(|p| p.1);
    // p(x) ~ x^(2km/s^2 - 1) e^(-2kx/s^2), so d/dz ln(x p) = 2k (m - x) / s^2.
    let exact = |z: f64| 2.0 * k * (m - z.exp()) / (s * s);
    assert!(worst(process.as_ref(), (-200..=20).map(|i| f64::from(i) * 0.25), exact) < 2e-15);
    let found = sde.start();
    assert!((found[0] - m.ln()).abs() < 1e-2, "mode of the law of ln x: {found:?}, exactly {}", m.ln());
}

#[test]
fn wright_fisher_noise_has_a_beta_law_to_all_digits_at_both_faces() {
    // On [lower, upper] with u the share of the way: p(u) ~ u^(2a - 1) (1 - u)^(2b - 1).
    for (drift, noise, lower, upper) in [
        ("a*(1 - x) - b*x", "x*(1 - x)", 0.0, 1.0),
        ("a - (a + b)*x", "x - x^2", 0.0, 1.0),
        ("3*(a*(2 - x) - b*(1 + x))/3", "(x + 1)*(2 - x)", -1.0, 2.0),
        ("2*a - (a + b)*(x + 1) + a", "2 + x - x^2", -1.0, 2.0),
        ("a*(5 - x) - b*x", "x*5*(1 - x/5)", 0.0, 5.0),
        ("-a*(x + 3) - b*(x + 1)", "-(x + 1)*(x + 3)", -3.0, -1.0),
    ] {
        let parameters = [("a", 0.3), ("b", 0.05)];
        let (sde, process) = line(drift, noise, &parameters, [lower, upper]);
        assert!(matches!(process.chart().axis(0), Coordinate::Interval { .. }), "{noise}");
        // The last one pulls to the lower end with a.
        let (a, b) = if drift.starts_with('-') { (0.05, 0.3) } else { (0.3, 0.05) };
        let exact = |z: f64| {
            let u = 1.0 / (1.0 + (-z).exp());
            2.0 * a * (1.0 - u) - 2.0 * b * u
        };
        let error = worst(process.as_ref(), (-60..=60).map(f64::from), exact);
        assert!(error < 4e-15, "{noise} on [{lower}, {upper}]: {error}");
        // Off by rounding only, also where 1 - u is 1e-26.
        let c = process.coefficients(&[60.0]);
        let length = upper - lower;
        let gap = length * (-60f64).exp();
        let jacobian = gap * (1.0 - gap / length);
        let noise_there = length * gap;
        assert!((c.diffusion[0][0] * jacobian * jacobian / noise_there - 1.0).abs() < 1e-14, "{c:?}");
        assert_eq!(sde.variables(), ["x"]);
    }
}

#[test]
fn geometric_noise_keeps_its_power_law() {
    // dx = (r - x) x dt + s x dW: ln x has p ~ e^(2 (r z - e^z) / s^2 - z).
    let (_, process) = line("x*(r - x)", "s^2*x^2", &[("r", 1.0), ("s", 0.6)], [0.0, INF]);
    let exact = |z: f64| (2.0 * (1.0 - z.exp())) / 0.36 - 1.0;
    assert!(worst(process.as_ref(), (-100..=20).map(|i| f64::from(i) * 0.25), exact) < 4e-15);
}

#[test]
fn ends_with_noise_are_walls_and_others_are_faces() {
    let chart = |noise: &str, range: [f64; 2]| {
        let (sde, process) = line("-x", noise, &[], range);
        (*process.chart().axis(0), sde.chart_names()[0].clone())
    };
    assert_eq!(chart("1", [-INF, INF]), (Coordinate::Identity { lower: -INF, upper: INF }, "x".into()));
    assert_eq!(chart("1 + x^2", [0.0, INF]).0, Coordinate::Identity { lower: 0.0, upper: INF });
    assert_eq!(chart("x", [0.0, 2.0]), (Coordinate::Segment { face: 0.0, wall: 2.0 }, "ln(x/2)".into()));
    assert_eq!(chart("3 - x", [1.0, 3.0]), (Coordinate::Segment { face: 3.0, wall: 1.0 }, "ln((3 - x)/2)".into()));
    let face = Coordinate::Exponential { origin: 1.0, sign: 1.0, scale: 1.0 };
    assert_eq!(chart("(x - 1)^2", [1.0, INF]), (face, "ln(x - 1)".into()));
    let face = Coordinate::Exponential { origin: 1.0, sign: -1.0, scale: 1.0 };
    assert_eq!(chart("sqrt(1 - x)", [-INF, 1.0]), (face, "ln(1 - x)".into()));
    assert_eq!(chart("x*(1 - x)", [0.0, 1.0]).1, "ln(x/(1 - x))");
    assert_eq!(chart("(x + 1)*(1 - x)", [-1.0, 1.0]).1, "ln((x + 1)/(1 - x))");
}

/// The generator in the chart, applied to v_i and v_i v_j, must give b_i and b_i v_j + b_j v_i + B_ij; derivatives
/// of the chart and of B are taken by central differences here.
fn obeys_ito<const N: usize>(sde: &Sde, process: &dyn Process<N>, z: &[f64; N]) {
    let h = 1e-4;
    let v = process.to_physical(z);
    let b: Vec<f64> = sde.drift.iter().map(|f| f.value(&v)).collect();
    let at = |i: usize, step: f64| {
        let mut moved = *z;
        moved[i] += step;
        process.to_physical(&moved)[i]
    };
    let first: Vec<f64> = (0..N).map(|i| (at(i, h) - at(i, -h)) / (2.0 * h)).collect();
    let second: Vec<f64> = (0..N).map(|i| (at(i, h) - 2.0 * v[i] + at(i, -h)) / (h * h)).collect();
    let c = process.coefficients(z);
    let close = |a: f64, b: f64, size: f64| assert!((a - b).abs() < 1e-6 * size, "{a} {b} at {z:?}, {c:?}");
    for i in 0..N {
        let terms = [c.drift[i] * first[i], 0.5 * c.diffusion[i][i] * second[i]];
        // Second differences lose |v| eps / h^2 to rounding.
        let rounding = 1e6 * c.diffusion[i][i] * v[i].abs() * 4.0 * f64::EPSILON / (h * h);
        close(terms[0] + terms[1], b[i], terms[0].abs() + terms[1].abs() + b[i].abs() + rounding);
        for j in 0..N {
            let exact = sde.covariance[i][j].value(&v);
            close(c.diffusion[i][j] * first[i] * first[j], exact, 1e-3 + exact.abs());
        }
        let row = |step: f64, j: usize| {
            let mut moved = *z;
            moved[j] += step;
            process.coefficients(&moved).diffusion[i][j]
        };
        let slopes: Vec<f64> = (0..N).map(|j| (row(h, j) - row(-h, j)) / (2.0 * h)).collect();
        let size = slopes.iter().map(|s| s.abs()).sum::<f64>() + c.diffusion[i][i].abs();
        close(slopes.iter().sum(), c.div_diffusion[i], size);
    }
    let (own, general) = (process.force(z), force_of(&c));
    for i in 0..N {
        let size = own.magnitude[i] + general.magnitude[i];
        assert!((own.value[i] - general.value[i]).abs() < 1e-11 * size, "{own:?} {general:?}");
    }
}

/// Prices and shares: charts of four kinds, noise that depends on everything.
fn mixed() -> Sde {
    try_sde(
        &["x", "y", "w"],
        &["a - x + 0.1*y", "0.3*(1 - y) - 0.2*y*x/(1 + x)", "sin(x) - w^3 + y"],
        &[
            &["x*(1 + 0.3*w^2)", "0.2*x*y*(1 - y)", "0.1*x"],
            &["0.2*x*y*(1 - y)", "(2 + x)*y*(1 - y)", "0"],
            &["0.1*x", "0", "1 + x + 0.2*y^2"],
        ],
        &[("a", 0.7)],
        &[[0.0, INF], [0.0, 1.0], [-INF, 2.0]],
    )
    .expect("an equation")
}

fn space(sde: &Sde) -> Box<dyn Process<3>> {
    match sde.process() {
        AnyProcess::Three(process) => process,
        other => panic!("{other:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn coefficients_in_the_chart_obey_ito(x in -3.0..2.0f64, y in -3.0..3.0f64, w in -2.0..1.9f64) {
        let sde = mixed();
        obeys_ito(&sde, space(&sde).as_ref(), &[x, y, w]);
    }

    #[test]
    fn segments_and_faces_on_the_other_side_obey_ito(x in -3.0..-0.01f64, y in -3.0..3.0f64) {
        let sde = try_sde(
            &["x", "y"],
            &["1 - x*y", "-y - x"],
            &[&["(4 - x)*(1 + y^2)", "0.1*(4 - x)*(2 - y)"], &["0.1*(4 - x)*(2 - y)", "(2 - y)^2*x"]],
            &[],
            &[[1.0, 4.0], [-INF, 2.0]],
        ).expect("an equation");
        let AnyProcess::Two(process) = sde.process() else { panic!() };
        prop_assert_eq!(*process.chart().axis(0), Coordinate::Segment { face: 4.0, wall: 1.0 });
        obeys_ito(&sde, process.as_ref(), &[x, y]);
    }
}

#[test]
fn blocks_of_points_give_the_digits_of_single_points() {
    let sde = mixed();
    let process = space(&sde);
    let points: Vec<[f64; 3]> =
        (0..75).map(|k| [f64::from(k % 7) - 4.0, f64::from(k % 5) - 2.0, f64::from(k) / 50.0]).collect();
    let blank = Coefficients { drift: [0.0; 3], diffusion: [[0.0; 3]; 3], div_diffusion: [0.0; 3] };
    let mut coefficients = vec![blank; 75];
    process.coefficients_at(&points, &mut coefficients);
    let mut forces = vec![[0.0; 3]; 75];
    process.forces_at(&points, &mut forces);
    let mut along = vec![0.0; 75];
    process.forces(&points[3], 1, 0.01, &mut along);
    for k in 0..75 {
        assert_eq!(coefficients[k], process.coefficients(&points[k]));
        assert_eq!(forces[k], process.force(&points[k]).value);
        let at = [points[3][0], points[3][1] + k as f64 * 0.01, points[3][2]];
        assert_eq!(along[k], process.force(&at).value[1]);
    }
}

#[test]
fn the_force_of_a_rotating_flow_is_the_gradient_of_its_potential_and_the_rotation() {
    // b = -(1 + c R) grad V, B = 2 eps: a = b / eps.
    let sde = try_sde(
        &["x", "y"],
        &["x - x^3 - 0.3 - a*y", "-4*y + a*(x^3 - x + 0.3)/2"],
        &[&["2*eps", "0"], &["0", "2*eps"]],
        &[("a", 0.5), ("eps", 0.05)],
        &[[-INF, INF]; 2],
    )
    .expect("an equation");
    let AnyProcess::Two(process) = sde.process() else { panic!() };
    for (x, y) in [(0.3, -0.2), (-1.1, 0.7), (2.0, 3.0)] {
        let b = [x - x * x * x - 0.3 - 0.5 * y, -4.0 * y + 0.5 * (x * x * x - x + 0.3) / 2.0];
        let force = process.force(&[x, y]).value;
        for i in 0..2 {
            assert!((force[i] - b[i] / 0.05).abs() < 1e-13 * b[i].abs().max(1.0) / 0.05);
        }
    }
    // The deeper well of x^4/4 - x^2/2 + 0.3 x is the left one.
    let start = sde.start();
    let root = -1.125_418_5; // x^3 - x + 0.3 = 0, leftmost
    assert!((start[0] - root).abs() < 1e-2 && start[1].abs() < 1e-2, "{start:?}");
}

#[test]
fn walls_stop_the_search_for_mass() {
    let (sde, _) = line("-1", "1", &[], [2.0, INF]);
    assert!((sde.start()[0] - 2.0).abs() < 1e-6, "{:?}", sde.start());
    let (sde, _) = line("-1", "0.5", &[], [-3.0, 5.0]);
    assert!((sde.start()[0] + 3.0).abs() < 1e-6, "{:?}", sde.start());
}

fn cause(result: Result<Sde, ModelError>) -> (&'static str, Vec<usize>, SdeCause, String) {
    match result {
        Err(ModelError::Equation(error)) => {
            let text = error.to_string();
            (error.key, error.index, error.cause, text)
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn impossible_equations_are_refused_where_they_are() {
    let all = [[-INF, INF]; 2];
    let unit: &[&[&str]] = &[&["1", "0"], &["0", "1"]];
    let plane = |drift: &[&str], covariance: &[&[&str]], range: &[[f64; 2]]| {
        cause(try_sde(&["x", "y"], drift, covariance, &[], range))
    };
    let (key, index, found, _) = cause(try_sde(&["x", "exp"], &["x", "x"], unit, &[], &all));
    assert!(matches!((key, index.as_slice(), found), ("variables", [1], SdeCause::Name(_))));
    let (key, index, found, _) = cause(try_sde(&["x", "x"], &["x", "x"], unit, &[], &all));
    assert!(matches!((key, index.as_slice(), found), ("variables", [1], SdeCause::Name(_))));
    let four = cause(try_sde(&["a", "b", "c", "d"], &[], &[], &[], &[]));
    assert!(matches!((four.0, four.2), ("variables", SdeCause::Shape { .. })));
    let (key, _, found, _) = plane(&["-x"], unit, &all);
    assert!(matches!((key, found), ("drift", SdeCause::Shape { .. })));
    let (key, index, found, _) = plane(&["-x", "-y"], &[&["1", "0"], &["1"]], &all);
    assert!(matches!((key, index.as_slice(), found), ("covariance", [1], SdeCause::Shape { .. })));
    let (key, index, found, _) = plane(&["-x", "-yy"], unit, &all);
    let SdeCause::Formula(error) = found else { panic!("{found:?}") };
    assert_eq!((key, index.as_slice(), error.span), ("drift", [1].as_slice(), 1..3));
    let (key, index, found, _) = plane(&["-x", "-y"], unit, &[[-INF, INF], [2.0, 1.0]]);
    assert!(matches!((key, index.as_slice(), found), ("range", [1], SdeCause::Range { .. })));
    for bad in [[f64::NAN, 1.0], [INF, INF], [1.0, 1.0], [-INF, -INF]] {
        assert!(matches!(plane(&["-x", "-y"], unit, &[bad, [0.0, 1.0]]).2, SdeCause::Range { .. }), "{bad:?}");
    }
    let (key, index, found, text) = plane(&["-x", "-y"], &[&["1", "0.5"], &["0.5*cos(x)", "1"]], &all);
    assert!(matches!((key, index.as_slice(), &found), ("covariance", [1, 0], SdeCause::Asymmetric { .. })), "{text}");
    let (key, index, found, text) = plane(&["-x", "-sqrt(y)"], unit, &all);
    assert!(matches!((key, index.as_slice(), &found), ("drift", [1], SdeCause::NotFinite { .. })), "{text}");
    assert!(text.contains("y = -"), "{text}");
    let (_, _, found, text) = plane(&["-x + 1/x", "-y"], unit, &all);
    assert!(matches!(found, SdeCause::NotFinite { .. }) && text.contains("x = 0,"), "{text}");
    // sinh(1000 x) overflows far out: no mistake.
    assert!(try_sde(&["x", "y"], &["-sinh(1000*x)", "-y"], unit, &[], &all).is_ok());
    let (_, _, found, text) = plane(&["-x", "-y"], &[&["1", "x"], &["x", "1"]], &all);
    let SdeCause::NotPositive { at, eigenvalue } = found else { panic!("{text}") };
    assert!(at[0].1.abs() > 1.0 && (eigenvalue - (1.0 - at[0].1.abs())).abs() < 1e-9 * at[0].1.abs(), "{text}");
    let (_, _, found, text) = plane(&["-x", "-y"], &[&["1 - x", "0"], &["0", "1"]], &all);
    assert!(matches!(found, SdeCause::NotPositive { .. }), "{text}");
    let three: &[&[&str]] = &[&["1", "0.9", "-0.9"], &["0.9", "1", "0.9"], &["-0.9", "0.9", "1"]];
    let found = cause(try_sde(&["x", "y", "z"], &["-x", "-y", "-z"], three, &[], &[[-INF, INF]; 3]));
    let SdeCause::NotPositive { eigenvalue, .. } = found.2 else { panic!("{}", found.3) };
    assert!((eigenvalue + 0.8).abs() < 1e-12, "{eigenvalue}");
    // Langevin: noise in the velocity alone.
    let (_, _, found, text) = plane(&["y", "-x - y"], &[&["0", "0"], &["0", "1"]], &all);
    assert!(matches!(found, SdeCause::Degenerate), "{text}");
    let (_, _, found, text) = plane(&["-x", "-y"], &[&["1", "1"], &["1", "1"]], &all);
    assert!(matches!(found, SdeCause::Degenerate), "{text}");
    // Semi-definite on a face, or where two variables meet, is fine.
    let ok = try_sde(
        &["x", "y"],
        &["1 - x", "-y"],
        &[&["x^2 + x", "x*y"], &["x*y", "1 + y^2"]],
        &[],
        &[[0.0, INF], [-INF, INF]],
    );
    assert!(ok.is_ok(), "{ok:?}");
    assert!(try_sde(&["x", "y"], &["-x", "-y"], &[&["x^2 - 2*x*y + y^2", "0"], &["0", "1"]], &[], &all).is_ok());
}
