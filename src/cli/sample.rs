//! `stillpoint sample`: real minibatch SGD, or its gradient flow, or the user's equations, and what the chains
//! settled to.

use super::input::Input;
use super::progress::Progress;
use crate::error::{Error, Exit};
use crate::scenario::{FieldTask, LineTask, Scenario, Task};
use crate::sgd::Config;
use crate::study::Problem;
use crate::{output, sgd, study};

/// Run SGD itself and summarise what its chains settle to
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  stillpoint sample @one-layer
  stillpoint sample law.toml --set sgd.chains=1000 --set sgd.learning_rate=0.001 --json
  stillpoint sample law.toml --flow

Needs the [sgd] table of the scenario. The same seed gives the same digits on any number of threads.")]
pub(super) struct Arguments {
    #[command(flatten)]
    input: Input,
    /// Print one JSON object in full precision instead of the table
    #[arg(long)]
    json: bool,
    /// Integrate the stochastic gradient flow instead, with time step `learning_rate` (the only way for kind = "sde")
    #[arg(long)]
    flow: bool,
}

pub(super) fn run(arguments: &Arguments, quiet: bool) -> Result<Exit, Error> {
    let scenario = arguments.input.scenario()?;
    let config = scenario.sampling()?;
    match &scenario.task {
        Task::Line(task) => line(arguments, &scenario, task, &config, quiet),
        Task::Field(task) => field(arguments, &scenario, task, &config, quiet),
    }
}

fn line(
    arguments: &Arguments,
    scenario: &Scenario,
    task: &LineTask,
    config: &Config,
    quiet: bool,
) -> Result<Exit, Error> {
    let progress = Progress::new("sampling", config.chains.saturating_mul(config.steps), quiet);
    let advance = |steps| progress.advance(steps);
    let Problem { model, branch, quantiles, .. } = &task.problem;
    let sampled = if arguments.flow {
        sgd::gradient_flow(model, *branch, config, quantiles, &advance)
    } else {
        sgd::sgd(model, &task.source, *branch, config, quantiles, &advance)
    };
    drop(progress);
    let sampling = sampled.map_err(|error| Error::Sgd { path: scenario.path.clone(), error })?;
    print(arguments, quiet, &sampling, &sampling.warnings, |s| output::table::sampling(s, super::colour()))
}

fn field(
    arguments: &Arguments,
    scenario: &Scenario,
    task: &FieldTask,
    config: &Config,
    quiet: bool,
) -> Result<Exit, Error> {
    let progress = Progress::new("sampling", config.chains.saturating_mul(config.steps), quiet);
    let advance = |steps| progress.advance(steps);
    let sampled = study::sample_field(&task.problem, &task.source, config, arguments.flow, &advance);
    drop(progress);
    let sampling = sampled.map_err(|error| Error::Sgd { path: scenario.path.clone(), error })?;
    print(arguments, quiet, &sampling, &sampling.warnings, |s| output::table::field_sampling(s, super::colour()))
}

/// Prints samples; the table carries its own warnings.
fn print<R: serde::Serialize>(
    arguments: &Arguments,
    quiet: bool,
    sampling: &R,
    warnings: &[String],
    table: impl FnOnce(&R) -> String,
) -> Result<Exit, Error> {
    if arguments.json {
        super::print(&output::json::to_string(sampling)?)?;
        warnings.iter().for_each(|warning| super::warn(quiet, warning));
    } else {
        super::print(&table(sampling))?;
    }
    Ok(Exit::Done)
}
