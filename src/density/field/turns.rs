//! Where a function turns between two neighbouring nodes of a line: level sets may cross such an edge twice.

/// Golden section: what is left of a bracket after a round.
const SHRINK: f64 = 0.618_033_988_749_894_9;
/// Rounds of the search: what is left of two cells is 1e-9 of a cell, where a smooth function is flat to rounding.
const ROUNDS: usize = 45;

/// An extremum along a line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Turn {
    /// Position on the line.
    pub x: f64,
    pub f: f64,
}

/// A search for the extremum at a node of a line.
pub(super) struct Bracket {
    /// Number of the line.
    pub line: usize,
    low: f64,
    high: f64,
    /// 1 for a minimum, -1 for a maximum.
    sign: f64,
    /// Two places inside and the function there.
    inner: [Turn; 2],
}

/// Nodes of one line, as positions with values, at which the function is no further from a level than at both neighbours.
pub(super) fn brackets(line: usize, nodes: &[(f64, f64)]) -> Vec<Bracket> {
    nodes
        .windows(3)
        .filter_map(|three| {
            let [(low, before), (_, here), (high, after)] = [three[0], three[1], three[2]];
            let rises = [before - here, after - here];
            let sign = (rises[0] + rises[1]).signum();
            // Along a plateau nothing turns; a value that is no number fails here as well.
            let turns = rises.iter().all(|rise| sign * rise >= 0.0) && (rises[0] != 0.0 || rises[1] != 0.0);
            let inner = [Turn { x: f64::NAN, f: f64::NAN }; 2];
            turns.then_some(Bracket { line, low, high, sign, inner })
        })
        .collect()
}

impl Bracket {
    fn place(&mut self) {
        let part = SHRINK * (self.high - self.low);
        self.inner = [self.high - part, self.low + part].map(|x| Turn { x, f: f64::NAN });
    }

    /// Keeps the part of the bracket that holds the extremum.
    fn narrow(&mut self, f: [f64; 2]) {
        (self.inner[0].f, self.inner[1].f) = (f[0], f[1]);
        if self.sign * f[0] < self.sign * f[1] {
            self.high = self.inner[1].x;
        } else {
            self.low = self.inner[0].x;
        }
    }

    /// The better place of the last round.
    fn best(&self) -> Turn {
        let [a, b] = self.inner;
        if self.sign * a.f < self.sign * b.f { a } else { b }
    }
}

/// Extrema of all brackets at once, since a function is cheapest in blocks: `values` at places given by line and position.
pub(super) fn search(mut brackets: Vec<Bracket>, values: impl Fn(&[(usize, f64)]) -> Vec<f64>) -> Vec<(usize, Turn)> {
    for _ in 0..ROUNDS {
        brackets.iter_mut().for_each(Bracket::place);
        let places: Vec<(usize, f64)> = brackets.iter().flat_map(|b| b.inner.map(|turn| (b.line, turn.x))).collect();
        for (bracket, f) in brackets.iter_mut().zip(values(&places).chunks(2)) {
            bracket.narrow([f[0], f[1]]);
        }
    }
    brackets.iter().map(|bracket| (bracket.line, bracket.best())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_abs_diff_eq;

    fn turns(f: impl Fn(f64) -> f64 + Copy) -> Vec<Turn> {
        let nodes: Vec<_> = (0..12).map(|i| (i as f64, f(i as f64))).collect();
        let found = search(brackets(0, &nodes), |places| places.iter().map(|(_, x)| f(*x)).collect());
        found.into_iter().map(|(_, turn)| turn).collect()
    }

    #[test]
    fn minima_maxima_and_kinks_are_found_between_nodes() {
        let smooth = turns(|x| (x - 3.3).powi(2) - 1.0);
        assert_eq!(smooth.len(), 1);
        assert_abs_diff_eq!(smooth[0].f, -1.0, epsilon = 1e-15);
        let kink = turns(|x| -(x - 7.25).abs());
        assert_eq!(kink.len(), 1);
        assert_abs_diff_eq!(kink[0].x, 7.25, epsilon = 1e-8);
        assert!(turns(|x| x).is_empty());
        assert!(turns(|_| 1.0).is_empty());
        assert!(turns(|_| f64::NAN).is_empty());
    }

    #[test]
    fn extrema_half_way_are_seen_from_both_nodes() {
        for sign in [1.0, -1.0] {
            let found = turns(|x| sign * (x - 4.5).powi(2));
            assert_eq!(found.len(), 2);
            found.iter().for_each(|turn| assert_abs_diff_eq!(turn.f, 0.0, epsilon = 1e-15));
        }
    }
}
