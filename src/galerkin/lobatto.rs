//! Gauss-Lobatto-Legendre nodes.

/// The rule of `degree` + 1 nodes on \[-1, 1\], exact for polynomials of degree 2 `degree` - 1.
#[derive(Debug, Clone)]
pub struct Lobatto {
    /// Nodes, ascending, both ends among them.
    pub nodes: Vec<f64>,
    /// Weights; they add up to 2.
    pub weights: Vec<f64>,
    /// `derivative[q][a]`: slope at node q of the polynomial that is 1 at node a and 0 at the others.
    pub derivative: Vec<Vec<f64>>,
}

impl Lobatto {
    /// The rule of a degree of at least 1.
    pub fn new(degree: usize) -> Self {
        let n = degree as f64;
        let node = |k: usize| {
            let mut x = -(k as f64 / n * std::f64::consts::PI).cos();
            if k == 0 || k == degree {
                return x.round();
            }
            // Newton for P_n' = 0 with (1 - x^2) P_n'' = 2 x P_n' - n (n + 1) P_n.
            for _ in 0..12 {
                let [p, slope] = legendre(degree, x);
                x -= slope * (1.0 - x * x) / (2.0 * x * slope - n * (n + 1.0) * p);
            }
            x
        };
        let nodes: Vec<f64> = (0..=degree).map(node).collect();
        let values: Vec<f64> = nodes.iter().map(|x| legendre(degree, *x)[0]).collect();
        let weights = values.iter().map(|p| 2.0 / (n * (n + 1.0) * p * p)).collect();
        let mut derivative = vec![vec![0.0; degree + 1]; degree + 1];
        for (q, row) in derivative.iter_mut().enumerate() {
            for a in (0..=degree).filter(|a| *a != q) {
                row[a] = values[q] / (values[a] * (nodes[q] - nodes[a]));
            }
            // A constant has no slope, to the last digit.
            row[q] = -row.iter().sum::<f64>();
        }
        Self { nodes, weights, derivative }
    }

    /// Values at -1 <= x <= 1 of the polynomials that are 1 at one node and 0 at the others.
    pub fn interpolation(&self, x: f64) -> Vec<f64> {
        let n = self.nodes.len();
        if let Some(hit) = self.nodes.iter().position(|node| *node == x) {
            return (0..n).map(|a| f64::from(u8::from(a == hit))).collect();
        }
        // The barycentric weights of these nodes are the roots of their quadrature weights with alternating signs.
        let sign = |a: usize| if a.is_multiple_of(2) { 1.0 } else { -1.0 };
        let terms: Vec<f64> = (0..n).map(|a| sign(a) * self.weights[a].sqrt() / (x - self.nodes[a])).collect();
        let sum: f64 = terms.iter().sum();
        terms.iter().map(|term| term / sum).collect()
    }

    /// The nodes of elements between `breaks` with their weights, shared ones once.
    pub(super) fn along(&self, breaks: &[f64]) -> Vec<[f64; 2]> {
        let mut points = vec![[breaks[0], 0.0]];
        for w in breaks.windows(2) {
            let half = 0.5 * (w[1] - w[0]);
            for (k, (x, weight)) in self.nodes.iter().zip(&self.weights).enumerate() {
                match points.last_mut().filter(|_| k == 0) {
                    Some(shared) => shared[1] += half * weight,
                    None => points.push([w[0] + half * (1.0 + x), half * weight]),
                }
            }
        }
        points
    }
}

/// P_n and its derivative at -1 < x < 1 (at the ends the value alone).
fn legendre(degree: usize, x: f64) -> [f64; 2] {
    let (mut before, mut p) = (1.0, x);
    for k in 1..degree {
        let k = k as f64;
        (before, p) = (p, ((2.0 * k + 1.0) * x * p - k * before) / (k + 1.0));
    }
    [p, degree as f64 * (before - x * p) / (1.0 - x * x)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interpolates_polynomials() {
        for degree in 2..=14 {
            let rule = Lobatto::new(degree);
            for x in [-1.0, -0.9371, -0.2, 0.0, 0.41, 0.999_999, 1.0] {
                let weights = rule.interpolation(x);
                for power in 0..=degree as i32 {
                    let value: f64 = weights.iter().zip(&rule.nodes).map(|(w, node)| w * node.powi(power)).sum();
                    assert!((value - x.powi(power)).abs() < 1e-13, "degree {degree} power {power} at {x}: {value}");
                }
            }
        }
    }

    #[test]
    fn integrates_and_differentiates_polynomials() {
        for degree in 2..=14 {
            let rule = Lobatto::new(degree);
            for power in 0..2 * degree {
                let sum: f64 = rule.nodes.iter().zip(&rule.weights).map(|(x, w)| w * x.powi(power as i32)).sum();
                let exact = if power % 2 == 0 { 2.0 / (power as f64 + 1.0) } else { 0.0 };
                assert!((sum - exact).abs() < 1e-14, "degree {degree} power {power}: {sum}");
            }
            for (q, row) in rule.derivative.iter().enumerate() {
                let power = degree as i32;
                let slope: f64 = row.iter().zip(&rule.nodes).map(|(d, x)| d * x.powi(power)).sum();
                let exact = f64::from(power) * rule.nodes[q].powi(power - 1);
                assert!((slope - exact).abs() < 1e-12 * (1.0 + exact.abs()), "degree {degree} node {q}");
            }
        }
    }
}
