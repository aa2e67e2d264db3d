//! Log masses of one lattice carried to another of the same gradings: a start for the next solve.

use crate::grid::Lattice;

/// Multilinear interpolation of the log density in xi, continued as a straight line beyond the outermost nodes.
pub(super) fn transfer<const N: usize>(from: &Lattice<N>, log_mass: &[f64], to: &Lattice<N>) -> Vec<f64> {
    let shares: [Vec<(usize, f64)>; N] = std::array::from_fn(|i| {
        let (source, target) = (from.axis(i), to.axis(i));
        (0..target.cells)
            .map(|k| {
                let at = (target.xi(k as f64) - source.first) / source.step;
                let lower = (at.floor().max(0.0) as usize).min(source.cells.saturating_sub(2));
                (lower, at - lower as f64)
            })
            .collect()
    });
    let log_density: Vec<f64> =
        log_mass.iter().enumerate().map(|(cell, m)| m - from.log_volume(&from.index(cell))).collect();
    (0..to.cells())
        .map(|cell| {
            let index = to.index(cell);
            let corner = |corner: usize| {
                let mut at = [0; N];
                let mut share = 1.0;
                for i in 0..N {
                    let (lower, part) = shares[i][index[i]];
                    let upper = corner >> i & 1;
                    at[i] = (lower + upper).min(from.axis(i).cells - 1);
                    share *= if upper == 1 { part } else { 1.0 - part };
                }
                share * log_density[from.cell(&at)]
            };
            (0..1 << N).map(corner).sum::<f64>() + to.log_volume(&index)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::{Grading, LatticeAxis};

    #[test]
    fn log_densities_linear_in_xi_are_carried_exactly() {
        let axis = |cells| LatticeAxis::between(Grading::Sinh { centre: 0.1, scale: 0.7 }, -2.0, 3.0, cells);
        let (from, to) = (Lattice::new([axis(7), axis(5)]), Lattice::new([axis(12), axis(9)]));
        let masses = |lattice: &Lattice<2>| -> Vec<f64> {
            let linear = |index: [usize; 2]| {
                let xi = |i: usize| lattice.axis(i).xi(index[i] as f64);
                0.3 + 2.0 * xi(0) - 0.7 * xi(1) + lattice.log_volume(&index)
            };
            (0..lattice.cells()).map(|cell| linear(lattice.index(cell))).collect()
        };
        for (found, exact) in transfer(&from, &masses(&from), &to).iter().zip(masses(&to)) {
            assert!((found - exact).abs() < 1e-13);
        }
    }
}
