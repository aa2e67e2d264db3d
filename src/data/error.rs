//! What can be wrong with a data file.

use crate::model::ModelError;

/// Why a data set could not be read.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DataError {
    /// No such file.
    #[error("{path}: no such file")]
    NotFound {
        /// As it was looked for.
        path: String,
        /// A file of the same folder with a similar name.
        nearest: Option<String>,
    },
    /// The file exists but cannot be read.
    #[error("{path}: cannot be read: {cause}")]
    Unreadable {
        /// The file.
        path: String,
        /// What the system said.
        cause: String,
    },
    /// The file is not UTF-8 text.
    #[error("{path}:{line}:{character}: byte {byte:#04x} is not UTF-8 text")]
    NotText {
        /// The file.
        path: String,
        /// Line, from 1.
        line: usize,
        /// Character in the line, from 1.
        character: usize,
        /// The first byte that is none.
        byte: u8,
    },
    /// A line has more or fewer fields than the header.
    #[error("{path}:{line}:1: {found} fields where the header has {expected}")]
    Ragged {
        /// The file.
        path: String,
        /// Line, from 1.
        line: usize,
        /// Fields found.
        found: u64,
        /// Fields of the header.
        expected: u64,
    },
    /// The header has no such column.
    #[error("{path}:1:1: no column `{column}` in the header")]
    MissingColumn {
        /// The file.
        path: String,
        /// What was asked for.
        column: String,
        /// What there is.
        available: Vec<String>,
        /// The most similar name.
        nearest: Option<String>,
    },
    /// The header has the column twice.
    #[error("{path}:1:1: column `{column}` occurs more than once in the header")]
    AmbiguousColumn {
        /// The file.
        path: String,
        /// What was asked for.
        column: String,
    },
    /// Nothing in the file, or only a header, or a single row.
    #[error("{path}:{line}:1: {rows} rows of data")]
    TooFewRows {
        /// The file.
        path: String,
        /// Last line.
        line: usize,
        /// Rows found.
        rows: usize,
    },
    /// A field of a number column that is no finite number.
    #[error("{path}:{line}:{character}: {what} in column `{column}`", what = describe(found))]
    NotANumber {
        /// The file.
        path: String,
        /// Line, from 1.
        line: usize,
        /// Character in the line, from 1.
        character: usize,
        /// The column's name.
        column: String,
        /// The text found.
        found: String,
    },
    /// All values of a column are equal.
    #[error("{path}:2:1: column `{column}` is constant: every value is {value}")]
    Constant {
        /// The file.
        path: String,
        /// The column's name.
        column: String,
        /// The value.
        value: f64,
    },
    /// The numbers are readable but no law can be computed from their moments.
    #[error("the moments of the data cannot be used: {0}")]
    Moments(#[from] ModelError),
}

fn describe(found: &str) -> String {
    if found.is_empty() {
        "an empty field".to_owned()
    } else if found.parse::<f64>().is_ok() {
        format!("`{found}`, which is not finite,")
    } else {
        format!("the text `{found}`")
    }
}

impl DataError {
    /// What would be accepted.
    pub fn accepted(&self) -> String {
        match self {
            Self::NotFound { .. } => "the path of a CSV file, relative to the scenario file".to_owned(),
            Self::Unreadable { .. } => "a readable CSV file".to_owned(),
            Self::NotText { .. } => "a CSV file in UTF-8".to_owned(),
            Self::Ragged { expected, .. } => format!("{expected} comma-separated fields on every line"),
            Self::MissingColumn { available, .. } => format!("one of {}", listed(available)),
            Self::AmbiguousColumn { .. } => "a name that occurs once".to_owned(),
            Self::TooFewRows { .. } => "a header and at least 2 rows".to_owned(),
            Self::NotANumber { .. } => "a finite number in every row".to_owned(),
            Self::Constant { .. } => "a column with at least two different values".to_owned(),
            Self::Moments(_) => "columns in units that make the moments ordinary numbers".to_owned(),
        }
    }

    /// How to repair it, where that can be guessed.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NotFound { nearest, .. } | Self::MissingColumn { nearest: nearest @ Some(_), .. } => {
                nearest.as_ref().map(|name| format!("did you mean `{name}`?"))
            }
            Self::MissingColumn { available, .. } => match available.as_slice() {
                [only] if only.contains([';', '\t']) => {
                    Some("the header seems to be separated by semicolons or tabs; commas are needed".to_owned())
                }
                _ => None,
            },
            Self::NotANumber { found, .. } if found.is_empty() || found.eq_ignore_ascii_case("na") => {
                Some("remove rows with missing values first".to_owned())
            }
            Self::Constant { .. } => Some(
                "models of one feature take constant inputs as `moments = { … }`; others go without the column"
                    .to_owned(),
            ),
            Self::Moments(_) => Some("rescale the columns, or set `standardize = true`".to_owned()),
            _ => None,
        }
    }
}

/// Names in backticks, at most a dozen.
fn listed(names: &[String]) -> String {
    let mut text = names.iter().take(12).map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ");
    if names.len() > 12 {
        text.push_str(&format!(" and {} more", names.len() - 12));
    }
    text
}
