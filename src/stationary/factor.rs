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

/// The kept rows of one front: the columns of V above the diagonal, then V of the boundary, p x b.
pub(super) enum Rows {
    Plain(Vec<f64>),
    Wide(Vec<Wide>),
}

/// The kept columns of all fronts, and the rows if they were asked for.
pub(super) struct Factor {
    pub kept: Vec<Kept>,
    pub stores: Vec<Vec<f64>>,
    pub rows: Vec<Rows>,
}

/// The pivot rows V of a front whose columns of `stride` entries begin with the panel.
pub(super) fn rows<T: Copy>(panel: &[T], stride: usize, upper: impl Iterator<Item = T>) -> Vec<T> {
    panel.chunks_exact(stride).enumerate().flat_map(|(k, column)| column[..k].iter().copied()).chain(upper).collect()
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
