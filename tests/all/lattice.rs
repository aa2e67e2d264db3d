//! The operator in several dimensions against laws that are known otherwise.

use super::processes::{Closures, balanced, lyapunov, manufactured};
use stillpoint::grid::{Grading, Lattice, LatticeAxis};
use stillpoint::operator::{Edges, OperatorError};
use stillpoint::process::Process;
use stillpoint::stationary::{Layout, solve};

fn uniform<const N: usize>(walls: [[f64; 2]; N], cells: usize) -> Lattice<N> {
    Lattice::new(walls.map(|[lower, upper]| LatticeAxis::between(Grading::Uniform, lower, upper, cells)))
}

/// Log masses by fitted rates, corrected `corrections` times.
fn law<const N: usize>(edges: &Edges, lattice: &Lattice<N>, corrections: usize) -> Vec<f64> {
    let mut log_mass = solved(edges, lattice, None);
    for _ in 0..corrections {
        log_mass = solved(edges, lattice, Some(&log_mass));
    }
    log_mass
}

/// Log masses under the rates with this correction.
fn solved<const N: usize>(edges: &Edges, lattice: &Lattice<N>, correction: Option<&[f64]>) -> Vec<f64> {
    let generator = edges.generator(correction).expect("rates");
    solve(&generator, Layout::Lattice(&lattice.shape())).expect("irreducible").vector.log_mass
}

/// Chart coordinates of a cell.
fn at<const N: usize>(lattice: &Lattice<N>, cell: usize) -> [f64; N] {
    lattice.node(&lattice.index(cell))
}

/// E\[f(z)\]
fn expectation<const N: usize>(lattice: &Lattice<N>, log_mass: &[f64], f: impl Fn(&[f64; N]) -> f64) -> f64 {
    log_mass.iter().enumerate().map(|(cell, m)| m.exp() * f(&lattice.node(&lattice.index(cell)))).sum()
}

/// Log masses of a density at the nodes, normalised on the lattice.
fn masses<const N: usize>(lattice: &Lattice<N>, log_density: impl Fn(&[f64; N]) -> f64) -> Vec<f64> {
    let index = |cell| lattice.index(cell);
    let mut m: Vec<f64> = (0..lattice.cells())
        .map(|cell| log_density(&lattice.node(&index(cell))) + lattice.log_volume(&index(cell)))
        .collect();
    let total = m.iter().map(|m| m.exp()).sum::<f64>().ln();
    m.iter_mut().for_each(|m| *m -= total);
    m
}

/// sum |m - exact|
fn distance(log_mass: &[f64], exact: &[f64]) -> f64 {
    log_mass.iter().zip(exact).map(|(a, b)| (a.exp() - b.exp()).abs()).sum()
}

/// Slopes of the errors between resolutions.
fn orders(errors: &[(usize, f64)]) -> Vec<f64> {
    errors.windows(2).map(|w| (w[0].1 / w[1].1).ln() / (w[1].0 as f64 / w[0].0 as f64).ln()).collect()
}

fn rotation(angle: f64, aspect: f64) -> [[f64; 2]; 2] {
    let (s, c) = angle.sin_cos();
    [[c * c + aspect * s * s, c * s * (1.0 - aspect)], [c * s * (1.0 - aspect), s * s + aspect * c * c]]
}

/// A quartic well in two dimensions and its gradient.
fn quartic(z: &[f64; 2]) -> (f64, [f64; 2]) {
    let [x, y] = *z;
    let value = 0.25 * x.powi(4) - x * x + 0.3 * x * y + 0.8 * y * y + 0.1 * x * x * y;
    (value, [x.powi(3) - 2.0 * x + 0.3 * y + 0.2 * x * y, 0.3 * x + 1.6 * y + 0.1 * x * x])
}

#[test]
fn laws_in_detailed_balance_are_exact_at_the_nodes() {
    // The force is a cubic, which the quadrature along edges integrates exactly.
    for (angle, aspect) in [(0.0, 1.0), (0.5, 0.2), (1.1, 0.01)] {
        let process = balanced(|z| quartic(z).1, move |_| (rotation(angle, aspect), [0.0; 2]));
        let lattice = uniform([[-3.0, 3.0], [-3.5, 2.5]], 24);
        let edges = Edges::of(&process, &lattice).expect("edges");
        let found = law(&edges, &lattice, 0);
        let exact = masses(&lattice, |z| -quartic(z).0);
        for (a, b) in found.iter().zip(&exact) {
            assert!((a - b).abs() < 1e-12 * (1.0 + b.abs()), "{a} {b} at aspect {aspect}");
        }
        assert!(edges.max_residual_drop(&found) < 1e-11);
        assert!(edges.flows(&found, None).iter().all(|flow| flow.abs() < 1e-12));
        let corrected = edges.generator(Some(&found)).expect("rates");
        assert!(corrected.residual(&found) < 1e-11, "the correction leaves detailed balance alone");
    }
}

#[test]
fn a_law_of_three_variables_in_detailed_balance_is_exact_at_the_nodes() {
    let b = [[1.0, 0.4, -0.3], [0.4, 0.8, 0.2], [-0.3, 0.2, 0.5]];
    let gradient = |z: &[f64; 3]| [z[0].powi(3) - z[0] + 0.2 * z[1], 0.2 * z[0] + z[1], 2.0 * z[2] - 0.3];
    let potential = |z: &[f64; 3]| {
        0.25 * z[0].powi(4) - 0.5 * z[0] * z[0] + 0.2 * z[0] * z[1] + 0.5 * z[1] * z[1] + z[2] * z[2] - 0.3 * z[2]
    };
    let process = balanced(gradient, move |_| (b, [0.0; 3]));
    let lattice = uniform([[-2.5, 2.5], [-3.0, 3.0], [-2.0, 2.3]], 9);
    let found = law(&Edges::of(&process, &lattice).expect("edges"), &lattice, 0);
    for (a, b) in found.iter().zip(masses(&lattice, |z| -potential(z))) {
        assert!((a - b).abs() < 1e-12 * (1.0 + b.abs()), "{a} {b}");
    }
}

/// Correlated noise that turns and stretches over the plane, with its divergence.
fn turning(z: &[f64; 2]) -> ([[f64; 2]; 2], [f64; 2]) {
    // B = e^(x/3) [[2 + sin y, c], [c, 1 + x^2/4]], c = 0.9 tanh(x - y).
    let [x, y] = *z;
    let (g, c) = ((x / 3.0).exp(), 0.9 * (x - y).tanh());
    let slope = 0.9 / (x - y).cosh().powi(2);
    let first = g * (2.0 + y.sin()) / 3.0 - g * slope;
    let second = g * c / 3.0 + g * slope;
    ([[g * (2.0 + y.sin()), g * c], [g * c, g * (1.0 + 0.25 * x * x)]], [first, second])
}

#[test]
fn varying_noise_and_a_graded_lattice_cost_the_quadrature_only() {
    let error = |n: usize| {
        let process = balanced(|z| quartic(z).1, turning);
        let axis = |centre, lower, upper| {
            let grading = Grading::Sinh { centre, scale: 0.7 };
            LatticeAxis::between(grading, grading.xi(lower), grading.xi(upper), n)
        };
        let lattice = Lattice::new([axis(1.0, -3.0, 3.0), axis(-0.2, -4.0, 3.0)]);
        let found = law(&Edges::of(&process, &lattice).expect("edges"), &lattice, 0);
        let exact = masses(&lattice, |z| -quartic(z).0);
        (n, found.iter().zip(&exact).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max))
    };
    let errors = [error(16), error(32)];
    assert!(orders(&errors)[0] > 5.5, "{errors:?}");
    assert!(errors[1].1 < 1e-5, "{errors:?}");
}

/// Noise of aspect 1 : 20 whose direction turns over the plane, with its divergence.
fn swirling(z: &[f64; 2]) -> ([[f64; 2]; 2], [f64; 2]) {
    let aspect = 0.05;
    let angle = z[0] + 2.0 * z[1];
    let (s, c) = (2.0 * angle).sin_cos();
    // dB/dangle times the gradient of the angle, (1, 2).
    let slope = 1.0 - aspect;
    (rotation(angle, aspect), [slope * (-s + 2.0 * c), slope * (c + 2.0 * s)])
}

type Noise = fn(&[f64; 2]) -> ([[f64; 2]; 2], [f64; 2]);

/// A state of \[0, 1\]^2 with p = 1 + sin(2x + y)/2, up to a factor, and a current along the walls.
struct Stirred {
    strength: f64,
    power: i32,
    noise: Noise,
}

impl Stirred {
    fn log_density(z: &[f64; 2]) -> f64 {
        (1.0 + 0.5 * (2.0 * z[0] + z[1]).sin()).ln()
    }

    fn slope(z: &[f64; 2]) -> [f64; 2] {
        let u = 2.0 * z[0] + z[1];
        let s = 0.5 * u.cos() / (1.0 + 0.5 * u.sin());
        [2.0 * s, s]
    }

    /// The curl of (sin(pi x) sin(pi y))^power, over pi: along the walls for power 1, away from them above.
    fn current(strength: f64, power: i32, z: &[f64; 2]) -> [f64; 2] {
        let [(sx, cx), (sy, cy)] = z.map(|x| (std::f64::consts::PI * x).sin_cos());
        let slope = |s: f64, c: f64| f64::from(power) * s.powi(power - 1) * c;
        [strength * sx.powi(power) * slope(sy, cy), -strength * slope(sx, cx) * sy.powi(power)]
    }

    fn process(&self) -> Closures<2> {
        let (strength, power) = (self.strength, self.power);
        manufactured(Self::log_density, Self::slope, move |z| Self::current(strength, power, z), self.noise)
            .between([[0.0, 1.0]; 2])
    }
}

impl Stirred {
    /// L1 errors of the density and of the current (over its strength) for the resolutions `sizes`.
    fn errors(&self, sizes: [usize; 3], corrections: usize) -> [[(usize, f64); 3]; 2] {
        let errors = sizes.map(|n| {
            let lattice = uniform([[0.0, 1.0]; 2], n);
            let edges = Edges::of(&self.process(), &lattice).expect("edges");
            let before = law(&edges, &lattice, corrections);
            let correction = (corrections > 0).then_some(before.as_slice());
            let found = solved(&edges, &lattice, correction);
            let exact = masses(&lattice, Self::log_density);
            // p of the current is not normalised.
            let cells = (n * n) as f64;
            let norm = exact[0].exp() * cells / Self::log_density(&at(&lattice, 0)).exp();
            let currents = edges.current(&lattice, &edges.flows(&found, correction));
            let off = currents.iter().enumerate().map(|(cell, j)| {
                let truth = Self::current(self.strength * norm, self.power, &at(&lattice, cell));
                (0..2).map(|i| (j[i] - truth[i]).abs()).sum::<f64>()
            });
            [(n, distance(&found, &exact)), (n, off.sum::<f64>() / cells / self.strength)]
        });
        [errors.map(|e| e[0]), errors.map(|e| e[1])]
    }
}

#[test]
fn manufactured_states_converge_with_order_two_up_to_the_walls() {
    // Noise of moderate slant with a current along the walls; noise of strong slant with a current away from them.
    let cases: [(Noise, i32); 2] = [(turning, 1), (swirling, 3)];
    for (noise, power) in cases {
        for (strength, corrections) in [(0.3, 0), (0.3, 3), (3.0, 8)] {
            let [densities, currents] = Stirred { strength, power, noise }.errors(SIZES, corrections);
            let case = format!("strength {strength}, {corrections} corrections: {densities:?} {currents:?}");
            assert!(orders(&densities)[1] > 1.8, "{case}");
            // Where superbases change between neighbours the current is of first order, on lines only.
            assert!(orders(&currents)[1] > 1.4, "{case}");
        }
    }
}

#[test]
fn strong_currents_along_a_wall_under_strongly_slanted_noise_still_converge() {
    // Offsets across a wall longer than one cell leave the first order, with a small factor.
    let [densities, _] =
        Stirred { strength: 0.3, power: 1, noise: |_| (rotation(0.4, 0.05), [0.0; 2]) }.errors(SIZES, 0);
    assert!(orders(&densities).iter().all(|order| *order > 0.9) && densities[2].1 < 4e-3, "{densities:?}");
}

/// Cells per axis of a convergence test in the plane.
const SIZES: [usize; 3] = [16, 32, 64];

#[test]
fn a_limit_cycle_has_its_radial_density_and_its_current() {
    // D = eps; -grad U with U = (r^2 - 1)^2 / 4 and a rotation at 2 + r^2: p = exp(-U / eps), J = rotation p.
    let eps = 0.2;
    let spin = |z: &[f64; 2]| 2.0 + z[0] * z[0] + z[1] * z[1];
    let drift = move |z: &[f64; 2]| {
        let radial = 1.0 - z[0] * z[0] - z[1] * z[1];
        [radial * z[0] - spin(z) * z[1], radial * z[1] + spin(z) * z[0]]
    };
    let process = Closures::additive(drift, [[2.0 * eps, 0.0], [0.0, 2.0 * eps]]);
    let (mut densities, mut currents) = (Vec::new(), Vec::new());
    for n in SIZES {
        let lattice = uniform([[-2.5, 2.5]; 2], n);
        let edges = Edges::of(&process, &lattice).expect("edges");
        let before = law(&edges, &lattice, 8);
        let found = solved(&edges, &lattice, Some(&before));
        let exact = masses(&lattice, |z| -(z[0] * z[0] + z[1] * z[1] - 1.0).powi(2) / (4.0 * eps));
        densities.push((n, distance(&found, &exact)));
        let flows = edges.flows(&found, Some(&before));
        let off = edges.current(&lattice, &flows).into_iter().enumerate().map(|(cell, j)| {
            let (z, volume) = (at(&lattice, cell), lattice.log_volume(&lattice.index(cell)));
            let truth = [-z[1], z[0]].map(|x| x * spin(&z) * (exact[cell] - volume).exp());
            volume.exp() * (0..2).map(|i| (j[i] - truth[i]).abs()).sum::<f64>()
        });
        currents.push((n, off.sum::<f64>()));
    }
    assert!(orders(&densities)[1] > 1.9, "{densities:?}");
    assert!(orders(&currents)[1] > 1.9, "{currents:?}");
}

#[test]
fn a_rotating_gaussian_has_the_covariance_of_lyapunov_and_its_entropy_production() {
    // Slanted noise of aspect 1 : 10 needs the correction to be useful, and both converge.
    for (aspect, corrections, coarse) in [(1.0, 0, 0.04), (1.0, 6, 0.004), (0.1, 0, 0.4), (0.1, 8, 0.01)] {
        let (b, m) = (rotation(0.6, aspect), [[1.0, 1.5], [-0.8, 0.7]]);
        let exact = lyapunov(&m, &b);
        let half = [8.0 * exact[0][0].sqrt(), 8.0 * exact[1][1].sqrt()];
        let (mut covariances, mut productions) = (Vec::new(), Vec::new());
        for n in [32, 64, 128] {
            let lattice = uniform([[-half[0], half[0]], [-half[1], half[1]]], n);
            let edges = Edges::of(&Closures::linear(m, b), &lattice).expect("edges");
            let before = law(&edges, &lattice, corrections);
            let correction = (corrections > 0).then_some(before.as_slice());
            let found = solved(&edges, &lattice, correction);
            let off = |i: usize, j: usize| {
                let scale = (exact[i][i] * exact[j][j]).sqrt();
                (expectation(&lattice, &found, |z| z[i] * z[j]) - exact[i][j]).abs() / scale
            };
            covariances.push((n, off(0, 0).max(off(0, 1)).max(off(1, 1))));
            let production = edges.entropy_production(&found, &edges.flows(&found, correction));
            productions.push((n, (production / entropy(&m, &b, &exact) - 1.0).abs()));
        }
        let case = format!("aspect {aspect}, {corrections} corrections: {covariances:?} {productions:?}");
        assert!(covariances[0].1 < coarse, "{case}");
        assert!(orders(&covariances)[1] > 1.85, "{case}");
        assert!(productions[2].1 < 0.02 && orders(&productions)[1] > 1.6, "{case}");
    }
}

#[test]
fn the_correction_is_nearly_exact_where_covariance_is_one_and_noise_is_diagonal() {
    // M = B/2 + K with K antisymmetric leaves the covariance at 1, however strong the rotation.
    let (b, spin) = ([[0.04, 0.0], [0.0, 3.0]], 0.9);
    let process = Closures::linear([[0.02, spin], [-spin, 1.5]], b);
    let errors = [24, 36, 48].map(|n| {
        let lattice = uniform([[-7.0, 7.0]; 2], n);
        let edges = Edges::of(&process, &lattice).expect("edges");
        let found = law(&edges, &lattice, 40);
        let off =
            |i: usize, j: usize| (expectation(&lattice, &found, |z| z[i] * z[j]) - f64::from(u8::from(i == j))).abs();
        assert!(edges.max_residual_drop(&found) > 50.0, "a strong current");
        (n, off(0, 0).max(off(0, 1)).max(off(1, 1)))
    });
    assert!(errors[2].1 < 2e-6 && orders(&errors)[1] > 4.0, "{errors:?}");
}

#[test]
fn threads_do_not_change_a_digit() {
    let build = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        pool.install(|| {
            let lattice = uniform([[-2.0, 2.0], [-3.0, 1.0]], 50);
            let edges = Edges::of(&balanced(|z| quartic(z).1, swirling), &lattice).expect("edges");
            let generator = edges.generator(None).expect("rates");
            (edges.ends().to_vec(), edges.weights().to_vec(), edges.drops().to_vec(), generator.rates().clone())
        })
    };
    assert!(build(1) == build(3));
}

/// Entropy production of dz = -M z dt + sqrt(B) dW: tr(A^T D^-1 A C) with A = M - D C^-1, D = B/2.
fn entropy<const N: usize>(m: &[[f64; N]; N], b: &[[f64; N]; N], c: &[[f64; N]; N]) -> f64 {
    use faer::linalg::solvers::Solve;
    let full = |x: &[[f64; N]; N]| faer::Mat::from_fn(N, N, |i, j| x[i][j]);
    let (m, d, c) = (full(m), full(b) * 0.5, full(c));
    let excess = &m - &d * c.full_piv_lu().solve(faer::Mat::<f64>::identity(N, N));
    let product = excess.transpose() * d.full_piv_lu().solve(&excess) * &c;
    (0..N).map(|i| product[(i, i)]).sum()
}

/// Two features with a linear teacher, z_i = ln v_i: A = [[1, 1/2], [1/2, 1]], w = (1, 0.7), noise 1/2;
/// b_i = -4 (A (v - w))_i - 4 T K_ii and B = 16 T K, K = (d.A d + 1/4) A + (A d)(A d)^T with d = v - w.
fn two_features(t: f64) -> Closures<2> {
    let a = [[1.0, 0.5], [0.5, 1.0]];
    let parts = move |z: &[f64; 2]| {
        let (v, w) = (z.map(f64::exp), [1.0, 0.7]);
        let d: [f64; 2] = std::array::from_fn(|i| v[i] - w[i]);
        let ad = a.map(|row: [f64; 2]| row[0] * d[0] + row[1] * d[1]);
        let loss = d[0] * ad[0] + d[1] * ad[1] + 0.25;
        let k: [[f64; 2]; 2] = std::array::from_fn(|i| std::array::from_fn(|j| loss * a[i][j] + ad[i] * ad[j]));
        (v, ad, k)
    };
    let drift = move |z: &[f64; 2]| {
        let (_, ad, k) = parts(z);
        std::array::from_fn(|i| -4.0 * ad[i] - 4.0 * t * k[i][i])
    };
    let divergence = move |z: &[f64; 2]| {
        let (v, ad, _) = parts(z);
        // d K_ij / d v_j = 2 (A d)_j A_ij + A_ij (A d)_j + (A d)_i A_jj
        let slope = |i: usize, j: usize| 3.0 * ad[j] * a[i][j] + ad[i] * a[j][j];
        std::array::from_fn(|i| 16.0 * t * (0..2).map(|j| v[j] * slope(i, j)).sum::<f64>())
    };
    Closures::new(drift, move |z| parts(z).2.map(|row| row.map(|k| 16.0 * t * k)), divergence)
}

#[test]
fn two_features_converge_to_the_digits_of_spectral_elements() {
    // Mean of z_1, variance of z_2, entropy production; the digits are settled by spectral elements on a wider box.
    let cold = (0.02, 0.25, [-8.0, 6.0], [-0.009_446_754_90, 0.016_045_635_83, 0.010_762_950_16], [2e-9, 5e-9, 2e-7]);
    let warm = (0.1, 1.0, [-44.0, 34.0], [-0.091_624_1, 0.176_436_4, 0.178_397_1], [1e-5, 1e-4, 1e-4]);
    for (temperature, scale, [lower, upper], settled, tolerances) in [cold, warm] {
        let process = two_features(temperature);
        let rows: Vec<[f64; 3]> = [48, 96, 192]
            .map(|n| {
                let axis = |centre| {
                    let grading = Grading::Sinh { centre, scale };
                    LatticeAxis::between(grading, grading.xi(lower), grading.xi(upper), n)
                };
                let lattice = Lattice::new([axis(-0.05), axis(-0.4)]);
                let edges = Edges::of(&process, &lattice).expect("edges");
                assert!(edges.limited().is_empty());
                let found = solved(&edges, &lattice, None);
                let mean = [0, 1].map(|i| expectation(&lattice, &found, |z| z[i]));
                let variance = expectation(&lattice, &found, |z| (z[1] - mean[1]).powi(2));
                [mean[0], variance, edges.entropy_production(&found, &edges.flows(&found, None))]
            })
            .into();
        for (i, (truth, tolerance)) in settled.iter().zip(tolerances).enumerate() {
            let [a, b, c] = [rows[0][i], rows[1][i], rows[2][i]];
            // An expansion in even powers of the step.
            let (ab, bc) = (b + (b - a) / 3.0, c + (c - b) / 3.0);
            let extrapolated = bc + (bc - ab) / 15.0;
            assert!((extrapolated - truth).abs() < tolerance, "{temperature} {i}: {rows:?} to {extrapolated}, {truth}");
            assert!((c - truth).abs() > (extrapolated - truth).abs(), "{temperature} {i}: {rows:?}");
        }
    }
}

#[test]
fn a_space_state_with_a_current_converges_with_order_two_up_to_the_walls() {
    // p = exp(x - y/2 + z/3) on [0, 1]^3, J = curl (0, 0, sin(pi x) sin(pi y)) (1 + z), constant slanted noise.
    let b = [[1.0, 0.5, -0.3], [0.5, 0.8, 0.25], [-0.3, 0.25, 0.6]];
    let slope = [1.0, -0.5, 1.0 / 3.0];
    let log_density = move |z: &[f64; 3]| (0..3).map(|i| slope[i] * z[i]).sum::<f64>();
    let current = |z: &[f64; 3]| {
        let [x, y] = Stirred::current(1.0, 1, &[z[0], z[1]]);
        [x * (1.0 + z[2]), y * (1.0 + z[2]), 0.0]
    };
    let process = manufactured(log_density, move |_| slope, current, move |_| (b, [0.0; 3]));
    let errors = [6, 12, 18].map(|n| {
        let lattice = uniform([[0.0, 1.0]; 3], n);
        let edges = Edges::of(&process, &lattice).expect("edges");
        (n, distance(&solved(&edges, &lattice, None), &masses(&lattice, log_density)))
    });
    assert!(orders(&errors)[1] > 1.8, "{errors:?}");
}

#[test]
fn bad_diffusion_is_refused_with_its_place() {
    let at =
        |process: &dyn Process<2>| Edges::of(process, &uniform([[-1.0, 1.0]; 2], 10)).map(|_| ()).expect_err("bad");
    let crossed = Closures::additive(|z| z.map(|z| -z), [[1.0, 1.5], [1.5, 1.0]]);
    assert!(matches!(at(&crossed), OperatorError::Indefinite { eigenvalue, .. } if (eigenvalue + 0.5).abs() < 1e-14));
    let flat = Closures::new(|z| z.map(|z| -z), |z| [[1.0, z[0]], [z[0], z[0] * z[0]]], |_| [0.0, 1.0]);
    assert!(matches!(at(&flat), OperatorError::Degenerate { at, .. } if at == [-0.9, -0.9]));
    let holed = Closures::additive(|z| [if z[0] > 0.0 { f64::NAN } else { 0.0 }, 0.0], [[1.0, 0.0], [0.0, 1.0]]);
    assert!(matches!(at(&holed), OperatorError::Coefficients { at } if at[0] > 0.0));
    // Finite at every node, a pole between them: the edge through x = 0 has its midpoint there.
    let pole = Closures::additive(|z| [1.0 / z[0], 0.0], [[1.0, 0.0], [0.0, 1.0]]);
    assert!(matches!(at(&pole), OperatorError::Force { at, .. } if at[0].abs() < 1e-15));
}
