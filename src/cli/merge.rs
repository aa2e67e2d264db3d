//! `stillpoint merge`: one file from the shards of a sweep.

use super::outputs::{self, Target};
use super::sweep::existing;
use crate::error::{Error, Exit};
use crate::output;
use crate::output::hdf5::read_sweep;
use crate::record::{SweepRecord, SweepRow};
use std::path::{Path, PathBuf};

/// Most missing shards that are named.
const NAMED: usize = 20;

/// Join the shards of a sweep to the file that one run would have written
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  stillpoint merge law.h5 law.*-of-64.h5")]
pub(super) struct Arguments {
    /// The file to write
    #[arg(value_name = "OUT", value_hint = clap::ValueHint::FilePath)]
    out: PathBuf,
    /// Files of `stillpoint sweep --shard`
    #[arg(value_name = "SHARD", required = true, value_hint = clap::ValueHint::FilePath)]
    shards: Vec<PathBuf>,
}

pub(super) fn run(arguments: &Arguments, quiet: bool) -> Result<Exit, Error> {
    let target = Target { flag: "OUT", path: &arguments.out, extensions: outputs::HDF5 };
    let inputs: Vec<&Path> = arguments.shards.iter().map(PathBuf::as_path).collect();
    outputs::check(&[target], &inputs)?;
    let record = joined(&arguments.shards)?;
    if existing(&arguments.out, &record.checksum, None)?.is_some() {
        super::warn(quiet, &format!("{} holds this sweep already: nothing was written", arguments.out.display()));
    } else {
        output::hdf5::write_sweep(&arguments.out, &record)?;
    }
    super::print(&output::table::sweep(&record, super::colour()))?;
    Ok(Exit::Done)
}

/// All points of all shards.
fn joined(paths: &[PathBuf]) -> Result<SweepRecord, Error> {
    let mut faults = Vec::new();
    let mut whole: Option<SweepRecord> = None;
    for path in paths {
        let shard = match read_sweep(path) {
            Ok(shard) => shard,
            Err(error) => {
                faults.push(refused(path, error.to_string(), "the files of `stillpoint sweep --shard`"));
                continue;
            }
        };
        match &mut whole {
            None => whole = Some(shard),
            Some(whole) => {
                if let Err(problem) = add(whole, shard) {
                    faults.push(refused(path, problem, "shards of one sweep, made by one version of the program"));
                }
            }
        }
    }
    match faults.len() {
        0 => {}
        1 => return Err(faults.remove(0)),
        _ => return Err(Error::Several(faults)),
    }
    match whole {
        Some(whole) => complete(whole, paths),
        None => Err(Error::Several(Vec::new())),
    }
}

fn add(whole: &mut SweepRecord, shard: SweepRecord) -> Result<(), String> {
    if shard.checksum != whole.checksum || shard.rows.len() != whole.rows.len() {
        return Err("it belongs to another sweep than the first shard".to_owned());
    }
    for (have, more) in whole.rows.iter_mut().zip(shard.rows) {
        match (&*have, more) {
            (_, SweepRow::Elsewhere) => {}
            (SweepRow::Elsewhere, more) => *have = more,
            (have, more) if *have == more => {}
            _ => return Err("a point of it differs from that of another shard".to_owned()),
        }
    }
    Ok(())
}

/// The record of all points, or which are missing.
fn complete(whole: SweepRecord, paths: &[PathBuf]) -> Result<SweepRecord, Error> {
    let missing: Vec<usize> = (0..whole.rows.len()).filter(|&i| whole.rows[i] == SweepRow::Elsewhere).collect();
    if missing.is_empty() {
        return Ok(SweepRecord { shard: None, ..whole });
    }
    let count = whole.shard.as_ref().and_then(|s| s.split_once('/')).and_then(|(_, n)| n.parse::<usize>().ok());
    let shards = match count {
        Some(n) => {
            let mut numbers: Vec<usize> = missing.iter().map(|i| i % n + 1).collect();
            numbers.sort_unstable();
            numbers.dedup();
            let more = if numbers.len() > NAMED { " ..." } else { "" };
            let named: Vec<String> = numbers.iter().take(NAMED).map(usize::to_string).collect();
            format!(", those of shards {}{more} of {n}", named.join(", "))
        }
        None => String::new(),
    };
    let path = paths.first().map_or(Path::new(""), PathBuf::as_path);
    let problem =
        format!("with the other shards, {} of {} points are missing{shards}", missing.len(), whole.rows.len());
    Err(refused(path, problem, "all shards of the sweep"))
}

fn refused(path: &Path, problem: String, accepted: &str) -> Error {
    let accepted = accepted.to_owned();
    Error::OutputPath { flag: "SHARD", path: path.display().to_string(), problem, accepted }
}
