//! Cholesky's factorisation of small matrices.

/// Cholesky's factor of a positive semi-definite matrix; what rounding makes negative counts as zero.
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
