//! Monte Carlo runs of several variables.

use super::super::node::Node;
use super::super::samples::runs;
use super::{error, moments, value};
use crate::record::FieldSampling;

/// Writes the runs of several variables under `/samples`.
pub(super) fn write(root: &Node, samples: &[&FieldSampling]) -> ::hdf5::Result<()> {
    runs(root, samples, |s| &s.method, run)
}

fn run(group: &Node, s: &FieldSampling) -> ::hdf5::Result<()> {
    group.text("method", &s.method)?;
    group.number("learning_rate", s.learning_rate)?;
    for (name, n) in [
        ("batch_size", s.batch_size),
        ("steps", s.steps),
        ("burn_in", s.burn_in),
        ("seed", s.seed),
        ("chains", s.chains),
        ("diverged", s.diverged),
    ] {
        group.integer(name, n)?;
    }
    group.number("steps_per_second", s.steps_per_second)?;
    moments(group, &s.variables, &s.mean, &s.covariance)?;
    let rows: Vec<_> =
        s.variables.iter().zip(&s.quantiles).flat_map(|(v, qs)| qs.iter().map(move |q| (v, q))).collect();
    group.strings("quantile_variable", rows.iter().map(|(v, _)| v.as_str()), "variable")?;
    group.column("quantile_q", &rows, "1", "probability", |(_, q)| q.q)?;
    group.column("quantile_value", &rows, "variable", "its quantile", |(_, q)| value(&q.value))?;
    group.column("quantile_error", &rows, "variable", "its standard error", |(_, q)| error(&q.value))?;
    group.strings("expression", s.expressions.iter().map(|e| e.expression.as_str()), "expression")?;
    group.column("expression_value", &s.expressions, "", "its expectation", |e| value(&e.value))?;
    group.column("expression_error", &s.expressions, "", "its standard error", |e| error(&e.value))?;
    let cloud = s.cloud.concat();
    let dimensions = [("chain", s.cloud.len()), ("name", s.cloud.first().map_or(0, Vec::len))];
    group.block("cloud", &cloud, &dimensions, &s.variables.join(", "), "some final positions")?;
    group.strings("warnings", s.warnings.iter().map(String::as_str), "what the reader should know")
}
