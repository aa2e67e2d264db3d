//! Ranks of MPI: `cargo test --release --features mpi --test all ranks::` (tools/mpi installs what that needs).

use super::{asked, files, swept};
use std::path::Path;
use std::process::{Command, Output};
use stillpoint::output::hdf5::read_sweep;

const QUESTION: &str = "axes = [ { key = \"model.data.moments.alpha3\", from = 2.5, to = 4.0, count = 30 },
          { key = \"model.temperature\", from = 0.01, to = 0.5, count = 150, scale = \"log\" } ]
 observables = [\"mean\", \"variance\", \"mode\", \"quantile:0.05\", \"law\"]";

fn mpirun(folder: &Path, ranks: &str, arguments: &[&str]) -> Output {
    let program = assert_cmd::cargo::cargo_bin("stillpoint");
    Command::new("mpirun")
        .args(["--allow-run-as-root", "--oversubscribe", "-n", ranks])
        .arg(program)
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap()
}

#[test]
fn one_two_and_three_ranks_write_the_same_file() {
    let folder = asked(QUESTION);
    let whole = swept(folder.path(), &["--out", "whole.h5"], "whole.h5");
    for ranks in ["1", "2", "3"] {
        let name = format!("ranks-{ranks}.h5");
        let output = mpirun(folder.path(), ranks, &["sweep", "law.toml", "--out", &name]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(read_sweep(&folder.path().join(&name)).unwrap(), whole, "{ranks} ranks");
        // One table, by rank 0.
        assert_eq!(String::from_utf8_lossy(&output.stdout).matches("4500 laws").count(), 1);
    }
    assert_eq!(files(folder.path()).iter().filter(|name| name.ends_with(".part")).count(), 0);
}

#[test]
fn ranks_work_on_what_is_inserted_as_well() {
    let folder = asked(
        "axes = [ { key = \"model.temperature\", from = 0.01, to = 0.5, count = 300, scale = \"log\" } ]
         observables = [\"mean\", \"variance\", \"law\"]
         refine = 40",
    );
    let whole = swept(folder.path(), &["--out", "whole.h5"], "whole.h5");
    let output = mpirun(folder.path(), "3", &["sweep", "law.toml", "--out", "law.h5"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(whole.rows.len(), 340);
    assert_eq!(read_sweep(&folder.path().join("law.h5")).unwrap(), whole);
}

#[test]
fn a_rank_that_dies_loses_nothing_that_was_finished() {
    let folder = asked(QUESTION);
    let whole = swept(folder.path(), &["--out", "whole.h5"], "whole.h5");
    let program = assert_cmd::cargo::cargo_bin("stillpoint");
    // Rank 1 kills itself shortly after the start; MPI then ends the others.
    let script = "if [ \"$OMPI_COMM_WORLD_RANK\" = 1 ]; then (sleep 0.4; kill -9 $$) & fi; exec \"$0\" \"$@\"";
    let broken = Command::new("mpirun")
        .args(["--allow-run-as-root", "--oversubscribe", "-n", "2", "sh", "-c", script])
        .arg(&program)
        .args(["sweep", "law.toml", "--out", "law.h5"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    if broken.status.success() {
        // It was done before.
        assert_eq!(read_sweep(&folder.path().join("law.h5")).unwrap(), whole);
        return;
    }
    let output = mpirun(folder.path(), "2", &["sweep", "law.toml", "--out", "law.h5"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(read_sweep(&folder.path().join("law.h5")).unwrap(), whole);
}

#[test]
fn bad_input_is_reported_once_and_ends_all_ranks() {
    let folder = asked("axes = [ { key = \"model.temperature\", values = [-1.0] } ]\nobservables = [\"mean\"]");
    let output = mpirun(folder.path(), "2", &["sweep", "law.toml"]);
    let err = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), err.matches("model.temperature = -1").count()), (Some(2), 1), "{err}");
    assert_eq!(files(folder.path()), ["law.toml"]);
}
