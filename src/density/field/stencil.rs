//! Polynomials of degree seven through neighbouring nodes of a uniform line: values, slopes, and what a sum over nodes
//! lacks to be an integral.

use std::sync::LazyLock;

/// Nodes of a polynomial, where the line has as many.
pub(super) const POINTS: usize = 8;

/// B_{n+1}(1) / (n + 1): what the sum over the nodes 0, -1, -2, .. of x^n is, apart from its far end.
const HALF_SUMS: [f64; POINTS] = [0.5, 1.0 / 12.0, 0.0, -1.0 / 120.0, 0.0, 1.0 / 252.0, 0.0, -1.0 / 240.0];

/// Weights of the nodes `first`, `first` + 1, ..
#[derive(Debug, Clone, Copy)]
pub(super) struct Stencil {
    pub first: usize,
    /// How many nodes have a weight.
    pub points: usize,
    pub weights: [f64; POINTS],
}

impl Stencil {
    /// Value at the real position `x`, in steps from node 0, of the polynomial through the nodes of a line of `cells`
    /// around it; one-sided near the ends.
    pub fn value(cells: usize, x: f64) -> Self {
        Self::with(cells, x, POINTS, |table, t| table.values(t))
    }

    /// The same by a polynomial through `points` nodes only.
    pub fn narrow(cells: usize, x: f64, points: usize) -> Self {
        Self::with(cells, x, points, |table, t| table.values(t))
    }

    /// Slope there \[1 / step\].
    pub fn slope(cells: usize, x: f64) -> Self {
        Self::with(cells, x, POINTS, |table, t| table.slopes(t))
    }

    /// Second derivative there \[1 / step^2\].
    pub fn bend(cells: usize, x: f64) -> Self {
        Self::with(cells, x, POINTS, |table, t| table.bends(t))
    }

    /// What has to be added to the sum over the nodes up to `last` (-1: none) to get the integral up to `x`, both taken from
    /// the same far end, in steps. The nodes are those around `x`.
    pub fn partial(cells: usize, last: isize, x: f64) -> Self {
        let (first, points) = window(cells, x, POINTS);
        let local = (last - first as isize).clamp(-1, points as isize);
        debug_assert_eq!(local, last - first as isize, "the last node is next to the polynomial's own");
        Self { first, points, weights: TABLES[points - 1].partials((local + 1) as usize, x - first as f64) }
    }

    fn with(cells: usize, x: f64, points: usize, weights: impl Fn(&Table, f64) -> [f64; POINTS]) -> Self {
        let (first, points) = window(cells, x, points);
        Self { first, points, weights: weights(&TABLES[points - 1], x - first as f64) }
    }

    /// The weighted sum of the nodes of `values`.
    pub fn apply(&self, values: &[f64]) -> f64 {
        values[self.first..].iter().zip(&self.weights).map(|(v, w)| v * w).sum()
    }
}

/// First node and number of nodes of the polynomial through at most `points` nodes around `x`.
fn window(cells: usize, x: f64, points: usize) -> (usize, usize) {
    let points = cells.min(points);
    let centred = x.floor() - (points as f64 / 2.0 - 1.0).ceil();
    (centred.clamp(0.0, (cells - points) as f64) as usize, points)
}

/// The Lagrange polynomials of the nodes 0 .. points - 1.
struct Table {
    points: usize,
    /// `monomials[j][n]`: coefficient of u^n of polynomial j, u measured from the middle.
    monomials: [[f64; POINTS]; POINTS],
    /// `ends[a][j]`: see [`Stencil::partial`] for node a - 1 as the last and x at it.
    ends: [[f64; POINTS]; POINTS + 2],
    middle: f64,
}

static TABLES: LazyLock<Vec<Table>> = LazyLock::new(|| (1..=POINTS).map(Table::of).collect());

impl Table {
    fn of(points: usize) -> Self {
        let middle = 0.5 * (points - 1) as f64;
        let monomials = lagrange(points, middle);
        let mut ends = [[0.0; POINTS]; POINTS + 2];
        for (a, row) in ends.iter_mut().enumerate().take(points + 2) {
            let around = lagrange(points, a as f64 - 1.0);
            for (end, coefficients) in row.iter_mut().zip(&around).take(points) {
                *end = -coefficients.iter().zip(&HALF_SUMS).map(|(c, s)| c * s).sum::<f64>();
            }
        }
        Self { points, monomials, ends, middle }
    }

    fn each(&self, f: impl Fn(&[f64; POINTS]) -> f64) -> [f64; POINTS] {
        std::array::from_fn(|j| if j < self.points { f(&self.monomials[j]) } else { 0.0 })
    }

    fn values(&self, t: f64) -> [f64; POINTS] {
        let u = t - self.middle;
        self.each(|c| c.iter().rev().fold(0.0, |sum, c| sum * u + c))
    }

    fn slopes(&self, t: f64) -> [f64; POINTS] {
        let u = t - self.middle;
        self.each(|c| (1..POINTS).rev().fold(0.0, |sum, n| sum * u + n as f64 * c[n]))
    }

    fn bends(&self, t: f64) -> [f64; POINTS] {
        let u = t - self.middle;
        self.each(|c| (2..POINTS).rev().fold(0.0, |sum, n| sum * u + (n * (n - 1)) as f64 * c[n]))
    }

    fn partials(&self, end: usize, t: f64) -> [f64; POINTS] {
        let antiderivative =
            |c: &[f64; POINTS], u: f64| (0..POINTS).rev().fold(0.0, |sum, n| (sum + c[n] / (n + 1) as f64) * u);
        let (low, high) = (end as f64 - 1.0 - self.middle, t - self.middle);
        let mut weights = self.each(|c| antiderivative(c, high) - antiderivative(c, low));
        for (w, end) in weights.iter_mut().zip(&self.ends[end]) {
            *w += end;
        }
        weights
    }
}

/// Coefficients of the Lagrange polynomials of the nodes 0 .. points - 1 in powers of t - `origin`.
fn lagrange(points: usize, origin: f64) -> [[f64; POINTS]; POINTS] {
    let mut rows = [[0.0; POINTS]; POINTS];
    for (j, row) in rows.iter_mut().enumerate().take(points) {
        row[0] = 1.0;
        let mut scale = 1.0;
        for (degree, other) in (0..points).filter(|&other| other != j).enumerate() {
            let root = other as f64 - origin;
            for n in (0..=degree).rev() {
                row[n + 1] += row[n];
                row[n] *= -root;
            }
            scale *= j as f64 - other as f64;
        }
        for c in row.iter_mut() {
            *c /= scale;
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    #[test]
    fn polynomials_of_degree_seven_are_reproduced_everywhere_on_the_line() {
        let f = |x: f64| (0.1 * x - 0.7).powi(7) + x;
        let slope = |x: f64| 0.7 * (0.1 * x - 0.7).powi(6) + 1.0;
        let bend = |x: f64| 0.42 * (0.1 * x - 0.7).powi(5);
        let values: Vec<f64> = (0..15).map(|i| f(i as f64)).collect();
        for x in [-0.5, 0.0, 0.3, 3.5, 6.999, 7.0, 11.2, 14.0, 14.5] {
            assert_relative_eq!(Stencil::value(15, x).apply(&values), f(x), max_relative = 1e-12);
            assert_relative_eq!(Stencil::slope(15, x).apply(&values), slope(x), max_relative = 1e-11);
            assert_relative_eq!(Stencil::bend(15, x).apply(&values), bend(x), epsilon = 1e-11);
        }
    }

    #[test]
    fn sums_become_integrals_between_any_two_places() {
        let f = |x: f64| (0.1 * x - 0.7).powi(7) + x;
        let integral = |x: f64| 1.25 * (0.1 * x - 0.7).powi(8) + 0.5 * x * x;
        let values: Vec<f64> = (0..15).map(|i| f(i as f64)).collect();
        let upto = |last: isize, x: f64| {
            values[..(last + 1) as usize].iter().sum::<f64>() + Stencil::partial(15, last, x).apply(&values)
        };
        let wall = upto(-1, -0.5);
        for (last, x) in [(0, 0.2), (2, 2.9), (3, 3.0), (9, 9.5), (14, 14.0), (14, 14.5)] {
            assert_relative_eq!(upto(last, x) - wall, integral(x) - integral(-0.5), max_relative = 1e-12);
        }
    }

    #[test]
    fn short_lines_use_the_nodes_they_have() {
        for cells in 1..POINTS {
            let values: Vec<f64> = (0..cells).map(|i| (i as f64 + 1.0).powi(cells as i32 - 1)).collect();
            let x = 0.4 * cells as f64 - 0.3;
            let exact = (x + 1.0).powi(cells as i32 - 1);
            assert_relative_eq!(Stencil::value(cells, x).apply(&values), exact, max_relative = 1e-12);
        }
    }
}
