//! Sweeps as a user meets them: what is in the file, that it is the same however the work was done and whenever it was
//! broken off, and that nobody's file is replaced.

mod broken;
mod content;
#[cfg(feature = "mpi")]
mod ranks;
mod refused;
mod shards;

use super::scenario::GOOD;
use assert_cmd::Command;
use std::path::Path;
use stillpoint::output::hdf5::read_sweep;
use stillpoint::record::SweepRecord;
use tempfile::TempDir;

fn stillpoint(folder: &Path) -> Command {
    let mut command = Command::cargo_bin("stillpoint").unwrap();
    command.current_dir(folder).env("NO_COLOR", "1");
    command
}

/// Exit code, standard output, standard error.
fn run(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = stillpoint(folder).args(arguments).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

/// A folder with the scenario `law.toml` that asks this.
fn asked(sweep: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("law.toml"), format!("{GOOD}\n[sweep]\n{sweep}\n")).unwrap();
    folder
}

fn files(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn swept(folder: &Path, arguments: &[&str], file: &str) -> SweepRecord {
    let (code, _, err) = run(folder, &[&["sweep", "law.toml"], arguments].concat());
    assert_eq!(code, 0, "{err}");
    read_sweep(&folder.join(file)).unwrap()
}
