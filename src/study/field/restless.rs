//! When a search for a box goes in circles.

use super::frame::Frame;

/// Changes of ln of the length of an axis that count as a move, and how often moves may change their direction.
const MOVE: f64 = 0.15;
const TURNS: usize = 6;

/// Walls that go out and in again see something else on every lattice: what they see is not the law.
#[derive(Default)]
pub(super) struct Restless<const N: usize> {
    /// Lengths of the axes a round ago, and which of them grew when they last moved.
    last: Option<([f64; N], [bool; N])>,
    turns: usize,
}

impl<const N: usize> Restless<N> {
    /// Whether the walls have turned back once too often.
    pub fn turned_back(&mut self, frame: &Frame<N>) -> bool {
        self.seen(frame.reach().map(|[low, high]| high - low))
    }

    fn seen(&mut self, lengths: [f64; N]) -> bool {
        let (before, grew) = self.last.unwrap_or((lengths, [true; N]));
        let now: [bool; N] = std::array::from_fn(|i| {
            let change = (lengths[i] / before[i]).ln();
            if change.abs() > MOVE { change > 0.0 } else { grew[i] }
        });
        self.turns += usize::from(now != grew);
        self.last = Some((lengths, now));
        self.turns >= TURNS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_and_settling_are_no_circles() {
        let mut walls = Restless::default();
        assert!((0..60).all(|k| !walls.seen([2f64.powi(k), 1.0])));
        // Once back, and still.
        assert!((0..60).all(|k| !walls.seen([1e3, 1.0 + 0.1 * f64::from(k % 2)])));
    }

    #[test]
    fn going_out_and_in_is_one() {
        let mut walls = Restless::default();
        let found = (0..20).position(|k| walls.seen([1.0, if k % 2 == 0 { 1.0 } else { 3.0 }]));
        // The first move out is no turn.
        assert_eq!(found, Some(TURNS + 1));
    }
}
