//! The Gauss-Legendre rule of a panel, with its interpolating polynomial and antiderivative.

use std::sync::LazyLock;

/// Nodes of a panel.
pub const Q: usize = 16;

/// The rule on \[-1, 1\]: exact for polynomials of degree 2Q - 1.
#[derive(Debug)]
pub struct Gauss {
    /// Nodes, ascending.
    pub nodes: [f64; Q],
    /// Weights; they add up to 2.
    pub weights: [f64; Q],
    /// `antiderivative[i][j]`: integral of the j-th Lagrange polynomial from -1 to node i.
    pub antiderivative: [[f64; Q]; Q],
    /// `legendre[k][j]` = (2k + 1)/2 w_j P_k(x_j): values at the nodes to the k-th Legendre coefficient.
    legendre: [[f64; Q]; Q],
}

static RULE: LazyLock<Gauss> = LazyLock::new(Gauss::build);

impl Gauss {
    /// The rule.
    pub fn rule() -> &'static Self {
        &RULE
    }

    fn build() -> Self {
        let (mut nodes, mut weights) = ([0.0; Q], [0.0; Q]);
        for (i, (node, weight)) in nodes.iter_mut().zip(&mut weights).enumerate() {
            // Newton from Tricomi's guess; P_Q' from the recurrence.
            let mut x = -((i as f64 + 0.75) / (Q as f64 + 0.5) * std::f64::consts::PI).cos();
            let mut slope = 1.0;
            for _ in 0..8 {
                let p = legendre_values(x);
                slope = Q as f64 * (x * p[Q] - p[Q - 1]) / (x * x - 1.0);
                x -= p[Q] / slope;
            }
            *node = x;
            *weight = 2.0 / ((1.0 - x * x) * slope * slope);
        }
        let mut legendre = [[0.0; Q]; Q];
        for j in 0..Q {
            let p = legendre_values(nodes[j]);
            for (k, row) in legendre.iter_mut().enumerate() {
                row[j] = (k as f64 + 0.5) * weights[j] * p[k];
            }
        }
        let mut rule = Self { nodes, weights, antiderivative: [[0.0; Q]; Q], legendre };
        rule.antiderivative = nodes.map(|x| rule.partial_weights(x));
        rule
    }

    /// Weights g with sum_j g_j f(x_j) = integral from -1 to `x` of the polynomial through f.
    pub fn partial_weights(&self, x: f64) -> [f64; Q] {
        let p = legendre_values(x);
        let mut weights = [0.0; Q];
        for (k, row) in self.legendre.iter().enumerate() {
            // Integral of P_k: (P_{k+1} - P_{k-1}) / (2k + 1), and x + 1 for k = 0.
            let integral = if k == 0 { x + 1.0 } else { (p[k + 1] - p[k - 1]) / (2 * k + 1) as f64 };
            for (w, c) in weights.iter_mut().zip(row) {
                *w += c * integral;
            }
        }
        weights
    }

    /// Value at `x` of the polynomial through `f`.
    pub fn interpolate(&self, f: &[f64; Q], x: f64) -> f64 {
        let p = legendre_values(x);
        (0..Q).map(|k| p[k] * dot(&self.legendre[k], f)).sum()
    }

    /// Integral of the polynomial through `f` over \[-1, 1\].
    pub fn integral(&self, f: &[f64; Q]) -> f64 {
        dot(&self.weights, f)
    }

    /// Magnitude of the last two Legendre coefficients of `f`: what the polynomial does not resolve.
    pub fn unresolved(&self, f: &[f64; Q]) -> f64 {
        dot(&self.legendre[Q - 2], f).abs() + dot(&self.legendre[Q - 1], f).abs()
    }
}

fn dot(a: &[f64; Q], b: &[f64; Q]) -> f64 {
    // Four accumulators: the order is fixed, so the digits are too.
    let mut s = [0.0; 4];
    for i in 0..Q {
        s[i % 4] += a[i] * b[i];
    }
    (s[0] + s[1]) + (s[2] + s[3])
}

/// P_0(x) .. P_Q(x).
fn legendre_values(x: f64) -> [f64; Q + 1] {
    let mut p = [1.0; Q + 1];
    p[1] = x;
    for k in 1..Q {
        p[k + 1] = ((2 * k + 1) as f64 * x * p[k] - k as f64 * p[k - 1]) / (k + 1) as f64;
    }
    p
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_abs_diff_eq;

    #[test]
    fn integrates_powers_exactly_up_to_degree_2q_minus_1() {
        let g = Gauss::rule();
        for degree in 0..2 * Q {
            let f = g.nodes.map(|x| x.powi(degree as i32));
            let exact = if degree % 2 == 0 { 2.0 / (degree + 1) as f64 } else { 0.0 };
            assert_abs_diff_eq!(g.integral(&f), exact, epsilon = 4e-16);
        }
    }

    #[test]
    fn antiderivative_of_an_exponential() {
        let g = Gauss::rule();
        let f = g.nodes.map(f64::exp);
        for (i, &x) in g.nodes.iter().enumerate() {
            let value: f64 = dot(&g.antiderivative[i], &f);
            assert_abs_diff_eq!(value, x.exp() - (-1f64).exp(), epsilon = 2e-15);
            assert_abs_diff_eq!(g.interpolate(&f, x), x.exp(), epsilon = 4e-15);
        }
        let x = 0.123;
        assert_abs_diff_eq!(dot(&g.partial_weights(x), &f), x.exp() - (-1f64).exp(), epsilon = 2e-15);
    }
}
