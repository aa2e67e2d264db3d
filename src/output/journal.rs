//! What a long run has finished so far: one checked line for every point, appended as it is done, so that a run
//! that was killed at any moment goes on from there.
//!
//! The first line says which question the answers belong to. A line that was torn by a kill or a full disk has no
//! valid check and counts as not written.

use super::OutputError;
use crate::record::{LawKind, SweepCell, SweepRow};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

const TITLE: &str = "stillpoint sweep journal 1";

/// An open journal, locked against other runs.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
}

/// Why a journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// There is something else under its name.
    #[error("{found}")]
    Foreign {
        /// What.
        found: &'static str,
    },
    /// The operating system refused.
    #[error(transparent)]
    Output(#[from] OutputError),
}

impl Journal {
    /// Opens the journal at `path` or begins one; the points that are finished. `subject` says what the answers belong
    /// to, on one line.
    ///
    /// # Errors
    /// [`JournalError`]; the file is untouched then.
    pub fn open(path: &Path, subject: &str) -> Result<(Self, Vec<(usize, SweepRow)>), JournalError> {
        let refused = |source| OutputError::Write { path: path.to_owned(), source };
        let options = OpenOptions::new().read(true).append(true).create(true).clone();
        let mut file = options.open(path).map_err(refused)?;
        if !file.metadata().is_ok_and(|m| m.is_file()) {
            // A device may have no end.
            return Err(JournalError::Foreign { found: "it is not a regular file" });
        }
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => {
                return Err(JournalError::Foreign { found: "another run is writing it" });
            }
            // A file system without locks.
            Ok(()) | Err(TryLockError::Error(_)) => {}
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(refused)?;
        let head = format!("{TITLE} {subject}\n");
        let mut journal = Self { path: path.to_owned(), file };
        if head.as_bytes().starts_with(&bytes) && bytes.len() < head.len() {
            // New, or killed while the first line was written.
            journal.append(&head[bytes.len()..])?;
            return Ok((journal, Vec::new()));
        }
        if !bytes.starts_with(TITLE.as_bytes()) {
            return Err(JournalError::Foreign { found: "it is not the journal of a sweep" });
        }
        if !bytes.starts_with(head.as_bytes()) {
            return Err(JournalError::Foreign { found: "it is the journal of another sweep" });
        }
        if bytes.last() != Some(&b'\n') {
            journal.append("\n")?;
        }
        let lines = bytes[head.len()..].split(|b| *b == b'\n');
        Ok((journal, lines.filter_map(|line| read(std::str::from_utf8(line).ok()?)).collect()))
    }

    /// Adds finished lines.
    ///
    /// # Errors
    /// [`OutputError::Write`]; lines already written stay.
    pub fn append(&mut self, lines: &str) -> Result<(), OutputError> {
        self.file.write_all(lines.as_bytes()).map_err(|source| OutputError::Write { path: self.path.clone(), source })
    }

    /// Removes the journal, since its content is elsewhere.
    pub fn discard(self) {
        // What stays behind would only be read again.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// The line of a point.
pub fn line(point: usize, row: &SweepRow) -> String {
    let mut text = format!("{point}");
    match row {
        SweepRow::Failed(why) => field(&mut text, 'f', &quoted(why)),
        SweepRow::Elsewhere => field(&mut text, 'e', ""),
        SweepRow::Found(cells) => {
            for cell in cells {
                match cell {
                    SweepCell::Number { value, error } => {
                        field(&mut text, 'n', &format!("{:x}:{:x}", value.to_bits(), error.to_bits()));
                    }
                    SweepCell::AtPoint(value) => field(&mut text, 'p', &format!("{:x}", value.to_bits())),
                    SweepCell::Infinite => field(&mut text, 'i', ""),
                    SweepCell::Absent(why) => field(&mut text, 'a', &quoted(why)),
                    SweepCell::Law(LawKind::Density) => field(&mut text, 'd', ""),
                    SweepCell::Law(LawKind::PointMass) => field(&mut text, 'm', ""),
                }
            }
        }
    }
    let check = check(&text);
    let _ = writeln!(text, "\t{check}");
    text
}

fn field(text: &mut String, kind: char, content: &str) {
    text.push('\t');
    text.push(kind);
    text.push_str(content);
}

/// A text without tabs or line ends.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn check(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

/// The point of a line, if its check is right.
pub fn read(line: &str) -> Option<(usize, SweepRow)> {
    let (text, sum) = line.rsplit_once('\t')?;
    if check(text) != sum {
        return None;
    }
    let mut fields = text.split('\t');
    let point = fields.next()?.parse().ok()?;
    let unquoted = |text: &str| serde_json::from_str::<String>(text).ok();
    let real = |text: &str| u64::from_str_radix(text, 16).ok().map(f64::from_bits);
    let mut cells = Vec::new();
    for field in fields {
        let kind = field.chars().next()?;
        let content = &field[kind.len_utf8()..];
        cells.push(match kind {
            'f' => return Some((point, SweepRow::Failed(unquoted(content)?))),
            'e' => return Some((point, SweepRow::Elsewhere)),
            'n' => {
                let (value, error) = content.split_once(':')?;
                SweepCell::Number { value: real(value)?, error: real(error)? }
            }
            'p' => SweepCell::AtPoint(real(content)?),
            'i' => SweepCell::Infinite,
            'a' => SweepCell::Absent(unquoted(content)?),
            'd' => SweepCell::Law(LawKind::Density),
            'm' => SweepCell::Law(LawKind::PointMass),
            _ => return None,
        });
    }
    Some((point, SweepRow::Found(cells)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Vec<(usize, SweepRow)> {
        let cells = vec![
            SweepCell::Number { value: 0.1 + 0.2, error: 5e-324 },
            SweepCell::AtPoint(-0.0),
            SweepCell::Infinite,
            SweepCell::Absent("a\ttab, a \"quote\"\nand a line".to_owned()),
            SweepCell::Law(LawKind::Density),
            SweepCell::Law(LawKind::PointMass),
        ];
        vec![(7, SweepRow::Found(cells)), (0, SweepRow::Failed("no µ\r".to_owned())), (3, SweepRow::Elsewhere)]
    }

    #[test]
    fn what_was_finished_is_read_back_wherever_the_file_was_torn() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.part");
        let (mut journal, none) = Journal::open(&path, "of this").unwrap();
        assert!(none.is_empty());
        let lines: Vec<String> = rows().iter().map(|(point, row)| line(*point, row)).collect();
        journal.append(&lines.concat()).unwrap();
        drop(journal);
        let whole = std::fs::read(&path).unwrap();
        let head = whole.len() - lines.concat().len();
        for length in 0..=whole.len() {
            std::fs::write(&path, &whole[..length]).unwrap();
            let (mut journal, found) = Journal::open(&path, "of this").unwrap();
            let mut end = head;
            let kept = lines.iter().take_while(|line| {
                end += line.len();
                // Without its line end a line is whole already.
                end - 1 <= length
            });
            assert_eq!(found, rows()[..kept.count()], "cut at {length}");
            journal.append(&line(9, &SweepRow::Elsewhere)).unwrap();
            drop(journal);
            let (_, after) = Journal::open(&path, "of this").unwrap();
            assert_eq!(after.last(), Some(&(9, SweepRow::Elsewhere)));
            assert_eq!(after.len(), found.len() + 1);
        }
    }

    #[test]
    fn what_belongs_to_something_else_is_refused_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.part");
        drop(Journal::open(&path, "of this").unwrap());
        let written = std::fs::read(&path).unwrap();
        let other = Journal::open(&path, "of that").unwrap_err().to_string();
        assert_eq!(other, "it is the journal of another sweep");
        let held = Journal::open(&path, "of this").unwrap();
        assert_eq!(Journal::open(&path, "of this").unwrap_err().to_string(), "another run is writing it");
        assert_eq!(std::fs::read(&path).unwrap(), written);
        drop(held);
        std::fs::write(&path, "my notes").unwrap();
        assert_eq!(Journal::open(&path, "x").unwrap_err().to_string(), "it is not the journal of a sweep");
        #[cfg(unix)]
        assert_eq!(Journal::open(Path::new("/dev/null"), "x").unwrap_err().to_string(), "it is not a regular file");
        assert_eq!(std::fs::read(&path).unwrap(), b"my notes");
    }
}
