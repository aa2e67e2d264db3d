//! Writing generators as Matrix Market files.

use crate::operator::Generator;
use crate::output::{OutputError, atomic};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// Writes `generator` to `path`: row = source, column = target, the diagonal minus the sum of its row, every number the
/// shortest decimal that reads back to the same double. `comments` go below the header, a line each.
///
/// # Errors
/// Those of [`atomic::write_with`]; the file is untouched then.
pub fn write_matrix_market(path: &Path, generator: &Generator, comments: &[String]) -> Result<(), OutputError> {
    atomic::write_with(path, |temporary| {
        fill(temporary, generator, comments).map_err(|source| OutputError::Write { path: path.to_owned(), source })
    })
}

fn fill(path: &Path, generator: &Generator, comments: &[String]) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 20, File::create(path)?);
    let rates = generator.rates();
    let positive = rates.data().iter().filter(|r| **r > 0.0).count();
    let leaving = rates.outer_iterator().filter(|row| row.data().iter().any(|r| *r > 0.0)).count();
    let n = generator.cells();
    writeln!(out, "%%MatrixMarket matrix coordinate real general")?;
    for line in comments.iter().flat_map(|comment| comment.lines()) {
        writeln!(out, "% {}", line.replace('\r', " "))?;
    }
    writeln!(out, "{n} {n} {}", positive + leaving)?;
    for (from, row) in rates.outer_iterator().enumerate() {
        let sum: f64 = row.data().iter().sum();
        let mut diagonal = (sum > 0.0).then_some(-sum);
        for (to, &rate) in row.iter().filter(|(_, rate)| **rate > 0.0) {
            if to > from
                && let Some(value) = diagonal.take()
            {
                writeln!(out, "{} {} {value:e}", from + 1, from + 1)?;
            }
            writeln!(out, "{} {} {rate:e}", from + 1, to + 1)?;
        }
        if let Some(value) = diagonal {
            writeln!(out, "{} {} {value:e}", from + 1, from + 1)?;
        }
    }
    out.flush()
}
