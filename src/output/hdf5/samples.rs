//! The group of Monte Carlo samples.

use super::node::Node;
use super::{error, value};
use crate::record::Sampling;
use ::hdf5::Result;

/// Writes the runs of one variable under `/samples`.
pub(super) fn write(root: &Node, samples: &[&Sampling]) -> Result<()> {
    runs(root, samples, |s| &s.method, run)
}

/// Writes one group per run under `/samples`, named after its method; nothing if there are no runs.
pub(super) fn runs<S>(
    root: &Node,
    samples: &[&S],
    method: impl Fn(&S) -> &str,
    fill: impl Fn(&Node, &S) -> Result<()>,
) -> Result<()> {
    if samples.is_empty() {
        return Ok(());
    }
    let group = root.group("samples", "Monte Carlo runs beside the computed law")?;
    let mut taken: Vec<String> = Vec::new();
    for sampling in samples {
        let name = free_name(method(sampling), &taken);
        fill(&group.group(&name, "one Monte Carlo run; errors are standard errors")?, sampling)?;
        taken.push(name);
    }
    Ok(())
}

/// The method as a name of a group: `gradient flow` is `gradient_flow`, a second one `gradient_flow_2`.
fn free_name(method: &str, taken: &[String]) -> String {
    let mut name: String = method.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    if name.is_empty() {
        name.push_str("run");
    }
    let stem = name.clone();
    let mut n = 2;
    while taken.contains(&name) {
        name = format!("{stem}_{n}");
        n += 1;
    }
    name
}

fn run(group: &Node, s: &Sampling) -> Result<()> {
    group.text("method", &s.method)?;
    group.number("learning_rate", s.learning_rate)?;
    group.number("noise_amplification", s.noise_amplification)?;
    for (name, n) in [
        ("batch_size", s.batch_size),
        ("steps", s.steps),
        ("burn_in", s.burn_in),
        ("seed", s.seed),
        ("chains", s.chains),
        ("diverged", s.diverged),
        ("died", s.died),
        ("crossed", s.crossed),
    ] {
        group.integer(name, n)?;
    }
    group.number("autocorrelation_steps", s.autocorrelation_steps)?;
    group.number("effective_samples", s.effective_samples)?;
    group.number("steps_per_second", s.steps_per_second)?;
    group.quantity("mean", &s.mean)?;
    group.quantity("variance", &s.variance)?;
    group.column("quantile_q", &s.quantiles, "1", "probability", |r| r.q)?;
    group.column("quantile_value", &s.quantiles, "v", "sampled quantile of v", |r| value(&r.value))?;
    group.column("quantile_error", &s.quantiles, "v", "its standard error", |r| error(&r.value))?;
    group.array("histogram_edges", &s.histogram.edges, "v", "edges of the bins, one more than bins")?;
    group.array("histogram_density", &s.histogram.density, "1/v", "density of the samples in each bin")?;
    group.array("histogram_error", &s.histogram.error, "1/v", "standard error of it")?;
    group.strings("warnings", s.warnings.iter().map(String::as_str), "what the reader should know")
}
