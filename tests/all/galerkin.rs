//! Spectral elements against exact laws and settled digits.

use crate::field_cases::{Known, inverse, log_gaussian, product, two_features_settled};
use crate::processes::{Closures, lyapunov};
use stillpoint::galerkin::{GalerkinError, Settled, Spacing, breaks, settle, solve};
use stillpoint::process::AnyProcess;

const RELAXATION: [[f64; 2]; 2] = [[1.0, 0.8], [-0.8, 1.5]];
const DIFFUSION: [[f64; 2]; 2] = [[2.0, 0.3], [0.3, 1.0]];
const FRAME: [[f64; 2]; 2] = [[-9.0, 9.0], [-8.0, 8.0]];
const MEMORY: u64 = 1 << 32;

fn around_zero(scale: f64) -> [Spacing; 2] {
    std::array::from_fn(|_| Spacing::graded(0.0, scale))
}

#[test]
fn a_rotating_linear_law_is_exact() {
    let process = Closures::linear(RELAXATION, DIFFUSION);
    let exact = lyapunov(&RELAXATION, &DIFFUSION);
    let settled = settle(&process, &FRAME, &around_zero(1.0), &[0.0; 2], 1e-12, MEMORY).expect("settles");
    for i in 0..2 {
        assert!(settled.mean[i][0].abs() < 1e-12, "{:?}", settled.mean);
        for j in 0..2 {
            assert!((settled.covariance[i][j][0] - exact[i][j]).abs() < 1e-12, "{:?}", settled.covariance);
        }
    }
}

#[test]
fn a_linear_law_in_space_is_covered() {
    let relaxation = [[1.0, 0.6, 0.0], [-0.6, 1.4, 0.3], [0.2, 0.0, 0.8]];
    let diffusion = [[1.2, 0.3, 0.0], [0.3, 0.9, 0.1], [0.0, 0.1, 0.7]];
    let exact = lyapunov(&relaxation, &diffusion);
    let frame: [[f64; 2]; 3] = std::array::from_fn(|i| [-6.5, 6.5].map(|sd| sd * exact[i][i].sqrt()));
    let spacings: [Spacing; 3] = std::array::from_fn(|_| Spacing::graded(0.0, 2.0));
    let process = Closures::linear(relaxation, diffusion);
    let settled = settle(&process, &frame, &spacings, &[0.0; 3], 1e-5, MEMORY).expect("settles");
    // The third rung: two changes to tell a ratio from.
    assert_eq!(settled.resolution, ([6; 3], 9));
    for i in 0..3 {
        for j in 0..3 {
            let [value, bar] = settled.covariance[i][j];
            let error = (value - exact[i][j]).abs();
            // What the box cuts off is the caller's choice: some 1e-8.
            assert!(error <= bar + 3e-8 && bar < 1e-4, "{i} {j}: {value} against {}, bar {bar:e}", exact[i][j]);
        }
    }
}

#[test]
fn memory_decides_how_fine_elements_become() {
    let process = Closures::linear(RELAXATION, DIFFUSION);
    let at = |memory: u64| settle(&process, &FRAME, &around_zero(1.0), &[0.0; 2], 0.0, memory);
    assert!(matches!(at(1 << 20), Err(GalerkinError::Memory { .. })));
    let (little, much) = (at(1 << 27).expect("settles"), at(MEMORY).expect("settles"));
    assert!(little.resolution.1 < much.resolution.1, "{:?} {:?}", little.resolution, much.resolution);
}

#[test]
fn one_variable_between_walls_is_exact() {
    // p ~ e^-z between reflecting walls at 0 and 2: E = 1 - 2 / (e^2 - 1), Var = 1 - 4 e^2 / (e^2 - 1)^2.
    let process = Closures::additive(|_: &[f64; 1]| [-1.0], [[2.0]]).between([[0.0, 2.0]]);
    let settled =
        settle(&process, &[[0.0, 2.0]], &[Spacing::graded(0.5, 1.0)], &[0.5], 1e-12, MEMORY).expect("settles");
    let e = 2.0_f64.exp();
    let truths =
        [(settled.mean[0], 1.0 - 2.0 / (e - 1.0)), (settled.covariance[0][0], 1.0 - 4.0 * e / (e - 1.0).powi(2))];
    for ([value, bar], truth) in truths {
        assert!((value - truth).abs() <= bar && bar < 1e-12, "{value} against {truth}, bar {bar:e}");
    }
}

#[test]
fn errors_fall_geometrically_with_the_degree() {
    let process = Closures::linear(RELAXATION, DIFFUSION);
    let exact = lyapunov(&RELAXATION, &DIFFUSION);
    let breaks = breaks(&FRAME, &around_zero(2.0), &[8; 2]);
    // The worst entry: a single one may cross zero by chance.
    let error = |degree: usize| {
        let c = solve(&process, &breaks, degree, &[0.0; 2]).expect("a law").measure.covariance();
        (0..4).map(|k| (c[k / 2][k % 2] - exact[k / 2][k % 2]).abs()).fold(0.0, f64::max)
    };
    let errors = [4, 6, 8, 10].map(error);
    for pair in errors.windows(2) {
        assert!(pair[1] < 0.1 * pair[0], "{errors:?}");
    }
}

#[test]
fn densities_and_quantiles_of_a_linear_law_are_those_of_a_gaussian() {
    let process = Closures::linear(RELAXATION, DIFFUSION);
    let exact = lyapunov(&RELAXATION, &DIFFUSION);
    let breaks = breaks(&FRAME, &around_zero(1.0), &[16; 2]);
    let law = solve(&process, &breaks, 12, &[0.0; 2]).expect("a law");
    for z in [[0.0, 0.0], [1.3, -0.4], [-2.2, 1.9], [3.0, 2.5]] {
        let (got, truth) = (law.log_density(&process, &z), log_gaussian(&exact, z));
        assert!((got - truth).abs() < 1e-9, "ln p at {z:?}: {got} against {truth}");
    }
    assert!(law.log_density(&process, &[9.5, 0.0]).is_nan());
    // z' = -M z with noise B and covariance C: J = (B C^-1 / 2 - M) z p, so that the rate is
    // 2 tr(A C A^T B^-1) with A = M - B C^-1 / 2.
    let (inverse_c, inverse_b) = (inverse(&exact), inverse(&DIFFUSION));
    let half = product(&DIFFUSION, &inverse_c);
    let a: [[f64; 2]; 2] = std::array::from_fn(|i| std::array::from_fn(|j| RELAXATION[i][j] - 0.5 * half[i][j]));
    let transposed = [[a[0][0], a[1][0]], [a[0][1], a[1][1]]];
    let square = product(&product(&product(&a, &exact), &transposed), &inverse_b);
    let (got, truth) = (law.entropy_production(&process)[0], 2.0 * (square[0][0] + square[1][1]));
    assert!((got - truth).abs() < 1e-9 * truth, "entropy production {got} against {truth}");
    for i in 0..2 {
        let (line, sd) = (law.marginal(i), exact[i][i].sqrt());
        // Standard normal: P(Z < -1.959963984540054) = 0.025, P(Z < 1) = 0.8413447460685429.
        for (z, below) in [(-1.959963984540054, 0.025), (0.0, 0.5), (1.0, 0.8413447460685429)] {
            assert!((line.below(z * sd) - below).abs() < 1e-11, "below {z}: {}", line.below(z * sd));
            assert!((line.quantile(below) - z * sd).abs() < 1e-10, "quantile {below}: {}", line.quantile(below));
            let density = (-0.5 * z * z).exp() / (sd * (2.0 * std::f64::consts::PI).sqrt());
            assert!((line.density(z * sd) - density).abs() < 1e-10, "density at {z}: {}", line.density(z * sd));
        }
        assert!(line.below(-10.0) == 0.0 && (line.below(10.0) - 1.0).abs() < 1e-14);
        assert!(line.density(10.0).is_nan());
    }
}

/// 0.3 + a . z is normal with variance a . C a, whichever axis crosses it most steeply and in whichever direction.
#[test]
fn linear_functions_of_a_gaussian_are_normal() {
    let process = Closures::linear(RELAXATION, DIFFUSION);
    let exact = lyapunov(&RELAXATION, &DIFFUSION);
    let law = solve(&process, &breaks(&FRAME, &around_zero(1.0), &[16; 2]), 12, &[0.0; 2]).expect("a law");
    for a in [[1.0, -0.7], [-0.3, 2.0], [-1.5, -0.1], [0.0, 1.0]] {
        let function = law.oblique(0.3, &a);
        let c_a: [f64; 2] = std::array::from_fn(|i| exact[i][0] * a[0] + exact[i][1] * a[1]);
        let sd = (a[0] * c_a[0] + a[1] * c_a[1]).sqrt();
        for (z, below) in [(-1.959963984540054, 0.025), (0.0, 0.5), (1.0, 0.8413447460685429)] {
            let v = 0.3 + z * sd;
            assert!((function.below(v) - below).abs() < 1e-11, "{a:?} below {z}: {}", function.below(v));
            let quantile = function.quantile(below);
            assert!((quantile - v).abs() < 1e-10, "{a:?} quantile {below}: {quantile}");
            let density = (-0.5 * z * z).exp() / (sd * (2.0 * std::f64::consts::PI).sqrt());
            assert!((function.density(v) - density).abs() < 1e-10, "{a:?} density at {z}: {}", function.density(v));
        }
        assert!(function.below(-100.0).abs() < 1e-14 && (function.below(100.0) - 1.0).abs() < 1e-13);
        assert_eq!(function.density(100.0), 0.0);
    }
}

/// Every known chart moment within `digits`, which its shown digits and the box allow, and with a bar below `useful`.
fn check(settled: &Settled<2>, known: &[Known], digits: f64, useful: f64) {
    let mut seen = 0;
    for k in known {
        let (got, truth) = match k {
            Known::ChartMean(i, t) => (settled.mean[*i], *t),
            Known::ChartCovariance(i, j, t) => (settled.covariance[*i][*j], *t),
            _ => continue,
        };
        seen += 1;
        assert!((got[0] - truth).abs() < digits, "{k:?}: {got:?}");
        assert!(got[1] < useful, "{k:?}: the bar of {got:?} is useless");
    }
    assert_eq!(seen, 5);
}

#[test]
fn two_features_to_all_settled_digits() {
    // The wide laws are known to 7 digits after the point, the narrow one to 11; walls at -34 and 28 would still move
    // the wide ones by 8e-8.
    let numbers =
        [([-24.0, 20.0], 1.0, 2e-11, 1e-11), ([-44.0, 36.0], 2.0, 6e-8, 1e-9), ([-44.0, 36.0], 2.0, 6e-8, 1e-9)];
    for (case, (range, scale, digits, useful)) in two_features_settled().iter().zip(numbers) {
        let AnyProcess::Two(process) = &case.process else { panic!("two variables") };
        let start = [case.start[0], case.start[1]];
        let spacings = start.map(|z| Spacing::graded(z, scale));
        let settled = settle(&**process, &[range; 2], &spacings, &start, 1e-9, MEMORY).expect("settles");
        check(&settled, &case.known, digits, useful);
    }
}

/// Noise like v^2 spans thirty decades over this box: coarse elements resolve u = s p, and would not resolve p.
#[test]
fn few_elements_resolve_noise_of_many_decades() {
    let case = &two_features_settled()[1];
    let AnyProcess::Two(process) = &case.process else { panic!("two variables") };
    let breaks = breaks(&[[-44.0, 36.0]; 2], &[(); 2].map(|()| Spacing::graded(-0.3, 2.0)), &[16; 2]);
    let law = solve(&**process, &breaks, 10, &[case.start[0], case.start[1]]).expect("a law");
    let (mean, covariance) = (law.measure.mean(), law.measure.covariance());
    for known in &case.known {
        let (got, truth) = match known {
            Known::ChartMean(i, t) => (mean[*i], *t),
            Known::ChartCovariance(i, j, t) => (covariance[*i][*j], *t),
            _ => continue,
        };
        assert!((got - truth).abs() < 1e-6, "{known:?}: {got}");
    }
    let negative: f64 = law.measure.masses.iter().filter(|mass| **mass < 0.0).sum();
    assert!(negative > -1e-9, "{negative:e} of the mass is negative");
}

#[test]
fn a_box_hugely_wider_than_the_law_is_refused() {
    let process = Closures::linear(RELAXATION, DIFFUSION);
    let result = settle(&process, &[[-1e6, 1e6]; 2], &around_zero(1e5), &[0.0; 2], 1e-9, MEMORY);
    assert!(matches!(result, Err(GalerkinError::NotSettled { .. } | GalerkinError::NoMass)), "{result:?}");
}

#[test]
fn unordered_breaks_are_refused() {
    let process = Closures::linear([[1.0]], [[1.0]]);
    assert_eq!(solve(&process, &[vec![0.0, 0.0]], 4, &[0.0]).err(), Some(GalerkinError::Elements));
    assert_eq!(solve(&process, &[vec![0.0, 1.0]], 1, &[0.0]).err(), Some(GalerkinError::Elements));
}

#[test]
fn digits_do_not_depend_on_the_number_of_threads() {
    let process = Closures::linear(
        [[1.0, 0.5, 0.0], [-0.5, 1.2, 0.3], [0.1, 0.0, 0.8]],
        [[1.0, 0.2, 0.0], [0.2, 1.0, 0.1], [0.0, 0.1, 0.5]],
    );
    let breaks: [Vec<f64>; 3] = std::array::from_fn(|_| vec![-4.0, -1.0, 0.2, 1.5, 4.0]);
    let masses = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        pool.install(|| solve(&process, &breaks, 5, &[0.0; 3]).expect("a law").measure.masses)
    };
    assert_eq!(masses(1), masses(3));
}
