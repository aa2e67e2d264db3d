//! The masses of a chain, as fast as the range of its numbers allows.
//!
//! A first pass ([`Care::Sums`]) drops entries F_kj and V_kj below d = 1e-150 and so cannot leave floating-point range.
//! What that costs:
//!
//! - Dropping F_kj takes d / s_k from V_kj, and with it at most as much from the rates of a row, d / (s_k s_l) of its
//!   sum s_l: below 1e-50 for sums not below [`SMALLEST_SUM`], which every front checks.
//! - Dropping F_kj or V_kj loses the flow of k to j, at most d times the largest mass. Lost flow does not grow on its
//!   way, so a mass that is fed m_l s_l loses at most d max m / (m_l s_l) of itself: below 1e-35 where m_l s_l is at
//!   least 1e-115 of the largest mass, which is checked in the end.
//!
//! Each times the number of entries dropped, far below 1e18. If the checks fail, because a well is left with a tiny
//! probability only or because masses differ by more than about e^260, every front proves for itself that nothing was
//! lost, or is done in wide numbers ([`Care::Strict`]).
//!
//! A tempting second pass does not work: with rates scaled by the masses of the first, m_i F_ik / m_k, entries that are
//! small in their column are not negligible. A light cell i may pass a good part of its flow through a heavy k to a
//! later light l that lives on nothing else.

use super::analysis::Tree;
use super::backward::{self, Found};
use super::front::Care;
#[cfg(doc)]
use super::front::SMALLEST_SUM;
use super::multifrontal::{self, Stop};
use super::rates::Rates;
use super::wide::Wide;

/// Least inflow relative to the largest mass, as a power of two: 1e-115.
const LEAST: i64 = -382;

/// Masses of the row-scaled rates by position, in wide numbers; zero where nothing leads.
pub(super) fn find(rates: &Rates<'_>, tree: &Tree) -> Result<Vec<Wide>, Stop> {
    if let Ok(factor) = multifrontal::factorise(rates, tree, false, Care::Sums) {
        let found = backward::masses(tree, &factor);
        if nothing_is_missed(&found) {
            return Ok(found.masses);
        }
    }
    let factor = multifrontal::factorise(rates, tree, false, Care::Strict)?;
    Ok(backward::masses(tree, &factor).masses)
}

/// Whether every inflow is so large that what was dropped does not count.
fn nothing_is_missed(found: &Found) -> bool {
    let top = found.masses.iter().filter(|mass| !mass.is_zero()).map(|mass| mass.exponent()).max().unwrap_or(0);
    found.least_inflow >= top + LEAST
}
