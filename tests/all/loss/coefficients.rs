//! Drift, noise and its divergence.

use super::*;
use stillpoint::process::{AnyProcess, Coefficients, Process};

fn one(loss: &Loss, v: f64) -> Coefficients<1> {
    match loss.process() {
        AnyProcess::One(process) => process.coefficients(&[v]),
        other => panic!("{other:?}"),
    }
}

fn plane(loss: &Loss) -> Box<dyn Process<2>> {
    match loss.process() {
        AnyProcess::Two(process) => process,
        other => panic!("{other:?}"),
    }
}

fn near(found: f64, truth: f64, size: f64, what: &str) {
    assert!((found - truth).abs() <= 1e-12 * size, "{what}: {found} for {truth}");
}

/// x ~ N(0, 1), y = x + N(0, 1): beta = (1, 1), alpha = (2, 2, 3), and drift -2 h, noise 4 T G.
#[test]
fn a_linear_model_has_the_coefficients_of_its_moments() {
    let t = 0.1;
    let rows: Vec<[f64; 2]> =
        (0..11).map(|i| [f64::from(i * 7 % 11) * 0.3 - 1.0, f64::from(i * i % 5) * 0.4]).collect();
    let mean = |f: &dyn Fn(f64, f64) -> f64| rows.iter().map(|[x, y]| f(*x, *y)).sum::<f64>() / 11.0;
    let (b1, b2) = (mean(&|x, _| x * x), mean(&|x, y| x * y));
    let of_rows = [
        mean(&|x, _| (x * x - b1).powi(2)),
        mean(&|x, y| (x * x - b1) * (x * y - b2)),
        mean(&|x, y| (x * y - b2).powi(2)),
    ];
    let data = LossData::Rows { x: rows.iter().map(|r| vec![r[0]]).collect(), y: rows.iter().map(|r| r[1]).collect() };
    for (data, [a1, a2, a3], [b1, b2]) in [(teacher(1.0), [2.0, 2.0, 3.0], [1.0, 1.0]), (data, of_rows, [b1, b2])] {
        let loss = loss(&["v"], "(v*x - y)^2", data, t);
        for v in [-1e4, -3.0, 0.0, 0.4, 1.0, 7.0, 1e6] {
            let c = one(&loss, v);
            let size = 1.0 + v.abs();
            near(c.drift[0], -2.0 * (b1 * v - b2), 4.0 * size, "drift");
            near(c.diffusion[0][0], 4.0 * t * (a1 * v * v - 2.0 * a2 * v + a3), 4.0 * size * size, "noise");
            near(c.div_diffusion[0], 8.0 * t * (a1 * v - a2), 8.0 * size, "slope of the noise");
        }
    }
}

/// l = (u w x - y)^2: g = 2 (v x^2 - xy) (w, u), so b = -2 h (w, u) - 2 gamma (u, w), B = 4 T G (w, u)^T (w, u) + 2 eps.
#[test]
fn two_layers_have_the_coefficients_of_their_product() {
    let (t, gamma, eps) = (0.1, 0.2, 0.03);
    let plain = setup(&["u", "w"], "(u*w*x - y)^2", teacher(1.0), t);
    let loss = Loss::new(LossSetup { weight_decay: gamma, isotropic_noise: eps, ..plain }).expect("a loss");
    let process = plane(&loss);
    for [u, w] in [[0.3, -2.0], [1.0, 1.0], [0.0, 0.0], [-40.0, 0.7]] {
        let c = process.coefficients(&[u, w]);
        let v = u * w;
        let (h, g, slope) = (v - 1.0, 2.0 * v * v - 4.0 * v + 3.0, 4.0 * v - 4.0);
        let size = 100.0 * (1.0 + v * v) * (1.0 + u * u + w * w);
        near(c.drift[0], -2.0 * h * w - 2.0 * gamma * u, size, "drift of u");
        near(c.drift[1], -2.0 * h * u - 2.0 * gamma * w, size, "drift of w");
        near(c.diffusion[0][0], 4.0 * t * g * w * w + 2.0 * eps, size, "B_uu");
        near(c.diffusion[0][1], 4.0 * t * g * u * w, size, "B_uw");
        // d_u (G w^2) + d_w (G u w) = G' w (u^2 + w^2) + G u
        near(c.div_diffusion[0], 4.0 * t * (slope * w * (w * w + u * u) + g * u), size, "div B");
    }
}

/// Averages over x by a plain trapezoidal rule of 40,000 steps, over y by hand.
#[test]
fn a_tanh_layer_is_averaged_at_any_steepness() {
    let loss = loss(&["u", "w"], "(w*tanh(u*x) - y)^2", teacher(1.0), 1.0);
    let process = plane(&loss);
    for [u, w] in [[0.5, 1.2], [-3.0, 0.4], [40.0, 1.5], [700.0, -2.0]] {
        let c = process.coefficients(&[u, w]);
        let (mut mean, mut square) = ([0.0; 2], [[0.0; 2]; 2]);
        // In s with x = sinh(s)/u, where the transition is as wide as one.
        let end = (9.0_f64 * u.abs()).asinh();
        let step = 2.0 * end / 40_000.0;
        for k in 0..=40_000 {
            let s = -end + f64::from(k) * step;
            let x = s.sinh() / u;
            let weight = step * s.cosh() / u.abs() * (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt();
            let f = (u * x).tanh();
            let slope = [w * x / (u * x).cosh().powi(2), f];
            let off = w * f - x;
            for i in 0..2 {
                mean[i] += weight * 2.0 * off * slope[i];
                for j in 0..2 {
                    square[i][j] += weight * 4.0 * (off * off + 1.0) * slope[i] * slope[j];
                }
            }
        }
        for i in 0..2 {
            let size = square[i][i].sqrt();
            assert!((c.drift[i] + mean[i]).abs() < 1e-11 * size, "u = {u}: drift {} for {}", c.drift[i], -mean[i]);
            for j in 0..2 {
                let truth = square[i][j] - mean[i] * mean[j];
                let size = (square[i][i] * square[j][j]).sqrt();
                assert!((c.diffusion[i][j] - truth).abs() < 1e-11 * size, "u = {u}: {:?} for {truth}", c.diffusion);
            }
        }
    }
}

/// div B by central differences of B, in charts with faces and without.
#[test]
fn the_divergence_is_that_of_the_noise() {
    let inputs =
        LossData::Gaussian { covariance: vec![vec![1.0, 0.3], vec![0.3, 2.0]], weights: vec![1.0, -0.5], noise: 0.7 };
    let x = [-1.3, 0.2, 0.9, 2.1, -0.4];
    let labels = LossData::Rows { x: x.iter().map(|x| vec![*x]).collect(), y: vec![-1.0, 1.0, 1.0, 1.0, -1.0] };
    let faced = LossSetup {
        range: vec![[0.0, INF], [-INF, INF]],
        ..setup(&["u", "w"], "(u^2*x + w - y)^2", teacher(0.8), 0.3)
    };
    let losses = [
        loss(&["u", "w"], "(w*tanh(u*x) - y)^2", teacher(1.0), 0.1),
        loss(&["a", "b"], "ln(1 + exp(-y*(a*x + b)))", labels, 0.1),
        loss(&["v1", "v2"], "(v1*x1 + v2*x2 - y)^2 + 0.1*v1^4", inputs, 0.1),
        Loss::new(faced).expect("a loss"),
    ];
    for loss in losses {
        let process = plane(&loss);
        for z in [[0.4, 0.9], [-1.1, 0.2], [1.7, -0.6]] {
            let c = process.coefficients(&z);
            for i in 0..2 {
                let slope = |j: usize| {
                    let h = 1e-4;
                    let b = |steps: f64| {
                        let mut z = z;
                        z[j] += steps * h;
                        process.coefficients(&z).diffusion[i][j]
                    };
                    (8.0 * (b(1.0) - b(-1.0)) - (b(2.0) - b(-2.0))) / (12.0 * h)
                };
                let (found, truth) = (c.div_diffusion[i], slope(0) + slope(1));
                assert!(
                    (found - truth).abs() < 1e-8 * (1.0 + truth.abs()),
                    "{:?}: {found} for {truth}",
                    loss.setup().loss
                );
            }
        }
    }
}

/// The graded rule sees what a fixed one chosen at moderate parameters does not: tanh(v x/100) at v = 100 s is tanh(s x).
#[test]
fn coefficients_of_a_scaled_parameter_are_those_of_the_parameter() {
    let plain = loss(&["s"], "(tanh(s*x) - y)^2", teacher(1.0), 1.0);
    let scaled = loss(&["v"], "(tanh(0.01*v*x) - y)^2", teacher(1.0), 1.0);
    for s in [0.3, 1.5, 6.0, 40.0] {
        let (a, b) = (one(&plain, s), one(&scaled, 100.0 * s));
        near(100.0 * b.drift[0], a.drift[0], a.diffusion[0][0].sqrt(), "drift");
        near(1e4 * b.diffusion[0][0], a.diffusion[0][0], a.diffusion[0][0], "noise");
        near(1e6 * b.div_diffusion[0], a.div_diffusion[0], a.diffusion[0][0] / s.min(1.0), "slope of the noise");
    }
}

/// Two inputs through tanh have no exact rule, and a polynomial of them has.
#[test]
fn several_gaussian_inputs_are_averaged_for_polynomials_only() {
    let inputs = || LossData::Gaussian {
        covariance: vec![vec![1.0, 0.3], vec![0.3, 2.0]],
        weights: vec![1.0, -0.5],
        noise: 0.7,
    };
    let error = refused(setup(&["v"], "(tanh(v*x1 + x2) - y)^2", inputs(), 0.1));
    assert!(matches!(error, ModelError::Unaveraged { inputs: 2 }), "{error}");
    assert!(Loss::new(setup(&["v"], "(tanh(v)*x1*x2 + x2^3 - y)^2", inputs(), 0.1)).is_ok());
}
