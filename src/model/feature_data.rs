//! Population moments (1/n) of rows of inputs and targets, with twice the digits of f64.

use super::feature_moments::{check_count, check_definite, cube, fourfold, smallest_eigenvalue, solve, square};
use super::{FeatureMoments, ModelError};
use crate::numeric::DoubleDouble;

/// A residual below this many roundings of the targets is a rounding of the data.
const ROUNDINGS: f64 = 8.0;
/// Smallest eigenvalue of a covariance of gradients, scaled to unit diagonal, that counts as noise in all directions.
const RANK: f64 = 1e-12;

fn mean(count: usize, value: impl Fn(usize) -> DoubleDouble) -> DoubleDouble {
    let sum = (0..count).fold(DoubleDouble::ZERO, |sum, row| sum + value(row));
    sum / DoubleDouble::from(count as f64)
}

/// Per-sample products, centred: first x_i x_k for i <= k, then e x_i with e the residual of the regression.
struct Products {
    /// One list of rows per product.
    columns: Vec<Vec<DoubleDouble>>,
    features: usize,
}

impl Products {
    fn of(x: &[Vec<f64>], residual: &[DoubleDouble]) -> Self {
        let n = x[0].len();
        let pairs = (0..n).flat_map(|i| (i..n).map(move |k| (i, k)));
        let squares = pairs.map(|(i, k)| x.iter().map(|row| DoubleDouble::product(row[i], row[k])).collect::<Vec<_>>());
        let pulls = (0..n).map(|i| x.iter().zip(residual).map(|(row, e)| *e * DoubleDouble::from(row[i])).collect());
        let mut columns: Vec<Vec<DoubleDouble>> = squares.chain(pulls).collect();
        for column in &mut columns {
            let centre = mean(column.len(), |row| column[row]);
            column.iter_mut().for_each(|value| *value = *value - centre);
        }
        Self { columns, features: n }
    }

    /// Place of x_i x_k.
    fn square(&self, i: usize, k: usize) -> usize {
        let (low, high) = (i.min(k), i.max(k));
        low * self.features - low * (low + 1) / 2 + high
    }

    /// Place of e x_i.
    fn pull(&self, i: usize) -> usize {
        self.features * (self.features + 1) / 2 + i
    }

    /// All covariances.
    fn covariances(&self) -> Vec<Vec<f64>> {
        let n = self.columns.len();
        let mut table = square(n, |_, _| 0.0);
        for i in 0..n {
            for j in 0..=i {
                let (a, b) = (&self.columns[i], &self.columns[j]);
                table[i][j] = mean(a.len(), |row| a[row] * b[row]).round();
                table[j][i] = table[i][j];
            }
        }
        table
    }
}

/// Rows that differ from each other.
fn distinct(x: &[Vec<f64>], y: &[f64]) -> usize {
    let mut rows: Vec<Vec<u64>> =
        x.iter().zip(y).map(|(x, y)| x.iter().chain([y]).map(|v| (v + 0.0).to_bits()).collect()).collect();
    rows.sort_unstable();
    rows.dedup();
    rows.len()
}

fn check_rows(x: &[Vec<f64>], y: &[f64]) -> Result<usize, ModelError> {
    let shape = |name, found, accepted| Err(ModelError::Shape { name, found, accepted });
    let n = x.first().map_or(0, Vec::len);
    if x.len() != y.len() || x.is_empty() {
        let found = format!("{} rows of inputs and {} targets", x.len(), y.len());
        return shape("x", found, "as many rows of inputs as targets, and at least one");
    }
    check_count("x", n)?;
    for (row, (inputs, target)) in x.iter().zip(y).enumerate() {
        if inputs.len() != n {
            let found = format!("{} inputs in row {}, {n} in the first", inputs.len(), row + 1);
            return shape("x", found, "as many inputs in every row");
        }
        let accepted = "a finite number between -1e12 and 1e12";
        let fits = |v: f64| v.is_finite() && v.abs() <= 1e12;
        if let Some(i) = inputs.iter().position(|v| !fits(*v)) {
            return Err(ModelError::Entry { name: "x", at: vec![row + 1, i + 1], value: inputs[i], accepted });
        }
        if !fits(*target) {
            return Err(ModelError::Entry { name: "y", at: vec![row + 1], value: *target, accepted });
        }
    }
    let rows = distinct(x, y);
    if rows <= 2 * n {
        let cause = format!("{rows} different rows and {n} features: at some v all gradients lie in a plane");
        let accepted = "more than twice as many different rows as features";
        return Err(ModelError::Degenerate { name: "x", cause, accepted });
    }
    Ok(n)
}

impl FeatureMoments {
    /// Population moments of rows of inputs (`x[row][feature]`) and their targets.
    ///
    /// K is expanded about the regression, by covariances of centred products: neither a small residual nor
    /// inputs that hardly vary lose digits.
    ///
    /// # Errors
    /// [`ModelError`]: shapes that do not fit, inputs that are linearly dependent ([`ModelError::Indefinite`]),
    /// too few different rows, and targets that are an exact linear function of the inputs
    /// ([`ModelError::Degenerate`]).
    ///
    /// # Accuracy
    /// Every coefficient to a few roundings.
    pub fn of_data(x: &[Vec<f64>], y: &[f64]) -> Result<Self, ModelError> {
        let n = check_rows(x, y)?;
        let count = x.len();
        let second = square(n, |i, j| mean(count, |row| DoubleDouble::product(x[row][i], x[row][j])).round());
        check_definite("x", &second)?;
        let product = |row: usize, i: usize| DoubleDouble::product(x[row][i], y[row]);
        let cross: Vec<f64> = (0..n).map(|i| mean(count, |row| product(row, i)).round()).collect();
        let centre = solve(&second, &cross);
        let residual: Vec<DoubleDouble> = (0..count)
            .map(|row| (0..n).fold(DoubleDouble::from(y[row]), |e, i| e - DoubleDouble::product(centre[i], x[row][i])))
            .collect();
        check_residual(&residual, x, y, &centre)?;
        let pull = |row: usize, i: usize| residual[row] * DoubleDouble::from(x[row][i]);
        let remainder = (0..n).map(|i| mean(count, |row| pull(row, i)).round()).collect();
        let products = Products::of(x, &residual);
        let table = products.covariances();
        let p = &products;
        let quartic =
            |i, j, k, l| 0.5 * (table[p.square(i, k)][p.square(j, l)] + table[p.square(i, l)][p.square(j, k)]);
        let cubic = |i, j, k| table[p.square(i, k)][p.pull(j)] + table[p.square(j, k)][p.pull(i)];
        let constant = square(n, |i, j| table[p.pull(i)][p.pull(j)]);
        check_noise(&constant, &centre)?;
        Ok(Self { second, cross, centre, remainder, quartic: fourfold(n, quartic), cubic: cube(n, cubic), constant })
    }
}

/// Whether the targets are more than a linear function of the inputs.
fn check_residual(residual: &[DoubleDouble], x: &[Vec<f64>], y: &[f64], centre: &[f64]) -> Result<(), ModelError> {
    let terms = |row: usize| x[row].iter().zip(centre).map(|(x, w)| (x * w).abs()).fold(y[row].abs(), f64::max);
    let exact = (0..y.len()).all(|row| residual[row].round().abs() <= ROUNDINGS * f64::EPSILON * terms(row));
    if !exact {
        return Ok(());
    }
    let cause = format!("the targets are a linear function of the inputs, so all gradients vanish at v = {centre:?}");
    Err(ModelError::Degenerate { name: "y", cause, accepted: "targets with a residual" })
}

/// Whether the gradients at the minimum of the loss point in all directions.
fn check_noise(constant: &[Vec<f64>], centre: &[f64]) -> Result<(), ModelError> {
    let flat = (0..constant.len()).any(|i| constant[i][i] <= 0.0);
    if !flat && smallest_eigenvalue(constant) > RANK {
        return Ok(());
    }
    let cause = format!("the gradients at v = {centre:?} do not span all directions");
    Err(ModelError::Degenerate { name: "y", cause, accepted: "residuals that are not confined to one input" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_numbered_without_gaps() {
        for n in 1..=3 {
            let x = vec![vec![1.0; n]; 2];
            let p = Products::of(&x, &[DoubleDouble::ZERO; 2]);
            let mut places: Vec<usize> =
                (0..n).flat_map(|i| (i..n).map(move |k| (i, k))).map(|(i, k)| p.square(i, k)).collect();
            places.extend((0..n).map(|i| p.pull(i)));
            assert_eq!(places, (0..p.columns.len()).collect::<Vec<_>>());
            assert_eq!(p.square(n - 1, 0), p.square(0, n - 1));
        }
    }
}
