//! Where elements have to be small, as seen by a lattice that has been solved.

use super::Request;
use super::conduct::log_weights;
use super::snapshot::Snapshot;
use crate::galerkin::Spacing;
use crate::grid::Lattice;
use crate::process::Process;

/// Part of a slope of ln p that counts as a wave number: a polynomial follows an exponential over several of its lengths.
const SLOPE: f64 = 0.2;
/// Elements grow like this root of what p loses in weight, for the same error of polynomials of about that degree.
const ROOT: f64 = 10.0;
/// How fast the length of elements may grow, per length.
const GROWTH: f64 = 0.5;
/// Part of the mean density of elements that there is everywhere.
const FLOOR: f64 = 0.3;
/// Elements towards a corner, per e-folding of the distance from it...
const STRENGTH: f64 = 1.0;
/// ...down to where the mass inside is this, but to no less than a part of the length of the coordinate there.
const NEGLIGIBLE: f64 = 1e-6;
const INNERMOST: f64 = 1e-5;
/// Distances at which densities are given on the way to a corner: each is this part of the one before.
const NEARER: f64 = 0.7;

/// Elements per length along every axis: the inverse of the length on which ln p changes, where that counts.
pub(super) fn spacings<const N: usize>(
    process: &dyn Process<N>,
    snapshot: &Snapshot<N>,
    request: &Request,
) -> [Spacing; N] {
    let seen = Seen::of(process, snapshot, request);
    let corner = process.corner().and_then(|corner| Some((corner, seen.weight_at(&corner)?)));
    std::array::from_fn(|i| {
        let profile = seen.waves(i).gradual();
        match corner {
            Some((corner, weight)) => profile.towards(corner[i], weight).spacing().cornered(corner[i]),
            None => profile.spacing(),
        }
    })
}

/// A law on a lattice.
struct Seen<'a, const N: usize> {
    lattice: &'a Lattice<N>,
    /// ln p of the cells.
    log_density: Vec<f64>,
    /// ln of how much p, or its largest moment, counts there, relative to where it counts most.
    weight: Vec<f64>,
}

impl<'a, const N: usize> Seen<'a, N> {
    fn of(process: &dyn Process<N>, snapshot: &'a Snapshot<N>, request: &Request) -> Self {
        let lattice = &snapshot.lattice;
        let indices: Vec<[usize; N]> = (0..lattice.cells()).map(|cell| lattice.index(cell)).collect();
        let nodes: Vec<[f64; N]> = indices.iter().map(|index| lattice.node(index)).collect();
        let volume = |index: &[usize; N]| (0..N).map(|i| lattice.axis(i).length(index[i]).ln()).sum::<f64>();
        let log_density: Vec<f64> =
            snapshot.log_mass.iter().zip(&indices).map(|(m, index)| m - volume(index)).collect();
        let weights = log_weights(process, request, &nodes);
        let heavy: Vec<f64> = log_density.iter().zip(&weights).map(|(p, w)| p + w).collect();
        let top = |list: &[f64]| list.iter().copied().filter(|x| x.is_finite()).fold(f64::NEG_INFINITY, f64::max);
        let tops = [top(&log_density), top(&heavy)];
        let weight = log_density.iter().zip(&heavy).map(|(p, h)| (p - tops[0]).max(h - tops[1])).collect();
        Self { lattice, log_density, weight }
    }

    /// Wave numbers of ln p along axis `i`: of those across the other axes the largest, each discounted by how little p counts
    /// where it is.
    fn waves(&self, i: usize) -> Profile {
        let axis = self.lattice.axis(i);
        let at: Vec<f64> = (0..axis.cells).map(|k| axis.node(k)).collect();
        let (last, stride) = (at.len() - 1, (i + 1..N).map(|j| self.lattice.axis(j).cells).product::<usize>());
        let mut density = vec![0.0f64; at.len()];
        for cell in 0..self.log_density.len() {
            let k = cell / stride % at.len();
            if k == 0 || k == last {
                continue;
            }
            let [before, here, after] = [cell - stride, cell, cell + stride].map(|c| self.log_density[c]);
            let (below, above) = ((here - before) / (at[k] - at[k - 1]), (after - here) / (at[k + 1] - at[k]));
            let bend = 2.0 * (above - below) / (at[k + 1] - at[k - 1]);
            let slope = SLOPE * 0.5 * (above + below);
            let wave = (bend.abs() + slope * slope).sqrt() * (self.weight[cell] / ROOT).exp();
            if wave.is_finite() {
                density[k] = density[k].max(wave);
            }
        }
        (density[0], density[last]) = (density[1], density[last - 1]);
        Profile { at, density }
    }

    /// How much p counts in the cell around a point; `None` outside the box.
    fn weight_at(&self, z: &[f64; N]) -> Option<f64> {
        let mut index = [0; N];
        for i in 0..N {
            let axis = self.lattice.axis(i);
            let k = (axis.grading.xi(z[i]) - axis.first) / axis.step;
            let inside = k > -0.5 && k < axis.cells as f64 - 0.5;
            index[i] = inside.then_some(k.round().max(0.0) as usize)?;
        }
        Some(self.weight[self.lattice.cell(&index)])
    }
}

/// Elements per length at places of one axis.
struct Profile {
    at: Vec<f64>,
    density: Vec<f64>,
}

impl Profile {
    /// The same with lengths of elements that change gradually.
    fn gradual(mut self) -> Self {
        let (at, density) = (&self.at, &mut self.density);
        let carried = |from: f64, distance: f64| from / (1.0 + GROWTH * from * distance);
        for k in 1..at.len() {
            density[k] = density[k].max(carried(density[k - 1], at[k] - at[k - 1]));
        }
        for k in (1..at.len()).rev() {
            density[k - 1] = density[k - 1].max(carried(density[k], at[k] - at[k - 1]));
        }
        self
    }

    /// The same with elements in geometric progression, over the last unit of length, towards a corner where the law counts by
    /// e^`weight`.
    fn towards(self, corner: f64, weight: f64) -> Self {
        let inner = (NEGLIGIBLE * (-weight).exp()).clamp(INNERMOST, 1.0);
        let distances = std::iter::successors(Some(1.0), |d| Some(NEARER * d)).take_while(|d| *d > inner);
        let (first, last) = (self.at[0], self.at[self.at.len() - 1]);
        let mut at = self.at.clone();
        at.push(corner);
        at.extend(distances.flat_map(|d| [corner - d, corner + d]).filter(|z| (first..=last).contains(z)));
        at.sort_by(f64::total_cmp);
        at.dedup();
        let density = at.iter().map(|&z| {
            let distance = (z - corner).abs();
            let needed = if distance > 1.0 { 0.0 } else { STRENGTH / (distance + inner) };
            self.value(z).max(needed)
        });
        Self { density: density.collect(), at }
    }

    /// Linear between the places.
    fn value(&self, z: f64) -> f64 {
        let k = self.at.partition_point(|at| *at <= z).clamp(1, self.at.len() - 1);
        let share = (z - self.at[k - 1]) / (self.at[k] - self.at[k - 1]);
        self.density[k - 1] + share * (self.density[k] - self.density[k - 1])
    }

    fn spacing(self) -> Spacing {
        let (at, density) = (&self.at, &self.density);
        let (first, last) = (at[0], at[at.len() - 1]);
        let floor = FLOOR * Spacing::measured(at, density).between(first, last) / (last - first);
        // A law of equal density everywhere has no waves.
        let least = if floor > 0.0 { floor } else { 1.0 };
        Spacing::measured(at, &density.iter().map(|d| d + least).collect::<Vec<_>>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_elements_change_gradually_and_never_fall_short() {
        let at: Vec<f64> = (0..50).map(f64::from).collect();
        let mut density = vec![0.01; 50];
        density[20] = 4.0;
        let wanted = density.clone();
        let gradual = Profile { at, density }.gradual();
        for k in 0..50 {
            assert!(gradual.density[k] >= wanted[k]);
            let grown = k.abs_diff(20) as f64 * GROWTH + 0.25;
            assert!((1.0 / gradual.density[k] - grown.min(100.0)).abs() < 1e-9, "{k}: {}", gradual.density[k]);
        }
    }

    #[test]
    fn elements_shrink_in_proportion_towards_a_corner() {
        let profile = Profile { at: vec![-4.0, 4.0], density: vec![0.1, 0.1] };
        let breaks = profile.towards(0.0, 0.0).spacing().cornered(0.0).breaks(-4.0, 4.0, 40);
        let right: Vec<f64> = breaks.iter().copied().filter(|z| *z > 0.0 && *z < 0.5).collect();
        // From the innermost element outward every one is longer than the one before by about the same factor.
        assert!(right[0] < 10.0 * INNERMOST && right.len() > 8, "{right:?}");
        let ratios: Vec<f64> = right.windows(2).skip(2).map(|w| w[1] / w[0]).collect();
        let (least, most) = ratios.iter().fold((f64::INFINITY, 0.0f64), |(a, b), r| (a.min(*r), b.max(*r)));
        assert!(most < 1.3 * least, "{ratios:?}");
    }
}
