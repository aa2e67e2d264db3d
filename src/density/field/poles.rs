//! Poles of functions inside the lattice, next to which sums over cells converge to nothing.

use super::{Field, Observable};
use crate::formula::Formula;

/// What poles leave of an integral, the harmless first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pole {
    /// It exists, as far as poles go.
    Harmless,
    /// The integrand grows to plus infinity, too fast.
    Infinite,
    /// The integrand grows too fast, not to plus infinity everywhere.
    Undefined,
}

/// Distances from a zero, in cells, at which the growth of a function is measured.
const NEAR: [f64; 2] = [1e-2, 1e-3];
/// Orders that are so much below the least that diverges are taken for it: sums over cells do not converge in practice.
const SHY: f64 = 0.1;
/// A zero of a function is one next to which it is so many times as large.
const ZERO: f64 = 1e-10;
/// Crossings that are looked at, the heaviest ones.
const CROSSINGS: usize = 16;
const HALVINGS: usize = 60;

/// What poles do to the mean and to the variance of a function.
pub(super) fn poles<const N: usize>(field: &Field<'_, N>, f: &dyn Observable, variables: &[&[f64]]) -> [Pole; 2] {
    let found = f.divisors().into_iter().flat_map(|g| {
        let near = Near { field, f, g: &g };
        near.zeros(variables).into_iter().map(move |(at, axes)| near.pole(&at, &axes)).collect::<Vec<_>>()
    });
    found.fold([Pole::Harmless; 2], |[mean, variance], [m, v]| [mean.max(m), variance.max(v)])
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

    /// Zeros of g, and the axes that lead across them.
    fn zeros(&self, variables: &[&[f64]]) -> Vec<([f64; N], Vec<usize>)> {
        let mut g = vec![0.0; variables[0].len()];
        self.g.values(variables, &mut g);
        let crossings = self.crossings(&g);
        if crossings.is_empty() { self.touched(&g).into_iter().collect() } else { crossings }
    }

    /// Where g changes its sign between two nodes.
    fn crossings(&self, g: &[f64]) -> Vec<([f64; N], Vec<usize>)> {
        let (lattice, log_mass) = (self.field.lattice, self.field.log_mass);
        let mut edges: Vec<(f64, usize, usize)> = Vec::new();
        for axis in 0..N {
            let cells = lattice.axis(axis).cells;
            let stride: usize = (axis + 1..N).map(|j| lattice.axis(j).cells).product();
            let inside = (0..g.len()).filter(|cell| cell / stride % cells + 1 < cells);
            edges.extend(
                inside
                    .filter(|&cell| g[cell] * g[cell + stride] <= 0.0)
                    .map(|cell| (log_mass[cell].min(log_mass[cell + stride]), cell, axis)),
            );
        }
        edges.sort_by(|a, b| b.0.total_cmp(&a.0));
        edges.into_iter().take(CROSSINGS).map(|(_, cell, axis)| (self.between(cell, axis), vec![axis])).collect()
    }

    fn between(&self, cell: usize, axis: usize) -> [f64; N] {
        let mut low = self.field.lattice.index(cell).map(|i| i as f64);
        let mut high = low;
        high[axis] += 1.0;
        let positive = self.g(&high) > 0.0;
        for _ in 0..HALVINGS {
            let mut middle = low;
            middle[axis] = 0.5 * (low[axis] + high[axis]);
            if (self.g(&middle) > 0.0) == positive { high = middle } else { low = middle }
        }
        high
    }

    /// The place where |g| is least, if g is zero there.
    fn touched(&self, g: &[f64]) -> Option<([f64; N], Vec<usize>)> {
        let lattice = self.field.lattice;
        let least = (0..g.len()).min_by(|&a, &b| g[a].abs().total_cmp(&g[b].abs()))?;
        let mut at = lattice.index(least).map(|i| i as f64);
        let moved = |at: &[f64; N], axis: usize, by: f64| {
            let mut x = *at;
            x[axis] = (x[axis] + by).clamp(-0.5, lattice.axis(axis).cells as f64 - 0.5);
            x
        };
        let size = |x: &[f64; N]| self.g(x).abs();
        let mut step = 0.5;
        for _ in 0..HALVINGS {
            let around = (0..N).flat_map(|axis| [moved(&at, axis, -step), moved(&at, axis, step)]);
            match around.min_by(|a, b| size(a).total_cmp(&size(b))) {
                Some(lower) if size(&lower) < size(&at) => at = lower,
                _ => step *= 0.5,
            }
        }
        let beside = |axis: usize| size(&moved(&at, axis, 1.0)).max(size(&moved(&at, axis, -1.0)));
        let scale = (0..N).map(beside).fold(0.0, f64::max);
        let across = |axis: &usize| beside(*axis) > ZERO.sqrt() * scale;
        (size(&at) <= ZERO * scale).then(|| (at, (0..N).filter(across).collect()))
    }

    /// What the pole at a zero of g does to the mean and the variance.
    fn pole(&self, at: &[f64; N], axes: &[usize]) -> [Pole; 2] {
        let mut order = f64::NEG_INFINITY;
        let mut positive = true;
        for (&axis, side) in axes.iter().flat_map(|axis| [(axis, -1.0), (axis, 1.0)]) {
            let beside = NEAR.map(|distance| {
                let mut x = *at;
                x[axis] += side * distance;
                let [low, high] = [-0.5, self.field.lattice.axis(axis).cells as f64 - 0.5];
                if (low..=high).contains(&x[axis]) { self.f(&x) } else { f64::NAN }
            });
            if beside[1].is_finite() {
                order = order.max((beside[1] / beside[0]).abs().ln() / (NEAR[0] / NEAR[1]).ln());
                positive &= beside[1] > 0.0;
            }
        }
        let least = axes.len() as f64 - SHY;
        let mean = match (order >= least, positive) {
            (false, _) => Pole::Harmless,
            (true, true) => Pole::Infinite,
            (true, false) => Pole::Undefined,
        };
        let variance = if 2.0 * order >= least { mean.max(Pole::Infinite) } else { Pole::Harmless };
        [mean, variance]
    }
}
