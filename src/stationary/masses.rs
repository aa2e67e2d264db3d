//! The masses of a chain, as fast as the range of its numbers allows.
//!
//! Written in m_k s_k = sum_i m_i F_ik (i later than k), elimination in plain numbers has two kinds of sums. The s_k
//! add up a row: rates out of one cell, scaled to an outflow of 1, of which the small ones do not count. The masses
//! add up a column, where a rate of 1e-400 counts if it is the only way to a cell. So the first pass
//! ([`Care::Sums`]) drops what is small in its row and finds the s_k; it also finds the masses, unless they
//! differ by more than about e^250. If they do, a second pass ([`Care::Columns`]) works with rates scaled by the masses
//! found so far, 2^(lift_x - lift_y), drops what is small in its column, and takes the s_k as known.
//!
//! A pass is believed when no column adds up to less than 1e-115 of the largest mass, since what was dropped adds up
//! to less than 1e-135 of it: by induction from the last cell back every mass then is accurate to rounding, whatever
//! the spectral gap. If that is not reached, or an s_k is below 1e-100 (wells that are left with such a probability
//! only), everything is done again front by front in whatever range it needs ([`Care::Strict`]).

use super::analysis::Tree;
use super::backward;
use super::front::Care;
use super::multifrontal::{self, Stop};
use super::rates::Rates;
use super::wide::Wide;
use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// Passes with better and better lifts.
const PASSES: usize = 5;

/// Least total of a column relative to the largest mass, as a power of two: 1e-115.
const LEAST: i64 = -382;

/// Masses of the row-scaled rates by position, in wide numbers; zero where nothing leads.
pub(super) fn find(rates: &Rates<'_>, tree: &Tree) -> Result<Vec<Wide>, Stop> {
    if let Some(masses) = fast(rates, tree) {
        return Ok(masses);
    }
    let factor = multifrontal::factorise(rates, tree, false, Care::Strict)?;
    Ok(backward::masses(tree, &factor))
}

fn fast(rates: &Rates<'_>, tree: &Tree) -> Option<Vec<Wide>> {
    let factor = multifrontal::factorise(rates, tree, false, Care::Sums).ok()?;
    let sums = factor.sums(tree);
    let mut masses = backward::masses(tree, &factor);
    drop(factor);
    let mut sound = judge(&masses, &sums);
    for _ in 0..PASSES {
        if sound.iter().all(|&sound| sound) {
            return Some(masses);
        }
        let lift = lifts(rates, tree, &masses, &sound);
        let by_cell = rates.lifted(by_cell(tree, &lift));
        let factor = multifrontal::factorise(&by_cell, tree, false, Care::Columns(&sums)).ok()?;
        let relative = backward::masses(tree, &factor);
        sound = judge(&relative, &sums);
        // The last cell has relative mass 1 by definition.
        let last = lift[lift.len() - 1];
        masses = relative.iter().zip(&lift).map(|(mass, &lift)| mass.shifted(lift - last)).collect();
    }
    sound.iter().all(|&sound| sound).then_some(masses)
}

/// Which columns add up to so much that what was dropped does not count.
fn judge(masses: &[Wide], sums: &[f64]) -> Vec<bool> {
    let top = masses.iter().filter(|mass| !mass.is_zero()).map(|mass| mass.exponent()).max().unwrap_or(0);
    let enough =
        |(mass, &sum): (&Wide, &f64)| !mass.is_zero() && mass.exponent() + Wide::from(sum).exponent() >= top + LEAST;
    masses.iter().zip(sums).map(enough).collect()
}

/// Binary exponents of the masses, by position: as found where they are sound, else at least what the most likely
/// way from a sound cell brings.
fn lifts(rates: &Rates<'_>, tree: &Tree, masses: &[Wide], sound: &[bool]) -> Vec<i64> {
    let bits = |mass: &Wide| if mass.is_zero() { f64::NEG_INFINITY } else { mass.ln() / std::f64::consts::LN_2 };
    let mut height: Vec<f64> = masses.iter().map(bits).collect();
    let mut heap: BinaryHeap<Step> =
        height.iter().enumerate().filter(|(_, h)| h.is_finite()).map(|(at, &height)| Step { height, at }).collect();
    while let Some(Step { height: from, at }) = heap.pop() {
        if from < height[at] {
            continue;
        }
        let cell = tree.order[at] as usize;
        for (&to, &rate) in rates.neighbours(cell).iter().zip(rates.row(cell)) {
            let to = tree.place[to] as usize;
            if rate > 0.0 && !sound[to] {
                let reached = from + rate.log2() - f64::from(rates.exponent(cell));
                if reached > height[to] {
                    height[to] = reached;
                    heap.push(Step { height: reached, at: to });
                }
            }
        }
    }
    // Cells that nothing leads to are found out by the passes that follow.
    height.iter().map(|h| if h.is_finite() { h.round() as i64 } else { 0 }).collect()
}

fn by_cell(tree: &Tree, values: &[i64]) -> Vec<i64> {
    let mut out = vec![0; values.len()];
    for (&cell, &value) in tree.order.iter().zip(values) {
        out[cell as usize] = value;
    }
    out
}

/// A cell and how high its mass is at least; the highest first.
#[derive(PartialEq)]
struct Step {
    height: f64,
    at: usize,
}

impl Eq for Step {}

impl PartialOrd for Step {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Step {
    fn cmp(&self, other: &Self) -> Ordering {
        self.height.total_cmp(&other.height).then(other.at.cmp(&self.at))
    }
}
