//! Borders between wells below the size of a cell: where steepest ascent, dv/dt = grad_v ln p, parts.
//!
//! Steepest ascent from cell to cell knows a border to a cell or, far from its saddle, to a few. Here cells near a border are
//! led uphill along the interpolated gradient in the model's own variables, and where the border cuts a line of cells is
//! found by bisection. What a cut adds to the sum over cells then makes weights as accurate as integrals between walls.

use super::masses::sum;
use super::points::Interpolant;
use super::stencil::Stencil;
use super::wells::Terrain;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// Share of the lighter well's mass to which borders are found: cells with less are not looked at closer, those with more
/// the closer the more they hold.
const NEGLIGIBLE: f64 = 1e-10;
/// Nodes along every axis of the polynomial that gives the gradient.
const POINTS: usize = 4;
/// What a decision about a side may be wrong by, as a share of the interval it halves.
const SLACK: f64 = 0.05;
/// Steps uphill at most; a path that has not arrived by then ends at the well of the cell it is in.
const STEPS: usize = 1000;
/// Rounds of relabelling: how far, in cells, a border may be from where steepest ascent over cells put it.
const ROUNDS: usize = 40;

/// Wells as labels of cells, being corrected.
pub(super) struct Borders<'t, 'a, const N: usize> {
    terrain: &'t Terrain<'a, N>,
    /// Well of every cell.
    label: Vec<u32>,
    /// Height above which everything around the summit of a well belongs to it.
    safe: BTreeMap<u32, f64>,
    /// ln of the mass of a cell below which it does not matter, by well.
    floor: BTreeMap<u32, f64>,
    /// Velocity of steepest ascent at the nodes.
    velocity: [Vec<f64>; N],
}

/// Where a line along `axis` passes from one well to another, behind the cell `cell`.
struct Cut {
    axis: usize,
    cell: usize,
    wells: [u32; 2],
}

impl<'t, 'a, const N: usize> Borders<'t, 'a, N> {
    /// From the labels that cells have by steepest ascent and ln of the masses that follow.
    pub fn of(terrain: &'t Terrain<'a, N>, label: Vec<u32>, log_weights: &BTreeMap<u32, f64>) -> Self {
        let mut safe: BTreeMap<u32, f64> = log_weights.keys().map(|well| (*well, f64::NEG_INFINITY)).collect();
        for cell in 0..label.len() {
            for next in terrain.neighbours(cell).filter(|&next| label[next] != label[cell]) {
                let pass = terrain.height[cell].min(terrain.height[next]);
                let highest = safe.entry(label[cell]).or_insert(f64::NEG_INFINITY);
                *highest = highest.max(pass);
            }
        }
        let floor = log_weights.iter().map(|(well, log)| (*well, log + NEGLIGIBLE.ln())).collect();
        let velocity = terrain.uphill();
        Self { terrain, label, safe, floor, velocity }
    }

    /// ln of the masses of the wells.
    pub fn log_weights(mut self) -> BTreeMap<u32, f64> {
        self.relabel();
        let mut cuts: BTreeMap<[u32; 2], Vec<Vec<Cut>>> = BTreeMap::new();
        for axis in 0..N {
            for cut in self.cuts(axis) {
                let pair = [cut.wells[0].min(cut.wells[1]), cut.wells[0].max(cut.wells[1])];
                cuts.entry(pair).or_insert_with(|| (0..N).map(|_| Vec::new()).collect())[axis].push(cut);
            }
        }
        let mut logs: BTreeMap<u32, Vec<f64>> = BTreeMap::new();
        for (cell, well) in self.label.iter().enumerate() {
            logs.entry(*well).or_default().push(self.terrain.masses.log_mass(cell));
        }
        let mut weights: BTreeMap<u32, (f64, f64)> = logs
            .iter()
            .map(|(well, logs)| {
                let top = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                (*well, (top, sum(logs.iter().map(|log| (log - top).exp()))))
            })
            .collect();
        for across in cuts.into_values() {
            // Lines along the axis that crosses the border most: there it is a graph over the others, without folds.
            let Some(best) = across.into_iter().max_by(|a, b| self.weight_of(a).total_cmp(&self.weight_of(b))) else {
                continue;
            };
            let lacking: Vec<(f64, f64)> = best.par_iter().map(|cut| self.lacking(cut)).collect();
            for (cut, (log, amount)) in best.iter().zip(lacking) {
                for (well, sign) in [(cut.wells[0], 1.0), (cut.wells[1], -1.0)] {
                    if let Some((top, sum)) = weights.get_mut(&well) {
                        *sum += sign * amount * (log - *top).exp();
                    }
                }
            }
        }
        weights.into_iter().map(|(well, (top, sum))| (well, top + sum.max(0.0).ln())).collect()
    }

    /// Whether a cell holds enough mass to matter to either of two wells.
    fn matters(&self, cell: usize, wells: [u32; 2]) -> bool {
        self.excess(cell, wells) > 0.0
    }

    /// ln of the mass of a cell over what is negligible.
    fn excess(&self, cell: usize, wells: [u32; 2]) -> f64 {
        let floor = wells.iter().filter_map(|well| self.floor.get(well)).copied().fold(f64::INFINITY, f64::min);
        self.terrain.masses.log_mass(cell) - floor
    }

    /// How well the border has to be known in a cell, in cells: the less mass there is, the less it matters.
    fn precision(&self, cell: usize, wells: [u32; 2]) -> f64 {
        (-self.excess(cell, wells)).exp().clamp(1e-8, 0.1)
    }

    fn weight_of(&self, cuts: &[Cut]) -> f64 {
        sum(cuts.iter().map(|cut| self.terrain.masses.mass[cut.cell]))
    }

    /// Leads cells near the borders uphill until no label changes any more.
    fn relabel(&mut self) {
        let mut seen: BTreeSet<usize> = BTreeSet::new();
        for _ in 0..ROUNDS {
            let cells: Vec<usize> = (0..self.label.len())
                .into_par_iter()
                .filter(|&cell| {
                    let differs = |next: usize| {
                        self.label[next] != self.label[cell] && self.matters(cell, [self.label[cell], self.label[next]])
                    };
                    self.terrain.neighbours(cell).any(differs)
                })
                .collect();
            let open: Vec<usize> = cells.into_iter().filter(|cell| seen.insert(*cell)).collect();
            if open.is_empty() {
                break;
            }
            let found: Vec<u32> = open
                .par_iter()
                .map(|&cell| {
                    let index = self.terrain.masses.field.lattice.index(cell);
                    self.ascend(index.map(|i| i as f64), 0.2 * SLACK)
                })
                .collect();
            for (cell, well) in open.into_iter().zip(found) {
                self.label[cell] = well;
            }
        }
    }

    fn cuts(&self, axis: usize) -> Vec<Cut> {
        let lattice = self.terrain.masses.field.lattice;
        let stride: usize = (axis + 1..N).map(|i| lattice.axis(i).cells).product();
        let cells = lattice.axis(axis).cells;
        (0..self.label.len())
            .filter(|cell| cell / stride % cells + 1 < cells && self.label[*cell] != self.label[cell + stride])
            .map(|cell| Cut { axis, cell, wells: [self.label[cell], self.label[cell + stride]] })
            .filter(|cut| self.matters(cut.cell, cut.wells) || self.matters(cut.cell + stride, cut.wells))
            .collect()
    }

    /// What the sum over the cells up to a cut lacks to be the integral up to the border: ln of a scale, and how many of it.
    fn lacking(&self, cut: &Cut) -> (f64, f64) {
        let lattice = self.terrain.masses.field.lattice;
        let stride: usize = (cut.axis + 1..N).map(|i| lattice.axis(i).cells).product();
        let cells = lattice.axis(cut.axis).cells;
        let index = lattice.index(cut.cell);
        let at = |x: f64| {
            let mut place = index.map(|i| i as f64);
            place[cut.axis] = x;
            place
        };
        let scale = self.terrain.masses.log_mass(cut.cell).max(self.terrain.masses.log_mass(cut.cell + stride));
        let precision = self.precision(cut.cell, cut.wells).min(self.precision(cut.cell + stride, cut.wells));
        let mut middle = index[cut.axis] as f64 + 0.5;
        let mut half = 0.5 + SLACK;
        while half > precision {
            // Paths that are as accurate as this round needs; the halves overlap by what they may be wrong by.
            let before = self.ascend(at(middle), SLACK * half) == cut.wells[0];
            half *= 0.5 + SLACK;
            middle += if before { half } else { -half } * ((0.5 - SLACK) / (0.5 + SLACK));
        }
        let stencil = Stencil::partial(cells, index[cut.axis] as isize, middle);
        let start = cut.cell - index[cut.axis] * stride;
        let amount = stencil
            .weights
            .iter()
            .enumerate()
            .filter(|(_, w)| **w != 0.0)
            .map(|(k, w)| w * (self.terrain.masses.log_mass(start + (stencil.first + k) * stride) - scale).exp())
            .sum();
        (scale, amount)
    }

    /// The well that steepest ascent from a place reaches.
    fn ascend(&self, start: [f64; N], tolerance: f64) -> u32 {
        let mut x = start;
        let mut time = f64::INFINITY;
        let mut slope = self.uphill(&x);
        for _ in 0..STEPS {
            if let Some(well) = self.arrived(&x) {
                return well;
            }
            let speed = slope.iter().map(|s| s.abs()).fold(0.0, f64::max);
            if !(speed > 0.0 && speed.is_finite()) {
                break;
            }
            time = time.min(1.0 / speed);
            match self.step(&x, &slope, time, tolerance) {
                Step::Taken { to, slope: next, grow } => {
                    (x, slope) = (to, next);
                    time *= grow;
                }
                Step::Refused { shrink } => time *= shrink,
            }
        }
        self.label[self.nearest(&x)]
    }

    /// Velocity of steepest ascent between the nodes.
    fn uphill(&self, x: &[f64; N]) -> [f64; N] {
        let shape = self.terrain.masses.field.lattice.shape();
        let stencils: [Stencil; N] = std::array::from_fn(|i| Stencil::narrow(shape[i], x[i], POINTS));
        std::array::from_fn(|i| Interpolant::of(shape, &self.velocity[i]).apply(&stencils))
    }

    /// One step of Bogacki and Shampine's pair of orders 3 and 2.
    fn step(&self, x: &[f64; N], k1: &[f64; N], time: f64, tolerance: f64) -> Step<N> {
        let shape = self.terrain.masses.field.lattice.shape();
        let along = |parts: &[(f64, &[f64; N])]| -> [f64; N] {
            std::array::from_fn(|i| {
                let moved = x[i] + time * parts.iter().map(|(w, k)| w * k[i]).sum::<f64>();
                moved.clamp(-0.5, shape[i] as f64 - 0.5)
            })
        };
        let k2 = self.uphill(&along(&[(0.5, k1)]));
        let k3 = self.uphill(&along(&[(0.75, &k2)]));
        let to = along(&[(2.0 / 9.0, k1), (1.0 / 3.0, &k2), (4.0 / 9.0, &k3)]);
        let k4 = self.uphill(&to);
        let error = (0..N)
            .map(|i| time * (-5.0 / 72.0 * k1[i] + k2[i] / 12.0 + k3[i] / 9.0 - 0.125 * k4[i]).abs())
            .fold(0.0, f64::max);
        let factor = 0.9 * (tolerance / error.max(1e-30)).cbrt();
        if error <= tolerance {
            Step::Taken { to, slope: k4, grow: factor.clamp(1.0, 4.0) }
        } else {
            Step::Refused { shrink: if factor.is_finite() { factor.clamp(0.1, 0.8) } else { 0.1 } }
        }
    }

    /// The well of a place so high that it cannot be in another one: all cells around it lie above all passes of theirs.
    fn arrived(&self, x: &[f64; N]) -> Option<u32> {
        let lattice = self.terrain.masses.field.lattice;
        let mut well = None;
        for corner in 0..1usize << N {
            let index: [usize; N] = std::array::from_fn(|i| {
                let place = x[i].floor() + f64::from(u8::from(corner >> i & 1 == 1));
                place.clamp(0.0, (lattice.axis(i).cells - 1) as f64) as usize
            });
            let cell = lattice.cell(&index);
            let label = self.label[cell];
            if well.is_some_and(|well| well != label) || self.terrain.height[cell] <= *self.safe.get(&label)? {
                return None;
            }
            well = Some(label);
        }
        well
    }

    fn nearest(&self, x: &[f64; N]) -> usize {
        let lattice = self.terrain.masses.field.lattice;
        lattice.cell(&std::array::from_fn(|i| x[i].round().clamp(0.0, (lattice.axis(i).cells - 1) as f64) as usize))
    }
}

enum Step<const N: usize> {
    Taken { to: [f64; N], slope: [f64; N], grow: f64 },
    Refused { shrink: f64 },
}
