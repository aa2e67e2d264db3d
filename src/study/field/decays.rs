//! The first decay rates, from a few resolutions.

use super::extrapolate::extrapolate;
use super::frame::Frame;
use super::levels::Setting;
use super::snapshot::{Scheme, Snapshot, solve_on};
use crate::estimate::{Estimate, Quantity};
use crate::record::Eigenvalue;
use crate::stationary::{Decay, Layout, spectrum};
use rayon::prelude::*;

/// How many are reported, and how many more are computed so that the last of them is not cut in two.
const COUNT: usize = 4;
const MORE: usize = 2;

/// Decay rates of a law.
pub(super) struct Decays {
    /// The slowest rate.
    pub gap: Quantity,
    /// Its inverse.
    pub relaxation_time: Quantity,
    /// The first few.
    pub eigenvalues: Vec<Eigenvalue>,
}

impl Decays {
    /// Nothing known.
    pub fn none() -> Self {
        Self { gap: Quantity::Absent, relaxation_time: Quantity::Absent, eigenvalues: Vec::new() }
    }
}

/// Resolutions: the bars of an expansion need four.
fn cells(variables: usize) -> &'static [usize] {
    match variables {
        1 => &[128, 192, 256, 384],
        2 => &[48, 64, 96, 128],
        _ => &[14, 16, 20, 24],
    }
}

/// The first decay rates within a frame; absent where they cannot be computed.
pub(super) fn decays<const N: usize>(setting: &Setting<'_, N>, frame: &Frame<N>, finest: &Snapshot<N>) -> Decays {
    let cells = cells(N);
    let lists: Option<Vec<Vec<Decay>>> = cells.par_iter().map(|&n| on(setting, frame, finest, n)).collect();
    let Some(lists) = lists else { return Decays::none() };
    let found = lists.iter().map(Vec::len).min().unwrap_or(0).min(COUNT);
    let one = |k: usize| -> Option<[Estimate; 2]> {
        let own = lists.iter().map(|list| list[k].error).fold(0.0, f64::max);
        let limit = |pick: &dyn Fn(&Decay) -> f64| {
            let values: Vec<f64> = lists.iter().map(|list| pick(&list[k])).collect();
            let mut limit = extrapolate(cells, &values, values[values.len() - 1].abs(), &vec![0.0; cells.len()])?;
            limit.budget.rounding += 3.0 * own;
            Some(limit)
        };
        Some([limit(&|d| d.rate)?, limit(&|d| d.frequency.abs())?])
    };
    let rates: Vec<[Estimate; 2]> = (0..found).map_while(one).collect();
    let Some([gap, _]) = rates.first() else { return Decays::none() };
    let relative = gap.error() / gap.value;
    let time = Estimate::computed(1.0 / gap.value, relative / gap.value, 0.0);
    let known = gap.value > 0.0 && relative < 0.5;
    Decays {
        gap: Quantity::Finite(*gap),
        relaxation_time: if known { Quantity::Finite(time) } else { Quantity::Absent },
        eigenvalues: rates
            .iter()
            .map(|[rate, frequency]| Eigenvalue {
                rate: rate.value,
                frequency: frequency.value,
                error: rate.error().max(frequency.error()),
            })
            .collect(),
    }
}

/// The first decays on one lattice, in the order of their rates.
fn on<const N: usize>(
    setting: &Setting<'_, N>,
    frame: &Frame<N>,
    finest: &Snapshot<N>,
    n: usize,
) -> Option<Vec<Decay>> {
    // The correction makes cells in far corners almost closed: slow modes where no mass is.
    let lattice = frame.lattice([n; N]);
    let near = Some(finest);
    let snapshot = solve_on(setting.process, &lattice, &setting.offsets, Scheme::Fitted, near, setting.memory).ok()?;
    let generator = snapshot.generator().ok()?;
    let shape = snapshot.lattice.shape();
    let mut decays = spectrum(&generator, &snapshot.log_mass, Layout::Lattice(&shape), COUNT + MORE).ok()?;
    decays.sort_by(|a, b| a.rate.total_cmp(&b.rate).then(a.frequency.total_cmp(&b.frequency)));
    Some(decays)
}
