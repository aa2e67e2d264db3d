//! Selling's reduction: a positive definite matrix as a sum of non-negative rank-one terms on lattice vectors.
//!
//! A superbase is n + 1 integer vectors that add up to zero, any n of which span the lattice. While two of them,
//! v_i and v_j, are at an acute angle in the metric D, the superbase is exchanged for a shorter one. Then
//! D = sum over pairs of -<v_i, D v_j> e e^T, where e is the offset dual to the pair: at most n (n + 1) / 2
//! terms, non-negative since no angle is acute, and exact for any superbase.
//! Selling 1874; Conway and Sloane 1992; in partial differential equations: Fehrenbach and Mirebeau 2014.

/// One term: weight e e^T.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Family<const N: usize> {
    /// Weight, positive.
    pub weight: f64,
    /// e
    pub offset: [i32; N],
}

/// The terms of one matrix.
#[derive(Debug, Clone, Copy)]
pub struct Families<const N: usize> {
    terms: [Family<N>; 6],
    count: usize,
}

impl<const N: usize> Families<N> {
    const EMPTY: Self = Self { terms: [Family { weight: 0.0, offset: [0; N] }; 6], count: 0 };

    /// The terms with positive weight.
    pub fn terms(&self) -> &[Family<N>] {
        &self.terms[..self.count]
    }

    /// The terms of a diagonal matrix with the diagonal of `matrix`.
    pub fn diagonal(matrix: &[[f64; N]; N]) -> Self {
        let mut families = Self::EMPTY;
        for i in 0..N {
            let mut offset = [0; N];
            offset[i] = 1;
            families.push(matrix[i][i], offset);
        }
        families
    }

    fn push(&mut self, weight: f64, offset: [i32; N]) {
        if weight > 0.0 {
            self.terms[self.count] = Family { weight, offset };
            self.count += 1;
        }
    }

    /// The largest component of an offset.
    pub fn reach(&self) -> i32 {
        self.terms().iter().flat_map(|f| f.offset).map(i32::abs).max().unwrap_or(0)
    }
}

/// Rounding of a product of three factors, relative to the sum of the magnitudes of its terms.
const ROUNDING: f64 = 4.0 * f64::EPSILON;

/// Decomposes the block of `matrix` that belongs to `axes` (ascending, at most three); `None` when an offset would
/// have a component above `reach` or the reduction does not end (the block is not positive definite).
///
/// # Accuracy
/// The terms add up to the block within a few roundings of trace |e|^2; weights within rounding of zero are left
/// out.
pub fn decompose<const N: usize>(matrix: &[[f64; N]; N], axes: &[usize], reach: i32) -> Option<Families<N>> {
    let superbase = reduced(matrix, axes, reach)?;
    let mut families = Families::EMPTY;
    let n = axes.len();
    for i in 0..=n {
        for j in i + 1..=n {
            let [value, magnitude] = product(matrix, axes, &superbase[i], &superbase[j]);
            if -value > ROUNDING * magnitude {
                families.push(-value, dual(&superbase, axes, [i, j])?);
            }
        }
    }
    (families.reach() <= reach).then_some(families)
}

/// An obtuse superbase of the block; vectors beyond the first axes.len() + 1 are unused.
fn reduced<const N: usize>(matrix: &[[f64; N]; N], axes: &[usize], reach: i32) -> Option<[[i32; N]; 4]> {
    let n = axes.len();
    let mut v = [[0; N]; 4];
    for (i, &axis) in axes.iter().enumerate() {
        v[i][axis] = 1;
        v[n][axis] = -1;
    }
    // Every exchange lengthens an offset or shortens a vector that was lengthened before.
    for _ in 0..64 + 8 * i64::from(reach) {
        let Some([i, j]) = most_acute(matrix, axes, &v) else { return Some(v) };
        let others = (0..=n).filter(|&k| k != i && k != j);
        let share = if n == 2 { 2 } else { 1 };
        for k in others {
            for &axis in axes {
                v[k][axis] += share * v[i][axis];
            }
        }
        v[i] = v[i].map(|c| -c);
        if v.iter().flatten().any(|c| c.abs() > 4 * reach.min(1 << 20)) {
            return None;
        }
    }
    None
}

/// The pair at the most acute angle, if any is acute beyond rounding.
fn most_acute<const N: usize>(matrix: &[[f64; N]; N], axes: &[usize], v: &[[i32; N]; 4]) -> Option<[usize; 2]> {
    let (mut worst, mut pair) = (0.0, None);
    for i in 0..=axes.len() {
        for j in i + 1..=axes.len() {
            let [value, magnitude] = product(matrix, axes, &v[i], &v[j]);
            if value > ROUNDING * magnitude && value > worst {
                (worst, pair) = (value, Some([i, j]));
            }
        }
    }
    pair
}

/// <u, D v> and the sum of the magnitudes of its terms.
fn product<const N: usize>(matrix: &[[f64; N]; N], axes: &[usize], u: &[i32; N], v: &[i32; N]) -> [f64; 2] {
    let (mut value, mut magnitude) = (0.0, 0.0);
    for &a in axes {
        for &b in axes {
            let term = f64::from(u[a]) * matrix[a][b] * f64::from(v[b]);
            value += term;
            magnitude += term.abs();
        }
    }
    [value, magnitude]
}

/// The offset that is orthogonal to every superbase vector but those of `pair`.
fn dual<const N: usize>(v: &[[i32; N]; 4], axes: &[usize], pair: [usize; 2]) -> Option<[i32; N]> {
    let mut rest = (0..=axes.len()).filter(|k| !pair.contains(k)).map(|k| v[k].map(i64::from));
    let mut e = [0i64; N];
    match *axes {
        [x] => e[x] = 1,
        [x, y] => {
            let u = rest.next()?;
            (e[x], e[y]) = (-u[y], u[x]);
        }
        [x, y, z] => {
            let (u, w) = (rest.next()?, rest.next()?);
            (e[x], e[y], e[z]) = (u[y] * w[z] - u[z] * w[y], u[z] * w[x] - u[x] * w[z], u[x] * w[y] - u[y] * w[x]);
        }
        _ => return None,
    }
    let mut offset = [0; N];
    for (o, e) in offset.iter_mut().zip(e) {
        *o = i32::try_from(e).ok()?;
    }
    Some(offset)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// R diag(scales) R^T with R a product of plane rotations.
    fn rotated<const N: usize>(scales: [f64; N], angles: [f64; 3]) -> [[f64; N]; N] {
        let mut r: [[f64; N]; N] = std::array::from_fn(|i| std::array::from_fn(|j| f64::from(u8::from(i == j))));
        for ((a, b), angle) in [(0, 1), (1, 2), (0, 2)].into_iter().zip(angles).filter(|((_, b), _)| *b < N) {
            let (s, c) = angle.sin_cos();
            for row in &mut r {
                (row[a], row[b]) = (c * row[a] - s * row[b], s * row[a] + c * row[b]);
            }
        }
        let mut m = [[0.0; N]; N];
        for i in 0..N {
            for j in 0..=i {
                m[i][j] = (0..N).map(|k| r[i][k] * scales[k] * r[j][k]).sum();
                m[j][i] = m[i][j];
            }
        }
        m
    }

    fn check<const N: usize>(matrix: &[[f64; N]; N]) -> Result<(), TestCaseError> {
        let axes: Vec<usize> = (0..N).collect();
        let found = decompose(matrix, &axes, 1 << 18).expect("positive definite");
        prop_assert!(found.terms().iter().all(|f| f.weight > 0.0));
        prop_assert!(found.terms().len() <= N * (N + 1) / 2);
        let trace: f64 = (0..N).map(|i| matrix[i][i]).sum();
        let longest = f64::from(found.reach()).powi(2);
        for i in 0..N {
            for j in 0..N {
                let sum: f64 =
                    found.terms().iter().map(|f| f.weight * f64::from(f.offset[i]) * f64::from(f.offset[j])).sum();
                let error = (sum - matrix[i][j]).abs();
                // The weights are rounded by eps trace |v|^2, and come back times |e|^2.
                prop_assert!(error <= 64.0 * f64::EPSILON * trace * longest * longest, "{matrix:?} {found:?}");
            }
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn rebuilds_plane_matrices(cond in 0.0..8.0f64, angles: [f64; 3], size in -30.0..30.0f64) {
            let angles = angles.map(|a| if a.is_finite() { a % 7.0 } else { 0.3 });
            check(&rotated([size.exp(), size.exp() * 10f64.powf(-cond)], angles))?;
        }

        #[test]
        fn rebuilds_space_matrices(c in 0.0..8.0f64, part in 0.0..1.0f64, a in 0.0..7.0f64, b in 0.0..7.0f64, d in 0.0..7.0f64) {
            check(&rotated([1.0, 10f64.powf(-c * part), 10f64.powf(-c)], [a, b, d]))?;
        }
    }

    #[test]
    fn a_diagonal_matrix_needs_its_axes_only() {
        let found = decompose(&[[2.0, 0.0, 0.0], [0.0, 1e-20, 0.0], [0.0, 0.0, 3e8]], &[0, 1, 2], 1).expect("diagonal");
        let mut terms: Vec<_> = found.terms().iter().map(|f| (f.offset.map(i32::abs), f.weight)).collect();
        terms.sort_by_key(|t| std::cmp::Reverse(t.0));
        assert_eq!(terms, [([1, 0, 0], 2.0), ([0, 1, 0], 1e-20), ([0, 0, 1], 3e8)]);
    }

    #[test]
    fn the_body_centred_form_has_six_equal_terms() {
        // D = sum over the six offsets e_i, e_i - e_j: the Voronoi cell is a truncated octahedron.
        let found = decompose(&[[3.0, -1.0, -1.0], [-1.0, 3.0, -1.0], [-1.0, -1.0, 3.0]], &[0, 1, 2], 1).expect("form");
        assert_eq!(found.terms().len(), 6);
        assert!(found.terms().iter().all(|f| f.weight == 1.0));
    }

    #[test]
    fn an_indefinite_matrix_and_a_short_reach_end() {
        assert!(decompose(&[[1.0, 2.0], [2.0, 1.0]], &[0, 1], 100).is_none());
        let long = [[1.0, 0.01], [0.01, 1.1e-4]];
        assert!(decompose(&long, &[0, 1], 40).is_none());
        assert_eq!(decompose(&long, &[0, 1], 100).expect("91 and 90 cells").reach(), 91);
    }
}
