//! The vocabulary of the equation: a diffusion process in the coordinates of a chart.
//!
//! dz = b(z) dt + sqrt(B(z)) dW in the Ito sense, on all of R^N. A chart maps z to the physical
//! variable; its ends are where the support of the law ends (a face the process cannot cross, or
//! infinity). This room knows no model, no grid and no solver.

mod affine;
mod any;
mod chart;
mod force;

pub use affine::Affine;
pub use any::AnyProcess;
pub use chart::{Chart, Coordinate, REACH};
pub use force::force_of;

/// Drift b, diffusion B (row-major, symmetric) and its divergence (div B)_i = sum_j d_j B_ij at one point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Coefficients<const N: usize> {
    /// b \[coordinate / time\]
    pub drift: [f64; N],
    /// B \[coordinate^2 / time\]
    pub diffusion: [[f64; N]; N],
    /// div B \[coordinate / time\]
    pub div_diffusion: [f64; N],
}

/// The force a = B^-1 (2 b - div B), minus the gradient of a potential wherever detailed balance holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Force<const N: usize> {
    /// a \[1 / coordinate\]
    pub value: [f64; N],
    /// Sum of the magnitudes of the terms that `value` was added up from: rounding is relative to it.
    pub magnitude: [f64; N],
}

/// A diffusion in chart coordinates.
pub trait Process<const N: usize>: std::fmt::Debug + Send + Sync {
    /// Where the coordinates live.
    fn chart(&self) -> &Chart<N>;

    /// b, B and div B at `z`; one call, since they share their work.
    fn coefficients(&self, z: &[f64; N]) -> Coefficients<N>;

    /// The same at many points; a process that can share work between points overrides it.
    fn coefficients_at(&self, points: &[[f64; N]], out: &mut [Coefficients<N>]) {
        for (z, out) in points.iter().zip(out) {
            *out = self.coefficients(z);
        }
    }

    /// The physical variables at `z`. A process whose variables are no product of axes overrides this,
    /// [`Process::to_chart`] and [`Process::log_jacobian`] together.
    fn to_physical(&self, z: &[f64; N]) -> [f64; N] {
        std::array::from_fn(|i| self.chart().axis(i).to_physical(z[i]))
    }

    /// The chart coordinates of a physical point, `None` outside the support.
    fn to_chart(&self, v: &[f64; N]) -> Option<[f64; N]> {
        let mut z = [0.0; N];
        for (i, z) in z.iter_mut().enumerate() {
            *z = self.chart().axis(i).to_chart(v[i])?;
        }
        Some(z)
    }

    /// ln of the volume of physical space per volume of chart at `z`: ln p(v) = ln p(z) - this.
    fn log_jacobian(&self, z: &[f64; N]) -> f64 {
        self.chart().log_jacobian(z)
    }

    /// Whether a strong current runs where most of the mass is, in any coordinates: the iterations that take it out of the
    /// rates are then worth their time.
    fn driven(&self) -> bool {
        false
    }

    /// A point, in chart coordinates, next to which coefficients and law are not smooth, if there is one: elements end there, and
    /// errors of lattices have no expansion in the step.
    fn corner(&self) -> Option<[f64; N]> {
        None
    }

    /// The force at `z`, by a form that is well conditioned where b and B themselves are huge or tiny.
    fn force(&self, z: &[f64; N]) -> Force<N>;

    /// Component `axis` of the force at the nodes `start` + i `step` along that axis, one for each of `out`.
    ///
    /// Meant for lines of many nodes: a process that can do better than node by node overrides it.
    ///
    /// # Accuracy
    /// That of [`Process::force`] at a coordinate that may be off by 2e-14; not finite where the force is
    /// outside floating-point range.
    fn forces(&self, start: &[f64; N], axis: usize, step: f64, out: &mut [f64]) {
        let mut z = *start;
        for (i, value) in out.iter_mut().enumerate() {
            z[axis] = start[axis] + i as f64 * step;
            *value = self.force(&z).value[axis];
        }
    }

    /// The force at many points of space; a process that can share work between points overrides it.
    fn forces_at(&self, points: &[[f64; N]], out: &mut [[f64; N]]) {
        for (z, out) in points.iter().zip(out) {
            *out = self.force(z).value;
        }
    }

    /// How far the force at `z` may be off, at a fixed physical point, because the parameters of the process
    /// were rounded when they were read \[1 / coordinate\].
    fn inherited_error(&self, _z: &[f64; N]) -> [f64; N] {
        [0.0; N]
    }
}
