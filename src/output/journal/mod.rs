//! What a long run has finished so far: one checked line for every point, appended as it is done, so that a run
//! that was killed at any moment goes on from there.
//!
//! The first line says which question the answers belong to. A line that was torn by a kill or a full disk has no
//! valid check and counts as not written.

mod fields;
mod line;
mod phase;
mod sweep;

pub use line::{Entry, line, read};

use super::OutputError;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

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
        found: String,
    },
    /// The operating system refused.
    #[error(transparent)]
    Output(#[from] OutputError),
}

impl Journal {
    /// Opens the journal at `path` or begins one; what is finished, with its numbers. `subject` says what the answers
    /// belong to, on one line.
    ///
    /// # Errors
    /// [`JournalError`]; the file is untouched then.
    pub fn open<R: Entry>(path: &Path, subject: &str) -> Result<(Self, Vec<(usize, R)>), JournalError> {
        let refused = |source| OutputError::Write { path: path.to_owned(), source };
        let options = OpenOptions::new().read(true).append(true).create(true).clone();
        let mut file = options.open(path).map_err(refused)?;
        if !file.metadata().is_ok_and(|m| m.is_file()) {
            // A device may have no end.
            return Err(foreign("it is not a regular file".to_owned()));
        }
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => {
                return Err(foreign("another run is writing it".to_owned()));
            }
            // A file system without locks.
            Ok(()) | Err(TryLockError::Error(_)) => {}
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(refused)?;
        let title = format!("stillpoint {} journal 1", R::OF);
        let head = format!("{title} {subject}\n");
        let mut journal = Self { path: path.to_owned(), file };
        if head.as_bytes().starts_with(&bytes) && bytes.len() < head.len() {
            // New, or killed while the first line was written.
            journal.append(&head[bytes.len()..])?;
            return Ok((journal, Vec::new()));
        }
        if !bytes.starts_with(title.as_bytes()) {
            return Err(foreign(format!("it is not the journal of a {}", R::OF)));
        }
        if !bytes.starts_with(head.as_bytes()) {
            return Err(foreign(format!("it is the journal of another {}", R::OF)));
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

fn foreign(found: String) -> JournalError {
    JournalError::Foreign { found }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{LawKind, PhasePiece, SweepCell, SweepRow};

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
        let (mut journal, none) = Journal::open::<SweepRow>(&path, "of this").unwrap();
        assert!(none.is_empty());
        let lines: Vec<String> = rows().iter().map(|(point, row)| line(*point, row)).collect();
        journal.append(&lines.concat()).unwrap();
        drop(journal);
        let whole = std::fs::read(&path).unwrap();
        let head = whole.len() - lines.concat().len();
        for length in 0..=whole.len() {
            std::fs::write(&path, &whole[..length]).unwrap();
            let (mut journal, found) = Journal::open::<SweepRow>(&path, "of this").unwrap();
            let mut end = head;
            let kept = lines.iter().take_while(|line| {
                end += line.len();
                // Without its line end a line is whole already.
                end - 1 <= length
            });
            assert_eq!(found, rows()[..kept.count()], "cut at {length}");
            journal.append(&line(9, &SweepRow::Elsewhere)).unwrap();
            drop(journal);
            let (_, after) = Journal::open::<SweepRow>(&path, "of this").unwrap();
            assert_eq!(after.last(), Some(&(9, SweepRow::Elsewhere)));
            assert_eq!(after.len(), found.len() + 1);
        }
    }

    #[test]
    fn what_belongs_to_something_else_is_refused_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.part");
        drop(Journal::open::<SweepRow>(&path, "of this").unwrap());
        let written = std::fs::read(&path).unwrap();
        let other = Journal::open::<SweepRow>(&path, "of that").unwrap_err().to_string();
        assert_eq!(other, "it is the journal of another sweep");
        let other = Journal::open::<PhasePiece>(&path, "of this").unwrap_err().to_string();
        assert_eq!(other, "it is not the journal of a phase diagram");
        let held = Journal::open::<SweepRow>(&path, "of this").unwrap();
        assert_eq!(Journal::open::<SweepRow>(&path, "of this").unwrap_err().to_string(), "another run is writing it");
        assert_eq!(std::fs::read(&path).unwrap(), written);
        drop(held);
        std::fs::write(&path, "my notes").unwrap();
        assert_eq!(Journal::open::<SweepRow>(&path, "x").unwrap_err().to_string(), "it is not the journal of a sweep");
        #[cfg(unix)]
        assert_eq!(
            Journal::open::<SweepRow>(Path::new("/dev/null"), "x").unwrap_err().to_string(),
            "it is not a regular file"
        );
        assert_eq!(std::fs::read(&path).unwrap(), b"my notes");
    }
}
