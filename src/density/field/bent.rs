//! Expectations of functions that bend or jump on one surface: the sum over the cells with what it lacks on either side.

use super::fine::Fine;
use super::level::{Levels, Target};
use super::masses::sum;
use crate::formula::{Break, Formula};
use crate::process::Process;

/// Roughness of the jump from one side to the other up to which both are believed to go on smoothly beyond the surface.
const SMOOTH: f64 = 1e-4;

/// A mean or a variance.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bent {
    pub value: f64,
    /// What no expansion in the step knows of its error.
    pub ragged: f64,
}

/// Mean and variance of the function that has one break; `None` where a side does not go on beyond the surface, or not smoothly. On
/// every line that crosses the surface, the sum over the cells below lacks the integral of one side up to the crossing as the sum
/// over those above lacks that of the other.
pub(super) fn moments<const N: usize>(fine: &Fine<N>, process: &dyn Process<N>, at: &Break) -> Option<[Bent; 2]> {
    let surface = Levels::of(fine, process, Target::Expression(&at.condition));
    let crossings = surface.crossings(0.0);
    let [below, above] = at.sides.each_ref().map(|side| values(side, &fine.variables.slices()));
    let condition = surface.values();
    if condition.iter().any(|value| value.is_nan()) {
        return None;
    }
    let expectation = |f: &dyn Fn(f64) -> f64| {
        let side = |cell: usize| if condition[cell] > 0.0 { above[cell] } else { below[cell] };
        let plain = sum((0..condition.len()).map(|cell| fine.weighted[cell] * f(side(cell))));
        let both = |below: &[f64], above: &[f64], g: &dyn Fn(f64, f64) -> f64| -> Vec<f64> {
            below.iter().zip(above).map(|(below, above)| g(f(*below), f(*above))).collect()
        };
        let difference = |below: f64, above: f64| below - above;
        let jump = both(&below, &above, &difference);
        let size = both(&below, &above, &|below, above| below.abs() + above.abs());
        let exact = |at_places: &[&[f64]]| {
            let [below, above] = at.sides.each_ref().map(|side| values(side, at_places));
            both(&below, &above, &difference)
        };
        let smooth = surface.roughness(&jump, &size, &crossings, &exact) <= SMOOTH;
        let value = plain + surface.lacking_of(&jump, &crossings);
        (smooth && value.is_finite()).then(|| Bent { value, ragged: surface.ragged(&jump, &crossings) })
    };
    let mean = expectation(&|f| f)?;
    Some([mean, expectation(&|f| (f - mean.value).powi(2))?])
}

fn values(f: &Formula, variables: &[&[f64]]) -> Vec<f64> {
    let mut out = vec![0.0; variables[0].len()];
    f.values(variables, &mut out);
    out
}
