//! `stillpoint merge`: one file from the shards of a sweep or of a phase diagram.

mod phase;
mod sweep;

use super::outputs::{self, Target};
use crate::error::{Error, Exit};
use crate::output::hdf5::{PARTS_FORMAT, format_of};
use std::path::{Path, PathBuf};

/// Most missing shards that are named.
const NAMED: usize = 20;

/// Join the shards of a sweep or of a phase diagram to the file that one run would have written
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  stillpoint merge law.h5 law.*-of-64.h5")]
pub(super) struct Arguments {
    /// The file to write
    #[arg(value_name = "OUT", value_hint = clap::ValueHint::FilePath)]
    out: PathBuf,
    /// Files of `stillpoint sweep --shard` or of `stillpoint phase --shard`
    #[arg(value_name = "SHARD", required = true, value_hint = clap::ValueHint::FilePath)]
    shards: Vec<PathBuf>,
}

pub(super) fn run(arguments: &Arguments, quiet: bool) -> Result<Exit, Error> {
    let target = Target { flag: "OUT", path: &arguments.out, extensions: outputs::HDF5 };
    let inputs: Vec<&Path> = arguments.shards.iter().map(PathBuf::as_path).collect();
    outputs::check(&[target], &inputs)?;
    let diagram = inputs.iter().any(|path| format_of(path).as_deref() == Some(PARTS_FORMAT));
    if diagram {
        phase::write(&arguments.out, joined(&arguments.shards)?, quiet)
    } else {
        sweep::write(&arguments.out, joined(&arguments.shards)?, quiet)
    }
}

/// Something that comes in shards.
trait Whole: Sized {
    /// What it is, in words.
    const NAME: &'static str;
    /// The command that makes its shards.
    const COMMAND: &'static str;
    /// What it is made of.
    const OF: &'static str;

    fn read(path: &Path) -> Result<Self, String>;

    /// Adds what another shard has, or says why it does not fit.
    fn add(&mut self, other: Self) -> Result<(), String>;

    /// Which of its parts are there.
    fn present(&self) -> Vec<bool>;

    /// The shard it was read from.
    fn shard(&self) -> Option<&str>;
}

/// All of all shards.
fn joined<W: Whole>(paths: &[PathBuf]) -> Result<W, Error> {
    let mut faults = Vec::new();
    let mut whole: Option<W> = None;
    for path in paths {
        let read = if path.exists() { W::read(path) } else { Err("there is no such file".to_owned()) };
        let shard = match read {
            Ok(shard) => shard,
            Err(problem) => {
                faults.push(refused(path, problem, format!("the files of `stillpoint {} --shard`", W::COMMAND)));
                continue;
            }
        };
        match &mut whole {
            None => whole = Some(shard),
            Some(whole) => {
                if let Err(problem) = whole.add(shard) {
                    let accepted = format!("shards of one {}, made by one version of the program", W::NAME);
                    faults.push(refused(path, problem, accepted));
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

/// The whole, or what of it is missing.
fn complete<W: Whole>(whole: W, paths: &[PathBuf]) -> Result<W, Error> {
    let present = whole.present();
    let missing: Vec<usize> = (0..present.len()).filter(|&i| !present[i]).collect();
    if missing.is_empty() {
        return Ok(whole);
    }
    let count = whole.shard().and_then(|s| s.split_once('/')).and_then(|(_, n)| n.parse::<usize>().ok());
    let shards = match count {
        Some(n) => {
            let mut numbers: Vec<usize> = missing.iter().map(|i| i % n.max(1) + 1).collect();
            numbers.sort_unstable();
            numbers.dedup();
            let more = if numbers.len() > NAMED { " ..." } else { "" };
            let named: Vec<String> = numbers.iter().take(NAMED).map(usize::to_string).collect();
            format!(", those of shards {}{more} of {n}", named.join(", "))
        }
        None => String::new(),
    };
    let path = paths.first().map_or(Path::new(""), PathBuf::as_path);
    let (some, all) = (missing.len(), present.len());
    let problem = format!("with the other shards, {some} of {all} {} are missing{shards}", W::OF);
    Err(refused(path, problem, format!("all shards of the {}", W::NAME)))
}

fn refused(path: &Path, problem: String, accepted: String) -> Error {
    Error::OutputPath { flag: "SHARD", path: path.display().to_string(), problem, accepted }
}
