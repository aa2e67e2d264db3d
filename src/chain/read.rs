//! Reading Matrix Market files, line by line.

use super::error::Layout;
use super::{ChainError, memory, token};
use std::io::{BufRead, Read as _};

/// Longest line read: a file without line ends must not fill the memory.
const LONGEST: u64 = 1 << 20;
/// Entries that room is made for on the word of the file alone.
const TRUSTED: u64 = 1 << 16;

/// One entry as it stands in the file, indices from 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Entry {
    /// Row.
    pub row: u32,
    /// Column.
    pub column: u32,
    /// Value.
    pub value: f64,
}

/// A square matrix as it stands in a file; entries of the same place add up.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Matrix {
    /// Rows, and columns.
    pub order: usize,
    /// In the order of the file.
    pub entries: Vec<Entry>,
    /// The first negative entry off the diagonal and its line.
    pub first_negative: Option<(Entry, u64)>,
}

/// Reads `matrix coordinate real|integer|pattern general|symmetric` and `matrix array real|integer general|symmetric`;
/// the other half of a symmetric matrix is filled in.
///
/// # Errors
/// All of [`ChainError`] that have a line, [`ChainError::Read`], [`ChainError::TooFew`] and [`ChainError::TooLarge`].
pub fn read_matrix_market(source: impl BufRead) -> Result<Matrix, ChainError> {
    let mut lines = Lines { source, line: Vec::new(), number: 0 };
    let header = Header::of(if lines.next()? { &lines.line } else { b"" })?;
    let size = Size::of(&header, &mut lines)?;
    memory::check(&format!("a matrix with {} rows and {} entries", size.order, size.entries), size.bytes())?;
    let reserved = usize::try_from(size.entries.min(TRUSTED)).unwrap_or_default();
    let mut body = Body { header, size, matrix: Matrix { order: size.order, ..Matrix::default() }, found: 0 };
    body.matrix.entries.reserve(reserved);
    while lines.next()? {
        if !blank_or_comment(&lines.line) {
            body.take(&lines.line, lines.number)?;
        }
    }
    if body.found < size.entries {
        return Err(ChainError::TooFew { promised: size.entries, found: body.found });
    }
    Ok(body.matrix)
}

fn blank_or_comment(line: &[u8]) -> bool {
    line.trim_ascii().is_empty() || line.trim_ascii_start().starts_with(b"%")
}

/// The fields of a line.
fn fields(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.split(u8::is_ascii_whitespace).filter(|field| !field.is_empty())
}

struct Lines<R> {
    source: R,
    line: Vec<u8>,
    number: u64,
}

impl<R: BufRead> Lines<R> {
    /// Reads the next line; `false` at the end of the file.
    fn next(&mut self) -> Result<bool, ChainError> {
        self.line.clear();
        self.number += 1;
        let read = self.source.by_ref().take(LONGEST).read_until(b'\n', &mut self.line)? as u64;
        if read == LONGEST && !self.line.ends_with(b"\n") {
            return Err(ChainError::LongLine { line: self.number, limit: LONGEST });
        }
        Ok(read > 0)
    }
}

/// What the first line says.
#[derive(Debug, Clone, Copy)]
struct Header {
    layout: Layout,
    symmetric: bool,
}

impl Header {
    fn of(line: &[u8]) -> Result<Self, ChainError> {
        // Some editors put a mark in front of all text.
        let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
        let words: Vec<String> = fields(line).map(|f| token::shown(f).to_ascii_lowercase()).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let ["%%matrixmarket", object, format, field, symmetry] = words[..] else {
            return Err(ChainError::Header { found: token::shown(line) });
        };
        let refuse = |word: &str, accepted| Err(ChainError::Unsupported { word: word.to_owned(), accepted });
        if object != "matrix" {
            return refuse(object, "`matrix`");
        }
        let layout = match (format, field) {
            ("coordinate", "real" | "integer" | "double") => Layout::Coordinate,
            ("coordinate", "pattern") => Layout::Pattern,
            ("array", "real" | "integer" | "double") => Layout::Array,
            ("coordinate" | "array", _) => return refuse(field, "`real` or `integer` values"),
            _ => return refuse(format, "`coordinate` or `array`"),
        };
        match symmetry {
            "general" => Ok(Self { layout, symmetric: false }),
            "symmetric" => Ok(Self { layout, symmetric: true }),
            _ => refuse(symmetry, "`general` or `symmetric`"),
        }
    }
}

/// What the line of sizes says.
#[derive(Debug, Clone, Copy)]
struct Size {
    order: usize,
    entries: u64,
}

impl Size {
    fn of(header: &Header, lines: &mut Lines<impl BufRead>) -> Result<Self, ChainError> {
        let (wanted, accepted) = match header.layout {
            Layout::Array => (2, "`rows columns`"),
            _ => (3, "`rows columns entries`, whole numbers; at most 4294967295 rows"),
        };
        while lines.next()? {
            if blank_or_comment(&lines.line) {
                continue;
            }
            let line = lines.number;
            let refuse = || ChainError::Size { line, found: token::shown(&lines.line), accepted };
            let numbers = fields(&lines.line)
                .map(|f| std::str::from_utf8(f).ok().and_then(|text| text.parse().ok()))
                .collect::<Option<Vec<u64>>>()
                .filter(|n| n.len() == wanted)
                .ok_or_else(refuse)?;
            let (rows, columns) = (numbers[0], numbers[1]);
            if rows != columns {
                return Err(ChainError::NotSquare { line, rows, columns });
            }
            if rows == 0 {
                return Err(ChainError::Empty { line });
            }
            let order = u32::try_from(rows).map_err(|_| refuse())? as usize;
            let dense = if header.symmetric { rows * (rows + 1) / 2 } else { rows * rows };
            return Ok(Self { order, entries: numbers.get(2).copied().unwrap_or(dense) });
        }
        Err(ChainError::Size { line: lines.number, found: "end of the file".to_owned(), accepted })
    }

    /// Memory of the entries, and of the chain that is made of them.
    fn bytes(&self) -> u64 {
        let entry = size_of::<Entry>() + size_of::<usize>() + size_of::<f64>();
        self.entries.saturating_mul(entry as u64).saturating_add(64 * self.order as u64)
    }
}

struct Body {
    header: Header,
    size: Size,
    matrix: Matrix,
    found: u64,
}

impl Body {
    /// Takes up one line that holds an entry.
    fn take(&mut self, text: &[u8], line: u64) -> Result<(), ChainError> {
        if self.found == self.size.entries {
            return Err(ChainError::TooMany { line, promised: self.size.entries });
        }
        let entry = self.entry(text, line)?;
        self.found += 1;
        let diagonal = entry.row == entry.column;
        if entry.value < 0.0 && !diagonal && self.matrix.first_negative.is_none() {
            self.matrix.first_negative = Some((entry, line));
        }
        if entry.value != 0.0 {
            self.matrix.entries.push(entry);
            if self.header.symmetric && !diagonal {
                self.matrix.entries.push(Entry { row: entry.column, column: entry.row, value: entry.value });
            }
        }
        Ok(())
    }

    fn entry(&self, text: &[u8], line: u64) -> Result<Entry, ChainError> {
        let mut parts = fields(text);
        let parts = [parts.next(), parts.next(), parts.next(), parts.next()];
        let layout = self.header.layout;
        let (row, column, value) = match (layout, parts) {
            (Layout::Coordinate, [Some(row), Some(column), Some(value), None]) => (row, column, Some(value)),
            (Layout::Pattern, [Some(row), Some(column), None, None]) => (row, column, None),
            (Layout::Array, [Some(value), None, None, None]) => {
                let (row, column) = self.place();
                return Ok(Entry { row, column, value: token::value(value, line)? });
            }
            _ => return Err(ChainError::Fields { line, found: token::shown(text), layout }),
        };
        Ok(Entry {
            row: token::index(row, "row", self.size.order, line)?,
            column: token::index(column, "column", self.size.order, line)?,
            value: value.map_or(Ok(1.0), |v| token::value(v, line))?,
        })
    }

    /// Where the next value of a dense matrix belongs: columns one after the other, from the diagonal down if the
    /// matrix is symmetric.
    fn place(&self) -> (u32, u32) {
        let n = self.size.order as u64;
        if !self.header.symmetric {
            return ((self.found % n) as u32, (self.found / n) as u32);
        }
        // Column c starts after c n - c (c - 1)/2 values.
        let start = |c: u64| c * n - c * c.saturating_sub(1) / 2;
        let (mut low, mut high) = (0, n);
        while high - low > 1 {
            let middle = u64::midpoint(low, high);
            if start(middle) <= self.found { low = middle } else { high = middle }
        }
        ((low + self.found - start(low)) as u32, low as u32)
    }
}
