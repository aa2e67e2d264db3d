//! `stillpoint examples`: the scenarios inside the program.

use crate::data::nearest;
use crate::error::{Error, Exit};
use crate::scenario::{BUILT_IN, built_in};

/// List the built-in scenarios, or print one
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  stillpoint examples
  stillpoint examples diabetes > mine.toml
  stillpoint solve @diabetes

A copy that reads a data file needs that file at the path it names.")]
pub(super) struct Arguments {
    /// Print this one instead of the list
    #[arg(value_name = "NAME")]
    name: Option<String>,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Error> {
    match &arguments.name {
        Some(name) => {
            let name = name.trim_start_matches('@');
            let found = built_in(name).ok_or_else(|| Error::UnknownBuiltIn {
                name: name.to_owned(),
                nearest: nearest(name, BUILT_IN.iter().map(|b| b.name)),
            })?;
            super::print(found.text)?;
        }
        None => {
            let width = BUILT_IN.iter().map(|b| b.name.len()).max().unwrap_or_default();
            let line = |b: &crate::scenario::BuiltIn| {
                format!("@{:width$}  {}\n {:width$}  {}\n", b.name, b.title(), "", b.question())
            };
            super::print(&BUILT_IN.iter().map(line).collect::<String>())?;
        }
    }
    Ok(Exit::Done)
}
