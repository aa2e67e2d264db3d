//! Whether a diffusion matrix is positive definite.

use super::OperatorError;

/// Smallest pivot of the matrix scaled to unit diagonal that is not rounding.
const ROUNDING: f64 = 1e-14;

/// # Errors
/// [`OperatorError::Indefinite`] with the smallest eigenvalue where it is negative, [`OperatorError::Degenerate`]
/// where it is zero to rounding.
pub fn check<const N: usize>(matrix: &[[f64; N]; N], at: &[f64; N]) -> Result<(), OperatorError> {
    if smallest_pivot(matrix) > ROUNDING {
        return Ok(());
    }
    let eigenvalues = eigenvalues(matrix);
    let [smallest, largest] = [eigenvalues[0], eigenvalues[N - 1]];
    let at = at.to_vec();
    if smallest < -1e-12 * largest.abs() {
        Err(OperatorError::Indefinite { at, eigenvalue: smallest })
    } else {
        Err(OperatorError::Degenerate { at, eigenvalue: smallest })
    }
}

/// Of Cholesky's factorisation of the matrix scaled to unit diagonal.
fn smallest_pivot<const N: usize>(matrix: &[[f64; N]; N]) -> f64 {
    let scale: [f64; N] = std::array::from_fn(|i| matrix[i][i].sqrt());
    let mut l = [[0.0; N]; N];
    let mut smallest = f64::INFINITY;
    for i in 0..N {
        if !(scale[i] > 0.0 && scale[i].is_finite()) {
            return matrix[i][i].min(0.0);
        }
        for j in 0..i {
            let known: f64 = (0..j).map(|k| l[i][k] * l[j][k]).sum();
            l[i][j] = (matrix[i][j] / scale[i] / scale[j] - known) / l[j][j];
        }
        let pivot = 1.0 - (0..i).map(|k| l[i][k] * l[i][k]).sum::<f64>();
        smallest = smallest.min(pivot);
        if pivot.is_nan() || pivot <= 0.0 {
            return pivot.min(0.0);
        }
        l[i][i] = pivot.sqrt();
    }
    smallest
}

/// Ascending.
fn eigenvalues<const N: usize>(matrix: &[[f64; N]; N]) -> Vec<f64> {
    let full = faer::Mat::from_fn(N, N, |i, j| matrix[i.max(j)][i.min(j)]);
    full.self_adjoint_eigenvalues(faer::Side::Lower).unwrap_or_else(|_| vec![f64::NAN; N])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn definite_degenerate_and_indefinite_are_told_apart_in_any_unit() {
        for unit in [1e-200, 1.0, 1e200] {
            let scaled = |m: [[f64; 2]; 2]| m.map(|row| row.map(|x| x * unit));
            assert_eq!(check(&scaled([[1.0, 0.999_999], [0.999_999, 1.0]]), &[0.0, 1.0]), Ok(()));
            assert_eq!(check(&scaled([[1e-12, 0.0], [0.0, 1.0]]), &[0.0, 1.0]), Ok(()));
            let flat = check(&scaled([[1.0, 2.0], [2.0, 4.0]]), &[0.5, 1.0]);
            assert!(matches!(flat, Err(OperatorError::Degenerate { at, .. }) if at == [0.5, 1.0]));
            let flat = check(&scaled([[0.0, 0.0], [0.0, 4.0]]), &[0.0, 1.0]);
            assert!(matches!(flat, Err(OperatorError::Degenerate { .. })));
            let saddle = check(&scaled([[1.0, 2.0], [2.0, 1.0]]), &[0.0, 1.0]);
            assert!(
                matches!(saddle, Err(OperatorError::Indefinite { eigenvalue, .. }) if (eigenvalue / unit + 1.0).abs() < 1e-14)
            );
            let hollow = check(&scaled([[0.0, 1.0], [1.0, 1.0]]), &[0.0, 1.0]);
            assert!(matches!(hollow, Err(OperatorError::Indefinite { .. })));
        }
    }
}
