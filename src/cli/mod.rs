//! The command line: arguments in, results on standard output, everything else on standard error.
//!
//! One file per command. No arithmetic and no formatting of results here; those are in `study` and `output`.

mod chain;
mod compare;
mod completions;
mod diagnose;
mod examples;
mod export;
mod init;
mod input;
mod kept;
mod merge;
mod outputs;
mod phase;
mod progress;
mod ranks;
mod reproduce;
mod sample;
mod shard;
mod solve;
mod sweep;

use crate::error::{Error, Exit};
use crate::output::table::Screen;
use clap::{Parser, Subcommand};
use std::io::{IsTerminal, Write};
use std::process::ExitCode;

/// The exact stationary law of stochastic gradient descent
///
/// Reads a scenario (a short TOML file), computes the stationary law of SGD for the network it describes,
/// and prints it with an error bar on every number.
#[derive(Debug, Parser)]
#[command(version, long_version = LONG_VERSION, propagate_version = true, after_help = FIRST)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Threads to compute with [default: one per core]; never changes a digit
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// No progress and no warnings on standard error
    #[arg(long, short, global = true)]
    quiet: bool,
}

const LONG_VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (", env!("STILLPOINT_REVISION"), ")");

const FIRST: &str = "\
Examples:
  stillpoint solve @diabetes                     a built-in scenario, no file needed
  stillpoint solve @diabetes --plot law.svg --out law.h5
  stillpoint init > mine.toml && stillpoint solve mine.toml

Exit codes: 0 a law was found, 1 tolerance not reached or comparison failed, 2 bad input, 3 I/O";

#[derive(Debug, Subcommand)]
enum Command {
    Solve(solve::Arguments),
    Sample(sample::Arguments),
    Compare(compare::Arguments),
    Phase(phase::Arguments),
    Chain(chain::Arguments),
    Sweep(sweep::Arguments),
    Merge(merge::Arguments),
    Reproduce(reproduce::Arguments),
    Init(init::Arguments),
    Examples(examples::Arguments),
    Completions(completions::Arguments),
}

/// Parses the arguments of the process, runs the command and reports how it went.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // A closed pipe is no reason to fail while printing help.
            let _ = error.print();
            return if error.use_stderr() { Exit::BadInput } else { Exit::Done }.into();
        }
    };
    match run(cli) {
        Ok(exit) => exit.into(),
        Err(error) => {
            diagnose::report(&error);
            error.exit().into()
        }
    }
}

fn run(cli: Cli) -> Result<Exit, Error> {
    if let Some(threads) = cli.threads.map(usize::from) {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build_global();
        pool.map_err(|e| Error::Threads { threads, cause: e.to_string() })?;
    }
    match cli.command {
        Command::Solve(arguments) => solve::run(&arguments, cli.quiet),
        Command::Sample(arguments) => sample::run(&arguments, cli.quiet),
        Command::Compare(arguments) => compare::run(&arguments, cli.quiet),
        Command::Phase(arguments) => phase::run(&arguments, cli.quiet),
        Command::Chain(arguments) => chain::run(&arguments, cli.quiet),
        Command::Sweep(arguments) => sweep::run(&arguments, cli.quiet),
        Command::Merge(arguments) => merge::run(&arguments, cli.quiet),
        Command::Reproduce(arguments) => reproduce::run(&arguments, cli.quiet),
        Command::Init(arguments) => init::run(&arguments),
        Command::Examples(arguments) => examples::run(&arguments),
        Command::Completions(arguments) => completions::run(&arguments),
    }
}

/// Writes a result to standard output; a reader that has seen enough is no error.
fn print(text: &str) -> Result<(), Error> {
    let mut out = std::io::stdout().lock();
    let end = if text.ends_with('\n') { "" } else { "\n" };
    let written = out.write_all(text.as_bytes()).and_then(|()| out.write_all(end.as_bytes()));
    match written.and_then(|()| out.flush()) {
        Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => Err(Error::Stdout(e)),
        _ => Ok(()),
    }
}

/// A remark for the user on standard error.
fn warn(quiet: bool, text: &str) {
    if !quiet {
        // Nothing can be done about a standard error that is closed.
        let _ = writeln!(std::io::stderr(), "warning: {text}");
    }
}

/// What standard output can show.
fn screen() -> Screen {
    Screen { colour: colour(), terminal: std::io::stdout().is_terminal() }
}

/// Whether standard output is a terminal that wants colours (NO_COLOR and CLICOLOR are heeded).
fn colour() -> bool {
    anstream::AutoStream::choice(&std::io::stdout()) != anstream::ColorChoice::Never
}
