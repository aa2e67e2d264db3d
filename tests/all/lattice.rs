//! The operator in several dimensions against laws that are known otherwise.

use super::processes::{Closures, lyapunov};
use stillpoint::grid::{Grading, Lattice, LatticeAxis};
use stillpoint::operator::Edges;
use stillpoint::stationary::{Layout, solve};

fn uniform<const N: usize>(walls: [[f64; 2]; N], cells: usize) -> Lattice<N> {
    Lattice::new(walls.map(|[lower, upper]| LatticeAxis::between(Grading::Uniform, lower, upper, cells)))
}

/// Log masses by fitted rates, corrected `corrections` times.
fn law<const N: usize>(edges: &Edges, lattice: &Lattice<N>, corrections: usize) -> Vec<f64> {
    let shape = lattice.shape();
    let solved = |log_mass: Option<&[f64]>| {
        let generator = edges.generator(log_mass).expect("rates");
        solve(&generator, Layout::Lattice(&shape)).expect("irreducible").vector.log_mass
    };
    let mut log_mass = solved(None);
    for _ in 0..corrections {
        log_mass = solved(Some(&log_mass));
    }
    log_mass
}

/// Mean and covariance of z.
fn moments<const N: usize>(lattice: &Lattice<N>, log_mass: &[f64]) -> ([f64; N], [[f64; N]; N]) {
    let (mut mean, mut covariance) = ([0.0; N], [[0.0; N]; N]);
    for (cell, m) in log_mass.iter().enumerate() {
        let z = lattice.node(&lattice.index(cell));
        for i in 0..N {
            mean[i] += m.exp() * z[i];
        }
    }
    for (cell, m) in log_mass.iter().enumerate() {
        let z = lattice.node(&lattice.index(cell));
        for i in 0..N {
            for j in 0..N {
                covariance[i][j] += m.exp() * (z[i] - mean[i]) * (z[j] - mean[j]);
            }
        }
    }
    (mean, covariance)
}

#[test]
fn rotating_gaussian_has_the_covariance_of_lyapunov() {
    for (aspect, corrections) in [(1.0, 0), (1.0, 6), (0.1, 0), (0.1, 6)] {
        let (s, c) = 0.6f64.sin_cos();
        let b = [[c * c + aspect * s * s, c * s * (1.0 - aspect)], [c * s * (1.0 - aspect), s * s + aspect * c * c]];
        let m = [[1.0, 1.5], [-0.8, 0.7]];
        let exact = lyapunov(&m, &b);
        for n in [20i32, 40] {
            let half = [7.0 * exact[0][0].sqrt(), 7.0 * exact[1][1].sqrt()];
            let lattice = uniform([[-half[0], half[0]], [-half[1], half[1]]], n as usize);
            let edges = Edges::of(&Closures::linear(m, b), &lattice).expect("edges");
            let log_mass = law(&edges, &lattice, corrections);
            let (_, found) = moments(&lattice, &log_mass);
            let worst = (0..2).map(|i| (found[i][i] / exact[i][i] - 1.0).abs()).fold(0.0, f64::max);
            let allowed = if corrections > 0 {
                8.0
            } else if aspect < 1.0 {
                300.0
            } else {
                40.0
            } / f64::from(n * n);
            assert!(worst < allowed, "{worst} at n = {n}, aspect {aspect}, {corrections} corrections");
        }
    }
}
