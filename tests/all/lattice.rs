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

    /// The curl of sin(pi x) sin(pi y).
    fn current(strength: f64, z: &[f64; 2]) -> [f64; 2] {
        let [(sx, cx), (sy, cy)] = z.map(|x| (std::f64::consts::PI * x).sin_cos());
        [strength * sx * cy, -strength * cx * sy]
    }

    fn process(&self) -> Closures<2> {
        let strength = self.strength;
        manufactured(Self::log_density, Self::slope, move |z| Self::current(strength, z), self.noise)
            .between([[0.0, 1.0]; 2])
    }
}

#[test]
fn manufactured_states_converge_with_order_two_up_to_the_walls() {
    let noises: [Noise; 2] = [turning, swirling];
    for (noise, strength, corrections) in
        noises.iter().flat_map(|&noise| [(0.3, 0), (0.3, 3), (3.0, 6)].map(|(s, c)| (noise, s, c)))
    {
        let state = Stirred { strength, noise };
        let (mut densities, mut currents) = (Vec::new(), Vec::new());
        for n in SIZES {
            let lattice = uniform([[0.0, 1.0]; 2], n);
            let edges = Edges::of(&state.process(), &lattice).expect("edges");
            // The correction is a fixed point: the currents of its masses are those of its own rates.
            let before = law(&edges, &lattice, corrections);
            let correction = (corrections > 0).then_some(before.as_slice());
            let found = solved(&edges, &lattice, correction);
            let exact = masses(&lattice, Stirred::log_density);
            densities.push((n, distance(&found, &exact)));
            let norm = (0..lattice.cells())
                .map(|c| exact[c].exp() * (n * n) as f64 / Stirred::log_density(&at(&lattice, c)).exp());
            let norm = norm.sum::<f64>() / (n * n) as f64;
            let flows = edges.flows(&found, correction);
            let off = edges.current(&lattice, &flows).into_iter().enumerate().map(|(cell, j)| {
                let truth = Stirred::current(strength * norm, &at(&lattice, cell));
                (0..2).map(|i| (j[i] - truth[i]).abs()).sum::<f64>()
            });
            currents.push((n, off.sum::<f64>() / (n * n) as f64 / strength));
        }
        println!("{strength} {corrections} {densities:?} {:?}", orders(&densities));
        println!("   J {currents:?} {:?}", orders(&currents));
    }
}

/// Cells per axis of a convergence test in the plane.
const SIZES: [usize; 3] = [10, 20, 40];

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
    println!("cycle {densities:?} {:?}", orders(&densities));
    println!("   J {currents:?} {:?}", orders(&currents));
}

#[test]
fn rotating_gaussian() {
    for (aspect, corrections) in [(1.0, 0), (1.0, 6), (0.1, 0), (0.1, 8)] {
        let (b, m) = (rotation(0.6, aspect), [[1.0, 1.5], [-0.8, 0.7]]);
        let exact = lyapunov(&m, &b);
        let half = [7.0 * exact[0][0].sqrt(), 7.0 * exact[1][1].sqrt()];
        for n in [20, 40] {
            let lattice = uniform([[-half[0], half[0]], [-half[1], half[1]]], n);
            let edges = Edges::of(&Closures::linear(m, b), &lattice).expect("edges");
            let before = law(&edges, &lattice, corrections);
            let correction = (corrections > 0).then_some(before.as_slice());
            let found = solved(&edges, &lattice, correction);
            let worst = (0..2)
                .map(|i| (expectation(&lattice, &found, |z| z[i] * z[i]) / exact[i][i] - 1.0).abs())
                .fold(0.0, f64::max);
            let production = edges.entropy_production(&found, &edges.flows(&found, correction));
            println!(
                "{aspect} {corrections} {n}: {worst} {} {production} {}",
                edges.max_residual_drop(&found),
                entropy(&m, &b, &exact)
            );
        }
    }
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
