//! The last sweeps: from heavy cells to light ones, the way in which tails are fed.

use super::level::Level;

/// Sweeps u_y <- sum G_yx u_x in order of decreasing mass.
pub(super) fn outward(level: &Level, log_mass: &[f64], sweeps: usize) -> Vec<f64> {
    let mut order: Vec<u32> = (0..log_mass.len() as u32).collect();
    order.sort_unstable_by(|&a, &b| log_mass[b as usize].total_cmp(&log_mass[a as usize]).then(a.cmp(&b)));
    let mut u = vec![1.0; log_mass.len()];
    for _ in 0..sweeps {
        for &y in &order {
            u[y as usize] = level.row(y as usize).fold(0.0, |sum, (x, g)| sum + g * u[x]);
        }
    }
    u
}
