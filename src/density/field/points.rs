//! Log density between the nodes.

use super::Field;
use super::stencil::Stencil;
use crate::numeric::Gauss;
use rayon::prelude::*;

/// Gauss panels from a wall to a point beyond it, and how much a second look at twice as many may differ, relative to ln p.
const PANELS: usize = 64;
const RESOLVED: f64 = 1e-12;

/// A function on the nodes of a lattice, read anywhere by polynomials of degree seven along every axis.
pub(super) struct Interpolant<'a, const N: usize> {
    shape: [usize; N],
    values: &'a [f64],
}

impl<'a, const N: usize> Interpolant<'a, N> {
    pub fn of(shape: [usize; N], values: &'a [f64]) -> Self {
        Self { shape, values }
    }

    /// Value under one stencil per axis (of values, slopes or second derivatives).
    pub fn apply(&self, stencils: &[Stencil; N]) -> f64 {
        let mut offset = 0;
        for (stencil, cells) in stencils.iter().zip(&self.shape) {
            offset = offset * cells + stencil.first;
        }
        self.contract(stencils, 0, offset)
    }

    fn contract(&self, stencils: &[Stencil; N], axis: usize, offset: usize) -> f64 {
        let stride: usize = self.shape[axis + 1..].iter().product();
        let mut sum = 0.0;
        for (k, weight) in stencils[axis].weights.iter().enumerate().take(stencils[axis].points) {
            let place = offset + k * stride;
            sum += weight * if axis + 1 == N { self.values[place] } else { self.contract(stencils, axis + 1, place) };
        }
        sum
    }
}

impl<const N: usize> Field<'_, N> {
    /// Position in cells (0 at the first centre) of a point of the chart; `None` outside the walls.
    pub(super) fn position(&self, z: &[f64; N]) -> Option<[f64; N]> {
        let mut position = [0.0; N];
        for i in 0..N {
            let axis = self.lattice.axis(i);
            let x = (axis.grading.xi(z[i]) - axis.first) / axis.step;
            let end = axis.cells as f64 - 0.5;
            if !(-0.5 - 1e-9..=end + 1e-9).contains(&x) {
                return None;
            }
            position[i] = x.clamp(-0.5, end);
        }
        Some(position)
    }

    /// ln of the density in z at every node, from normalised masses.
    pub(super) fn log_densities(&self, log_total: f64) -> Vec<f64> {
        let lattice = self.lattice;
        let lengths: [Vec<f64>; N] =
            std::array::from_fn(|i| (0..lattice.axis(i).cells).map(|k| lattice.axis(i).length(k).ln()).collect());
        self.log_mass
            .iter()
            .enumerate()
            .map(|(cell, mass)| {
                let index = lattice.index(cell);
                mass - log_total - (0..N).map(|i| lengths[i][index[i]]).sum::<f64>()
            })
            .collect()
    }

    /// ln of the density in z at points of the chart, of masses as they are; not a number outside the walls.
    pub fn log_densities_at(&self, points: &[[f64; N]]) -> Vec<f64> {
        let log_densities = self.log_densities(0.0);
        points.par_iter().map(|z| self.log_density_at(&log_densities, z)).collect()
    }

    /// ln of the density in z at a point of the chart; not a number outside the walls.
    pub(super) fn log_density_at(&self, log_densities: &[f64], z: &[f64; N]) -> f64 {
        let shape = self.lattice.shape();
        self.position(z).map_or(f64::NAN, |x| {
            Interpolant::of(shape, log_densities).apply(&std::array::from_fn(|i| Stencil::value(shape[i], x[i])))
        })
    }

    /// The same at a point that may lie beyond the walls: a law of one variable has no current, so that ln p goes on by the
    /// integral of the force. Not a number where that cannot be taken, and for several variables.
    pub(super) fn log_density_anywhere(&self, log_densities: &[f64], z: &[f64; N]) -> f64 {
        if N != 1 || self.position(z).is_some() {
            return self.log_density_at(log_densities, z);
        }
        let axis = self.lattice.axis(0);
        let nearest = if z[0] < axis.node(0) { 0 } else { axis.cells - 1 };
        let span = [axis.xi(nearest as f64), axis.grading.xi(z[0])];
        let [coarse, fine] = [PANELS, 2 * PANELS].map(|panels| self.climbed(span, panels));
        if (fine - coarse).abs() <= RESOLVED * (1.0 + fine.abs()) { log_densities[nearest] + fine } else { f64::NAN }
    }

    /// The integral of the force along the first axis, between two places in xi.
    fn climbed(&self, [from, to]: [f64; 2], panels: usize) -> f64 {
        let (rule, grading) = (Gauss::rule(), self.lattice.axis(0).grading);
        let half = 0.5 * (to - from) / panels as f64;
        let panel = |k: usize| {
            let middle = from + (2 * k + 1) as f64 * half;
            let slope = |x: f64| {
                let xi = middle + half * x;
                self.process.force(&[grading.z(xi); N]).value[0] * grading.stretch(xi)
            };
            half * rule.integral(&rule.nodes.map(slope))
        };
        (0..panels).map(panel).sum()
    }
}
