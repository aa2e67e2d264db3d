//! How fast a law turns.

use super::snapshot::Snapshot;
use crate::process::Process;
use faer::Mat;
use faer::linalg::solvers::DenseSolveCore;

/// The frequency with which linear functions of the coordinates turn into each other, as the best that the generator has among them
/// says: the largest imaginary part of an eigenvalue of E\[b (z - E\[z\])^T\] Cov\[z\]^-1 \[1 / time\].
pub(super) fn turning<const N: usize>(process: &dyn Process<N>, finest: &Snapshot<N>) -> f64 {
    let lattice = &finest.lattice;
    let cells: Vec<([f64; N], f64)> =
        (0..lattice.cells()).map(|cell| (lattice.node(&lattice.index(cell)), finest.log_mass[cell].exp())).collect();
    let cells: Vec<&([f64; N], f64)> = cells.iter().filter(|(_, mass)| *mass > 0.0).collect();
    let mean: [f64; N] = std::array::from_fn(|i| cells.iter().map(|(z, mass)| mass * z[i]).sum());
    let (mut drift, mut covariance) = (Mat::<f64>::zeros(N, N), Mat::<f64>::zeros(N, N));
    for (z, mass) in cells {
        let b = process.coefficients(z).drift;
        for i in 0..N {
            for j in 0..N {
                drift[(i, j)] += mass * b[i] * (z[j] - mean[j]);
                covariance[(i, j)] += mass * (z[i] - mean[i]) * (z[j] - mean[j]);
            }
        }
    }
    let matrix = &drift * covariance.partial_piv_lu().inverse();
    let finite = (0..N).all(|j| matrix.col_as_slice(j).iter().all(|entry| entry.is_finite()));
    let eigenvalues = if finite { matrix.eigenvalues().unwrap_or_default() } else { Vec::new() };
    eigenvalues.iter().map(|value| value.im.abs()).fold(0.0, f64::max)
}
