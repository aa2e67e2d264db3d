//! `--shard K/N`: one of several runs that share the points of a sweep or the pieces of a phase diagram.

use crate::error::Error;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Every `count`-th point, from `number` (from 1) on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shard {
    number: usize,
    count: usize,
}

impl Shard {
    /// Whether the point with this index is one of its own.
    pub(super) fn has(self, point: usize) -> bool {
        point % self.count + 1 == self.number
    }

    /// The file of this shard of the result `out`.
    pub(super) fn file(self, out: &Path) -> PathBuf {
        out.with_extension(format!("{}-of-{}.h5", self.number, self.count))
    }

    /// Refuses more shards than `whole` has points (or whatever it has).
    pub(super) fn check(self, whole: &str, points: usize, name: &str) -> Result<(), Error> {
        if self.count > points {
            return Err(
                self.refused(format!("the {whole} has {points} {name} only"), format!("at most {points} shards"))
            );
        }
        Ok(())
    }

    pub(super) fn refused(self, problem: String, accepted: String) -> Error {
        Error::OutputPath { flag: "--shard", path: self.to_string(), problem, accepted }
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.count)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('/').and_then(|(k, n)| Some((k.parse().ok()?, n.parse().ok()?)));
        match parts {
            Some((number, count)) if (1..=count).contains(&number) => Ok(Self { number, count }),
            _ => Err("accepted: K/N, the K-th of N shards, as in 3/64".to_owned()),
        }
    }
}
