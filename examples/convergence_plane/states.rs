//! States that are known exactly.

use crate::processes::{Closures, lyapunov, manufactured};
use std::f64::consts::PI;
use stillpoint::grid::{Grading, Lattice, LatticeAxis};
use stillpoint::operator::Edges;
use stillpoint::stationary::{Layout, solve};

/// Errors of two quantities.
pub type Error = [f64; 2];

/// A state, its lattices and how far they are off after a number of corrections.
pub struct State {
    pub title: &'static str,
    pub quantities: [&'static str; 2],
    pub cells: &'static [usize],
    pub errors: fn(usize, usize) -> Error,
}

pub const ALL: [State; 4] = [
    State {
        title: "current along the walls, noise of aspect 1 : 20 that turns",
        quantities: ["density", "current"],
        cells: &[16, 24, 32, 48, 64, 96, 128, 192, 256],
        errors: stirred,
    },
    State {
        title: "limit cycle",
        quantities: ["density", "current"],
        cells: &[16, 24, 32, 48, 64, 96, 128, 192, 256],
        errors: cycle,
    },
    State {
        title: "rotating Gaussian, slanted noise of aspect 1 : 10",
        quantities: ["covariance", "density"],
        cells: &[32, 48, 64, 96, 128, 192, 256],
        errors: gaussian,
    },
    State {
        title: "three variables, current along the walls, slanted noise",
        quantities: ["density", "current"],
        cells: &[6, 8, 12, 16, 24],
        errors: space,
    },
];

/// A solved lattice.
struct Solved<const N: usize> {
    lattice: Lattice<N>,
    log_mass: Vec<f64>,
    current: Vec<[f64; N]>,
}

fn solved<const N: usize>(process: &Closures<N>, walls: [[f64; 2]; N], n: usize, corrections: usize) -> Solved<N> {
    let axis = |[lower, upper]: [f64; 2]| LatticeAxis::between(Grading::Uniform, lower, upper, n);
    let lattice = Lattice::new(walls.map(axis));
    let edges = Edges::of(process, &lattice).expect("positive noise");
    let once = |correction: Option<&[f64]>| {
        let generator = edges.generator(correction).expect("finite rates");
        solve(&generator, Layout::Lattice(&lattice.shape())).expect("irreducible").vector.log_mass
    };
    let mut before = None;
    let mut log_mass = once(None);
    for _ in 0..corrections {
        let next = once(Some(&log_mass));
        before = Some(std::mem::replace(&mut log_mass, next));
    }
    let current = edges.current(&lattice, &edges.flows(&log_mass, before.as_deref()));
    Solved { lattice, log_mass, current }
}

impl<const N: usize> Solved<N> {
    /// Errors in L1 of the density `exp(log_density)`, up to a factor, and of the current, which is `current` times that factor.
    fn off(&self, log_density: impl Fn(&[f64; N]) -> f64, current: impl Fn(&[f64; N]) -> [f64; N]) -> Error {
        let places: Vec<([f64; N], f64)> = (0..self.log_mass.len())
            .map(|cell| {
                let index = self.lattice.index(cell);
                (self.lattice.node(&index), self.lattice.log_volume(&index).exp())
            })
            .collect();
        let whole: f64 = places.iter().map(|(z, volume)| volume * log_density(z).exp()).sum();
        let (mut density, mut flow, mut scale) = (0.0, 0.0, 0.0);
        for (((z, volume), log_mass), j) in places.iter().zip(&self.log_mass).zip(&self.current) {
            density += (log_mass.exp() - volume * log_density(z).exp() / whole).abs();
            for (truth, j) in current(z).iter().zip(j) {
                flow += volume * (j - truth / whole).abs();
                scale += volume * (truth / whole).abs();
            }
        }
        [density, flow / scale]
    }
}

fn rotation(angle: f64, aspect: f64) -> [[f64; 2]; 2] {
    let (s, c) = angle.sin_cos();
    [[c * c + aspect * s * s, c * s * (1.0 - aspect)], [c * s * (1.0 - aspect), s * s + aspect * c * c]]
}

/// curl of sin(pi x) sin(pi y) / pi
fn curl(z: [f64; 2]) -> [f64; 2] {
    let [(sx, cx), (sy, cy)] = z.map(|x| (PI * x).sin_cos());
    [sx * cy, -cx * sy]
}

/// p = 1 + sin(2x + y)/2 on the unit square.
fn stirred(n: usize, corrections: usize) -> Error {
    let log_density = |z: &[f64; 2]| (1.0 + 0.5 * (2.0 * z[0] + z[1]).sin()).ln();
    let slope = |z: &[f64; 2]| {
        let u = 2.0 * z[0] + z[1];
        let s = 0.5 * u.cos() / (1.0 + 0.5 * u.sin());
        [2.0 * s, s]
    };
    let noise = |z: &[f64; 2]| {
        let (aspect, angle) = (0.05, z[0] + 2.0 * z[1]);
        let (s, c) = (2.0 * angle).sin_cos();
        // dB/dangle times the gradient of the angle, (1, 2).
        (rotation(angle, aspect), [(1.0 - aspect) * (2.0 * c - s), (1.0 - aspect) * (c + 2.0 * s)])
    };
    let current = |z: &[f64; 2]| curl(*z);
    let process = manufactured(log_density, slope, current, noise).between([[0.0, 1.0]; 2]);
    solved(&process, [[0.0, 1.0]; 2], n, corrections).off(log_density, current)
}

/// D = eps, b = -grad U + J/p with U = (r^2 - 1)^2 / 4 and the rotation 2 + r^2: p = exp(-U / eps).
fn cycle(n: usize, corrections: usize) -> Error {
    let eps = 0.2;
    let spin = |z: &[f64; 2]| 2.0 + z[0] * z[0] + z[1] * z[1];
    let log_density = move |z: &[f64; 2]| -(z[0] * z[0] + z[1] * z[1] - 1.0).powi(2) / (4.0 * eps);
    let current = move |z: &[f64; 2]| [-z[1], z[0]].map(|x| x * spin(z) * log_density(z).exp());
    let drift = move |z: &[f64; 2]| {
        let radial = 1.0 - z[0] * z[0] - z[1] * z[1];
        [radial * z[0] - spin(z) * z[1], radial * z[1] + spin(z) * z[0]]
    };
    let process = Closures::additive(drift, [[2.0 * eps, 0.0], [0.0, 2.0 * eps]]);
    solved(&process, [[-2.5, 2.5]; 2], n, corrections).off(log_density, current)
}

/// dz = -M z dt + sqrt(B) dW.
fn gaussian(n: usize, corrections: usize) -> Error {
    let (b, m) = (rotation(0.6, 0.1), [[1.0, 1.5], [-0.8, 0.7]]);
    let exact = lyapunov(&m, &b);
    let determinant = exact[0][0] * exact[1][1] - exact[0][1] * exact[1][0];
    let log_density = |z: &[f64; 2]| {
        let form = exact[1][1] * z[0] * z[0] - 2.0 * exact[0][1] * z[0] * z[1] + exact[0][0] * z[1] * z[1];
        -0.5 * form / determinant
    };
    let walls = [0, 1].map(|i| [-8.0 * exact[i][i].sqrt(), 8.0 * exact[i][i].sqrt()]);
    let solved = solved(&Closures::linear(m, b), walls, n, corrections);
    let moment = |i: usize, j: usize| -> f64 {
        let nodes = (0..solved.log_mass.len()).map(|cell| solved.lattice.node(&solved.lattice.index(cell)));
        nodes.zip(&solved.log_mass).map(|(z, m)| m.exp() * z[i] * z[j]).sum()
    };
    let off = |i: usize, j: usize| (moment(i, j) - exact[i][j]).abs() / (exact[i][i] * exact[j][j]).sqrt();
    [off(0, 0).max(off(0, 1)).max(off(1, 1)), solved.off(log_density, |_| [1.0, 0.0])[0]]
}

/// p = exp(x - y/2 + z/3) on the unit cube, J = curl (0, 0, sin(pi x) sin(pi y)) (1 + z) / pi.
fn space(n: usize, corrections: usize) -> Error {
    let b = [[1.0, 0.5, -0.3], [0.5, 0.8, 0.25], [-0.3, 0.25, 0.6]];
    let slope = [1.0, -0.5, 1.0 / 3.0];
    let log_density = move |z: &[f64; 3]| (0..3).map(|i| slope[i] * z[i]).sum::<f64>();
    let current = |z: &[f64; 3]| {
        let [x, y] = curl([z[0], z[1]]);
        [x * (1.0 + z[2]), y * (1.0 + z[2]), 0.0]
    };
    let process = manufactured(log_density, move |_| slope, current, move |_| (b, [0.0; 3])).between([[0.0, 1.0]; 3]);
    solved(&process, [[0.0, 1.0]; 3], n, corrections).off(log_density, current)
}
