//! The kinds of boundary.

use super::condition::Condition;
use crate::formula::FormulaError;
use std::fmt;

/// A change of character of the stationary law.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// No normalisable law is left.
    Collapse,
    /// p(v) begins to diverge at v = 0.
    DivergenceAtZero,
    /// The global mode jumps from one place to another.
    ModeJump,
    /// The last interior maximum of p(v) disappears.
    ModeLoss,
    /// p(v) gets a valley between two rises.
    Bimodality,
    /// The variance is largest: of this variable, or the sum of all of them.
    VarianceMaximum(Option<String>),
    /// E|v|^n becomes infinite.
    Moment(f64),
    /// A feature (from 1) begins to grow from nothing.
    SwitchOn(usize),
    /// The slowest discrete decay meets the continuum.
    GapEdge,
    /// A condition of the user's own on observables.
    Condition(Condition),
    /// Discrete SGD dies: of all features, or of one (from 1).
    SgdCollapse(Option<usize>),
}

/// What is accepted, for messages.
pub const KINDS: &[&str] = &[
    "collapse",
    "divergence_at_zero",
    "mode_jump",
    "mode_loss",
    "bimodality",
    "variance_maximum",
    "variance_maximum:VARIABLE",
    "moment:N",
    "switch_on:K",
    "gap_edge",
    "sgd_collapse",
    "sgd_collapse:K",
    "a condition such as mean > 0.5",
];

impl Kind {
    /// The kind of this name, or a condition; `None` if it is neither.
    ///
    /// # Errors
    /// [`FormulaError`] for a condition that cannot be read.
    pub fn parse(name: &str) -> Result<Option<Self>, FormulaError> {
        if Condition::is_one(name) {
            Condition::parse(name).map(|condition| Some(Self::Condition(condition)))
        } else {
            Ok(Self::named(name))
        }
    }

    fn named(name: &str) -> Option<Self> {
        let (word, argument) = match name.split_once(':') {
            Some((word, argument)) => (word, Some(argument)),
            None => (name, None),
        };
        let feature = |text: &str| text.parse::<usize>().ok().filter(|k| *k >= 1);
        match (word, argument) {
            ("collapse", None) => Some(Self::Collapse),
            ("divergence_at_zero", None) => Some(Self::DivergenceAtZero),
            ("mode_jump", None) => Some(Self::ModeJump),
            ("mode_loss", None) => Some(Self::ModeLoss),
            ("bimodality", None) => Some(Self::Bimodality),
            ("variance_maximum", variable) => Some(Self::VarianceMaximum(variable.map(str::to_owned))),
            ("gap_edge", None) => Some(Self::GapEdge),
            ("sgd_collapse", None) => Some(Self::SgdCollapse(None)),
            ("sgd_collapse", Some(k)) => feature(k).map(|k| Self::SgdCollapse(Some(k))),
            ("moment", Some(n)) => n.parse().ok().filter(|n: &f64| n.is_finite() && *n != 0.0).map(Self::Moment),
            ("switch_on", Some(k)) => feature(k).map(Self::SwitchOn),
            _ => None,
        }
    }

    /// The number of the feature it is about, if it is about one.
    pub fn feature(&self) -> Option<usize> {
        match self {
            Self::SwitchOn(k) => Some(*k),
            Self::SgdCollapse(k) => *k,
            _ => None,
        }
    }

    /// The variable that it names.
    pub fn variable(&self) -> Option<&str> {
        match self {
            Self::VarianceMaximum(variable) => variable.as_deref(),
            _ => None,
        }
    }

    /// What holds where the margin is positive, and where it is negative.
    pub fn sides(&self) -> [String; 2] {
        let [positive, negative] = match self {
            Self::Collapse => ["a density exists", "no density exists"],
            Self::DivergenceAtZero => ["p(0) = 0", "p(v) diverges at 0"],
            Self::ModeJump => ["the mode is the upper one", "the mode is the lower one"],
            Self::ModeLoss => ["p has an interior maximum", "p has no interior maximum"],
            Self::Bimodality => ["p has a valley", "p has no valley"],
            Self::VarianceMaximum(None) => ["the variance rises", "the variance falls"],
            Self::VarianceMaximum(Some(v)) => {
                return [format!("the variance of {v} rises"), format!("the variance of {v} falls")];
            }
            Self::Moment(n) => return [format!("E|v|^{n} is finite"), format!("E|v|^{n} is infinite")],
            Self::SwitchOn(k) => return [format!("feature {k} grows"), format!("feature {k} dies")],
            Self::GapEdge => ["a discrete decay lies below the continuum", "the gap is the edge of the continuum"],
            Self::Condition(condition) => {
                return [condition.text().to_owned(), format!("not {}", condition.text())];
            }
            Self::SgdCollapse(_) => ["SGD leaves v = 0", "SGD dies at v = 0"],
        };
        [positive.to_owned(), negative.to_owned()]
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Collapse => f.write_str("collapse"),
            Self::DivergenceAtZero => f.write_str("divergence_at_zero"),
            Self::ModeJump => f.write_str("mode_jump"),
            Self::ModeLoss => f.write_str("mode_loss"),
            Self::Bimodality => f.write_str("bimodality"),
            Self::VarianceMaximum(None) => f.write_str("variance_maximum"),
            Self::VarianceMaximum(Some(variable)) => write!(f, "variance_maximum:{variable}"),
            Self::Moment(n) => write!(f, "moment:{n}"),
            Self::SwitchOn(k) => write!(f, "switch_on:{k}"),
            Self::GapEdge => f.write_str("gap_edge"),
            Self::Condition(condition) => f.write_str(condition.text()),
            Self::SgdCollapse(None) => f.write_str("sgd_collapse"),
            Self::SgdCollapse(Some(k)) => write!(f, "sgd_collapse:{k}"),
        }
    }
}
