//! Integration formulas on a uniform line, all of them centred and so of even order.

#![allow(clippy::needless_range_loop, reason = "lanes that are indexed side by side become vector code")]

use super::ROW;
use std::sync::LazyLock;

/// Nodes on either side of a cell that its integral looks at.
pub const SIDE: usize = 6;
/// Nodes of the polynomial through the neighbours of a cell.
pub const POINTS: usize = 10;

/// Integral over the cell between nodes 0 and 1, in steps, from the sums of nodes -k and 1 + k: exact to
/// degree 9 (the antiderivative of the interpolating polynomial).
const CELL: [f64; SIDE - 1] = [
    2_067_169.0 / 3_628_800.0,
    -40_111.0 / 453_600.0,
    581.0 / 25_920.0,
    -28_939.0 / 7_257_600.0,
    2_497.0 / 7_257_600.0,
];
/// What one more pair of nodes adds, for exactness to degree 11: 14797/95800320 of the tenth central difference.
const DEFECT: [f64; SIDE] = {
    // Averaged tenth differences: C(10, j) - C(10, j - 1), j = 5 .. 0.
    let mut d = [-42.0, 90.0, -75.0, 35.0, -9.0, 1.0];
    let mut k = 0;
    while k < SIDE {
        d[k] *= -14_797.0 / 191_600_640.0;
        k += 1;
    }
    d
};
/// Euler-Maclaurin: B_2/2! f' + B_4/4! f''' + ... from the differences of nodes k and -k, exact to degree 10.
const END: [f64; 5] = [
    11_639_731.0 / 159_667_200.0,
    -299_093.0 / 13_305_600.0,
    203_257.0 / 35_481_600.0,
    -230_371.0 / 239_500_800.0,
    14_797.0 / 191_600_640.0,
];

/// What its last pair of nodes adds: C(8, j) - C(8, j - 1) for the averaged ninth difference.
const END_DEFECT: [f64; 5] = {
    let mut d = [42.0, -48.0, 27.0, -8.0, 1.0];
    let mut k = 0;
    while k < d.len() {
        d[k] *= 14_797.0 / 191_600_640.0;
        k += 1;
    }
    d
};

/// Integrals over the cells that follow the nodes 5 .. 12 of `f`, in steps, to order 12, and by how much the outermost
/// nodes change them: the difference to the formula of order 10.
///
/// # Panics
/// When `f` holds fewer than 19 nodes.
#[inline(always)]
pub fn cell_row(f: &[f64]) -> ([f64; ROW], [f64; ROW]) {
    let f = &f[..2 * SIDE + ROW - 1];
    let (mut integral, mut defect) = ([0.0; ROW], [0.0; ROW]);
    for k in 0..SIDE {
        let (before, after) = (&f[SIDE - 1 - k..][..ROW], &f[SIDE + k..][..ROW]);
        let mut pair = [0.0; ROW];
        for lane in 0..ROW {
            pair[lane] = before[lane] + after[lane];
        }
        for lane in 0..ROW {
            defect[lane] += DEFECT[k] * pair[lane];
        }
        if k < SIDE - 1 {
            for lane in 0..ROW {
                integral[lane] += CELL[k] * pair[lane];
            }
        }
    }
    for lane in 0..ROW {
        integral[lane] += defect[lane];
    }
    (integral, defect)
}

/// What the trapezoidal sum that ends at node `i` (with half its value) is too large by, in steps, and by how much
/// the outermost nodes change that.
///
/// `f` must hold five nodes on either side.
pub fn end_correction(f: &[f64], i: usize) -> (f64, f64) {
    let (mut correction, mut defect) = (0.0, 0.0);
    for k in 0..END.len() {
        let difference = f[i + 1 + k] - f[i - 1 - k];
        correction += END[k] * difference;
        defect += END_DEFECT[k] * difference;
    }
    (correction, defect)
}

/// The polynomial through [`POINTS`] nodes around a cell.
#[derive(Debug, Clone, Copy)]
pub struct Local {
    coefficients: [f64; POINTS],
}

/// Row m: coefficients of t^m of the Lagrange polynomials of the nodes -4 .. 5.
static MONOMIALS: LazyLock<[[f64; POINTS]; POINTS]> = LazyLock::new(|| {
    let node = |j: usize| j as f64 - (POINTS / 2 - 1) as f64;
    let mut rows = [[0.0; POINTS]; POINTS];
    for j in 0..POINTS {
        let mut product = [0.0; POINTS];
        product[0] = 1.0;
        let mut scale = 1.0;
        for (degree, other) in (0..POINTS).filter(|&o| o != j).enumerate() {
            for m in (0..=degree).rev() {
                product[m + 1] += product[m];
                product[m] *= -node(other);
            }
            scale *= node(j) - node(other);
        }
        for m in 0..POINTS {
            rows[m][j] = product[m] / scale;
        }
    }
    rows
});

impl Local {
    /// Through the values at the nodes `i` - 4 .. `i` + 5; t = 0 at node `i`, 1 at the next.
    pub fn through(f: &[f64], i: usize) -> Self {
        let f = &f[i + 1 - POINTS / 2..][..POINTS];
        Self { coefficients: MONOMIALS.each_ref().map(|row| row.iter().zip(f).map(|(a, b)| a * b).sum()) }
    }

    /// Value at t.
    pub fn value(&self, t: f64) -> f64 {
        self.coefficients.iter().rev().fold(0.0, |sum, c| sum * t + c)
    }

    /// Integral from 0 to t.
    pub fn integral(&self, t: f64) -> f64 {
        (0..POINTS).rev().fold(0.0, |sum, m| sum * t + self.coefficients[m] / (m + 1) as f64) * t
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEP: f64 = 0.1;

    /// e^z at the nodes of a line.
    fn line() -> Vec<f64> {
        (0..24).map(|i| (STEP * (f64::from(i) - 10.0)).exp()).collect()
    }

    #[test]
    fn cells_of_powers_are_exact() {
        for degree in 0..12 {
            let f: Vec<f64> = (0..19).map(|i| (f64::from(i) - 5.0).powi(degree)).collect();
            let exact = 1.0 / f64::from(degree + 1);
            assert!((cell_row(&f).0[0] - exact).abs() < 1e-9, "degree {degree}");
        }
    }

    #[test]
    fn cell_of_an_exponential_and_its_defect() {
        let (integrals, defects) = cell_row(&line());
        let (integral, defect) = (integrals[5], defects[5]);
        let exact = STEP.exp_m1() / STEP;
        assert!((integral - exact).abs() < 4e-15, "{integral} not {exact}");
        assert!(defect.abs() < 1e-12);
    }

    #[test]
    fn a_sum_from_far_away_ends_at_a_node() {
        // Infinite trapezoidal sum of e^z up to z = 0: geometric.
        let q = (-STEP).exp();
        let sum = q / (1.0 - q) + 0.5 - end_correction(&line(), 10).0;
        assert!((STEP * sum - 1.0).abs() < 4e-15, "{}", STEP * sum - 1.0);
    }

    #[test]
    fn polynomial_of_an_exponential() {
        let local = Local::through(&line(), 10);
        for t in [0.0f64, 0.3, 0.5, 1.0] {
            assert!((local.value(t) - (STEP * t).exp()).abs() < 1e-13);
            assert!((local.integral(t) - (STEP * t).exp_m1() / STEP).abs() < 1e-13);
        }
    }
}
