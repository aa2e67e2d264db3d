//! Half-edges of one cell: every node gives half of a family's weight to the edge on either side of it, and all of it
//! to one edge where the other would leave the box.

use super::selling::Families;

/// The part of the weight of an edge that one of its ends gives.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Half<const N: usize> {
    /// From this cell to the other end.
    pub offset: [i32; N],
    /// Weight \[1 / time\].
    pub weight: f64,
}

/// Where a cell lies in the box.
#[derive(Debug, Clone, Copy)]
pub struct Place<const N: usize> {
    /// Position.
    pub index: [usize; N],
    /// Cells along every axis.
    pub shape: [usize; N],
}

impl<const N: usize> Place<N> {
    fn inside(&self, offset: &[i32; N]) -> bool {
        (0..N).all(|axis| {
            let at = self.index[axis] as i64 + i64::from(offset[axis]);
            0 <= at && at < self.shape[axis] as i64
        })
    }

    /// Whether both neighbours at `reach` along every axis are cells.
    fn deep(&self, reach: i32) -> bool {
        let reach = reach as usize;
        (0..N).all(|axis| self.index[axis] >= reach && self.index[axis] + reach < self.shape[axis])
    }
}

/// Emits the half-edges of the cell at `place` with diffusion `matrix` (in cells^2 / time) and its decomposition.
///
/// Near a wall a family may have one of its two edges outside. Then the other one carries all of its weight: the
/// quadrature of the weak form is one-sided there, an error of first order on a layer as thin as the offsets are
/// long, which leaves the second order of the whole. Dropping the weight costs the order, since currents along a wall
/// need it. A cell where some family has both edges outside (a corner, or a box narrower than the offset) uses
/// the axes alone.
pub fn halves<const N: usize>(
    place: &Place<N>,
    matrix: &[[f64; N]; N],
    families: &Families<N>,
    mut emit: impl FnMut(Half<N>),
) {
    let ends = |offset: [i32; N]| [offset, offset.map(|e| -e)];
    let deep = place.deep(families.reach());
    let fits = deep || families.terms().iter().all(|f| ends(f.offset).iter().any(|offset| place.inside(offset)));
    let axes;
    let families = if fits {
        families
    } else {
        axes = Families::diagonal(matrix);
        &axes
    };
    for family in families.terms() {
        let kept = ends(family.offset).map(|offset| deep || place.inside(&offset));
        let share = if kept[0] && kept[1] { 0.5 } else { 1.0 };
        for (offset, _) in ends(family.offset).into_iter().zip(kept).filter(|(_, kept)| *kept) {
            emit(Half { offset, weight: share * family.weight });
        }
    }
}
