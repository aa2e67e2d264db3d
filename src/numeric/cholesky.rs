//! Cholesky's factorisation of small matrices.

/// L, N x N and lower triangular, with L L^T = A for a positive semi-definite A; what rounding makes negative counts as zero,
/// what is not a number stays that. Errors are a few roundings of the entries of A.
pub fn semidefinite_root<const N: usize>(matrix: &[[f64; N]; N]) -> [[f64; N]; N] {
    let mut l = [[0.0; N]; N];
    for i in 0..N {
        for j in 0..=i {
            let known: f64 = (0..j).map(|k| l[i][k] * l[j][k]).sum();
            let rest = matrix[i][j] - known;
            l[i][j] = if i == j {
                // Keeps what is not a number.
                if rest < 0.0 { 0.0 } else { rest.sqrt() }
            } else if l[j][j] > 0.0 {
                rest / l[j][j]
            } else {
                0.0
            };
        }
    }
    l
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_of_full_and_of_deficient_rank() {
        let round = [[4.0, 2.0, 0.0], [2.0, 5.0, 6.0], [0.0, 6.0, 13.0]];
        assert_eq!(semidefinite_root(&round), [[2.0, 0.0, 0.0], [1.0, 2.0, 0.0], [0.0, 3.0, 2.0]]);
        // v v^T
        let flat = [[1.0, -3.0], [-3.0, 9.0]];
        assert_eq!(semidefinite_root(&flat), [[1.0, 0.0], [-3.0, 0.0]]);
        assert_eq!(semidefinite_root(&[[0.0, 0.0], [0.0, 4.0]]), [[0.0, 0.0], [0.0, 2.0]]);
        assert!(semidefinite_root(&[[f64::NAN]])[0][0].is_nan());
    }
}
