//! Shards, and their union.

use super::{asked, files, run, swept};
use stillpoint::output::hdf5::read_sweep;
use stillpoint::record::SweepRow;

const QUESTION: &str = "axes = [ { key = \"model.depth\", values = [1, 2, 0] },
          { key = \"model.temperature\", from = 0.05, to = 0.9, count = 11 } ]
 observables = [\"law\", \"mean\", \"variance\", \"tail_exponent\", \"mode\"]";

#[test]
fn shards_together_are_the_file_of_one_run() {
    let folder = asked(QUESTION);
    let whole = swept(folder.path(), &["--out", "whole.h5"], "whole.h5");
    let merge = |shards: &[&str]| run(folder.path(), &[&["merge", "law.h5"], shards].concat());
    for k in 1..=4 {
        let (code, _, err) = run(folder.path(), &["sweep", "law.toml", "--shard", &format!("{k}/4")]);
        assert_eq!(code, 0, "{err}");
    }
    let names = ["law.1-of-4.h5", "law.2-of-4.h5", "law.3-of-4.h5", "law.4-of-4.h5"];
    let own = |name: &str| {
        let rows = read_sweep(&folder.path().join(name)).unwrap().rows;
        rows.iter().filter(|row| **row != SweepRow::Elsewhere).count()
    };
    assert_eq!(names.map(own), [9, 8, 8, 8]);

    let (code, _, err) = merge(&[names[0], names[3]]);
    assert_eq!(code, 2);
    assert!(err.contains("16 of 33 points are missing, those of shards 2, 3 of 4"), "{err}");
    let (code, _, err) = merge(&[names[0], "law.toml"]);
    assert!(code == 2 && err.contains("SHARD law.toml: it is not an HDF5 file"), "{err}");
    assert!(!folder.path().join("law.h5").exists());

    let (code, _, err) = merge(&names);
    assert_eq!(code, 0, "{err}");
    assert_eq!(read_sweep(&folder.path().join("law.h5")).unwrap(), whole);
    // Again, in another order: it is there already.
    let (code, _, err) = merge(&[names[2], names[1], names[3], names[0]]);
    assert!(code == 0 && err.contains("holds this sweep already"), "{err}");
    // The one run finds it finished, too.
    assert_eq!(run(folder.path(), &["sweep", "law.toml"]).0, 0);
    assert_eq!(files(folder.path()).iter().filter(|name| name.ends_with(".part")).count(), 0);
}

#[cfg(unix)]
#[test]
fn the_script_for_a_scheduler_computes_its_shard() {
    let folder = asked(QUESTION);
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tools/slurm/sweep.sbatch");
    for task in ["1", "2"] {
        let status = std::process::Command::new("sh")
            .args([script, "law.toml"])
            .env("SLURM_ARRAY_TASK_ID", task)
            .env("SHARDS", "2")
            .env("STILLPOINT", assert_cmd::cargo::cargo_bin("stillpoint"))
            .current_dir(folder.path())
            .output()
            .unwrap()
            .status;
        assert!(status.success());
    }
    assert_eq!(run(folder.path(), &["merge", "law.h5", "law.1-of-2.h5", "law.2-of-2.h5"]).0, 0);
    assert_eq!(read_sweep(&folder.path().join("law.h5")).unwrap().rows.len(), 33);
}

#[test]
fn shards_of_another_sweep_are_refused() {
    let folder = asked(QUESTION);
    assert_eq!(run(folder.path(), &["sweep", "law.toml", "--shard", "1/2"]).0, 0);
    let other = ["sweep", "law.toml", "--shard", "2/2", "--set", "model.width=2"];
    assert_eq!(run(folder.path(), &other).0, 0);
    let (code, _, err) = run(folder.path(), &["merge", "law.h5", "law.1-of-2.h5", "law.2-of-2.h5"]);
    assert!(code == 2 && err.contains("another sweep than the first shard"), "{err}");
    let (code, _, err) = run(folder.path(), &["sweep", "law.toml", "--shard", "2/2"]);
    assert!(code == 2 && err.contains("another scenario"), "{err}");
}
