//! Poles of functions inside the lattice, next to which sums over cells converge slowly or to nothing.

use super::{Field, Observable};
use crate::formula::Formula;
use faer::{Mat, Side};

/// What poles leave of an integral, the harmless first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pole {
    /// It exists, as far as poles go.
    Harmless,
    /// It may exist, but sums over cells do not tell.
    Slow,
    /// The integrand grows to plus infinity, too fast.
    Infinite,
    /// The integrand grows too fast, not to plus infinity everywhere.
    Undefined,
}

/// What the zeros of what a function divides by do to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Poles {
    /// To its mean.
    pub mean: Pole,
    /// To its variance.
    pub variance: Pole,
    /// Whether it grows there, comes to no limit, or bends: sums over cells have no expansion in their length then.
    pub rough: bool,
    /// The cells in which it bends at a point alone.
    pub cones: Vec<usize>,
    /// How many times as long bars of kinks have to be for the mean and the variance.
    pub slower: [f64; 2],
}

/// Distances from a zero, in cells, at which the growth of a function is measured.
const NEAR: [f64; 3] = [1e-2, 1e-3, 1e-4];
/// From orders on that are so much below the least that diverges sums over cells do not converge in practice; so near to it they are
/// taken for it.
const SHY: f64 = 0.1;
const SAME: f64 = 0.01;
/// Orders from which on something grows.
const GROWS: f64 = 0.02;
/// Part of the largest value on a sphere around a zero below which others have no sign, and may differ without being rough.
const FAINT: f64 = 1e-3;
/// A zero of a function is one next to which it is so many times as large.
const ZERO: f64 = 1e-10;
/// Places on surfaces of zeros that are looked at: so many where the law is, and so many where the function counts.
const CROSSINGS: usize = 16;
/// Places where a function that does not change its sign is least that are looked at: so many where it is least at the nodes, and so
/// many where the law is.
const TOUCHED: usize = 4;
/// Steps of searches; where differences are taken at a minimum \[cells\], and the part of it for slopes.
const STEPS: usize = 60;
const APART: f64 = 1e-2;
const CLOSE: f64 = 1e-2;
/// Curvatures below this part of the largest are none, in units of cells that are made alike before as far as this ratio.
const FLAT: f64 = 1e-4;
const ALIKE: f64 = 1e-3;
/// Where a surface is met, beside the nodes: at those it may be a tangent of it, or the only point of it.
const BESIDE: f64 = 0.37;

/// What poles do to a function of the `variables` at the cells, where it has `values`.
pub(super) fn poles<const N: usize>(
    field: &Field<'_, N>,
    f: &dyn Observable,
    variables: &[&[f64]],
    values: &[f64],
) -> Poles {
    let none =
        Poles { mean: Pole::Harmless, variance: Pole::Harmless, rough: false, cones: Vec::new(), slower: [1.0; 2] };
    let found = f.divisors().into_iter().flat_map(|g| {
        let near = Near { field, f, g: &g };
        near.zeros(variables, values).iter().map(|zero| near.pole(zero)).collect::<Vec<_>>()
    });
    let all = found.fold(none, |all, one| Poles {
        mean: all.mean.max(one.mean),
        variance: all.variance.max(one.variance),
        rough: all.rough || one.rough,
        cones: Vec::new(),
        slower: [0, 1].map(|k| all.slower[k].max(one.slower[k])),
    });
    // A root bends where what it is taken of is zero.
    let radicands = f.radicands();
    let bends: Vec<Zero<N>> = radicands.iter().flat_map(|g| Near { field, f, g }.zeros(variables, values)).collect();
    let point = |zero: &Zero<N>| N > 1 && zero.across == N;
    let cell = |zero: &Zero<N>| {
        let node = |i: usize| zero.at[i].round().clamp(0.0, (field.lattice.axis(i).cells - 1) as f64) as usize;
        field.lattice.cell(&std::array::from_fn(node))
    };
    let mut cones: Vec<usize> = bends.iter().filter(|zero| point(zero)).map(cell).collect();
    // Several roots may bend at one place.
    cones.sort_unstable();
    cones.dedup();
    Poles { rough: all.rough || !bends.iter().all(point), cones, ..all }
}

/// A place where what is divided by is zero, in cells.
struct Zero<const N: usize> {
    at: [f64; N],
    /// Directions in which to leave it.
    ways: Vec<[f64; N]>,
    /// How many dimensions the zeros around it lack.
    across: usize,
}

/// A function next to the zeros of what it divides by. Places are in cells.
#[derive(Clone, Copy)]
struct Near<'a, const N: usize> {
    field: &'a Field<'a, N>,
    f: &'a dyn Observable,
    g: &'a Formula,
}

impl<const N: usize> Near<'_, N> {
    fn variables(&self, x: &[f64; N]) -> Vec<f64> {
        let axis = |i: usize| self.field.lattice.axis(i);
        let z = std::array::from_fn(|i| axis(i).grading.z(axis(i).xi(x[i])));
        self.field.process.to_physical(&z).to_vec()
    }

    fn g(&self, x: &[f64; N]) -> f64 {
        self.g.value(&self.variables(x))
    }

    fn f(&self, x: &[f64; N]) -> f64 {
        let v = self.variables(x);
        let columns: Vec<&[f64]> = v.iter().map(std::slice::from_ref).collect();
        let mut out = [0.0];
        self.f.values(&columns, &mut out);
        out[0]
    }

    fn last(&self, axis: usize) -> f64 {
        self.field.lattice.axis(axis).cells as f64 - 0.5
    }

    fn inside(&self, x: &[f64; N]) -> bool {
        (0..N).all(|axis| (-0.5..=self.last(axis)).contains(&x[axis]))
    }

    /// Zeros of g.
    fn zeros(&self, variables: &[&[f64]], values: &[f64]) -> Vec<Zero<N>> {
        let mut g = vec![0.0; variables[0].len()];
        self.g.values(variables, &mut g);
        let mut zeros = self.crossings(&g, values);
        let at_node = g.contains(&0.0);
        if zeros.is_empty() || at_node {
            zeros.extend(self.touched(&g));
        }
        zeros
    }

    /// Where g changes its sign between two nodes: of every layer of cells the heaviest place, and the one where f counts most, and of
    /// all those the first few. Poles may stand behind surfaces on which f is harmless.
    fn crossings(&self, g: &[f64], values: &[f64]) -> Vec<Zero<N>> {
        let (lattice, log_mass) = (self.field.lattice, self.field.log_mass);
        let mut best: [Vec<(f64, usize, usize)>; 2] = [Vec::new(), Vec::new()];
        for axis in 0..N {
            let cells = lattice.axis(axis).cells;
            let stride: usize = (axis + 1..N).map(|j| lattice.axis(j).cells).product();
            let mut layers = [(); 2].map(|()| vec![(f64::NEG_INFINITY, 0, axis); cells]);
            for cell in (0..g.len()).filter(|cell| cell / stride % cells + 1 < cells) {
                let (here, next) = (g[cell], g[cell + stride]);
                // A surface through nodes is met from the cell before.
                let beyond = if next == 0.0 && cell / stride % cells + 2 < cells { g[cell + 2 * stride] } else { next };
                if (here < 0.0 && beyond > 0.0) || (here > 0.0 && beyond < 0.0) {
                    let mass = log_mass[cell].min(log_mass[cell + stride]);
                    let size = values[cell].abs().max(values[cell + stride].abs()).ln();
                    for (layers, weight) in layers.iter_mut().zip([mass, mass + size]) {
                        let layer = &mut layers[cell / stride % cells];
                        if weight > layer.0 {
                            *layer = (weight, cell, axis);
                        }
                    }
                }
            }
            for (best, layers) in best.iter_mut().zip(layers) {
                best.extend(layers.into_iter().filter(|(weight, ..)| *weight > f64::NEG_INFINITY));
            }
        }
        let first = best.into_iter().flat_map(|mut list| {
            list.sort_by(|a, b| b.0.total_cmp(&a.0));
            list.truncate(CROSSINGS);
            list
        });
        first.filter_map(|(_, cell, axis)| self.between(cell, axis)).collect()
    }

    /// The zero between a cell and the next ones along an axis, a little beside them.
    fn between(&self, cell: usize, axis: usize) -> Option<Zero<N>> {
        let node = self.field.lattice.index(cell).map(|i| i as f64);
        let mut low: [f64; N] = std::array::from_fn(|i| if i == axis { node[i] } else { node[i] + BESIDE });
        let mut high = low;
        high[axis] += 1.5;
        high = self.clamped(&high);
        let sign = self.g(&low).signum();
        if self.g(&high) * sign >= 0.0 {
            return None;
        }
        for _ in 0..STEPS {
            let mut middle = low;
            middle[axis] = 0.5 * (low[axis] + high[axis]);
            if self.g(&middle) * sign > 0.0 { low = middle } else { high = middle }
        }
        let way = |side: f64| std::array::from_fn(|i| if i == axis { side } else { 0.0 });
        Some(Zero { at: high, ways: vec![way(-1.0), way(1.0)], across: 1 })
    }

    /// Places where |g| is least, those where g is zero: the nearest to nodes, and those where most of the law is.
    fn touched(&self, g: &[f64]) -> Vec<Zero<N>> {
        let mut least: Vec<usize> = (0..g.len()).filter(|&cell| self.is_least(g, cell)).collect();
        least.sort_by(|&a, &b| g[a].abs().total_cmp(&g[b].abs()));
        let mut looked_at: Vec<usize> = least.iter().copied().take(TOUCHED).collect();
        least.sort_by(|&a, &b| self.field.log_mass[b].total_cmp(&self.field.log_mass[a]));
        let heaviest = least.into_iter().take(TOUCHED).filter(|cell| !looked_at.contains(cell)).collect::<Vec<_>>();
        looked_at.extend(heaviest);
        looked_at.into_iter().filter_map(|cell| self.touched_near(cell)).collect()
    }

    /// Whether |g| is no larger than at the nodes on either side, along every axis.
    fn is_least(&self, g: &[f64], cell: usize) -> bool {
        let index = self.field.lattice.index(cell);
        (0..N).all(|axis| {
            let stride: usize = (axis + 1..N).map(|j| self.field.lattice.axis(j).cells).product();
            let before = index[axis] == 0 || g[cell].abs() <= g[cell - stride].abs();
            before
                && (index[axis] + 1 == self.field.lattice.axis(axis).cells || g[cell].abs() <= g[cell + stride].abs())
        })
    }

    /// The place next to a cell where |g| is least, if g is zero there.
    fn touched_near(&self, cell: usize) -> Option<Zero<N>> {
        let start = self.field.lattice.index(cell).map(|i| i as f64);
        let size = |x: &[f64; N]| self.g(x).abs();
        let (at, rank) = self.valley(self.descended(start, &size), &size);
        let beside = ways().into_iter().map(|way| size(&self.clamped(&along(&at, &way, 1.0)))).fold(0.0, f64::max);
        // What changes its sign there is crossed.
        let places = ways().into_iter().map(|way| along(&at, &way, NEAR[0])).filter(|x| self.inside(x));
        let around: Vec<f64> = places.map(|x| self.g(&x)).collect();
        let crossed = around.iter().any(|g| *g > 0.0) && around.iter().any(|g| *g < 0.0);
        (size(&at) <= ZERO * beside && !crossed).then(|| Zero { at, ways: ways(), across: rank })
    }

    fn clamped(&self, x: &[f64; N]) -> [f64; N] {
        std::array::from_fn(|i| x[i].clamp(-0.5, self.last(i)))
    }

    /// Downhill by steps along the axes and across them, which reach walls.
    fn descended(&self, start: [f64; N], size: &impl Fn(&[f64; N]) -> f64) -> [f64; N] {
        let (mut at, mut step) = (start, 0.5);
        for _ in 0..STEPS {
            let around = ways().into_iter().map(|way| self.clamped(&along(&at, &way, step)));
            match around.min_by(|a, b| size(a).total_cmp(&size(b))) {
                Some(lower) if size(&lower) < size(&at) => at = lower,
                _ => step *= 0.5,
            }
        }
        at
    }

    /// Downhill by Newton's method, which follows valleys of any direction; and in how many directions it goes uphill from there.
    fn valley(&self, start: [f64; N], size: &impl Fn(&[f64; N]) -> f64) -> ([f64; N], usize) {
        let mut at = start;
        let mut rank = N;
        for _ in 0..STEPS {
            let moved = |i: usize, a: f64, j: usize, b: f64| {
                let mut x = at;
                x[i] += a * APART;
                x[j] += b * APART;
                size(&x)
            };
            // Closer by, since what a cubic part makes of a slope displaces the end of a flat valley.
            let slope: [f64; N] =
                std::array::from_fn(|i| (moved(i, CLOSE, i, 0.0) - moved(i, -CLOSE, i, 0.0)) / (2.0 * CLOSE * APART));
            let curvature = Mat::from_fn(N, N, |i, j| {
                let four = match i == j {
                    true => 4.0 * (moved(i, 1.0, i, 0.0) + moved(i, -1.0, i, 0.0) - 2.0 * size(&at)),
                    false => {
                        moved(i, 1.0, j, 1.0) + moved(i, -1.0, j, -1.0)
                            - moved(i, 1.0, j, -1.0)
                            - moved(i, -1.0, j, 1.0)
                    }
                };
                four / (4.0 * APART * APART)
            });
            let scales: Vec<f64> = (0..N).map(|i| curvature[(i, i)].abs().sqrt()).collect();
            let most = scales.iter().copied().fold(0.0, f64::max);
            if !(most > 0.0 && most.is_finite() && slope.iter().all(|s| s.is_finite())) {
                break;
            }
            let scales: Vec<f64> = scales.iter().map(|scale| scale.max(ALIKE * most)).collect();
            let alike = Mat::from_fn(N, N, |i, j| curvature[(i, j)] / (scales[i] * scales[j]));
            let Ok(eigen) = alike.self_adjoint_eigen(Side::Lower) else { break };
            let largest = (0..N).map(|k| eigen.S()[k].abs()).fold(0.0, f64::max);
            let steep: Vec<usize> = (0..N).filter(|&k| eigen.S()[k].abs() > FLAT * largest).collect();
            rank = steep.len().max(1);
            let mut next = at;
            for k in steep {
                let way = eigen.U().col(k);
                let fall = (0..N).map(|i| way[i] * slope[i] / scales[i]).sum::<f64>() / eigen.S()[k];
                (0..N).for_each(|i| next[i] -= fall * way[i] / scales[i]);
            }
            if !(self.inside(&next) && size(&next) < size(&at)) {
                break;
            }
            at = next;
        }
        (at, rank)
    }

    /// What a zero of g does to f.
    fn pole(&self, zero: &Zero<N>) -> Poles {
        let reached = |way: &&[f64; N]| self.inside(&along(&zero.at, way, NEAR[0]));
        let ways: Vec<[f64; 3]> = zero
            .ways
            .iter()
            .filter(reached)
            .map(|way| NEAR.map(|distance| self.f(&along(&zero.at, way, distance))))
            .filter(|values| values.iter().all(|f| f.is_finite()))
            .collect();
        let largest = [0, 1, 2].map(|k| ways.iter().fold(0.0, |most: f64, values| most.max(values[k].abs())));
        let growths = |sizes: [f64; 3]| [0, 1].map(|k| (sizes[k + 1] / sizes[k]).ln() / (NEAR[k] / NEAR[k + 1]).ln());
        // A function that is zero at one of the distances by chance grows to the next, but not twice.
        let order = |sizes: [f64; 3]| {
            let [first, second] = growths(sizes);
            // What is zero at all distances does not grow.
            if first.is_nan() || second.is_nan() { f64::NEG_INFINITY } else { first.min(second) }
        };
        let (grows, order_of_all) = (growths(largest).iter().any(|growth| *growth > GROWS), order(largest));
        let across = zero.across as f64;
        let positive = ways.iter().all(|values| values[2] > -FAINT * largest[2]);
        let orders: Vec<f64> = ways.iter().map(|values| order(values.map(f64::abs))).collect();
        let integral = |power: f64, positive: bool| {
            let (order, least) = (power * order_of_all, across - SHY);
            // Where it grows more slowly in some directions, the order of all is but a bound.
            let mixed = orders.iter().any(|own| power * own > GROWS && power * own < least);
            match (order >= least, mixed || order < across - SAME, positive) {
                (false, ..) => Pole::Harmless,
                (true, true, _) => Pole::Slow,
                (true, false, true) => Pole::Infinite,
                (true, false, false) => Pole::Undefined,
            }
        };
        let mean = integral(1.0, positive);
        let uneven = ways.iter().any(|values| (values[2] - ways[0][2]).abs() > FAINT * largest[2]);
        let slower = |order: f64| if order > 0.0 { 1.0 / (1.0 - order / across).max(SHY) } else { 1.0 };
        Poles {
            mean,
            variance: integral(2.0, true).max(mean),
            rough: grows || uneven && (zero.across > 1 || order_of_all > -GROWS),
            cones: Vec::new(),
            slower: [slower(order_of_all), slower(2.0 * order_of_all)],
        }
    }
}

/// All directions to the neighbours of a cell, of length 1.
fn ways<const N: usize>() -> Vec<[f64; N]> {
    let all = (0..3usize.pow(N as u32))
        .map(|k| -> [f64; N] { std::array::from_fn(|i| (k / 3usize.pow(i as u32) % 3) as f64 - 1.0) });
    let length = |way: &[f64; N]| way.iter().map(|x| x * x).sum::<f64>().sqrt();
    all.filter(|way| length(way) > 0.0).map(|way| way.map(|x| x / length(&way))).collect()
}

fn along<const N: usize>(at: &[f64; N], way: &[f64; N], distance: f64) -> [f64; N] {
    std::array::from_fn(|i| at[i] + distance * way[i])
}
