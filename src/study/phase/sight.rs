//! How a margin is looked at: as well as it can be known, and, where that takes long, quickly and at few places first.

use super::margin::{Margin, Unjudged};

/// How well a margin is to be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effort {
    /// As well as the scenario asks for.
    Best,
    /// From coarse lattices only.
    Quick,
}

/// A margin as a function of the stepped coordinate.
pub(super) type Along<'a> = dyn Fn(f64) -> Result<Margin, Unjudged> + Sync + 'a;

/// A margin along x.
pub(super) struct Sight<'a> {
    /// As well as it can be known.
    pub best: &'a Along<'a>,
    /// With a longer bar, in a fraction of the time; none where the best is quick.
    pub quick: Option<&'a Along<'a>>,
    /// How often it is looked at.
    pub pace: Pace,
}

impl<'a> Sight<'a> {
    /// A margin that takes no time worth sparing.
    pub fn cheap(best: &'a Along<'a>) -> Self {
        Self { best, quick: None, pace: Pace::THOROUGH }
    }

    /// The margin, known so well that its sign is told if it can be.
    pub fn look(&self, at: f64) -> Result<Margin, Unjudged> {
        match self.quick.map(|quick| quick(at)) {
            Some(Ok(margin)) if margin.decided() => Ok(margin),
            Some(Err(error)) if !error.may_be_seen() => Err(error),
            _ => (self.best)(at),
        }
    }

    /// The quickest there is.
    pub fn quickest(&self) -> &'a Along<'a> {
        self.quick.unwrap_or(self.best)
    }
}

/// How many places are looked at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    /// Of a search along x.
    pub places: usize,
    /// Of the check whether all zeros at a y were followed.
    pub checks: usize,
    /// Halvings of the gap between a place where the margin exists and one where it does not.
    pub halvings: usize,
    /// Narrowings towards an extreme.
    pub narrowings: usize,
    /// A margin this far inside its error is as good as 0: at 1 the bar of a zero is twice as long as it could be.
    pub inside: f64,
    /// Part of the bracket of a zero at which it is no longer narrowed, as where a margin jumps.
    pub narrowest: f64,
    /// Whether a margin is followed within its error, to where it may leave it.
    pub patient: bool,
}

impl Pace {
    /// For margins that are computed in a moment.
    pub const THOROUGH: Self =
        Self { places: 65, checks: 65, halvings: 45, narrowings: 40, inside: 0.05, narrowest: 0.0, patient: true };
    /// For those that may take a solve on a line.
    pub const STEADY: Self = Self { checks: 13, ..Self::THOROUGH };
    /// For those that take a solve on a lattice of several variables.
    pub const SPARING: Self =
        Self { places: 17, checks: 5, halvings: 6, narrowings: 8, inside: 1.0, narrowest: 1e-6, patient: false };
}
