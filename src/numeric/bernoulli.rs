//! The Bernoulli function of exponentially fitted fluxes (Scharfetter and Gummel 1969).

/// Below this |s| the quotient s / (e^s - 1) is taken from its series.
const SERIES: f64 = 1e-2;

/// B(s) = s / (e^s - 1), without cancellation near 0.
pub fn bernoulli(s: f64) -> f64 {
    if s.abs() < SERIES {
        let s2 = s * s;
        // Next term: s^8 / 1209600, below 1e-22.
        1.0 - 0.5 * s + s2 * (1.0 / 12.0 - s2 * (1.0 / 720.0 - s2 / 30240.0))
    } else {
        s / s.exp_m1()
    }
}

/// B(-s) and B(s); their ratio is e^s.
pub fn bernoulli_pair(s: f64) -> [f64; 2] {
    if s.abs() < SERIES {
        return [bernoulli(-s), bernoulli(s)];
    }
    // B(-s) = s + B(s) cancels for s < 0: always form the larger one from the smaller.
    if s > 0.0 {
        let small = s / s.exp_m1();
        [-s / (-s).exp_m1(), small]
    } else {
        [-s / (-s).exp_m1(), s / s.exp_m1()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// mpmath, rounded from 20 digits.
    const TABLE: [(f64, f64); 8] = [
        (1e-300, 1.0),
        (1e-3, 0.999500083333332),
        (9.999e-3, 0.9950088316528667),
        (1.0001e-2, 0.9950078349861889),
        (1.0, 0.5819767068693264),
        (-1.0, 1.5819767068693265),
        (40.0, 1.6993417021166356e-16),
        (-700.0, 700.0),
    ];

    #[test]
    fn agrees_with_many_digits_on_both_sides_of_the_seam() {
        for (s, b) in TABLE {
            assert!((bernoulli(s) - b).abs() <= 1e-14 * b, "B({s}) = {} not {b}", bernoulli(s));
        }
    }

    #[test]
    fn ratio_of_the_pair_is_the_exponential() {
        for i in -6000..=6000 {
            let s = f64::from(i) * 0.1 + 1e-3;
            let [out, back] = bernoulli_pair(s);
            assert!(out > 0.0 && back > 0.0);
            assert!(((out / back).ln() - s).abs() <= 4e-16 * (1.0 + s.abs()), "s = {s}");
        }
    }
}
