//! Product grids for several variables: cells of equal size in xi, with z = z(xi) along every axis.
//!
//! Refinement keeps the map and halves the cells, so errors have an expansion in even powers of the step.

/// How the chart coordinate z depends on the grid coordinate xi.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Grading {
    /// z = xi.
    Uniform,
    /// z = centre + scale sinh xi: fine near the centre, reaching far with few cells.
    Sinh {
        /// z at xi = 0.
        centre: f64,
        /// dz/dxi at xi = 0.
        scale: f64,
    },
}

impl Grading {
    /// z(xi)
    pub fn z(&self, xi: f64) -> f64 {
        match *self {
            Self::Uniform => xi,
            Self::Sinh { centre, scale } => centre + scale * xi.sinh(),
        }
    }

    /// xi(z)
    pub fn xi(&self, z: f64) -> f64 {
        match *self {
            Self::Uniform => z,
            Self::Sinh { centre, scale } => ((z - centre) / scale).asinh(),
        }
    }

    /// dz/dxi at `xi`.
    pub fn stretch(&self, xi: f64) -> f64 {
        match *self {
            Self::Uniform => 1.0,
            Self::Sinh { scale, .. } => scale * xi.cosh(),
        }
    }

    /// Where cells between `walls` are smallest, in xi.
    pub fn middle(&self, [lower, upper]: [f64; 2]) -> f64 {
        match self {
            Self::Uniform => 0.5 * (lower + upper),
            Self::Sinh { .. } => 0.0f64.clamp(lower, upper),
        }
    }

    /// Distance from there to the lower (0) or upper (1) wall, in xi; of lopsided boxes at least a twentieth and at most half of
    /// the whole.
    pub fn half(&self, walls: [f64; 2], side: usize) -> f64 {
        let whole = walls[1] - walls[0];
        (self.middle(walls) - walls[side]).abs().clamp(0.05 * whole, 0.5 * whole)
    }
}

/// Cells along one axis: centres xi_i = first + i step, walls half a step outside the outermost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LatticeAxis {
    /// The map to the chart.
    pub grading: Grading,
    /// xi of the first cell centre.
    pub first: f64,
    /// Size of a cell in xi.
    pub step: f64,
    /// Number of cells.
    pub cells: usize,
}

impl LatticeAxis {
    /// `cells` cells between the walls `lower` and `upper`, given in xi.
    pub fn between(grading: Grading, lower: f64, upper: f64, cells: usize) -> Self {
        let step = (upper - lower) / cells as f64;
        Self { grading, first: lower + 0.5 * step, step, cells }
    }

    /// xi of the centre of cell `i` (a real number: halves are faces).
    pub fn xi(&self, i: f64) -> f64 {
        self.first + i * self.step
    }

    /// Chart coordinate of the centre of cell `i`.
    pub fn node(&self, i: usize) -> f64 {
        self.grading.z(self.xi(i as f64))
    }

    /// Length of chart that cell `i` owns, z'(xi_i) step.
    pub fn length(&self, i: usize) -> f64 {
        self.grading.stretch(self.xi(i as f64)) * self.step
    }

    /// The two walls, in xi.
    pub fn walls(&self) -> [f64; 2] {
        [self.xi(-0.5), self.xi(self.cells as f64 - 0.5)]
    }
}

/// The tensor product of N axes; cells are numbered with the last axis fastest.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lattice<const N: usize> {
    axes: [LatticeAxis; N],
}

impl<const N: usize> Lattice<N> {
    /// A lattice from its axes.
    pub fn new(axes: [LatticeAxis; N]) -> Self {
        Self { axes }
    }

    /// Axis `i`.
    pub fn axis(&self, i: usize) -> &LatticeAxis {
        &self.axes[i]
    }

    /// Cells along every axis.
    pub fn shape(&self) -> [usize; N] {
        std::array::from_fn(|i| self.axes[i].cells)
    }

    /// Number of cells.
    pub fn cells(&self) -> usize {
        self.axes.iter().map(|axis| axis.cells).product()
    }

    /// Number of the cell at `index`.
    pub fn cell(&self, index: &[usize; N]) -> usize {
        index.iter().zip(&self.axes).fold(0, |cell, (i, axis)| cell * axis.cells + i)
    }

    /// Position of the cell with number `cell`.
    pub fn index(&self, mut cell: usize) -> [usize; N] {
        let mut index = [0; N];
        for (i, axis) in index.iter_mut().zip(&self.axes).rev() {
            *i = cell % axis.cells;
            cell /= axis.cells;
        }
        index
    }

    /// Chart coordinates of the centre of the cell at `index`.
    pub fn node(&self, index: &[usize; N]) -> [f64; N] {
        std::array::from_fn(|i| self.axes[i].node(index[i]))
    }

    /// ln of the volume of chart that the cell at `index` owns: log mass minus this is log density in z.
    pub fn log_volume(&self, index: &[usize; N]) -> f64 {
        index.iter().zip(&self.axes).map(|(&i, axis)| axis.length(i).ln()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_numbered_with_the_last_axis_fastest() {
        let axis = |cells| LatticeAxis::between(Grading::Sinh { centre: 0.3, scale: 0.5 }, -2.0, 2.0, cells);
        let lattice = Lattice::new([axis(3), axis(4), axis(5)]);
        assert_eq!(lattice.cell(&[1, 2, 3]), 20 + 10 + 3);
        for cell in 0..lattice.cells() {
            assert_eq!(lattice.cell(&lattice.index(cell)), cell);
        }
        assert!((lattice.axis(0).node(1) - 0.3).abs() < 1e-15);
        let z = lattice.axis(2).node(4);
        assert!((lattice.axis(2).grading.xi(z) - lattice.axis(2).xi(4.0)).abs() < 1e-14);
    }
}
