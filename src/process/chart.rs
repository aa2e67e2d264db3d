//! Charts: smooth monotone maps from a coordinate z in R to the physical variable.

/// One coordinate: z in (-inf, inf) to the interval of the physical variable v that it covers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Coordinate {
    /// v = origin + sign scale e^z: a half line that starts at a face the process cannot cross.
    Exponential {
        /// The face.
        origin: f64,
        /// +1 or -1: the side of the face.
        sign: f64,
        /// Distance from the face at z = 0: a power of two, so that no digit is lost to it.
        scale: f64,
    },
    /// v = length / (1 + e^-z): the interval between 0 and `length` (which may be negative).
    Logistic {
        /// The far end of the interval.
        length: f64,
    },
    /// v = z, from `lower` to `upper`; a finite end is a reflecting wall.
    Identity {
        /// Lower end, possibly -inf.
        lower: f64,
        /// Upper end, possibly inf.
        upper: f64,
    },
    /// v = lower + (upper - lower) / (1 + e^-z): an interval between two faces the process cannot cross.
    Interval {
        /// Lower end.
        lower: f64,
        /// Upper end.
        upper: f64,
    },
    /// v = face + (wall - face) e^z, z <= 0: an interval between a face the process cannot cross and a
    /// reflecting wall at z = 0.
    Segment {
        /// The face.
        face: f64,
        /// The wall, on either side of it.
        wall: f64,
    },
    /// v = centre + scale sinh z: the whole line, linear near the centre, logarithmic far away.
    Hyperbolic {
        /// v at z = 0.
        centre: f64,
        /// dv/dz at z = 0.
        scale: f64,
    },
}

/// The largest |z| at which maps and coefficients are formed without overflow, for data in any unit.
pub const REACH: f64 = 300.0;

impl Coordinate {
    /// v(z).
    pub fn to_physical(&self, z: f64) -> f64 {
        match *self {
            Self::Exponential { origin, sign, scale } => origin + sign * scale * z.exp(),
            Self::Logistic { length } => {
                if z < 0.0 {
                    let e = z.exp();
                    length * e / (1.0 + e)
                } else {
                    length / (1.0 + (-z).exp())
                }
            }
            Self::Interval { lower, upper } => {
                let [below, above] = self.gaps(z);
                if z < 0.0 { lower + below } else { upper - above }
            }
            Self::Segment { face, wall } => face + (wall - face) * z.exp(),
            Self::Hyperbolic { centre, scale } => centre + scale * z.sinh(),
            Self::Identity { .. } => z,
        }
    }

    /// v(z) minus the lower end of the support, and its upper end minus v(z): the digits that v itself loses
    /// near a face.
    pub fn gaps(&self, z: f64) -> [f64; 2] {
        match *self {
            Self::Exponential { sign, scale, .. } => {
                let gap = scale * z.exp();
                if sign > 0.0 { [gap, f64::INFINITY] } else { [f64::INFINITY, gap] }
            }
            Self::Logistic { length } => {
                let [near, far] = shares(z, length.abs());
                if length > 0.0 { [near, far] } else { [far, near] }
            }
            Self::Interval { lower, upper } => shares(z, upper - lower),
            Self::Segment { face, wall } => {
                let length = (wall - face).abs();
                let (near, far) = (length * z.exp(), -length * z.exp_m1());
                if face < wall { [near, far] } else { [far, near] }
            }
            Self::Hyperbolic { .. } => [f64::INFINITY; 2],
            Self::Identity { lower, upper } => [z - lower, upper - z],
        }
    }

    /// Whether z is the variable itself, on the whole line.
    pub fn is_line(&self) -> bool {
        matches!(self, Self::Identity { lower: f64::NEG_INFINITY, upper: f64::INFINITY })
    }

    /// Where z can be: the whole line except between walls.
    pub fn domain(&self) -> [f64; 2] {
        match *self {
            Self::Identity { lower, upper } => [lower, upper],
            Self::Segment { .. } => [f64::NEG_INFINITY, 0.0],
            _ => [f64::NEG_INFINITY, f64::INFINITY],
        }
    }

    /// v(z) - v(from), without cancellation where the two are close.
    pub fn displacement(&self, z: f64, from: f64) -> f64 {
        let half = 0.5 * (z - from);
        match *self {
            Self::Exponential { sign, scale, .. } => sign * scale * from.exp() * (z - from).exp_m1(),
            Self::Logistic { length } => length * half.sinh() / (2.0 * (0.5 * z).cosh() * (0.5 * from).cosh()),
            Self::Interval { lower, upper } => Self::Logistic { length: upper - lower }.displacement(z, from),
            Self::Segment { face, wall } => (wall - face) * from.exp() * (z - from).exp_m1(),
            Self::Hyperbolic { scale, .. } => 2.0 * scale * (0.5 * (z + from)).cosh() * half.sinh(),
            Self::Identity { .. } => z - from,
        }
    }

    /// z(v), or `None` when v is not inside the support.
    pub fn to_chart(&self, v: f64) -> Option<f64> {
        let z = match *self {
            Self::Exponential { origin, sign, scale } => {
                let x = sign * (v - origin) / scale;
                (x > 0.0).then(|| x.ln())?
            }
            Self::Logistic { length } => {
                let (x, rest) = (v / length, (length - v) / length);
                (x > 0.0 && rest > 0.0)
                    .then(|| if x < 0.5 { x.ln() - (-x).ln_1p() } else { -(rest.ln() - (-rest).ln_1p()) })?
            }
            Self::Interval { lower, upper } => {
                let (below, above) = (v - lower, upper - v);
                (below > 0.0 && above > 0.0).then(|| (below / above).ln())?
            }
            Self::Segment { face, wall } => {
                let x = (v - face) / (wall - face);
                (x > 0.0 && x <= 1.0).then(|| x.ln())?
            }
            Self::Hyperbolic { centre, scale } => ((v - centre) / scale).asinh(),
            Self::Identity { lower, upper } => (lower <= v && v <= upper).then_some(v)?,
        };
        z.is_finite().then_some(z)
    }

    /// ln |dv/dz|.
    pub fn log_jacobian(&self, z: f64) -> f64 {
        match *self {
            Self::Exponential { scale, .. } => scale.ln() + z,
            Self::Logistic { length } => length.abs().ln() - z.abs() - 2.0 * (-z.abs()).exp().ln_1p(),
            Self::Interval { lower, upper } => Self::Logistic { length: upper - lower }.log_jacobian(z),
            Self::Segment { face, wall } => (wall - face).abs().ln() + z,
            Self::Hyperbolic { scale, .. } => scale.ln() + z.abs() + (0.5 * (1.0 + (-2.0 * z.abs()).exp())).ln(),
            Self::Identity { .. } => 0.0,
        }
    }

    /// dv/dz.
    pub fn derivative(&self, z: f64) -> f64 {
        match *self {
            Self::Exponential { sign, scale, .. } => sign * scale * z.exp(),
            Self::Logistic { length } => {
                let [below, above] = shares(z, length);
                below * above / length
            }
            Self::Interval { lower, upper } => {
                let [below, above] = shares(z, upper - lower);
                below * above / (upper - lower)
            }
            Self::Segment { face, wall } => (wall - face) * z.exp(),
            Self::Hyperbolic { scale, .. } => scale * z.cosh(),
            Self::Identity { .. } => 1.0,
        }
    }

    /// d/dz ln |dv/dz|.
    pub fn log_jacobian_slope(&self, z: f64) -> f64 {
        match *self {
            Self::Exponential { .. } | Self::Segment { .. } => 1.0,
            Self::Logistic { .. } | Self::Interval { .. } => -(0.5 * z).tanh(),
            Self::Hyperbolic { .. } => z.tanh(),
            Self::Identity { .. } => 0.0,
        }
    }

    /// ln |v(z)|, also where v itself is not representable.
    pub fn log_abs(&self, z: f64) -> f64 {
        match *self {
            Self::Exponential { origin: 0.0, scale, .. } => scale.ln() + z,
            Self::Logistic { length } => {
                length.abs().ln() + if z < 0.0 { z - z.exp().ln_1p() } else { -(-z).exp().ln_1p() }
            }
            Self::Identity { .. } => z.abs().ln(),
            Self::Interval { lower: 0.0, upper: length } | Self::Interval { lower: length, upper: 0.0 } => {
                Self::Logistic { length }.log_abs(if length > 0.0 { z } else { -z })
            }
            Self::Segment { face: 0.0, wall } => wall.abs().ln() + z,
            Self::Interval { .. } | Self::Segment { .. } => self.to_physical(z).abs().ln(),
            Self::Exponential { .. } | Self::Hyperbolic { .. } => {
                let v = self.to_physical(z);
                if v.is_finite() {
                    v.abs().ln()
                } else {
                    match *self {
                        Self::Hyperbolic { scale, .. } => scale.ln() + z.abs() - std::f64::consts::LN_2,
                        Self::Exponential { scale, .. } => scale.ln() + z,
                        _ => z,
                    }
                }
            }
        }
    }

    /// d/dz ln |v(z)|, exact to a rounding: near-critical moments hang on it.
    pub fn log_abs_slope(&self, z: f64) -> f64 {
        match *self {
            Self::Exponential { origin: 0.0, .. } => 1.0,
            Self::Exponential { origin, sign, scale } => 1.0 / (1.0 + sign * origin / scale * (-z).exp()),
            Self::Logistic { .. } | Self::Interval { lower: 0.0, .. } => 1.0 / (1.0 + z.exp()),
            Self::Interval { upper: 0.0, .. } => -1.0 / (1.0 + (-z).exp()),
            Self::Segment { face: 0.0, .. } => 1.0,
            Self::Interval { .. } | Self::Segment { .. } => self.derivative(z) / self.to_physical(z),
            Self::Identity { .. } => 1.0 / z,
            Self::Hyperbolic { .. } if z.abs() > REACH => z.signum(),
            Self::Hyperbolic { centre, scale } => z.cosh() / (centre / scale + z.sinh()),
        }
    }

    /// Whether v grows with z.
    pub fn increasing(&self) -> bool {
        match *self {
            Self::Exponential { sign, .. } => sign > 0.0,
            Self::Logistic { length } => length > 0.0,
            Self::Segment { face, wall } => face < wall,
            Self::Interval { .. } | Self::Hyperbolic { .. } | Self::Identity { .. } => true,
        }
    }

    /// The same coordinate, or one that is logarithmic where this one runs to infinity as it is.
    #[must_use]
    pub fn logarithmic(self) -> Self {
        match self {
            Self::Identity { lower, upper } if lower.is_infinite() || upper.is_infinite() => {
                let wall = [lower, upper].into_iter().find(|end| end.is_finite());
                Self::Hyperbolic { centre: wall.unwrap_or(0.0), scale: 1.0 }
            }
            other => other,
        }
    }

    /// Reflecting walls at the lower and the upper end of the coordinate.
    pub fn walls(&self) -> [Option<f64>; 2] {
        match *self {
            Self::Identity { lower, upper } => [lower, upper].map(|end| end.is_finite().then_some(end)),
            Self::Segment { wall, .. } => [None, Some(wall)],
            _ => [None; 2],
        }
    }

    /// v at z -> -inf and z -> +inf.
    pub fn ends(&self) -> [f64; 2] {
        match *self {
            Self::Exponential { origin, sign, .. } => [origin, sign * f64::INFINITY],
            Self::Logistic { length } => [0.0, length],
            Self::Segment { face, wall } => [face, wall],
            Self::Hyperbolic { .. } => [f64::NEG_INFINITY, f64::INFINITY],
            Self::Identity { lower, upper } | Self::Interval { lower, upper } => [lower, upper],
        }
    }

    /// The support as an interval of v, lower end first.
    pub fn support(&self) -> [f64; 2] {
        let [a, b] = self.ends();
        if a <= b { [a, b] } else { [b, a] }
    }
}

/// The two parts, length / (1 + e^-z) and length / (1 + e^z), that a point divides an interval into.
fn shares(z: f64, length: f64) -> [f64; 2] {
    let e = (-z.abs()).exp();
    let (small, large) = (length * e / (1.0 + e), length / (1.0 + e));
    if z < 0.0 { [small, large] } else { [large, small] }
}

/// One coordinate per axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Chart<const N: usize> {
    axes: [Coordinate; N],
}

impl<const N: usize> Chart<N> {
    /// A chart from its coordinates.
    pub fn new(axes: [Coordinate; N]) -> Self {
        Self { axes }
    }

    /// The coordinate of axis `i`.
    pub fn axis(&self, i: usize) -> &Coordinate {
        &self.axes[i]
    }

    /// The point of the chart next to `z`: coordinates outside their domains are put to its ends.
    pub fn inside(&self, z: [f64; N]) -> [f64; N] {
        std::array::from_fn(|i| {
            let [lower, upper] = self.axes[i].domain();
            z[i].clamp(lower, upper)
        })
    }

    /// ln |det dv/dz|.
    pub fn log_jacobian(&self, z: &[f64; N]) -> f64 {
        self.axes.iter().zip(z).map(|(axis, &z)| axis.log_jacobian(z)).sum()
    }
}
