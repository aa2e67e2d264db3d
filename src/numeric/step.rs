//! One step of an ordinary differential equation.

/// y(t + h) for y' = `rate`(t, y), and an estimate of its error: the pair of orders 5 and 4 of Dormand and Prince
/// (Hairer, Norsett and Wanner, Solving Ordinary Differential Equations I, table II.5.2).
pub fn dormand_prince(rate: &dyn Fn(f64, f64) -> f64, t: f64, y: f64, h: f64) -> (f64, f64) {
    let k1 = rate(t, y);
    let k2 = rate(t + h / 5.0, y + h * (k1 / 5.0));
    let k3 = rate(t + 0.3 * h, y + h * (3.0 / 40.0 * k1 + 9.0 / 40.0 * k2));
    let k4 = rate(t + 0.8 * h, y + h * (44.0 / 45.0 * k1 - 56.0 / 15.0 * k2 + 32.0 / 9.0 * k3));
    let k5 = rate(
        t + 8.0 / 9.0 * h,
        y + h * (19372.0 / 6561.0 * k1 - 25360.0 / 2187.0 * k2 + 64448.0 / 6561.0 * k3 - 212.0 / 729.0 * k4),
    );
    let k6 = rate(
        t + h,
        y + h
            * (9017.0 / 3168.0 * k1 - 355.0 / 33.0 * k2 + 46732.0 / 5247.0 * k3 + 49.0 / 176.0 * k4
                - 5103.0 / 18656.0 * k5),
    );
    let next = y + h
        * (35.0 / 384.0 * k1 + 500.0 / 1113.0 * k3 + 125.0 / 192.0 * k4 - 2187.0 / 6784.0 * k5 + 11.0 / 84.0 * k6);
    let k7 = rate(t + h, next);
    let off = h
        * (71.0 / 57600.0 * k1 - 71.0 / 16695.0 * k3 + 71.0 / 1920.0 * k4 - 17253.0 / 339200.0 * k5
            + 22.0 / 525.0 * k6
            - k7 / 40.0);
    (next, off.abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// y' = -y + sin t: y = (sin t - cos t + 3 e^-t) / 2 from y(0) = 1.
    #[test]
    fn is_of_order_five() {
        let rate = |t: f64, y: f64| t.sin() - y;
        let truth = |t: f64| 0.5 * (t.sin() - t.cos() + 3.0 * (-t).exp());
        let off = |n: u32| {
            let h = 2.0 / f64::from(n);
            let end = (0..n).fold(1.0, |y, i| dormand_prince(&rate, f64::from(i) * h, y, h).0);
            (end - truth(2.0)).abs()
        };
        let order = (off(20) / off(80)).log2() / 2.0;
        assert!((4.7..5.4).contains(&order), "{order}");
        let (next, error) = dormand_prince(&rate, 0.0, 1.0, 0.2);
        assert!((next - truth(0.2)).abs() < error && error < 1e-5);
    }
}
