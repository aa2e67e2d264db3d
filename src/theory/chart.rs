//! Coordinates of the line of v relative to a reference point v0, in which differences stay exact.
//!
//! zeta = 0 is v0. Near v0 the offset v - v0, and so every difference of a logarithm or arc tangent from
//! its value at v0, has full relative accuracy, however narrow the law.

/// Which part of the line a law lives on, and where its reference point is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Chart {
    /// v = v0 e^zeta, on (0, inf).
    Positive {
        /// The reference.
        v0: f64,
    },
    /// v = k + x0 e^zeta, on (k, inf).
    Beyond {
        /// Zero of the noise.
        k: f64,
        /// Reference minus k.
        x0: f64,
    },
    /// v = k / (1 + e^-(z0 + zeta)), on (0, k).
    Below {
        /// Zero of the noise.
        k: f64,
        /// Logit of reference / k.
        z0: f64,
    },
    /// v = v0 + scale sinh zeta, on the whole line.
    Line {
        /// The reference.
        v0: f64,
        /// dv/dzeta there.
        scale: f64,
    },
}

/// A point of the line, described by what the formulas need of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// The coordinate.
    pub zeta: f64,
    /// v
    pub v: f64,
    /// v - v0
    pub offset: f64,
    /// ln(v / v0) (NaN where v may be negative).
    pub log_ratio: f64,
    /// ln |(v - k) / (v0 - k)| for charts that end at k, else NaN.
    pub log_x_ratio: f64,
    /// |v - k| for charts that end at k, else NaN.
    pub x: f64,
    /// dv/dzeta
    pub jacobian: f64,
    /// d ln v/dzeta, also where v underflows (NaN where v may be negative)
    pub rise: f64,
    /// ln of dv/dzeta over its value at v0
    pub log_jacobian_ratio: f64,
    /// d/dzeta ln(dv/dzeta)
    pub bend: f64,
}

fn log_ratio(offset: f64, base: f64) -> f64 {
    let relative = offset / base;
    if relative.abs() < 0.5 { relative.ln_1p() } else { (1.0 + relative).ln() }
}

impl Chart {
    /// v0.
    pub fn reference(&self) -> f64 {
        match *self {
            Self::Positive { v0 } | Self::Line { v0, .. } => v0,
            Self::Beyond { k, x0 } => k + x0,
            Self::Below { k, z0 } => k / (1.0 + (-z0).exp()),
        }
    }

    /// ln(dv/dzeta) at v0.
    pub fn log_jacobian(&self) -> f64 {
        match *self {
            Self::Positive { v0 } => v0.ln(),
            Self::Line { scale, .. } => scale.ln(),
            Self::Beyond { x0, .. } => x0.ln(),
            Self::Below { k, z0 } => k.ln() - z0.abs() - 2.0 * (-z0.abs()).exp().ln_1p(),
        }
    }

    /// The ends of the interval.
    pub fn support(&self) -> [f64; 2] {
        match *self {
            Self::Positive { .. } => [0.0, f64::INFINITY],
            Self::Line { .. } => [f64::NEG_INFINITY, f64::INFINITY],
            Self::Beyond { k, .. } => [k, f64::INFINITY],
            Self::Below { k, .. } => [0.0, k],
        }
    }

    /// ln |v| at zeta, also where v underflows.
    pub fn log_abs(&self, zeta: f64) -> f64 {
        match *self {
            Self::Positive { v0 } => v0.ln() + zeta,
            Self::Below { k, z0 } => {
                let z = z0 + zeta;
                if z < 0.0 { k.ln() + z - z.exp().ln_1p() } else { k.ln() - (-z).exp().ln_1p() }
            }
            _ => self.place(zeta).v.abs().ln(),
        }
    }

    /// The point with coordinate zeta.
    pub fn place(&self, zeta: f64) -> Place {
        match *self {
            Self::Positive { v0 } => {
                let v = v0 * zeta.exp();
                Place {
                    zeta,
                    v,
                    offset: v0 * zeta.exp_m1(),
                    log_ratio: zeta,
                    log_x_ratio: f64::NAN,
                    x: f64::NAN,
                    jacobian: v,
                    rise: 1.0,
                    log_jacobian_ratio: zeta,
                    bend: 1.0,
                }
            }
            Self::Beyond { k, x0 } => {
                let x = x0 * zeta.exp();
                let offset = x0 * zeta.exp_m1();
                Place {
                    zeta,
                    v: k + x,
                    offset,
                    log_ratio: log_ratio(offset, k + x0),
                    log_x_ratio: zeta,
                    x,
                    jacobian: x,
                    rise: x / (k + x),
                    log_jacobian_ratio: zeta,
                    bend: 1.0,
                }
            }
            Self::Below { k, z0 } => Self::below(k, z0, zeta),
            Self::Line { v0, scale } => {
                // sinh, cosh - 1 and cosh from one exponential.
                let q = zeta.abs().exp_m1();
                let sinh = (0.5 * (q + q / (1.0 + q))).copysign(zeta);
                let above = 0.5 * q * (q / (1.0 + q));
                let offset = scale * sinh;
                Place {
                    zeta,
                    v: v0 + offset,
                    offset,
                    log_ratio: f64::NAN,
                    log_x_ratio: f64::NAN,
                    x: f64::NAN,
                    jacobian: scale * (1.0 + above),
                    rise: f64::NAN,
                    log_jacobian_ratio: above.ln_1p(),
                    bend: sinh / (1.0 + above),
                }
            }
        }
    }

    fn below(k: f64, z0: f64, zeta: f64) -> Place {
        let u0 = 1.0 / (1.0 + (-z0).exp());
        let y0 = 1.0 / (1.0 + z0.exp());
        // u / u0 = e^zeta / (1 + u0 (e^zeta - 1)), (1 - u) / (1 - u0) = 1 / (1 + u0 (e^zeta - 1))
        let growth = (u0 * zeta.exp_m1()).ln_1p();
        let (log_u, log_y) = (zeta - growth, -growth);
        let (u, y) = (u0 * log_u.exp(), y0 * log_y.exp());
        Place {
            zeta,
            v: k * u,
            offset: k * u0 * log_u.exp_m1(),
            log_ratio: log_u,
            log_x_ratio: log_y,
            x: k * y,
            jacobian: k * u * y,
            rise: y,
            log_jacobian_ratio: log_u + log_y,
            bend: y - u,
        }
    }

    /// zeta of v, or `None` outside the support.
    pub fn locate(&self, v: f64) -> Option<f64> {
        let zeta = match *self {
            Self::Positive { v0 } => {
                let offset = v - v0;
                if offset.abs() < 0.5 * v0 { (offset / v0).ln_1p() } else { v.ln() - v0.ln() }
            }
            Self::Beyond { k, x0 } => {
                let x = v - k;
                let offset = x - x0;
                if offset.abs() < 0.5 * x0 { (offset / x0).ln_1p() } else { x.ln() - x0.ln() }
            }
            Self::Below { k, z0 } => {
                let (u, rest) = (v / k, (k - v) / k);
                if u > 0.0 && rest > 0.0 { u.ln() - rest.ln() - z0 } else { f64::NAN }
            }
            Self::Line { v0, scale } => ((v - v0) / scale).asinh(),
        };
        zeta.is_finite().then_some(zeta)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_chart_agrees_with_finite_differences_and_inverts() {
        let charts = [
            Chart::Positive { v0: 0.3 },
            Chart::Beyond { k: -1.5, x0: 2.0 },
            Chart::Beyond { k: 1.5, x0: 0.02 },
            Chart::Below { k: 2.0, z0: 0.7 },
            Chart::Line { v0: -0.4, scale: 1.3 },
        ];
        for chart in charts {
            assert!((chart.place(0.0).v - chart.reference()).abs() < 1e-15);
            assert!((chart.place(0.0).jacobian.ln() - chart.log_jacobian()).abs() < 1e-14);
            for i in -20..=20 {
                let zeta = 0.25 * f64::from(i) + 0.01;
                let (p, step) = (chart.place(zeta), 1e-5);
                let (up, down) = (chart.place(zeta + step), chart.place(zeta - step));
                assert!(((up.offset - down.offset) / (2.0 * step) / p.jacobian - 1.0).abs() < 1e-7);
                let bend = (up.log_jacobian_ratio - down.log_jacobian_ratio) / (2.0 * step);
                assert!((bend - p.bend).abs() < 1e-7);
                assert!((p.v - chart.reference() - p.offset).abs() < 1e-14 * p.v.abs().max(1.0));
                assert!((p.log_jacobian_ratio - (p.jacobian.ln() - chart.log_jacobian())).abs() < 1e-12);
                let back = chart.locate(p.v).expect("inside");
                assert!((back - zeta).abs() < 1e-12 * p.v.abs().max(1.0 / p.jacobian), "{chart:?} {zeta} {back}");
            }
        }
    }

    #[test]
    fn points_outside_are_nowhere() {
        assert_eq!(Chart::Positive { v0: 1.0 }.locate(0.0), None);
        assert_eq!(Chart::Positive { v0: 1.0 }.locate(-1.0), None);
        assert_eq!(Chart::Beyond { k: 1.0, x0: 1.0 }.locate(1.0), None);
        assert_eq!(Chart::Below { k: 1.0, z0: 0.0 }.locate(1.0), None);
        assert_eq!(Chart::Line { v0: 1.0, scale: 1.0 }.locate(f64::INFINITY), None);
    }
}
