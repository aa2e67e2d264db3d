//! From a matrix of numbers to the rates of a chain.

use super::read::{Entry, Matrix};
use super::{ChainError, Misfit};
use crate::operator::{Generator, RateMatrix};
use sprs::CsMatI;

/// Sums may be off by this much (relative to the outflow for a generator).
const TOLERANCE: f64 = 1e-8;

/// Which index of the matrix is the state that is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Orientation {
    /// Entry (x, y) leads from x to y; rows sum to 0 or 1.
    #[default]
    Rows,
    /// Entry (y, x) leads from x to y; columns sum to 0 or 1.
    Columns,
}

impl Orientation {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Rows => "row",
            Self::Columns => "column",
        }
    }

    pub(super) fn other(self) -> Self {
        match self {
            Self::Rows => Self::Columns,
            Self::Columns => Self::Rows,
        }
    }

    /// (source, target) of an entry.
    fn jump(self, entry: &Entry) -> (usize, usize) {
        let (row, column) = (entry.row as usize, entry.column as usize);
        match self {
            Self::Rows => (row, column),
            Self::Columns => (column, row),
        }
    }

    /// (row, column) in the file, counted from 1.
    fn place(self, from: usize, to: usize) -> (usize, usize) {
        match self {
            Self::Rows => (from + 1, to + 1),
            Self::Columns => (to + 1, from + 1),
        }
    }
}

/// What the numbers are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Rates \[1 / time\]; sums are 0.
    Generator,
    /// Probabilities of one step; sums are 1.
    Stochastic,
}

impl Kind {
    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Generator => "generator",
            Self::Stochastic => "stochastic matrix",
        }
    }

    pub(super) fn sum(self) -> u8 {
        match self {
            Self::Generator => 0,
            Self::Stochastic => 1,
        }
    }

    fn fits(self, sums: &Sums) -> bool {
        let sum = sums.diagonal + sums.off;
        match self {
            Self::Generator => sum.abs() <= TOLERANCE * sums.off.max(sums.diagonal.abs()),
            Self::Stochastic => (sum - 1.0).abs() <= TOLERANCE,
        }
    }
}

/// A Markov chain and what its file said.
#[derive(Debug, Clone)]
pub struct Chain {
    /// Rates (or probabilities of one step) between different states.
    pub generator: Generator,
    /// What the numbers were.
    pub kind: Kind,
}

/// Diagonal and off-diagonal sum of one source.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    diagonal: f64,
    off: f64,
}

impl Chain {
    /// Tells what `matrix` is by its sums, and drops its diagonal.
    ///
    /// # Errors
    /// [`ChainError::Negative`], [`ChainError::Sums`], [`ChainError::Stay`], [`ChainError::Overflow`].
    pub fn of(matrix: Matrix, orientation: Orientation) -> Result<Self, ChainError> {
        let (rates, sums) = compressed(&matrix, orientation)?;
        let Matrix { order, entries, first_negative } = matrix;
        drop(entries);
        no_negative(&rates, &sums, orientation, first_negative)?;
        let fitting = |kind: Kind| sums.iter().filter(|s| kind.fits(s)).count();
        let (generators, stochastic) = (fitting(Kind::Generator), fitting(Kind::Stochastic));
        let kind = if generators == order {
            Kind::Generator
        } else if stochastic == order {
            Kind::Stochastic
        } else {
            return Err(ChainError::Sums(misfit(&rates, &sums, orientation, generators, stochastic)));
        };
        if kind == Kind::Stochastic
            && let Some(k) = sums.iter().position(|s| s.diagonal < 0.0)
        {
            return Err(ChainError::Stay { row: k + 1, value: sums[k].diagonal });
        }
        Ok(Self { generator: Generator::checked(rates)?, kind })
    }
}

/// Off-diagonal entries by source, duplicates added up in the order of the file, and the sums.
fn compressed(matrix: &Matrix, orientation: Orientation) -> Result<(RateMatrix, Vec<Sums>), ChainError> {
    let n = matrix.order;
    let mut sums = vec![Sums::default(); n];
    let mut start = vec![0usize; n + 1];
    for entry in &matrix.entries {
        let (from, to) = orientation.jump(entry);
        if from == to { sums[from].diagonal += entry.value } else { start[from + 1] += 1 }
    }
    (0..n).for_each(|k| start[k + 1] += start[k]);
    let mut next = start.clone();
    let mut jumps = vec![(0u32, 0.0f64); start[n]];
    for entry in &matrix.entries {
        let (from, to) = orientation.jump(entry);
        if from != to {
            jumps[next[from]] = (to as u32, entry.value);
            next[from] += 1;
        }
    }
    let (mut pointers, mut targets, mut rates) = (vec![0], Vec::new(), Vec::new());
    targets.reserve_exact(jumps.len());
    rates.reserve_exact(jumps.len());
    for from in 0..n {
        let row = &mut jumps[start[from]..start[from + 1]];
        // A stable sort keeps duplicates in the order of the file.
        row.sort_by_key(|&(to, _)| to);
        for same in row.chunk_by(|a, b| a.0 == b.0) {
            let (to, rate) = (same[0].0, same.iter().map(|&(_, rate)| rate).sum::<f64>());
            if !rate.is_finite() {
                let (row, column) = orientation.place(from, to as usize);
                return Err(ChainError::Overflow { row, column, sum: rate });
            }
            if rate != 0.0 {
                targets.push(to);
                rates.push(rate);
                sums[from].off += rate;
            }
        }
        pointers.push(targets.len());
    }
    Ok((CsMatI::new((n, n), pointers, targets, rates), sums))
}

/// Refuses negative entries off the diagonal.
fn no_negative(
    rates: &RateMatrix,
    sums: &[Sums],
    orientation: Orientation,
    first: Option<(Entry, u64)>,
) -> Result<(), ChainError> {
    let mut count = 0;
    let mut found = None;
    for (value, (from, to)) in rates.iter() {
        if *value < 0.0 {
            let place = orientation.place(from as usize, to as usize);
            count += 1;
            // The one whose line is known is named, else the first in the order of the states.
            let known = first.is_some_and(|(e, _)| (e.row as usize + 1, e.column as usize + 1) == place);
            if found.is_none() || known {
                found = Some((place, *value, first.filter(|_| known).map(|(_, line)| line)));
            }
        }
    }
    let Some(((row, column), value, line)) = found else { return Ok(()) };
    let flipped =
        count == rates.nnz() && sums.iter().all(|s| Kind::Generator.fits(&Sums { off: -s.off, diagonal: -s.diagonal }));
    Err(ChainError::Negative { line, row, column, value, count, flipped })
}

fn misfit(rates: &RateMatrix, sums: &[Sums], orientation: Orientation, generators: usize, stochastic: usize) -> Misfit {
    let (looks_like, fitting) = match (generators, stochastic) {
        (0, 0) => (None, 0),
        (g, s) if g >= s => (Some(Kind::Generator), g),
        (_, s) => (Some(Kind::Stochastic), s),
    };
    let bad = |s: &Sums| looks_like.is_none_or(|kind| !kind.fits(s));
    let first = sums.iter().position(bad).unwrap_or_default();
    let sum = sums[first].diagonal + sums[first].off;
    let mut other: Vec<Sums> = sums.iter().map(|s| Sums { off: 0.0, ..*s }).collect();
    for (value, (_, to)) in rates.iter() {
        other[to as usize].off += value;
    }
    let other_way_fits = [Kind::Generator, Kind::Stochastic].iter().any(|kind| other.iter().all(|s| kind.fits(s)));
    Misfit { looks_like, fitting, first: first + 1, sum, orientation, other_way_fits }
}
