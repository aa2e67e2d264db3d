//! Shards of a diagram, and their union.

use super::file::{asked, content, run, whole};
use std::fs;
use stillpoint::output::hdf5::read_parts;

#[test]
fn shards_together_are_the_file_of_one_run() {
    let folder = asked();
    let whole = whole(folder.path());
    let path = |name: &str| folder.path().join(name);
    let shard = |k: usize| run(folder.path(), &["phase", "law.toml", "--out", "law.h5", "--shard", &format!("{k}/4")]);
    for k in 1..=4 {
        let (code, out, err) = shard(k);
        assert!(code == 0 && out.contains(&format!("shard {k}/4")), "{out}{err}");
    }
    let names = ["law.1-of-4.h5", "law.2-of-4.h5", "law.3-of-4.h5", "law.4-of-4.h5"];
    let own = |name: &str| read_parts(&path(name)).expect("a shard").pieces.iter().flatten().count();
    assert_eq!(names.map(own), [19, 19, 19, 18]);

    let merge = |shards: &[&str]| run(folder.path(), &[&["merge", "law.h5"], shards].concat());
    let (code, _, err) = merge(&[names[0], names[3]]);
    assert_eq!(code, 2);
    assert!(err.contains("38 of 75 pieces are missing, those of shards 2, 3 of 4"), "{err}");
    let (code, _, err) = merge(&[names[0], "law.toml"]);
    assert!(code == 2 && err.contains("SHARD law.toml: it is not an HDF5 file"), "{err}");
    let (code, _, err) = merge(&["whole.h5", names[0]]);
    assert!(code == 2 && err.contains("not a shard of a phase diagram: its format is `stillpoint-phase`"), "{err}");
    assert!(!path("law.h5").exists());

    // In any order, one of them twice.
    let (code, out, err) = merge(&[names[2], names[0], names[1], names[3], names[1]]);
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("sgd_collapse"), "{out}");
    assert_eq!(content(&path("law.h5")), whole);
    // A diagram that is there is replaced, something else is not.
    assert_eq!(merge(&names).0, 0);
    fs::write(path("law.h5"), "my notes").expect("written");
    let (code, _, err) = merge(&names);
    assert!(code == 2 && err.contains("OUT law.h5: it is no file of boundaries"), "{err}");
    assert_eq!(fs::read(path("law.h5")).expect("read"), b"my notes");

    // A finished shard is left as it is.
    let before = fs::metadata(path(names[0])).and_then(|m| m.modified()).expect("a time");
    let (code, _, err) = shard(1);
    assert!(code == 0 && err.contains("law.1-of-4.h5 holds this shard already"), "{err}");
    assert_eq!(fs::metadata(path(names[0])).and_then(|m| m.modified()).expect("a time"), before);
    let left = fs::read_dir(folder.path()).expect("a folder");
    assert_eq!(
        left.filter(|entry| entry.as_ref().is_ok_and(|e| e.path().extension() == Some("part".as_ref()))).count(),
        0
    );
}

#[test]
fn what_does_not_fit_is_refused() {
    let folder = asked();
    let few = ["--set", "phase.y.count=13", "--set", "phase.boundaries=[\"collapse\"]"];
    let phase = |more: &[&str]| run(folder.path(), &[&["phase", "law.toml"], more, &few[..]].concat());
    let (code, _, err) = phase(&["--shard", "1/2"]);
    assert!(code == 2 && err.contains("--out"), "{err}");
    let (code, _, err) = phase(&["--out", "law.h5", "--shard", "1/2", "--csv", "law.csv"]);
    assert!(code == 2 && err.contains("--csv"), "{err}");
    let (code, _, err) = phase(&["--out", "law.h5", "--shard", "4/4"]);
    assert!(code == 2 && err.contains("the diagram has 3 pieces only") && err.contains("at most 3 shards"), "{err}");
    assert_eq!(phase(&["--out", "law.h5", "--shard", "1/2"]).0, 0);
    assert_eq!(phase(&["--out", "law.h5", "--shard", "2/2", "--set", "model.width=2"]).0, 0);
    let (code, _, err) = run(folder.path(), &["merge", "law.h5", "law.1-of-2.h5", "law.2-of-2.h5"]);
    assert!(code == 2 && err.contains("another phase diagram than the first shard"), "{err}");
    let (code, _, err) = phase(&["--out", "law.h5", "--shard", "2/2"]);
    assert!(code == 2 && err.contains("it holds the phase diagram of another scenario"), "{err}");
    // A sweep among them.
    let sweep = "sweep.axes=[{key=\"model.temperature\",values=[0.1,0.2]}]";
    let asked = ["sweep", "law.toml", "--out", "sweep.h5", "--set", sweep, "--set", "sweep.observables=[\"mean\"]"];
    assert_eq!(run(folder.path(), &[&asked[..], &["--shard", "1/2"]].concat()).0, 0);
    let (code, _, err) = run(folder.path(), &["merge", "law.h5", "sweep.1-of-2.h5", "law.1-of-2.h5"]);
    assert!(code == 2 && err.contains("its format is `stillpoint-sweep`"), "{err}");
    // A file that was cut.
    let path = folder.path().join("law.1-of-2.h5");
    let bytes = fs::read(&path).expect("read");
    fs::write(&path, &bytes[..bytes.len() / 2]).expect("written");
    let (code, _, err) = run(folder.path(), &["merge", "law.h5", "law.1-of-2.h5"]);
    assert!(code == 2 && err.contains("it is not an HDF5 file, or it is truncated"), "{err}");
    assert!(!folder.path().join("law.h5").exists());
}

#[cfg(unix)]
#[test]
fn the_script_for_a_scheduler_computes_its_shard() {
    let folder = asked();
    let whole = whole(folder.path());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tools/slurm/sweep.sbatch");
    for task in ["1", "2"] {
        let output = std::process::Command::new("sh")
            .args([script, "law.toml"])
            .env("SLURM_ARRAY_TASK_ID", task)
            .env("SHARDS", "2")
            .env("COMMAND", "phase")
            .env("STILLPOINT", assert_cmd::cargo::cargo_bin("stillpoint"))
            .current_dir(folder.path())
            .output()
            .expect("run");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    assert_eq!(run(folder.path(), &["merge", "law.h5", "law.1-of-2.h5", "law.2-of-2.h5"]).0, 0);
    assert_eq!(content(&folder.path().join("law.h5")), whole);
}
