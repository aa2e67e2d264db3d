//! A Markov generator held as its off-diagonal rates.

use super::OperatorError;
use sprs::{CsMatI, SpIndex, TriMatI};

/// Rates compressed by rows. Columns take four bytes each: half of what a matrix takes is its pattern.
pub type RateMatrix = CsMatI<f64, u32, usize>;

/// Row x holds the rates x -> y >= 0 \[1 / time\]; the diagonal (minus the row sum) is implied and never stored,
/// so mass is conserved by construction and no solver can lose digits to it.
#[derive(Debug, Clone)]
pub struct Generator {
    rates: RateMatrix,
}

impl Generator {
    /// Checks a matrix of rates, row = source, column = target, whatever the integers of its pattern.
    ///
    /// # Errors
    /// [`OperatorError::Shape`], [`OperatorError::Size`], [`OperatorError::Diagonal`], [`OperatorError::Rate`].
    pub fn try_new<I: SpIndex, P: SpIndex>(rates: CsMatI<f64, I, P>) -> Result<Self, OperatorError> {
        let rates = if rates.is_csr() { rates } else { rates.to_csr() };
        if rates.rows() != rates.cols() {
            return Err(OperatorError::Shape { rows: rates.rows(), columns: rates.cols() });
        }
        if u32::try_from(rates.rows()).is_err() {
            return Err(OperatorError::Size { cells: rates.rows() });
        }
        let shape = rates.shape();
        let (pointers, columns, values) = rates.into_raw_storage();
        let pointers = pointers.into_iter().map(SpIndex::index).collect();
        let columns = columns.into_iter().map(|column| column.index() as u32).collect();
        Self::checked(CsMatI::new(shape, pointers, columns, values))
    }

    /// [`Generator::try_new`] for rates that need no other integers.
    pub(crate) fn checked(rates: RateMatrix) -> Result<Self, OperatorError> {
        for (from, row) in rates.outer_iterator().enumerate() {
            for (to, &rate) in row.iter() {
                if from == to {
                    return Err(OperatorError::Diagonal { cell: from });
                }
                if !(rate.is_finite() && rate >= 0.0) {
                    return Err(OperatorError::Rate { from, to, rate });
                }
            }
        }
        Ok(Self { rates })
    }

    /// A chain of cells in a row: `up[k]` is the rate k -> k+1, `down[k]` the rate k+1 -> k.
    ///
    /// # Errors
    /// [`OperatorError::Rate`].
    pub fn chain(up: &[f64], down: &[f64]) -> Result<Self, OperatorError> {
        let n = up.len() + 1;
        let mut pointers = Vec::with_capacity(n + 1);
        let (mut columns, mut values) = (Vec::with_capacity(2 * n), Vec::with_capacity(2 * n));
        pointers.push(0);
        for k in 0..n {
            if k > 0 {
                columns.push(k as u32 - 1);
                values.push(down[k - 1]);
            }
            if k + 1 < n {
                columns.push(k as u32 + 1);
                values.push(up[k]);
            }
            pointers.push(columns.len());
        }
        Self::checked(CsMatI::new((n, n), pointers, columns, values))
    }

    /// From triplets (from, to, rate); rates of the same pair add up.
    ///
    /// # Errors
    /// See [`Generator::try_new`].
    pub fn from_triplets(cells: usize, triplets: &[(usize, usize, f64)]) -> Result<Self, OperatorError> {
        let mut matrix = TriMatI::<f64, u32>::with_capacity((cells, cells), triplets.len());
        for &(from, to, rate) in triplets {
            matrix.add_triplet(from, to, rate);
        }
        Self::checked(matrix.to_csr())
    }

    /// Number of cells.
    pub fn cells(&self) -> usize {
        self.rates.rows()
    }

    /// The rates, compressed by rows.
    pub fn rates(&self) -> &RateMatrix {
        &self.rates
    }

    /// The rates between `cells`, numbered in their order; rates to other cells are left out.
    ///
    /// `cells` ascend and are cells of the generator.
    pub fn restricted(&self, cells: &[usize]) -> Self {
        let mut number = vec![u32::MAX; self.cells()];
        for (k, &cell) in cells.iter().enumerate() {
            number[cell] = k as u32;
        }
        let (mut pointers, mut columns, mut values) = (vec![0], Vec::new(), Vec::new());
        for &cell in cells {
            if let Some(row) = self.rates.outer_view(cell) {
                // Cells ascend, so columns stay sorted.
                for (to, &rate) in row.iter().filter(|(to, _)| number[*to] != u32::MAX) {
                    columns.push(number[to]);
                    values.push(rate);
                }
            }
            pointers.push(columns.len());
        }
        Self { rates: CsMatI::new((cells.len(), cells.len()), pointers, columns, values) }
    }

    /// Largest relative defect of the balance of one cell, |inflow - outflow| / outflow, for masses e^`log_mass`.
    pub fn residual(&self, log_mass: &[f64]) -> f64 {
        let n = self.cells();
        // Everything relative to the cell itself, so that no mass under- or overflows.
        let mut inflow = vec![0.0; n];
        let mut outflow = vec![0.0; n];
        for (from, row) in self.rates.outer_iterator().enumerate() {
            for (to, &rate) in row.iter() {
                outflow[from] += rate;
                inflow[to] += rate * (log_mass[from] - log_mass[to]).exp();
            }
        }
        let defect = |(i, o): (&f64, &f64)| if *o > 0.0 { (i - o).abs() / o } else { 0.0 };
        inflow.iter().zip(&outflow).map(defect).fold(0.0, f64::max)
    }
}
