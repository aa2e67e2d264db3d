//! Checks: a computed number beside an expected one, and whether they agree.

use crate::estimate::{Estimate, Quantity};
use crate::record::{Check, Comparison, Finding, Relation, Solution, Verdict};

/// Standard errors within which a sampled number has to lie: some hundred are compared in one run.
const STANDARD_ERRORS: f64 = 4.0;

/// Both should be equal within their errors.
pub(super) fn equal(
    quantity: impl Into<String>,
    computed: impl Into<Finding>,
    expected: impl Into<Finding>,
    source: &str,
) -> Check {
    within(quantity, computed, expected, 0.0, source)
}

/// The same, up to `allowance` beyond their errors.
pub(super) fn within(
    quantity: impl Into<String>,
    computed: impl Into<Finding>,
    expected: impl Into<Finding>,
    allowance: f64,
    source: &str,
) -> Check {
    judged(quantity.into(), computed.into(), expected.into(), Relation::Equal, allowance, source)
}

/// The solved log density lies on that of the formula within the stated error of both.
pub(super) fn on_formula(quantity: impl Into<String>, solution: &Solution, source: &str) -> Check {
    let formula = solution.comparison.as_ref();
    let of = |part: fn(&Comparison) -> Option<f64>| formula.and_then(part).unwrap_or(f64::NAN);
    within(quantity, of(|c| c.max_log_density_difference), 0.0, of(|c| c.max_log_density_error), source)
}

/// The computed number should be the smaller one, beyond their errors.
pub(super) fn below(
    quantity: impl Into<String>,
    computed: impl Into<Finding>,
    expected: impl Into<Finding>,
    source: &str,
) -> Check {
    judged(quantity.into(), computed.into(), expected.into(), Relation::Below, 0.0, source)
}

/// The computed number should be the larger one, beyond their errors.
pub(super) fn above(
    quantity: impl Into<String>,
    computed: impl Into<Finding>,
    expected: impl Into<Finding>,
    source: &str,
) -> Check {
    judged(quantity.into(), computed.into(), expected.into(), Relation::Above, 0.0, source)
}

/// The paper as printed, which the theory manual corrects: a difference is explained, not a failure.
pub(super) fn printed(
    quantity: impl Into<String>,
    computed: impl Into<Finding>,
    expected: impl Into<Finding>,
    source: &str,
) -> Check {
    let check = equal(quantity, computed, expected, source);
    let verdict = if check.verdict == Verdict::Differ { Verdict::Explained } else { check.verdict };
    Check { verdict, ..check }
}

fn judged(
    quantity: String,
    computed: Finding,
    expected: Finding,
    relation: Relation,
    allowance: f64,
    source: &str,
) -> Check {
    let holds = match (&computed, &expected) {
        (Finding::Number(a), Finding::Number(b)) => related(a, b, relation, allowance),
        (a, b) => relation == Relation::Equal && a == b,
    };
    let verdict = if holds { Verdict::Agree } else { Verdict::Differ };
    Check { quantity, computed, expected, relation, allowance, source: source.to_owned(), verdict }
}

fn related(a: &Quantity, b: &Quantity, relation: Relation, allowance: f64) -> bool {
    let (Quantity::Finite(a), Quantity::Finite(b)) = (a, b) else {
        return match relation {
            Relation::Equal => a == b,
            Relation::Below => a.finite().is_some() && *b == Quantity::Infinite,
            Relation::Above => *a == Quantity::Infinite && b.finite().is_some(),
        };
    };
    let (margin, difference) = (bar(a) + bar(b), a.value - b.value);
    match relation {
        Relation::Equal => difference.abs() <= margin + allowance,
        Relation::Below => difference < -margin,
        Relation::Above => difference > margin,
    }
}

/// The error within which a number is sure to lie: several standard errors where it is sampled.
fn bar(e: &Estimate) -> f64 {
    e.error() + (STANDARD_ERRORS - 1.0) * e.budget.sampling
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_agree_within_their_errors_only() {
        let near = Estimate::computed(1.0, 0.05, 0.05);
        assert_eq!(equal("x", near, 1.09, "").verdict, Verdict::Agree);
        assert_eq!(equal("x", near, 1.11, "").verdict, Verdict::Differ);
        assert_eq!(within("x", near, 1.11, 0.02, "").verdict, Verdict::Agree);
        assert_eq!(equal("x", Estimate::sampled(1.0, 0.1), 1.39, "").verdict, Verdict::Agree);
        assert_eq!(equal("x", Estimate::sampled(1.0, 0.1), 1.41, "").verdict, Verdict::Differ);
        assert_eq!(equal("x", f64::NAN, 1.0, "").verdict, Verdict::Differ);
        assert_eq!(equal("x", Quantity::Infinite, Quantity::Infinite, "").verdict, Verdict::Agree);
        assert_eq!(equal("x", Quantity::Infinite, 1.0, "").verdict, Verdict::Differ);
        assert_eq!(equal("x", "density", "point mass", "").verdict, Verdict::Differ);
        assert_eq!(printed("x", near, 2.0, "").verdict, Verdict::Explained);
    }

    #[test]
    fn inequalities_hold_beyond_the_errors_only() {
        let near = Estimate::computed(1.0, 0.1, 0.0);
        assert_eq!(below("x", near, 1.2, "").verdict, Verdict::Agree);
        assert_eq!(below("x", near, 1.05, "").verdict, Verdict::Differ);
        assert_eq!(above("x", near, 0.8, "").verdict, Verdict::Agree);
        assert_eq!(above("x", near, 0.95, "").verdict, Verdict::Differ);
        assert_eq!(above("x", "density", "density", "").verdict, Verdict::Differ);
    }
}
