//! The FILE argument: a path, `-`, or `@NAME` for a scenario inside the program.

use crate::data::nearest;
use crate::error::Error;
use crate::record::Provenance;
use crate::scenario::{BUILT_IN, Location, Scenario, built_in};
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
        if let Some(name) = self.file.to_str().and_then(|f| f.strip_prefix('@')) {
            let found = built_in(name).ok_or_else(|| Error::UnknownBuiltIn {
                name: name.to_owned(),
                nearest: nearest(name, BUILT_IN.iter().map(|b| b.name)),
            })?;
            return Ok(Scenario::read(found.text.as_bytes(), &format!("@{name}"), &Location::Embedded, &self.set)?);
        }
        if self.file == Path::new("-") {
            let bytes = limited(std::io::stdin().lock(), "<stdin>")?;
            return Ok(Scenario::read(&bytes, "<stdin>", &Location::Folder(PathBuf::new()), &self.set)?);
        }
        let name = self.file.display().to_string();
        let file = std::fs::File::open(&self.file)
            .map_err(|e| Error::Unreadable { path: name.clone(), cause: e.to_string() })?;
        let bytes = limited(file, &name)?;
        let folder = self.file.parent().map(Path::to_path_buf).unwrap_or_default();
        Ok(Scenario::read(&bytes, &name, &Location::Folder(folder), &self.set)?)
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
