//! Which laws are invariant, and which of them a start reaches: read off the generator at the ends of the
//! charts, without any formula for a critical temperature.
//!
//! The zeros of the diffusion (v = 0 for D >= 1, the zero of G) and infinity cut the line into regions. At each
//! end of a region the slope of the log density is measured. Where it leads away from both ends there is one
//! normalisable law inside; where it leads to an end, the process is drawn there.

use super::StudyError;
use crate::grid::End;
use crate::model::{Branch, Diagonal, Piece};
use crate::record::{InvariantLaw, LawKind};

/// A region between two ends, with what was measured at them.
#[derive(Debug, Clone)]
pub struct Region {
    /// Chart and process.
    pub piece: Piece,
    /// Lower and upper end of the chart.
    pub ends: [End; 2],
}

impl Region {
    pub(super) fn measure(piece: Piece) -> Result<Self, StudyError> {
        let ends = [End::measure(&piece.process, -1.0)?, End::measure(&piece.process, 1.0)?];
        Ok(Self { piece, ends })
    }

    /// Whether a normalisable density lives here.
    pub fn holds_density(&self) -> bool {
        self.ends.iter().all(End::repels)
    }

    /// The end that sits at `v`, if one does.
    fn end_at(&self, v: f64) -> Option<&End> {
        let ends = self.piece.coordinate.ends();
        (0..2).find(|&i| ends[i] == v).map(|i| &self.ends[i])
    }

    fn support(&self) -> [Option<f64>; 2] {
        self.piece.coordinate.support().map(|v| v.is_finite().then_some(v))
    }
}

/// All regions of both branches.
#[derive(Debug, Clone)]
pub struct Landscape {
    /// Regions of the branch the start is on, ascending in v.
    pub here: Vec<Region>,
    /// Regions of the other branch (none for D = 0).
    pub there: Vec<Region>,
    depth: u32,
}

impl Landscape {
    /// Measures every end of every region.
    ///
    /// # Errors
    /// [`StudyError::Grid`] where the force is not a number.
    pub fn of(model: &Diagonal, branch: Branch) -> Result<Self, StudyError> {
        let measure = |branch| -> Result<Vec<Region>, StudyError> {
            model.pieces(branch).into_iter().map(Region::measure).collect()
        };
        let other = if branch == Branch::Positive { Branch::Negative } else { Branch::Positive };
        let there = if model.depth == 0 { Vec::new() } else { measure(other)? };
        Ok(Self { here: measure(branch)?, there, depth: model.depth })
    }

    /// The region of this branch with a density, if there is one.
    pub fn density(&self) -> Option<&Region> {
        self.here.iter().find(|r| r.holds_density())
    }

    /// The zero of the noise away from v = 0 on this branch, between two regions.
    fn gate(&self) -> Option<f64> {
        (self.here.len() == 2).then(|| self.here[0].piece.coordinate.support()[1])
    }

    /// Whether the process cannot leave `v`: the drift vanishes there with the noise.
    fn invariant_gate(&self, v: f64) -> bool {
        // Where the drift does not vanish the force diverges at the gate, with one sign on each side.
        self.here.iter().filter_map(|r| r.end_at(v)).all(|end| end.limit)
    }

    /// Whether the regions beside `v` (on one branch) lead to it, from all sides they touch it from.
    fn attracts(regions: &[Region], v: f64) -> bool {
        let mut ends = regions.iter().filter_map(|r| r.end_at(v)).peekable();
        ends.peek().is_some() && ends.all(|end| !end.repels())
    }

    /// Where all mass goes when there is no density on this branch.
    ///
    /// # Errors
    /// [`StudyError::Escapes`] when it goes to infinity.
    pub fn collapse(&self) -> Result<f64, StudyError> {
        if let Some(k) = self.gate()
            && self.invariant_gate(k)
            && Self::attracts(&self.here, k)
        {
            return Ok(k);
        }
        if self.depth >= 1 && Self::attracts(&self.here, 0.0) {
            return Ok(0.0);
        }
        let outward = self.here.iter().flat_map(|r| {
            let ends = r.piece.coordinate.ends();
            (0..2).filter(move |&i| ends[i].is_infinite() && !r.ends[i].repels()).map(move |i| r.ends[i])
        });
        let exponent = outward.map(|end| end.side * end.slope - 1.0).next().unwrap_or(f64::NAN);
        Err(StudyError::Escapes { exponent })
    }

    /// The slope of ln p(v) against ln|v| measured at the end where the mass goes.
    pub fn slope_towards(&self, v: f64) -> Option<f64> {
        self.here.iter().find_map(|r| r.end_at(v)).map(|end| -end.side * end.slope - 1.0)
    }

    /// Every ergodic invariant law; `reached` is the point all mass goes to, if there is no density.
    pub fn invariant_laws(&self, reached: Option<f64>) -> Vec<InvariantLaw> {
        let mut laws = Vec::new();
        for (regions, own) in [(&self.here, true), (&self.there, false)] {
            for region in regions.iter().filter(|r| r.holds_density()) {
                laws.push(InvariantLaw {
                    law: LawKind::Density,
                    point: None,
                    support: region.support(),
                    reached: own && reached.is_none(),
                    attracting: true,
                    note: "the density falls towards both ends of the support".into(),
                });
            }
        }
        if let Some(k) = self.gate().filter(|&k| self.invariant_gate(k)) {
            let attracting = Self::attracts(&self.here, k);
            laws.push(point_law(k, reached == Some(k), attracting, "drift and noise vanish together at this point"));
        }
        if self.depth >= 1 {
            let attracting = [&self.here, &self.there].iter().any(|regions| Self::attracts(regions, 0.0));
            let note = if Self::attracts(&self.here, 0.0) {
                "v = 0 cannot be left, and starts on this branch are drawn to it"
            } else if attracting {
                "v = 0 cannot be left; starts on the other branch are drawn to it, starts on this one are not"
            } else {
                "v = 0 cannot be left, but nearby starts move away"
            };
            laws.push(point_law(0.0, reached == Some(0.0), attracting, note));
        }
        laws
    }
}

pub(super) fn point_law(v: f64, reached: bool, attracting: bool, note: &str) -> InvariantLaw {
    InvariantLaw {
        law: LawKind::PointMass,
        point: Some(v),
        support: [Some(v), Some(v)],
        reached,
        attracting,
        note: note.into(),
    }
}
