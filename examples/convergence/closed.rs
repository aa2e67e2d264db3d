//! The closed forms against 20 digits: a table of their errors, case by case.

use crate::measure::Reference;
use stillpoint::estimate::Estimate;
use stillpoint::theory::ClosedForm;

/// Errors of one closed form; `None` where the quantity does not exist.
struct Errors {
    log_density: Worst,
    mean: Option<Worst>,
    variance: Option<Worst>,
    quantiles: Worst,
}

/// The largest error of several numbers, and whether all lie within their own error bars.
struct Worst {
    error: f64,
    covered: bool,
}

impl Worst {
    fn of(pairs: impl Iterator<Item = (Estimate, f64)>, scale: impl Fn(f64) -> f64) -> Self {
        pairs.fold(Self { error: 0.0, covered: true }, |worst, (found, truth)| Self {
            error: worst.error.max((found.value - truth).abs() / scale(truth)),
            covered: worst.covered && found.covers(truth),
        })
    }

    fn show(&self) -> String {
        format!("{:.1e}{}", self.error, if self.covered { " " } else { "!" })
    }
}

/// Prints one line per law; `!` marks an error that its bar does not cover.
pub fn print(references: &[Reference]) {
    println!(
        "{:<14}{:<36}{:>11}{:>11}{:>11}{:>13}   note",
        "case", "formula", "log p", "mean", "variance", "ln quantiles"
    );
    for reference in references {
        let model = &reference.problem.model;
        let Some(form) = ClosedForm::of(model, reference.problem.branch) else {
            println!("{:<14}{:<36}{:>11}{:>11}{:>11}{:>13}   {}", reference.id, "none", "", "", "", "", reference.note);
            continue;
        };
        let errors = errors(reference, &form);
        let optional = |worst: &Option<Worst>| worst.as_ref().map_or_else(|| "inf ".into(), Worst::show);
        println!(
            "{:<14}{:<36}{:>11}{:>11}{:>11}{:>13}   {}",
            reference.id,
            form.name(),
            errors.log_density.show(),
            optional(&errors.mean),
            optional(&errors.variance),
            errors.quantiles.show(),
            reference.note
        );
    }
}

fn errors(reference: &Reference, form: &ClosedForm) -> Errors {
    let densities = reference.log_density.iter().filter_map(|&(v, truth)| Some((form.log_density(v)?, truth)));
    let quantiles = reference.quantiles.iter().filter_map(|&(q, truth)| Some((form.quantile(q)?.1, truth)));
    let relative = |found: Option<Estimate>, truth: Option<f64>| {
        found.zip(truth).map(|pair| Worst::of(std::iter::once(pair), |truth| truth.abs().max(f64::MIN_POSITIVE)))
    };
    Errors {
        log_density: Worst::of(densities, |truth| truth.abs().max(1.0)),
        mean: relative(form.mean().finite(), reference.mean),
        variance: relative(form.variance().finite(), reference.variance),
        quantiles: Worst::of(quantiles, |truth| truth.abs().max(1.0)),
    }
}
