//! What can be wrong with a matrix, in words that say where and what would be accepted.

use super::{Kind, Orientation};
use crate::operator::OperatorError;
use crate::stationary::StationaryError;

/// What the lines of a Matrix Market file hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// `row column value`
    Coordinate,
    /// `row column`, the value being 1
    Pattern,
    /// One value per line, column by column.
    Array,
}

impl Layout {
    pub(super) fn of_entries(self) -> &'static str {
        match self {
            Self::Coordinate => "`row column value`",
            Self::Pattern => "`row column`",
            Self::Array => "one value a line, column by column",
        }
    }
}

/// How the sums of a matrix fit neither kind.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Misfit {
    /// The kind that most of the matrix looks like, if any of it does.
    pub looks_like: Option<Kind>,
    /// Rows (columns, if columns are sources) that fit it.
    pub fitting: usize,
    /// The first that does not, counted from 1.
    pub first: usize,
    /// Its sum.
    pub sum: f64,
    /// Which of rows and columns were summed.
    pub orientation: Orientation,
    /// Whether the sums the other way fit.
    pub other_way_fits: bool,
}

/// Why a file is no Markov chain that can be solved. Lines, rows and columns are counted from 1, as in the file.
#[derive(Debug, thiserror::Error)]
pub enum ChainError {
    /// The file cannot be read.
    #[error("cannot be read: {0}")]
    Read(#[from] std::io::Error),
    /// The first line is no Matrix Market header.
    #[error("no Matrix Market header: `{found}`")]
    Header {
        /// The line, shortened.
        found: String,
    },
    /// A Matrix Market file of a kind that holds no chain.
    #[error("the header says `{word}`")]
    Unsupported {
        /// The word of the header.
        word: String,
        /// What may stand there.
        accepted: &'static str,
    },
    /// The line of sizes is wrong or missing.
    #[error("`{found}` does not give the size of the matrix")]
    Size {
        /// Where.
        line: u64,
        /// The line, shortened.
        found: String,
        /// What it has to look like.
        accepted: &'static str,
    },
    /// Rows and columns differ.
    #[error("{rows} rows and {columns} columns: a Markov chain has a square matrix")]
    NotSquare {
        /// Where.
        line: u64,
        /// Rows.
        rows: u64,
        /// Columns.
        columns: u64,
    },
    /// No states.
    #[error("a matrix without rows has no stationary law")]
    Empty {
        /// Where.
        line: u64,
    },
    /// A line of the body has the wrong number of fields.
    #[error("`{found}` is no entry of the matrix")]
    Fields {
        /// Where.
        line: u64,
        /// The line, shortened.
        found: String,
        /// What the header promised.
        layout: Layout,
    },
    /// A row or column that the matrix does not have.
    #[error("{which} `{found}` of a matrix with {order} {which}s")]
    Index {
        /// Where.
        line: u64,
        /// `row` or `column`.
        which: &'static str,
        /// The field.
        found: String,
        /// Rows and columns of the matrix.
        order: usize,
    },
    /// A value that is no usable number.
    #[error("the value `{found}` {problem}")]
    Value {
        /// Where.
        line: u64,
        /// The field.
        found: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// More entries than promised.
    #[error("more than the {promised} entries that the file promises")]
    TooMany {
        /// Where the first too many is.
        line: u64,
        /// Entries promised.
        promised: u64,
    },
    /// Fewer entries than promised.
    #[error("the file promises {promised} entries and ends after {found}")]
    TooFew {
        /// Entries promised.
        promised: u64,
        /// Entries there.
        found: u64,
    },
    /// A line without end.
    #[error("a line of more than {limit} bytes")]
    LongLine {
        /// Where.
        line: u64,
        /// Longest line read.
        limit: u64,
    },
    /// Entries off the diagonal are negative.
    #[error("{}", negative(*.row, *.column, *.value, *.count))]
    Negative {
        /// Line of the first, where one line holds it.
        line: Option<u64>,
        /// Its row.
        row: usize,
        /// Its column.
        column: usize,
        /// Its value.
        value: f64,
        /// How many there are.
        count: usize,
        /// Whether the matrix with all signs changed would be a generator.
        flipped: bool,
    },
    /// A probability to stay is negative.
    #[error("the diagonal entry {value} of row {row} is no probability")]
    Stay {
        /// The row.
        row: usize,
        /// The entry.
        value: f64,
    },
    /// Neither a generator nor a stochastic matrix.
    #[error("{}", misfit(.0))]
    Sums(Misfit),
    /// Duplicates add up to more than a double holds.
    #[error("the entries of row {row}, column {column} add up to {sum}")]
    Overflow {
        /// The row.
        row: usize,
        /// The column.
        column: usize,
        /// What they add up to.
        sum: f64,
    },
    /// It would not fit into memory.
    #[error("{what} takes about {needed} MB of memory, and {available} MB are free")]
    TooLarge {
        /// What takes the memory.
        what: String,
        /// Megabytes.
        needed: u64,
        /// Megabytes.
        available: u64,
    },
    /// The lattice has another number of cells.
    #[error("a lattice of {shape} cells does not have the {states} states of the matrix")]
    Lattice {
        /// Cells per axis.
        shape: String,
        /// States of the matrix.
        states: usize,
    },
    /// The rates are none.
    #[error(transparent)]
    Operator(#[from] OperatorError),
    /// The elimination failed.
    #[error(transparent)]
    Stationary(#[from] StationaryError),
}

fn negative(row: usize, column: usize, value: f64, count: usize) -> String {
    let entry = format!("the entry {value} in row {row}, column {column} is negative");
    if count == 1 { entry } else { format!("{entry}, and {} more off the diagonal are", count - 1) }
}

fn misfit(m: &Misfit) -> String {
    let which = m.orientation.word();
    let sum = format!("{which} {} sums to {}", m.first, m.sum);
    match m.looks_like {
        None => format!("{sum}: neither 0 as in a generator nor 1 as in a stochastic matrix"),
        Some(kind) => {
            format!("{sum}, and {} other {which}s to {} as in a {}", m.fitting, kind.sum(), kind.name())
        }
    }
}

impl ChainError {
    /// The line of the file it is about.
    pub fn line(&self) -> Option<u64> {
        match self {
            Self::Header { .. } | Self::Unsupported { .. } => Some(1),
            Self::Size { line, .. }
            | Self::NotSquare { line, .. }
            | Self::Empty { line }
            | Self::Fields { line, .. }
            | Self::Index { line, .. }
            | Self::Value { line, .. }
            | Self::TooMany { line, .. }
            | Self::LongLine { line, .. } => Some(*line),
            Self::Negative { line, .. } => *line,
            _ => None,
        }
    }

    /// What would be accepted, or how to repair it.
    pub fn hint(&self) -> Option<String> {
        const FIRST: &str =
            "`%%MatrixMarket matrix coordinate real general` as the first line (as `scipy.io.mmwrite` writes it)";
        let accepted = match self {
            Self::Read(_) => "a Matrix Market file (.mtx), or `-` for standard input".to_owned(),
            Self::Header { .. } => FIRST.to_owned(),
            Self::Unsupported { accepted, .. } | Self::Size { accepted, .. } => (*accepted).to_owned(),
            Self::NotSquare { .. } => "as many rows as columns".to_owned(),
            Self::Empty { .. } => "at least one row".to_owned(),
            Self::Fields { layout, .. } => layout.of_entries().to_owned(),
            Self::Index { order, .. } => format!("a whole number from 1 to {order}"),
            Self::Value { .. } => "0, or a finite number of size 2.3e-308 to 1.8e308".to_owned(),
            Self::TooMany { .. } | Self::TooFew { .. } => "as many entries as the line of sizes says".to_owned(),
            Self::Negative { flipped: true, .. } => {
                return Some("hint: this is minus a generator; change the sign of every entry".to_owned());
            }
            Self::Negative { .. } => "rates and probabilities >= 0 off the diagonal".to_owned(),
            Self::Stay { .. } => "probabilities >= 0".to_owned(),
            Self::Sums(misfit) if misfit.other_way_fits => {
                let other = misfit.orientation.other();
                return Some(format!("hint: its {}s fit; say --orientation {}s", other.word(), other.word()));
            }
            Self::Sums(misfit) => {
                let which = misfit.orientation.word();
                format!("{which}s that sum to 0 (generator) or 1 (stochastic matrix) to within 1e-8, diagonal included")
            }
            Self::Lattice { states, .. } => format!("cells per axis whose product is {states}"),
            Self::TooLarge { .. } => "a smaller chain, or a machine with more memory".to_owned(),
            Self::LongLine { .. } | Self::Overflow { .. } | Self::Operator(_) | Self::Stationary(_) => return None,
        };
        Some(format!("accepted: {accepted}"))
    }
}
