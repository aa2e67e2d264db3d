//! How a law behaves towards the two ends of its chart.

use super::balance::Frame;
use super::chart::Chart;

/// Largest |zeta| tabulated: beyond, v leaves the number range.
pub(super) const FAR: f64 = 650.0;

/// How the density of zeta behaves towards an end.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum End {
    /// e^(-rate |zeta|), to a relative 1e-17 from `from` on.
    Power {
        /// zeta from which on it holds.
        from: f64,
        /// > 0
        rate: f64,
        /// Absolute rounding error of the rate.
        doubt: f64,
    },
    /// Faster than any exponential.
    Fast,
}

impl End {
    /// The lower and the upper end.
    pub fn both(frame: &Frame) -> [Self; 2] {
        [lower(frame), upper(frame)]
    }
}

fn lower(frame: &Frame) -> End {
    let b = &frame.balance;
    match frame.chart {
        Chart::Line { .. } => line(frame, -1.0),
        Chart::Positive { .. } | Chart::Below { .. } if b.depth == Some(1) && b.alpha3 > 0.0 => {
            let from = frame.chart.locate(b.growth_until()).unwrap_or(-FAR);
            let doubt = f64::EPSILON * (1.0 + b.weight * b.beta2_size / b.alpha3);
            End::Power { from: from.min(0.0), rate: b.growth_at_zero(), doubt }
        }
        _ => End::Fast,
    }
}

fn upper(frame: &Frame) -> End {
    match (frame.chart, frame.balance.tail_exponent()) {
        (Chart::Line { .. }, _) => line(frame, 1.0),
        (Chart::Below { .. }, _) | (_, None) => End::Fast,
        (_, Some(exponent)) => {
            // In v - k both ends differ by less than the tolerance from v.
            let from = frame.chart.locate(frame.balance.power_law_from()).unwrap_or(FAR);
            End::Power { from: from.max(0.0), rate: exponent - 1.0, doubt: f64::EPSILON * 2.0 * exponent }
        }
    }
}

fn line(frame: &Frame, direction: f64) -> End {
    let Some(exponent) = frame.balance.tail_exponent() else { return End::Fast };
    let scale = frame.chart.log_jacobian().exp();
    let far = frame.balance.power_law_from() + frame.v0.abs() + scale * 1e17;
    End::Power { from: direction * (far / scale).asinh(), rate: exponent - 1.0, doubt: f64::EPSILON * 2.0 * exponent }
}
