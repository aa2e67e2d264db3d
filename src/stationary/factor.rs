//! The columns that the back substitution needs.

use super::analysis::Front;
use super::wide::Wide;

/// The kept columns of one front: column k holds s_k and then F_ik for later i.
pub(super) enum Kept {
    /// In the store of this number, from this entry.
    Plain { store: u32, start: usize },
    /// By themselves, in wide numbers.
    Wide(Vec<Wide>),
}

/// The kept columns of all fronts.
pub(super) struct Factor {
    pub kept: Vec<Kept>,
    pub stores: Vec<Vec<f64>>,
}

/// Moves the columns of a panel together, from the diagonal down; returns their number of entries.
pub(super) fn pack(panel: &mut [f64], front: &Front) -> usize {
    let (p, m) = (front.pivots as usize, front.pivots as usize + front.bounds());
    let mut end = 0;
    for k in 0..p {
        panel.copy_within(k * m + k..(k + 1) * m, end);
        end += m - k;
    }
    debug_assert_eq!(end, front.kept());
    end
}
