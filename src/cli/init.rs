//! `stillpoint init`: a commented scenario to start from.

use crate::error::{Error, Exit};
use crate::scenario::{KINDS, template};

/// Print a commented scenario to start from
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  stillpoint init > mine.toml && stillpoint solve mine.toml")]
pub(super) struct Arguments {
    /// Kind of model
    #[arg(value_name = "KIND", default_value = KINDS[0], value_parser = clap::builder::PossibleValuesParser::new(KINDS))]
    kind: String,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Error> {
    super::print(template(&arguments.kind).unwrap_or_default())?;
    Ok(Exit::Done)
}
