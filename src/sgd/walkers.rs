//! Euler and Maruyama's method for processes of several variables, with walls and faces.

use super::SgdError;
use super::face::Approach;
use super::random::{LANES, Lanes, Streams};
use super::run::Chains;
use crate::numeric::semidefinite_root;
use crate::process::{Coefficients, Coordinate, Process};

/// Reflections of a step that crosses several walls.
const REFLECTIONS: usize = 4;
/// Chart coordinate of a variable that has come to lie on a face.
const FACE: f64 = -200.0;
/// ln of the growth of the noise over [`DEPTHS`] that makes it unbounded at a face.
const GROWTH: f64 = 2.0;
/// Chart coordinates beyond the start between which the noise is compared.
const DEPTHS: [f64; 2] = [10.0, 18.0];

/// The starts as points of the chart.
pub(super) fn starts<const N: usize>(process: &dyn Process<N>, given: &[Vec<f64>]) -> Result<Vec<[f64; N]>, SgdError> {
    if given.is_empty() {
        return Err(SgdError::Start { index: 0, start: Vec::new(), variables: N });
    }
    let inside = |z: &[f64; N]| {
        (0..N).all(|i| {
            let [lower, upper] = process.chart().axis(i).domain();
            z[i].is_finite() && lower <= z[i] && z[i] <= upper
        })
    };
    let read = |(index, start): (usize, &Vec<f64>)| {
        let point = <[f64; N]>::try_from(start.as_slice()).ok().filter(inside);
        point.ok_or_else(|| SgdError::Start { index, start: start.clone(), variables: N })
    };
    given.iter().enumerate().map(read).collect()
}

/// How a process is stepped.
#[derive(Debug)]
pub(super) struct Stepper<'a, const N: usize> {
    process: &'a dyn Process<N>,
    dt: f64,
    /// Whether an axis is stepped in its variable instead of its chart coordinate.
    physical: [bool; N],
    /// Ends of the coordinates that are stepped; the finite ones reflect.
    ends: [[f64; 2]; N],
}

impl<'a, const N: usize> Stepper<'a, N> {
    pub(super) fn new(process: &'a dyn Process<N>, dt: f64, start: &[f64; N]) -> Self {
        let physical: [bool; N] = std::array::from_fn(|i| unbounded(process, i, start));
        let ends = std::array::from_fn(|i| {
            let axis = process.chart().axis(i);
            if physical[i] { axis.support() } else { axis.domain() }
        });
        Self { process, dt, physical, ends }
    }

    fn to_stepped(&self, z: &[f64; N]) -> [f64; N] {
        std::array::from_fn(|i| if self.physical[i] { self.axis(i).to_physical(z[i]) } else { z[i] })
    }

    fn to_chart(&self, y: &[f64; N]) -> [f64; N] {
        std::array::from_fn(|i| {
            if !self.physical[i] || !y[i].is_finite() {
                return y[i];
            }
            self.axis(i).to_chart(y[i]).unwrap_or_else(|| {
                // Only a face itself has no coordinate.
                let [first, last] = self.axis(i).ends();
                if (y[i] - last).abs() < (y[i] - first).abs() { -FACE } else { FACE }
            })
        })
    }

    fn axis(&self, i: usize) -> &Coordinate {
        self.process.chart().axis(i)
    }

    /// b and B of the coordinates that are stepped.
    fn stepped(&self, z: &[f64; N], c: &Coefficients<N>) -> ([f64; N], [[f64; N]; N]) {
        let mut drift = c.drift;
        let mut factor = [1.0; N];
        for i in (0..N).filter(|&i| self.physical[i]) {
            factor[i] = self.axis(i).derivative(z[i]);
            drift[i] = factor[i] * (c.drift[i] + 0.5 * self.axis(i).log_jacobian_slope(z[i]) * c.diffusion[i][i]);
        }
        let diffusion = std::array::from_fn(|i| std::array::from_fn(|j| factor[i] * c.diffusion[i][j] * factor[j]));
        (drift, diffusion)
    }

    fn step(
        &self,
        y: &mut [f64; N],
        z: &[f64; N],
        c: &Coefficients<N>,
        mut normal: [f64; N],
        bits: &mut impl rand::Rng,
    ) {
        let (drift, diffusion) = self.stepped(z, c);
        let scale = self.dt.sqrt();
        let mut landed = [None; N];
        for i in (0..N).filter(|&i| self.physical[i]) {
            let (gap, side, face) = self.nearest_face(i, z[i]);
            let on_face = || side * self.drift_on_face(i, side, z);
            let approach = Approach::of(gap, side * drift[i], on_face, diffusion[i][i], self.dt);
            let Some(approach) = approach else { continue };
            let next = approach.draw(bits);
            normal[i] = side * (next - gap - side * drift[i] * self.dt) / approach.deviation();
            landed[i] = Some(face + side * next);
        }
        // What others share of the noise near a face follows it: such axes come first.
        let order = order(&landed);
        let permuted: [[f64; N]; N] = std::array::from_fn(|i| order.map(|j| diffusion[order[i]][j]));
        let root = semidefinite_root(&permuted);
        for (row, &i) in root.iter().zip(&order) {
            let noise: f64 = row.iter().zip(&order).map(|(part, &k)| part * normal[k]).sum();
            y[i] = landed[i].unwrap_or(y[i] + drift[i] * self.dt + scale * noise);
        }
        self.reflect(y, &diffusion);
    }

    /// Distance of axis `i` from its nearest face, the direction away from it, and the face.
    fn nearest_face(&self, i: usize, z: f64) -> (f64, f64, f64) {
        let [below, above] = self.axis(i).gaps(z);
        let lower = match *self.axis(i) {
            Coordinate::Segment { face, wall } => face < wall,
            _ => below < above,
        };
        if lower { (below, 1.0, self.ends[i][0]) } else { (above, -1.0, self.ends[i][1]) }
    }

    /// b_i on the lower (`side` 1) or upper (-1) face of axis `i`.
    fn drift_on_face(&self, i: usize, side: f64, z: &[f64; N]) -> f64 {
        let mut there = *z;
        there[i] = if self.axis(i).increasing() == (side > 0.0) { FACE } else { -FACE };
        self.stepped(&there, &self.process.coefficients(&there)).0[i]
    }

    /// Back through the walls along B n, the direction in which a reflected path is pushed where no probability
    /// flows through the wall.
    fn reflect(&self, y: &mut [f64; N], diffusion: &[[f64; N]; N]) {
        for _ in 0..REFLECTIONS {
            let mut crossed = false;
            for i in 0..N {
                let [lower, upper] = self.ends[i];
                let beyond = if y[i] < lower {
                    lower - y[i]
                } else if y[i] > upper {
                    upper - y[i]
                } else {
                    continue;
                };
                crossed = true;
                let own = diffusion[i][i];
                for j in (0..N).filter(|&j| j != i && own > 0.0) {
                    y[j] += 2.0 * beyond * diffusion[j][i] / own;
                }
                y[i] += 2.0 * beyond;
            }
            if !crossed {
                return;
            }
        }
        for (y, [lower, upper]) in y.iter_mut().zip(&self.ends) {
            *y = y.clamp(*lower, *upper);
        }
    }
}

/// The axes, those that have landed first.
fn order<const N: usize>(landed: &[Option<f64>; N]) -> [usize; N] {
    let mut order: [usize; N] = std::array::from_fn(|i| i);
    order.sort_by_key(|&i| landed[i].is_none());
    order
}

/// Whether the noise of axis `i` in the chart grows without bound towards a face.
fn unbounded<const N: usize>(process: &dyn Process<N>, i: usize, start: &[f64; N]) -> bool {
    let axis = process.chart().axis(i);
    let ends = axis.ends();
    let domain = axis.domain();
    [-1.0, 1.0].into_iter().enumerate().any(|(end, side)| {
        if !ends[end].is_finite() || domain[end].is_finite() {
            return false;
        }
        let noise = |depth: f64| {
            let mut z = *start;
            z[i] = side * (depth + start[i].abs());
            process.coefficients(&z).diffusion[i][i].ln()
        };
        noise(DEPTHS[1]) - noise(DEPTHS[0]) > GROWTH
    })
}

/// [`LANES`] chains of a process.
pub(super) struct Walkers<'a, const N: usize> {
    stepper: &'a Stepper<'a, N>,
    streams: Streams,
    /// The coordinates that are stepped.
    state: [[f64; N]; LANES],
}

impl<'a, const N: usize> Walkers<'a, N> {
    /// Chains `first .. first + LANES` of a run; chain k starts at number k modulo the number of starts.
    pub(super) fn new(stepper: &'a Stepper<'a, N>, starts: &[[f64; N]], seed: u64, first: u64) -> Self {
        let start = |lane: usize| stepper.to_stepped(&starts[(first as usize + lane) % starts.len()]);
        Self { stepper, streams: Streams::new(seed, first), state: std::array::from_fn(start) }
    }
}

impl<const N: usize> Chains<N> for Walkers<'_, N> {
    fn advance(&mut self, steps: u64) {
        let mut normals: [Lanes; N] = [[0.0; LANES]; N];
        let blank = Coefficients { drift: [0.0; N], diffusion: [[0.0; N]; N], div_diffusion: [0.0; N] };
        let mut coefficients = [blank; LANES];
        for _ in 0..steps {
            self.streams.normals(&mut normals);
            let z: [[f64; N]; LANES] = std::array::from_fn(|lane| self.stepper.to_chart(&self.state[lane]));
            self.stepper.process.coefficients_at(&z, &mut coefficients);
            for lane in 0..LANES {
                let normal = std::array::from_fn(|i| normals[i][lane]);
                let bits = &mut self.streams.lane(lane);
                self.stepper.step(&mut self.state[lane], &z[lane], &coefficients[lane], normal, bits);
            }
        }
    }

    fn values(&self) -> [Lanes; N] {
        let mut values = [[0.0; LANES]; N];
        for (lane, y) in self.state.iter().enumerate() {
            let v = self.stepper.process.to_physical(&self.stepper.to_chart(y));
            for (values, v) in values.iter_mut().zip(v) {
                values[lane] = v;
            }
        }
        values
    }
}
