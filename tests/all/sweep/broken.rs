//! Runs that are broken off at any moment.

use super::{asked, files, swept};
use std::process::{Command, Stdio};
use std::time::Duration;
use stillpoint::output::hdf5::read_sweep;

/// Some ten thousand laws, a second or so.
const QUESTION: &str = "axes = [ { key = \"model.data.moments.alpha3\", from = 2.5, to = 4.0, count = 80 },
          { key = \"model.temperature\", from = 0.01, to = 0.5, count = 150, scale = \"log\" } ]
 observables = [\"mean\", \"variance\", \"mode\", \"quantile:0.05\", \"law\"]";

#[test]
fn killed_twenty_times_the_file_is_that_of_an_uninterrupted_run() {
    let folder = asked(QUESTION);
    let whole = swept(folder.path(), &["--out", "whole.h5"], "whole.h5");
    let journal = folder.path().join("law.h5.part");
    let mut finished: Vec<usize> = Vec::new();
    let mut kills = 0;
    let mut seed = 1u64;
    while kills < 20 {
        // Any moment: before the first point, between points, in the middle of a line.
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let moment = Duration::from_micros(500 + (seed >> 33) % 60_000);
        let mut child = Command::new(assert_cmd::cargo::cargo_bin("stillpoint"))
            .args(["sweep", "law.toml", "--out", "law.h5"])
            .current_dir(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(moment);
        // SIGKILL
        child.kill().unwrap();
        child.wait().unwrap();
        kills += 1;
        if folder.path().join("law.h5").exists() {
            // Faster than expected: begin again.
            std::fs::remove_file(folder.path().join("law.h5")).unwrap();
            finished.clear();
            continue;
        }
        let lines = std::fs::read(&journal).map_or(0, |bytes| bytes.iter().filter(|b| **b == b'\n').count());
        // What was finished stays.
        assert!(finished.last().is_none_or(|before| lines >= *before), "{finished:?} then {lines}");
        finished.push(lines);
    }
    let resumed = swept(folder.path(), &["--out", "law.h5"], "law.h5");
    assert_eq!(resumed, whole);
    assert_eq!(files(folder.path()), ["law.h5", "law.toml", "whole.h5"]);
}

#[test]
fn finished_points_are_not_computed_again() {
    let folder =
        asked("axes = [ { key = \"model.temperature\", values = [0.1, 0.2, 0.3] } ]\nobservables = [\"mean\"]");
    let whole = swept(folder.path(), &["--out", "whole.h5"], "whole.h5");
    // A journal in which the first point has a value that no law has: it is believed, since its check is right.
    let path = folder.path().join("law.h5.part");
    let subject = format!("{} all", whole.checksum);
    let (mut journal, _) =
        stillpoint::output::journal::Journal::open::<stillpoint::record::SweepRow>(&path, &subject).unwrap();
    let marked = stillpoint::record::SweepRow::Found(vec![stillpoint::record::SweepCell::AtPoint(17.0)]);
    journal.append(&stillpoint::output::journal::line(0, &marked)).unwrap();
    drop(journal);
    let resumed = swept(folder.path(), &["--out", "law.h5"], "law.h5");
    assert_eq!(resumed.rows[0], marked);
    assert_eq!(resumed.rows[1..], whole.rows[1..]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_keeps_what_is_finished() {
    let folder = asked(QUESTION);
    // Room for the journal only: the largest file the shell allows is smaller than the result.
    let program = assert_cmd::cargo::cargo_bin("stillpoint");
    let script = format!("ulimit -f 300; trap '' XFSZ; exec '{}' sweep law.toml --out law.h5", program.display());
    let limited = Command::new("sh").arg("-c").arg(script).current_dir(folder.path()).output().unwrap();
    let err = String::from_utf8_lossy(&limited.stderr);
    assert_eq!(limited.status.code(), Some(3), "{err}");
    assert!(!folder.path().join("law.h5").exists(), "{err}");
    let kept = std::fs::metadata(folder.path().join("law.h5.part")).unwrap().len();
    assert!(kept > 100_000, "{kept} bytes are kept");
    let resumed = swept(folder.path(), &["--out", "law.h5"], "law.h5");
    let whole = swept(folder.path(), &["--out", "whole.h5"], "whole.h5");
    assert_eq!(resumed, whole);
    assert_eq!(read_sweep(&folder.path().join("law.h5")).unwrap(), whole);
}
