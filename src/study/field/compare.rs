//! A law on a lattice beside Monte Carlo and, for several variables, a second discretisation.
//!
//! Chains have a finite step, the law does not. How far that moves a number is measured by a second run at twice
//! the step: to first order the difference of the two runs is the distance from the limit.

use super::{FieldProblem, FieldSource, Request, Watch, sample_field, solve_field};
use crate::estimate::{Estimate, Quantity};
use crate::record::{FieldComparison, FieldComparisonRow, FieldSampling, FieldSolution, SpectralCheck};
use crate::sgd::Config;
use crate::study::StudyError;

/// Standard errors within which a sampled number has to lie: with some thirty numbers, 3 would fail one run in
/// ten by chance.
const STANDARD_ERRORS: f64 = 4.5;

/// Solves a problem and samples it at the step of `config` and at twice that; `steps` is told how many chain steps
/// were taken.
///
/// # Errors
/// See [`StudyError`].
pub fn compare_field(
    problem: &FieldProblem,
    source: &FieldSource,
    config: &Config,
    watch: &Watch<'_>,
    steps: &(dyn Fn(u64) + Sync),
) -> Result<FieldComparison, StudyError> {
    let verified = Request { verify: true, ..problem.request.clone() };
    let solution = solve_field(&FieldProblem { system: problem.system.clone(), request: verified }, watch)?;
    let plain = sample_field(problem, source, config, false, steps)?;
    let doubled = sample_field(problem, source, &at_twice_the_step(config), false, steps)?;
    let rows = rows(&solution, &plain, &doubled);
    let check = solution.spectral.as_ref();
    let agree = rows.iter().all(|row| row.agree) && check.is_none_or(|check| check.off().is_empty());
    let mut verdict = verdict(&solution, &rows, &plain);
    verdict.extend(check.and_then(second_opinion));
    let samplings = vec![plain, doubled];
    Ok(FieldComparison { solution, rows, samplings, agree, verdict })
}

fn second_opinion(check: &SpectralCheck) -> Option<String> {
    let off = check.off();
    match (check.rows.is_empty(), off.is_empty()) {
        (true, _) => check.note.clone(),
        (false, true) => Some(format!("{} and finite volumes agree within both errors", check.name())),
        (false, false) => Some(format!("{} and finite volumes disagree in: {}", check.name(), off.join(", "))),
    }
}

/// Chain steps that [`compare_field`] takes in all.
pub fn steps_of_compare_field(config: &Config) -> u64 {
    config.chains.saturating_mul(config.steps.saturating_add(at_twice_the_step(config).steps))
}

fn at_twice_the_step(config: &Config) -> Config {
    Config {
        learning_rate: 2.0 * config.learning_rate,
        steps: (config.steps / 2).max(100),
        // Another stream: the two runs must be independent.
        seed: config.seed.wrapping_add(0x9e37_79b9_7f4a_7c15),
        ..*config
    }
}

fn rows(solution: &FieldSolution, plain: &FieldSampling, doubled: &FieldSampling) -> Vec<FieldComparisonRow> {
    let names = &solution.variables;
    let mut rows = Vec::new();
    let entry = |list: &[Quantity], i: usize| list.get(i).copied().unwrap_or(Quantity::Absent);
    for (i, name) in names.iter().enumerate() {
        let sampled = |s: &FieldSampling| entry(&s.mean, i);
        rows.push(row(format!("E[{name}]"), entry(&solution.mean, i), sampled(plain), sampled(doubled)));
    }
    for (i, first) in names.iter().enumerate() {
        for (j, second) in names.iter().enumerate().skip(i) {
            let of = |matrix: &[Vec<Quantity>]| matrix.get(i).map_or(Quantity::Absent, |row| entry(row, j));
            let name = if i == j { format!("Var[{first}]") } else { format!("Cov[{first}, {second}]") };
            rows.push(row(name, of(&solution.covariance), of(&plain.covariance), of(&doubled.covariance)));
        }
    }
    for (i, name) in names.iter().enumerate() {
        let Some(marginal) = solution.marginals.iter().find(|m| m.name == *name) else { continue };
        for (k, quantile) in marginal.quantiles.iter().enumerate() {
            let of =
                |s: &FieldSampling| s.quantiles.get(i).and_then(|l| l.get(k)).map_or(Quantity::Absent, |q| q.value);
            rows.push(row(format!("quantile {} of {name}", quantile.q), quantile.value, of(plain), of(doubled)));
        }
    }
    for (i, expression) in solution.expressions.iter().enumerate() {
        let of = |s: &FieldSampling| s.expressions.get(i).map_or(Quantity::Absent, |e| e.value);
        let [plain, doubled] =
            [plain, doubled].map(|s| seen(of(s), variance(solution, &expression.expression), s.chains));
        rows.push(row(format!("E[{}]", expression.expression), expression.value, plain, doubled));
    }
    rows
}

/// The variance of an expression under the law.
fn variance(solution: &FieldSolution, expression: &str) -> Option<f64> {
    let marginal = solution.marginals.iter().find(|m| m.name == expression)?;
    marginal.variance.finite().map(|e| e.value)
}

/// A sampled mean. Samples that are all the same have no spread of their own, as where an event is too rare to be seen: what
/// one value of every chain would spread by under the law then stands for their error; without it they say nothing.
fn seen(sampled: Quantity, variance: Option<f64>, chains: u64) -> Quantity {
    match (sampled.finite(), variance) {
        (Some(e), Some(variance)) if e.error() == 0.0 => {
            Quantity::Finite(Estimate::computed(e.value, (variance / chains.max(1) as f64).sqrt(), 0.0))
        }
        (Some(e), None) if e.error() == 0.0 => Quantity::Absent,
        _ => sampled,
    }
}

fn row(quantity: String, grid: Quantity, sampled: Quantity, doubled: Quantity) -> FieldComparisonRow {
    let finite_step = match (sampled, doubled) {
        (Quantity::Finite(a), Quantity::Finite(b)) => (a.value - b.value).abs(),
        _ => 0.0,
    };
    let statistical = |q: Quantity| q.finite().map_or(0.0, |e| STANDARD_ERRORS * e.error());
    let agree = match (grid, sampled) {
        (Quantity::Finite(a), Quantity::Finite(b)) => {
            (a.value - b.value).abs() <= a.error() + statistical(sampled) + statistical(doubled) + finite_step
        }
        // A sample has a mean whether or not the law has one, and what a route does not have cannot disagree.
        _ => true,
    };
    FieldComparisonRow { quantity, grid, sampled, finite_step, agree }
}

fn verdict(solution: &FieldSolution, rows: &[FieldComparisonRow], plain: &FieldSampling) -> Vec<String> {
    let mut lines = Vec::new();
    let off: Vec<&str> = rows.iter().filter(|row| !row.agree).map(|row| row.quantity.as_str()).collect();
    if off.is_empty() {
        lines.push(format!(
            "samples agree with the law within {STANDARD_ERRORS} standard errors and the effect of the finite step"
        ));
    } else {
        lines.push(format!("samples disagree with the law in: {}", off.join(", ")));
    }
    let unbounded: Vec<&str> =
        rows.iter().filter(|row| row.grid == Quantity::Infinite).map(|row| row.quantity.as_str()).collect();
    if !unbounded.is_empty() {
        lines.push(format!("infinite under the law, whatever a sample says: {}", unbounded.join(", ")));
    }
    if plain.diverged > 0 {
        lines.push(format!("{} of {} chains diverged (left out of the numbers)", plain.diverged, plain.chains));
    }
    if !solution.solver.converged {
        lines.push("the tolerance was not reached; the error bars say how far".to_owned());
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_too_rare_to_be_seen_do_not_disagree_and_constants_do() {
        let never = Quantity::Finite(Estimate::computed(0.0, 0.0, 0.0));
        let law = |p: f64| Quantity::Finite(Estimate::computed(p, 1e-3 * p, 0.0));
        let verdict = |p: f64| row(String::new(), law(p), seen(never, Some(p * (1.0 - p)), 400), never).agree;
        assert!(verdict(4e-9) && verdict(1e-3));
        assert!(!verdict(0.2), "400 chains cannot all miss a fifth of the mass");
        assert_eq!(seen(never, None, 400), Quantity::Absent);
    }
}
