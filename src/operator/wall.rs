//! Half-edges of one cell: every node gives half of a family's weight to the edge on either side of it. Where that
//! edge would leave the box, the layer of cells at the wall is treated apart.

use super::selling::{Families, decompose};

/// Half of the weight of an edge, given by one of its ends.
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
    fn outside(&self, offset: &[i32; N], axis: usize) -> bool {
        let at = self.index[axis] as i64 + i64::from(offset[axis]);
        at < 0 || at >= self.shape[axis] as i64
    }

    fn inside(&self, offset: &[i32; N]) -> bool {
        (0..N).all(|axis| !self.outside(offset, axis))
    }

    /// Whether both neighbours at `reach` along every axis are cells.
    fn deep(&self, reach: i32) -> bool {
        let reach = reach as usize;
        (0..N).all(|axis| self.index[axis] >= reach && self.index[axis] + reach < self.shape[axis])
    }
}

/// Emits the half-edges of the cell at `place` with diffusion `matrix` (in cells^2 / time) and its decomposition.
///
/// At a wall with normal n the current n.D grad vanishes, so the ends that families lose carry the current
/// (R_tt - R_tn D_nt / D_nn) grad_t along it, R the sum of the families that lose an end. It goes to tangential
/// half-edges; dropping it costs the order. Where walls of different axes are near (an edge or a corner of the box,
/// too small to cost it) the cell uses the axes alone.
pub fn halves<const N: usize>(
    place: &Place<N>,
    matrix: &[[f64; N]; N],
    families: &Families<N>,
    mut emit: impl FnMut(Half<N>),
) {
    let mut pair = |offset: &[i32; N], weight: f64| {
        for offset in [*offset, offset.map(|e| -e)] {
            if place.inside(&offset) {
                emit(Half { offset, weight });
            }
        }
    };
    if place.deep(families.reach()) {
        families.terms().iter().for_each(|f| pair(&f.offset, 0.5 * f.weight));
        return;
    }
    let (crossed, lost) = losses(place, families);
    let mut normals = (0..N).filter(|&axis| crossed[axis]);
    match (normals.next(), normals.next()) {
        (Some(_), Some(_)) => {
            Families::diagonal(matrix).terms().iter().for_each(|f| pair(&f.offset, 0.5 * f.weight));
        }
        (normal, _) => {
            families.terms().iter().for_each(|f| pair(&f.offset, 0.5 * f.weight));
            if let Some(along) = normal.and_then(|normal| tangential(matrix, &lost, normal)) {
                along.terms().iter().for_each(|f| pair(&f.offset, 0.25 * f.weight));
            }
        }
    }
}

/// Which walls the families run into, and the sum of those that do.
fn losses<const N: usize>(place: &Place<N>, families: &Families<N>) -> ([bool; N], [[f64; N]; N]) {
    let (mut crossed, mut lost) = ([false; N], [[0.0; N]; N]);
    for family in families.terms() {
        let mut loses = false;
        for offset in [family.offset, family.offset.map(|e| -e)] {
            for (axis, crossed) in crossed.iter_mut().enumerate() {
                let outside = place.outside(&offset, axis);
                *crossed |= outside;
                loses |= outside;
            }
        }
        if loses {
            for (i, row) in lost.iter_mut().enumerate() {
                for (j, entry) in row.iter_mut().enumerate() {
                    *entry += family.weight * f64::from(family.offset[i]) * f64::from(family.offset[j]);
                }
            }
        }
    }
    (crossed, lost)
}

/// Families of R_tt - R_tn D_nt / D_nn on the axes along the wall.
fn tangential<const N: usize>(matrix: &[[f64; N]; N], lost: &[[f64; N]; N], normal: usize) -> Option<Families<N>> {
    let mut block = [[0.0; N]; N];
    let axes: Vec<usize> = (0..N).filter(|&axis| axis != normal).collect();
    for &a in &axes {
        for &b in &axes {
            // Symmetric in the outermost layer, where R_tn = D_tn; made so in the others.
            let mixed = lost[a][normal] * matrix[normal][b] + lost[b][normal] * matrix[normal][a];
            block[a][b] = lost[a][b] - 0.5 * mixed / matrix[normal][normal];
        }
    }
    for &a in &axes {
        if block[a][a] <= 0.0 {
            for row in &mut block {
                row[a] = 0.0;
            }
            block[a] = [0.0; N];
        }
    }
    match *axes {
        [] => None,
        [_] => Some(Families::diagonal(&block)),
        _ => decompose(&block, &axes, REACH).or_else(|| Some(Families::diagonal(&block))),
    }
}

/// Longest offset along a wall.
const REACH: i32 = 16;
