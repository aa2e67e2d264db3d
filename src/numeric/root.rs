//! Roots of a function that changes sign on an interval.

/// An interval with a function of opposite sign at its ends.
#[derive(Debug, Clone, Copy)]
pub struct Bracket {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// A root to the last bit or two: regula falsi in the Anderson-Bjorck form, with a bisection whenever it
/// does not halve the interval.
///
/// `f` is taken to change sign on `bracket`; without a sign change some point of the bracket is returned.
pub fn bracketed_root(bracket: Bracket, mut f: impl FnMut(f64) -> f64) -> f64 {
    let Bracket { low: mut a, high: mut b } = bracket;
    let (mut fa, mut fb) = (f(a), f(b));
    if fa == 0.0 {
        return a;
    }
    if fb == 0.0 {
        return b;
    }
    for _ in 0..200 {
        let width = (b - a).abs();
        if width <= 2.0 * f64::EPSILON * a.abs().max(b.abs()) {
            break;
        }
        let secant = b - fb * (b - a) / (fb - fa);
        let x = if secant > a.min(b) && secant < a.max(b) { secant } else { 0.5 * (a + b) };
        let fx = f(x);
        if fx == 0.0 {
            return x;
        }
        if (fx > 0.0) == (fb > 0.0) {
            let shrink = 1.0 - fx / fb;
            fa *= if shrink > 0.0 { shrink } else { 0.5 };
        } else {
            a = b;
            fa = fb;
        }
        b = x;
        fb = fx;
        if (b - a).abs() > 0.5 * width {
            let x = 0.5 * (a + b);
            let fx = f(x);
            if fx == 0.0 {
                return x;
            }
            if (fx > 0.0) == (fb > 0.0) {
                b = x;
                fb = fx;
            } else {
                a = x;
                // The scaled fa is only a weight; its sign is what matters here.
                fa = fx;
            }
        }
    }
    b
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_hard_roots() {
        let root = bracketed_root(Bracket { low: 0.0, high: 2.0 }, |x| x * x * x - 2.0);
        assert!((root - 2f64.cbrt()).abs() < 1e-15);
        let root = bracketed_root(Bracket { low: -1e3, high: 1e3 }, |x| (x - 1e-3).powi(9));
        assert!((root - 1e-3).abs() < 1e-12);
        let root = bracketed_root(Bracket { low: -800.0, high: 700.0 }, |x| x.exp() - 1e-300);
        assert!((root + 690.775_527_898_213_7).abs() < 1e-11);
    }
}
