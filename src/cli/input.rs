//! The FILE argument: a path, `-`, or `@NAME` for a scenario inside the program.

use crate::data::nearest;
use crate::error::Error;
use crate::record::Provenance;
use crate::scenario::{BUILT_IN, Family, Location, Scenario, built_in};
use std::io::Read;
use std::path::{Path, PathBuf};

/// Largest scenario read; a device or a wrong path must not fill the memory.
const MAX_BYTES: u64 = 16 << 20;

/// Which scenario, and what to change in it.
#[derive(Debug, clap::Args)]
pub(super) struct Input {
    /// Scenario file, `-` for standard input, or @NAME for a built-in one (see `stillpoint examples`)
    #[arg(value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub(super) file: PathBuf,
    /// Change a value before the scenario is checked; repeatable [example: model.temperature=0.2]
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub(super) set: Vec<String>,
}

impl Input {
    /// Reads and validates the scenario.
    pub(super) fn scenario(&self) -> Result<Scenario, Error> {
        self.scenario_after(&[])
    }

    /// The same after more changes, those of options that stand for a key.
    pub(super) fn scenario_after(&self, more: &[String]) -> Result<Scenario, Error> {
        self.family_after(more).map(Family::into_base)
    }

    /// The document itself, whose numbers may vary.
    pub(super) fn family_after(&self, more: &[String]) -> Result<Family, Error> {
        let set = [&self.set, more].concat();
        if let Some(name) = self.file.to_str().and_then(|f| f.strip_prefix('@')) {
            let found = built_in(name).ok_or_else(|| Error::UnknownBuiltIn {
                name: name.to_owned(),
                nearest: nearest(name, BUILT_IN.iter().map(|b| b.name)),
            })?;
            return Ok(Family::read(found.text.as_bytes(), &format!("@{name}"), &Location::Embedded, &set)?);
        }
        if self.file == Path::new("-") {
            let bytes = limited(std::io::stdin().lock(), "<stdin>")?;
            return Ok(Family::read(&bytes, "<stdin>", &Location::Folder(PathBuf::new()), &set)?);
        }
        let name = self.file.display().to_string();
        let file = std::fs::File::open(&self.file)
            .map_err(|e| Error::Unreadable { path: name.clone(), cause: e.to_string() })?;
        let bytes = limited(file, &name)?;
        let folder = self.file.parent().map(Path::to_path_buf).unwrap_or_default();
        Ok(Family::read(&bytes, &name, &Location::Folder(folder), &set)?)
    }
}

fn limited(reader: impl Read, name: &str) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    let read = reader.take(MAX_BYTES + 1).read_to_end(&mut bytes);
    let cause = match read {
        Ok(_) if bytes.len() as u64 <= MAX_BYTES => return Ok(bytes),
        Ok(_) => "larger than 16 MiB, which is no scenario".to_owned(),
        Err(e) => e.to_string(),
    };
    Err(Error::Unreadable { path: name.to_owned(), cause })
}

/// How finely to compute, for laws on a lattice; each stands for a key of `[solve]`.
#[derive(Debug, clap::Args)]
pub(super) struct Resolution {
    /// Cells per axis of the finest grid, for laws of several variables [default: chosen by the tolerance]
    #[arg(long, value_name = "N")]
    grid: Option<u64>,
    /// Number of resolutions that the error bars are made of, for laws of several variables
    #[arg(long, value_name = "K")]
    levels: Option<u64>,
    /// Memory that the solver may use, e.g. 4GB [default: three quarters of what is free]
    #[arg(long, value_name = "BYTES")]
    memory: Option<String>,
}

impl Resolution {
    /// The changes of the scenario that these options are.
    pub(super) fn sets(&self) -> Vec<String> {
        let grid = self.grid.map(|n| format!("solve.grid={n}"));
        let levels = self.levels.map(|k| format!("solve.levels={k}"));
        let memory = self.memory.as_ref().map(|m| format!("solve.memory={m}"));
        [grid, levels, memory].into_iter().flatten().collect()
    }
}

/// What is needed to make a result of this scenario again.
pub(super) fn provenance(scenario: &Scenario, seed: Option<u64>) -> Provenance {
    Provenance {
        scenario: scenario.text.clone(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        revision: env!("STILLPOINT_REVISION").to_owned(),
        data: scenario.data.clone(),
        seed,
    }
}

/// Both outcomes, or everything that is wrong with either, so that all of it is reported at once.
pub(super) fn both<A, B>(a: Result<A, Error>, b: Result<B, Error>) -> Result<(A, B), Error> {
    match (a, b) {
        (Ok(a), Ok(b)) => Ok((a, b)),
        (Err(Error::Several(mut all)), Err(other)) => {
            all.push(other);
            Err(Error::Several(all))
        }
        (Err(a), Err(b)) => Err(Error::Several(vec![a, b])),
        (Err(e), Ok(_)) | (Ok(_), Err(e)) => Err(e),
    }
}
