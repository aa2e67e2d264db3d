//! Files that are written whole or not at all.
//!
//! The content goes to a temporary file in the folder of the target, is flushed to the disk, and then
//! takes the target's name in one step. Whatever fails before that leaves the old file as it was.

use super::OutputError;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// Writes `bytes` to `path`.
///
/// A path that names no regular file but a stream (a pipe, a terminal, `/dev/stdout`) cannot be replaced;
/// it is written to directly.
///
/// # Errors
/// [`OutputError::NoFolder`], [`OutputError::NotAFile`] and [`OutputError::Write`]; the target is untouched.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), OutputError> {
    let refused = |source| OutputError::Write { path: path.to_owned(), source };
    match Destination::of(path)? {
        Destination::Stream => {
            let mut stream = fs::OpenOptions::new().write(true).open(path).map_err(refused)?;
            stream.write_all(bytes).map_err(refused)
        }
        Destination::File { target, folder } => {
            let mut file = temporary(path, &folder)?;
            file.write_all(bytes).map_err(refused)?;
            commit(path, file, &target)
        }
    }
}

/// Lets `fill` write a file of the name it is given, then gives it the name `path`.
///
/// For libraries that insist on opening the file themselves. Streams are refused.
///
/// # Errors
/// Those of `fill` and of [`write()`]; the target is untouched.
pub fn write_with(path: &Path, fill: impl FnOnce(&Path) -> Result<(), OutputError>) -> Result<(), OutputError> {
    match Destination::of(path)? {
        Destination::Stream => {
            Err(OutputError::NotAFile { path: path.to_owned(), found: "it is a stream, and this format needs a file" })
        }
        Destination::File { target, folder } => {
            let file = temporary(path, &folder)?;
            fill(file.path())?;
            commit(path, file, &target)
        }
    }
}

/// Whether `path` could be written, without touching it: to be asked before a long run.
///
/// # Errors
/// What [`write()`] would fail with.
pub fn check(path: &Path) -> Result<(), OutputError> {
    match Destination::of(path)? {
        Destination::Stream => Ok(()),
        Destination::File { folder, .. } => temporary(path, &folder).map(drop),
    }
}

/// What a path names.
enum Destination {
    /// A regular file, or nothing yet.
    File {
        /// The file itself, symbolic links followed.
        target: PathBuf,
        /// Where it is.
        folder: PathBuf,
    },
    /// Something that can be written to but not replaced.
    Stream,
}

impl Destination {
    fn of(path: &Path) -> Result<Self, OutputError> {
        let not_a_file = |found| Err(OutputError::NotAFile { path: path.to_owned(), found });
        let target = match fs::metadata(path) {
            Ok(there) if there.is_dir() => return not_a_file("it is a folder"),
            Ok(there) if !there.is_file() => return Ok(Self::Stream),
            Ok(there) if there.permissions().readonly() => return not_a_file("the file there is read-only"),
            // A link must go on pointing to the file, so the file is what is replaced.
            Ok(_) => fs::canonicalize(path).map_err(|source| OutputError::Write { path: path.to_owned(), source })?,
            Err(_) => path.to_owned(),
        };
        if target.file_name().is_none() || path.as_os_str().to_string_lossy().ends_with(std::path::is_separator) {
            return not_a_file("it does not name a file");
        }
        let folder = match target.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
            _ => PathBuf::from("."),
        };
        if !folder.is_dir() {
            return Err(OutputError::NoFolder { path: path.to_owned(), folder });
        }
        Ok(Self::File { target, folder })
    }
}

/// A new file in `folder`, removed when dropped, with the permissions any new file would get.
fn temporary(path: &Path, folder: &Path) -> Result<NamedTempFile, OutputError> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".stillpoint-").suffix(".tmp");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // Masked by the process's umask; the default of a temporary file would be private to the user.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder).map_err(|source| OutputError::Write { path: path.to_owned(), source })
}

fn commit(path: &Path, file: NamedTempFile, target: &Path) -> Result<(), OutputError> {
    let refused = |source| OutputError::Write { path: path.to_owned(), source };
    file.as_file().sync_all().map_err(refused)?;
    file.persist(target).map_err(|e| refused(e.error))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_is_replaced_whole_and_nothing_else_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        write(&path, b"one").unwrap();
        write(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(names(folder.path()), ["a.csv"]);
    }

    #[test]
    fn a_failure_leaves_the_old_file_and_no_new_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.h5");
        fs::write(&path, b"old").unwrap();
        let failed = write_with(&path, |temporary| {
            fs::write(temporary, b"half").unwrap();
            Err(OutputError::NotAFile { path: temporary.to_owned(), found: "the test says so" })
        });
        assert!(failed.is_err());
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(names(folder.path()), ["a.h5"]);
    }

    #[test]
    fn what_cannot_be_written_is_named_before_anything_is_touched() {
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("no").join("a.csv");
        assert!(matches!(check(&missing), Err(OutputError::NoFolder { .. })));
        assert!(check(&missing).unwrap_err().to_string().contains("no folder"));
        assert!(matches!(check(folder.path()), Err(OutputError::NotAFile { .. })));
        assert!(matches!(check(Path::new("")), Err(OutputError::NotAFile { .. })));
        assert!(matches!(check(&folder.path().join("new/")), Err(OutputError::NotAFile { .. })));
        assert!(check(&folder.path().join("a.csv")).is_ok());
        assert!(names(folder.path()).is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn links_stay_links_streams_are_not_replaced_and_read_only_files_are_kept() {
        use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _, symlink};
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("real"), folder.path().join("link"));
        fs::write(&file, b"old").unwrap();
        symlink(&file, &link).unwrap();
        write(&link, b"new").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read(&file).unwrap(), b"new");

        write(Path::new("/dev/null"), b"gone").unwrap();
        assert!(fs::metadata("/dev/null").unwrap().file_type().is_char_device());
        assert!(write_with(Path::new("/dev/null"), |_| Ok(())).is_err());

        fs::set_permissions(&file, fs::Permissions::from_mode(0o444)).unwrap();
        assert!(write(&file, b"lost").is_err());
        assert_eq!(fs::read(&file).unwrap(), b"new");
    }
}
