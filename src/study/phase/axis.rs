//! The parameters of the plane.

/// A parameter and the interval it is varied over.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// The dotted key of the parameter.
    pub key: String,
    /// Lower end.
    pub from: f64,
    /// Upper end.
    pub to: f64,
    /// Whether its logarithm is what is stepped through.
    pub log: bool,
}

impl Axis {
    /// The stepped coordinate of a value.
    pub(super) fn coordinate(&self, value: f64) -> f64 {
        if self.log { value.ln() } else { value }
    }

    /// The value at a coordinate; the ends are met exactly.
    pub(super) fn value(&self, coordinate: f64) -> f64 {
        let value = if self.log { coordinate.exp() } else { coordinate };
        value.clamp(self.from, self.to)
    }

    /// Both ends in the stepped coordinate.
    pub(super) fn ends(&self) -> [f64; 2] {
        [self.coordinate(self.from), self.coordinate(self.to)]
    }

    pub(super) fn span(&self) -> f64 {
        let [low, high] = self.ends();
        high - low
    }

    /// `count` values from end to end, equally spaced in the stepped coordinate.
    pub fn values(&self, count: usize) -> Vec<f64> {
        let [low, high] = self.ends();
        let last = count.saturating_sub(1).max(1) as f64;
        let at = |i: usize| match i {
            0 => self.from,
            i if i + 1 == count => self.to,
            i => self.value(low + (high - low) * i as f64 / last),
        };
        (0..count).map(at).collect()
    }

    /// How much the value changes with the coordinate.
    pub(super) fn steepness(&self, value: f64) -> f64 {
        if self.log { value.abs() } else { 1.0 }
    }
}
