//! Sums that do not lose digits.

/// Neumaier's compensated sum: the error of the result is one rounding, not one per term.
#[derive(Debug, Clone, Copy, Default)]
pub struct Compensated {
    sum: f64,
    lost: f64,
}

impl Compensated {
    /// Adds a term.
    pub fn add(&mut self, term: f64) {
        let (sum, lost) = two_sum(self.sum, term);
        self.sum = sum;
        self.lost += lost;
    }

    /// The sum.
    pub fn value(&self) -> f64 {
        self.sum + self.lost
    }
}

/// a + b as a rounded sum and what the rounding lost (Knuth; exact unless it overflows).
pub fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let b_seen = sum - a;
    let lost = (a - (sum - b_seen)) + (b - b_seen);
    (sum, lost)
}

/// ln(e^a + e^b).
pub fn log_add(a: f64, b: f64) -> f64 {
    let (high, low) = if a >= b { (a, b) } else { (b, a) };
    if low == f64::NEG_INFINITY { high } else { high + (low - high).exp().ln_1p() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compensated_sum_keeps_what_cancels() {
        let mut s = Compensated::default();
        for term in [1.0, 1e100, 1.0, -1e100] {
            s.add(term);
        }
        assert_eq!(s.value(), 2.0);
    }

    #[test]
    fn log_add_far_apart_and_empty() {
        assert_eq!(log_add(f64::NEG_INFINITY, f64::NEG_INFINITY), f64::NEG_INFINITY);
        assert_eq!(log_add(-1e5, 3.0), 3.0);
        assert!((log_add(0.0, 0.0) - std::f64::consts::LN_2).abs() < 1e-16);
    }
}
