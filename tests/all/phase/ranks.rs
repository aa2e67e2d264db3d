//! Ranks of MPI: `cargo test --release --features mpi --test all ranks::` (tools/mpi installs what that needs).

use super::file::{asked, content, whole};
use std::path::Path;
use std::process::{Command, Output};

fn mpirun(folder: &Path, ranks: &str, arguments: &[&str]) -> Output {
    let program = assert_cmd::cargo::cargo_bin("stillpoint");
    let mut command = Command::new("mpirun");
    command.args(["--allow-run-as-root", "--oversubscribe", "-n", ranks]).arg(program).args(arguments);
    command.current_dir(folder).output().expect("run")
}

#[test]
fn one_two_and_three_ranks_write_the_same_diagram() {
    let folder = asked();
    let whole = whole(folder.path());
    for ranks in ["1", "2", "3"] {
        let name = format!("ranks-{ranks}.h5");
        let output = mpirun(folder.path(), ranks, &["phase", "law.toml", "--out", &name]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(content(&folder.path().join(&name)), whole, "{ranks} ranks");
        assert!(!folder.path().join(format!("{name}.part")).exists());
        // One table, by rank 0.
        assert_eq!(String::from_utf8_lossy(&output.stdout).matches("a weak teacher").count(), 1);
    }
}

#[test]
fn a_rank_that_dies_loses_nothing_that_was_finished() {
    let folder = asked();
    let whole = whole(folder.path());
    let path = folder.path().join("law.h5");
    // Rank 1 kills itself shortly after the start; MPI then ends the others.
    let script = "if [ \"$OMPI_COMM_WORLD_RANK\" = 1 ]; then (sleep 0.4; kill -9 $$) & fi; exec \"$0\" \"$@\"";
    let broken = Command::new("mpirun")
        .args(["--allow-run-as-root", "--oversubscribe", "-n", "2", "sh", "-c", script])
        .arg(assert_cmd::cargo::cargo_bin("stillpoint"))
        .args(["phase", "law.toml", "--out", "law.h5"])
        .current_dir(folder.path())
        .output()
        .expect("run");
    if !broken.status.success() {
        let output = mpirun(folder.path(), "2", &["phase", "law.toml", "--out", "law.h5"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    assert_eq!(content(&path), whole);
}

#[test]
fn a_rank_without_work_or_with_a_bad_question_ends_with_the_others() {
    let folder = asked();
    // Pieces for one rank only, and no file.
    let few = ["--set", "phase.boundaries=[\"collapse\"]", "--set", "phase.y.count=2"];
    let output = mpirun(folder.path(), "3", &[&["phase", "law.toml", "--json"], &few[..]].concat());
    assert_eq!(String::from_utf8_lossy(&output.stdout).matches("\"boundaries\"").count(), 1);
    let output = mpirun(folder.path(), "2", &["phase", "law.toml", "--set", "phase.boundaries=[\"colapse\"]"]);
    let err = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), err.matches("did you mean").count()), (Some(2), 1), "{err}");
}
