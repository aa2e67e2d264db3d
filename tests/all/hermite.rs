//! A Gaussian times Hermite polynomials, against exact laws.

use crate::field_cases::log_gaussian;
use crate::processes::{Closures, lyapunov};
use std::f64::consts::PI;
use stillpoint::galerkin::{GalerkinError, HermiteLaw, settle_hermite};

const ROUND: [[f64; 2]; 2] = [[1.0, 0.0], [0.0, 1.0]];

/// From a place and a width that are well off, a linear law is exact in moments, density, quantiles, and rates: sums of the
/// eigenvalues of the relaxation, here 1 +- 2i and 3.
#[test]
fn a_linear_law_of_three_variables_is_exact() {
    let relaxation = [[1.0, 2.0, 0.5], [-2.0, 1.0, -0.3], [0.0, 0.0, 3.0]];
    let diffusion = [[1.0, 0.2, 0.0], [0.2, 0.8, -0.1], [0.0, -0.1, 0.5]];
    let process = Closures::linear(relaxation, diffusion);
    let exact = lyapunov(&relaxation, &diffusion);
    let guess: [[f64; 3]; 3] = std::array::from_fn(|i| std::array::from_fn(|j| if i == j { exact[i][i] } else { 0.0 }));
    let settled = settle_hermite(&process, [0.2, -0.1, 0.1], &guess, 1e-10).expect("settles");
    let law = &settled.laws[2];
    let covariance = law.measure.covariance();
    for i in 0..3 {
        for j in 0..3 {
            assert!((covariance[i][j] - exact[i][j]).abs() < 1e-12, "{covariance:?}, exactly {exact:?}");
        }
    }
    let decays = law.decays(5);
    let rates: Vec<f64> = decays.iter().map(|decay| decay.re).collect();
    assert!(rates.iter().zip([1.0, 1.0, 2.0, 2.0, 2.0]).all(|(rate, exact)| (rate - exact).abs() < 1e-9), "{decays:?}");
    let mut frequencies: Vec<f64> = decays.iter().map(|decay| decay.im.abs()).collect();
    frequencies[2..].sort_by(f64::total_cmp);
    assert!(frequencies.iter().zip([2.0, 2.0, 0.0, 4.0, 4.0]).all(|(f, exact)| (f - exact).abs() < 1e-9), "{decays:?}");
    // x + 2 y is normal.
    let values: Vec<f64> = law.measure.nodes.iter().map(|z| z[0] + 2.0 * z[1]).collect();
    let sum = law.marginal(&values).expect("linear");
    let sd = (exact[0][0] + 4.0 * exact[0][1] + 4.0 * exact[1][1]).sqrt();
    assert!((sum.quantile(0.975) - 1.959_963_984_540_054 * sd).abs() < 1e-10 * sd);
    let bent: Vec<f64> = law.measure.nodes.iter().map(|z| z[0] * z[1]).collect();
    assert!(law.marginal(&bent).is_none());
}

/// b = -(1 + c R) grad V with noise 2 has the density exp(-V) for any c, R a rotation by a right angle, and, by parts, the entropy
/// production c^2 E[laplacian V]. V = x^4/4 + y^2/2: E[x^2] = 2 Gamma(3/4) / Gamma(1/4).
#[test]
fn a_rotating_quartic_law_has_its_density_and_entropy_production() {
    let (c, square, norm): (f64, f64, f64) = (1.5, 0.675_978_240_067_284_7, 2.563_693_352_405_284_6);
    let drift = move |z: &[f64; 2]| {
        let g: [f64; 2] = [z[0].powi(3), z[1]];
        [-g[0] + c * g[1], -g[1] - c * g[0]]
    };
    let process = Closures::additive(drift, [[2.0, 0.0], [0.0, 2.0]]);
    let settled = settle_hermite(&process, [0.0; 2], &ROUND, 1e-9).expect("settles");
    let law = &settled.laws[2];
    assert!((law.measure.covariance()[0][0] - square).abs() < 1e-9, "{:?}", law.measure.covariance());
    assert!((law.measure.covariance()[1][1] - 1.0).abs() < 1e-9);
    let production = c * c * (3.0 * square + 1.0);
    assert!(
        (law.entropy_production[0] - production).abs() < 1e-7,
        "{:?}, exactly {production}",
        law.entropy_production
    );
    // Densities lag behind moments.
    let error = |degree: usize| {
        let law = HermiteLaw::solve(&process, [0.0; 2], [[0.8, 0.0], [0.0, 1.0]], degree).expect("a law");
        let off = |z: [f64; 2]| {
            let exact = -z[0].powi(4) / 4.0 - z[1] * z[1] / 2.0 - f64::ln(norm * (2.0 * PI).sqrt());
            (law.log_density(&z) - exact).abs()
        };
        [[0.0, 0.0], [1.2, -0.7], [-1.5, 1.5]].map(off).into_iter().fold(0.0, f64::max)
    };
    let errors = [20, 40, 70].map(error);
    assert!(errors[1] < 0.3 * errors[0] && errors[2] < 0.3 * errors[1] && errors[2] < 1e-3, "{errors:?}");
}

/// With noise that depends on the place: p = N(0, 1) N(0, 1) in detailed balance with B_xx = 1 + sin(y)^2.
#[test]
fn noise_that_is_no_polynomial_is_integrated() {
    let noise = |z: &[f64; 2]| 1.0 + z[1].sin().powi(2);
    let drift = move |z: &[f64; 2]| [-0.5 * noise(z) * z[0], -0.5 * z[1]];
    let process = Closures::new(drift, move |z| [[noise(z), 0.0], [0.0, 1.0]], |_| [0.0; 2]);
    let law = HermiteLaw::solve(&process, [0.1, 0.0], [[0.9, 0.0], [0.0, 1.1]], 24).expect("a law");
    for z in [[0.0, 0.0], [1.0, -2.0]] {
        assert!((law.log_density(&z) - log_gaussian(&ROUND, z)).abs() < 1e-6);
    }
    assert!(law.entropy_production[0].abs() < 1e-8);
}

/// p ~ (1 + x^2 + y^2)^-m has no expansion, and says so.
#[test]
fn heavy_tails_are_refused() {
    let m: f64 = 3.0;
    let drift = move |z: &[f64; 2]| z.map(|z| -(m - 1.0) * z);
    let noise = |z: &[f64; 2]| {
        let n = 1.0 + z[0] * z[0] + z[1] * z[1];
        [[n, 0.0], [0.0, n]]
    };
    let process = Closures::new(drift, noise, |z| z.map(|z| 2.0 * z));
    let error = settle_hermite(&process, [0.0; 2], &[[0.25, 0.0], [0.0, 0.25]], 1e-9).expect_err("heavy tails");
    assert!(matches!(error, GalerkinError::Slow { .. }), "{error}");
}

/// The law of x' = x (unstable) does not exist; whatever comes out must not look like one.
#[test]
fn an_unstable_equation_has_no_law() {
    let process = Closures::linear([[-1.0, 0.0], [0.0, 1.0]], [[1.0, 0.0], [0.0, 1.0]]);
    assert!(settle_hermite(&process, [0.0; 2], &ROUND, 1e-9).is_err());
}
