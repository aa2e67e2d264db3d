//! Where a line of cells meets a level set, found by regula falsi (Illinois).

use super::observed::Side;

/// Where a line along `axis` meets the level with number `level`: between the nodes `last` and `last` + 1 of the line (-1 and
/// the number of cells stand for the walls).
pub(super) struct Crossing {
    pub level: usize,
    pub axis: usize,
    /// Number of the first cell of the line.
    pub start: usize,
    pub last: isize,
    /// f - t at the two ends, in positions.
    pub low: (f64, f64),
    pub high: (f64, f64),
    pub x: f64,
    /// Width of the bracket when it was last looked at.
    pub width: f64,
    /// Which end the last round moved.
    pub moved: Option<Side>,
    pub settled: bool,
}

/// Change of a guess, besides rounding, at which a search ends \[cells\].
const CLOSE: f64 = 1e-12;

impl Crossing {
    /// Whether f grows along the line: the side below the level comes first.
    pub fn rising(&self) -> bool {
        self.high.1 > self.low.1
    }

    pub fn guess(&mut self, round: usize) -> f64 {
        let (a, b) = (self.low, self.high);
        let middle = 0.5 * (a.0 + b.0);
        // A plain bisection where three rounds did not halve the bracket, as beside a minimum of f.
        let mut stuck = false;
        if round % 3 == 2 {
            stuck = b.0 - a.0 > 0.5 * self.width;
            self.width = b.0 - a.0;
        }
        let x = if stuck { middle } else { a.0 - a.1 * (b.0 - a.0) / (b.1 - a.1) };
        if x >= a.0 && x <= b.0 { x } else { middle }
    }

    /// Takes in f - t at `x`, which was guessed after `before`.
    pub fn narrow(&mut self, before: f64, value: f64) {
        let side = if (value > 0.0) == (self.low.1 > 0.0) { Side::Lower } else { Side::Upper };
        let (near, far) = match side {
            Side::Lower => (&mut self.low, &mut self.high),
            Side::Upper => (&mut self.high, &mut self.low),
        };
        *near = (self.x, value);
        if self.moved == Some(side) {
            far.1 *= 0.5;
        }
        // Small steps of one end alone may be far from the crossing.
        let switched = self.moved != Some(side);
        self.moved = Some(side);
        let near_enough = CLOSE + 4.0 * f64::EPSILON * self.x.abs();
        self.settled =
            value == 0.0 || switched && (self.x - before).abs() < near_enough || self.high.0 - self.low.0 < near_enough;
    }
}
