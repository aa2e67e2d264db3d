//! `--shard K/N`: one of several runs that share the points of a sweep.

use crate::error::Error;
use crate::scenario::Sweep;
use std::fmt;
use std::str::FromStr;

/// Every `count`-th point, from `number` (from 1) on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) struct Shard {
    pub(super) number: usize,
    pub(super) count: usize,
}

impl Shard {
    /// Whether the point with this index is one of its own.
    pub(super) fn has(self, point: usize) -> bool {
        point % self.count + 1 == self.number
    }

    /// Refuses what cannot be shared out.
    pub(super) fn check(self, sweep: &Sweep) -> Result<(), Error> {
        let refused = |problem: String, accepted: String| {
            Err(Error::OutputPath { flag: "--shard", path: self.to_string(), problem, accepted })
        };
        if sweep.refine > 0 {
            let problem = "where points are inserted depends on all of them".to_owned();
            return refused(problem, "sweeps without `refine`".to_owned());
        }
        let points = sweep.points();
        if self.count > points {
            return refused(format!("the sweep has {points} points only"), format!("at most {points} shards"));
        }
        Ok(())
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
