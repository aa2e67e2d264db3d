//! A process seen in turned and scaled coordinates.

use super::{Chart, Coefficients, Coordinate, Force, Process};
use faer::Mat;
use faer::linalg::solvers::DenseSolveCore;

/// z = centre + R y for a process on the whole of R^N: where noise and law are strongly correlated, a suitable R
/// makes both round, and a lattice in y resolves with few cells what would need many in z.
#[derive(Debug)]
pub struct Affine<'a, const N: usize> {
    inner: &'a dyn Process<N>,
    centre: [f64; N],
    /// R, its inverse, and ln |det R|.
    matrix: [[f64; N]; N],
    inverse: [[f64; N]; N],
    log_determinant: f64,
    chart: Chart<N>,
}

impl<'a, const N: usize> Affine<'a, N> {
    /// `inner` in the coordinates y with z = `centre` + `matrix` y. `None` when the matrix has no inverse or `inner`
    /// has walls.
    pub fn new(inner: &'a dyn Process<N>, centre: [f64; N], matrix: [[f64; N]; N]) -> Option<Self> {
        let line = Coordinate::Identity { lower: f64::NEG_INFINITY, upper: f64::INFINITY };
        let whole = (0..N).all(|i| inner.chart().axis(i).domain() == line.domain());
        let dense = Mat::from_fn(N, N, |i, j| matrix[i][j]);
        let inverse = dense.full_piv_lu().inverse();
        let inverse: [[f64; N]; N] = std::array::from_fn(|i| std::array::from_fn(|j| inverse[(i, j)]));
        let log_determinant = dense.determinant().abs().ln();
        let sound = log_determinant.is_finite() && inverse.iter().flatten().all(|r| r.is_finite());
        (whole && sound).then(|| Self { inner, centre, matrix, inverse, log_determinant, chart: Chart::new([line; N]) })
    }

    /// z of y.
    pub fn to_inner(&self, y: &[f64; N]) -> [f64; N] {
        std::array::from_fn(|i| self.centre[i] + (0..N).map(|k| self.matrix[i][k] * y[k]).sum::<f64>())
    }

    /// y of z.
    pub fn from_inner(&self, z: &[f64; N]) -> [f64; N] {
        std::array::from_fn(|i| (0..N).map(|k| self.inverse[i][k] * (z[k] - self.centre[k])).sum())
    }

    /// R
    pub fn matrix(&self) -> &[[f64; N]; N] {
        &self.matrix
    }

    /// ln |det R|
    pub fn log_determinant(&self) -> f64 {
        self.log_determinant
    }

    fn turned(&self, c: &Coefficients<N>) -> Coefficients<N> {
        let inverse = &self.inverse;
        let apply = |v: &[f64; N]| std::array::from_fn(|i| (0..N).map(|k| inverse[i][k] * v[k]).sum());
        let half: [[f64; N]; N] =
            std::array::from_fn(|i| std::array::from_fn(|j| (0..N).map(|k| inverse[i][k] * c.diffusion[k][j]).sum()));
        let mut diffusion = [[0.0; N]; N];
        for i in 0..N {
            for j in 0..=i {
                diffusion[i][j] = (0..N).map(|k| half[i][k] * inverse[j][k]).sum();
                diffusion[j][i] = diffusion[i][j];
            }
        }
        Coefficients { drift: apply(&c.drift), diffusion, div_diffusion: apply(&c.div_diffusion) }
    }
}

impl<const N: usize> Process<N> for Affine<'_, N> {
    fn chart(&self) -> &Chart<N> {
        &self.chart
    }

    fn coefficients(&self, y: &[f64; N]) -> Coefficients<N> {
        self.turned(&self.inner.coefficients(&self.to_inner(y)))
    }

    fn coefficients_at(&self, points: &[[f64; N]], out: &mut [Coefficients<N>]) {
        let inner: Vec<[f64; N]> = points.iter().map(|y| self.to_inner(y)).collect();
        self.inner.coefficients_at(&inner, out);
        for c in out.iter_mut() {
            *c = self.turned(c);
        }
    }

    fn to_physical(&self, y: &[f64; N]) -> [f64; N] {
        self.inner.to_physical(&self.to_inner(y))
    }

    fn to_chart(&self, v: &[f64; N]) -> Option<[f64; N]> {
        Some(self.from_inner(&self.inner.to_chart(v)?))
    }

    fn log_jacobian(&self, y: &[f64; N]) -> f64 {
        self.inner.log_jacobian(&self.to_inner(y)) + self.log_determinant()
    }

    fn force(&self, y: &[f64; N]) -> Force<N> {
        let force = self.inner.force(&self.to_inner(y));
        let matrix = &self.matrix;
        Force {
            value: std::array::from_fn(|j| (0..N).map(|i| matrix[i][j] * force.value[i]).sum()),
            magnitude: std::array::from_fn(|j| (0..N).map(|i| matrix[i][j].abs() * force.magnitude[i]).sum()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::force_of;

    #[derive(Debug)]
    struct Bent(Chart<2>);

    impl Process<2> for Bent {
        fn chart(&self) -> &Chart<2> {
            &self.0
        }

        fn coefficients(&self, z: &[f64; 2]) -> Coefficients<2> {
            let diffusion = [[2.0 + z[0] * z[0], 0.3 * z[1]], [0.3 * z[1], 1.5 + z[1] * z[1]]];
            Coefficients {
                drift: [-z[0] + z[1].sin(), -2.0 * z[1]],
                diffusion,
                div_diffusion: [2.0 * z[0] + 0.3, 2.0 * z[1]],
            }
        }

        fn force(&self, z: &[f64; 2]) -> Force<2> {
            force_of(&self.coefficients(z))
        }
    }

    #[test]
    fn divergence_and_force_turn_with_the_coordinates() {
        let line = Coordinate::Identity { lower: f64::NEG_INFINITY, upper: f64::INFINITY };
        let bent = Bent(Chart::new([line; 2]));
        let turned = Affine::new(&bent, [0.2, -0.1], [[0.7, -0.2], [0.4, 1.3]]).expect("invertible");
        let y = [0.3, -0.5];
        let c = turned.coefficients(&y);
        // div B by central differences of B itself; the force by B^-1 in the new coordinates.
        let h = 1e-5;
        for i in 0..2 {
            let slope = |j: usize| {
                let at = |sign: f64| {
                    let mut y = y;
                    y[j] += sign * h;
                    turned.coefficients(&y).diffusion[i][j]
                };
                (at(1.0) - at(-1.0)) / (2.0 * h)
            };
            assert!((slope(0) + slope(1) - c.div_diffusion[i]).abs() < 1e-9);
            assert!((force_of(&c).value[i] - turned.force(&y).value[i]).abs() < 1e-13);
        }
        let back = turned.from_inner(&turned.to_inner(&y));
        assert!((0..2).all(|i| (back[i] - y[i]).abs() < 1e-15));
    }
}
