//! Diagrams that are broken off at any moment.

use super::file::{asked, content, run, whole};
use std::process::{Command, Stdio};
use std::time::Duration;
use stillpoint::output::journal::{Journal, line};
use stillpoint::record::PhasePiece;

#[test]
fn killed_ten_times_the_file_is_that_of_an_uninterrupted_run() {
    let folder = asked();
    let whole = whole(folder.path());
    let (result, journal) = (folder.path().join("law.h5"), folder.path().join("law.h5.part"));
    let mut finished: Vec<usize> = Vec::new();
    let mut seed = 1u64;
    for _ in 0..10 {
        // Any moment: before the first piece, between pieces, in the middle of a line.
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let moment = Duration::from_micros(1000 + (seed >> 33) % 150_000);
        let mut child = Command::new(assert_cmd::cargo::cargo_bin("stillpoint"))
            .args(["phase", "law.toml", "--out", "law.h5"])
            .current_dir(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("started");
        std::thread::sleep(moment);
        // SIGKILL
        child.kill().expect("killed");
        child.wait().expect("ended");
        if result.exists() {
            // Faster than expected: begin again.
            std::fs::remove_file(&result).expect("removed");
            finished.clear();
            continue;
        }
        let lines = std::fs::read(&journal).map_or(0, |bytes| bytes.iter().filter(|b| **b == b'\n').count());
        // What was finished stays.
        assert!(finished.last().is_none_or(|before| lines >= *before), "{finished:?} then {lines}");
        finished.push(lines);
    }
    let (code, _, err) = run(folder.path(), &["phase", "law.toml", "--out", "law.h5"]);
    assert_eq!(code, 0, "{err}");
    assert_eq!(content(&result), whole);
    assert!(!journal.exists());
}

#[test]
fn finished_pieces_are_not_computed_again() {
    let folder = asked();
    let few = ["--set", "phase.boundaries=[\"collapse\"]", "--set", "phase.y.count=13"];
    let phase =
        |more: &[&str]| run(folder.path(), &[&["phase", "law.toml", "--out", "law.h5"], &few[..], more].concat());
    // A journal whose second piece has no rows, which no run would say: it is believed, since its check is right.
    assert_eq!(phase(&[]).0, 0);
    // Values of y with a point, by their number.
    let rows = || -> Vec<usize> {
        let file = hdf5::File::open(folder.path().join("law.h5")).expect("a file");
        let y = file.dataset("collapse/y").and_then(|d| d.read_raw::<f64>()).expect("numbers");
        y.iter().map(|y| (12.0 * (y / 0.3).ln() / (4.0_f64 / 0.3).ln()).round() as usize).collect()
    };
    let mut all = rows();
    assert!(all.contains(&5) && all.contains(&6), "{all:?}");
    std::fs::write(folder.path().join("law.h5.part"), "my notes").expect("written");
    let (code, _, err) = phase(&[]);
    assert!(code == 2 && err.contains("law.h5.part: it is not the journal of a phase diagram"), "{err}");
    std::fs::remove_file(folder.path().join("law.h5.part")).expect("removed");
    let sets: Vec<String> = few.iter().skip(1).step_by(2).map(|set| (*set).to_owned()).collect();
    let path = folder.path().join("law.toml");
    let text = std::fs::read(&path).expect("the scenario");
    let location = stillpoint::scenario::Location::Folder(folder.path().to_owned());
    let family = stillpoint::scenario::Family::read(&text, "law.toml", &location, &sets).expect("a scenario");
    let subject = format!("{} all", family.phase_fingerprint());
    let part = folder.path().join("law.h5.part");
    let (mut journal, _) = Journal::open::<PhasePiece>(&part, &subject).expect("a journal");
    journal.append(&line(1, &PhasePiece::default())).expect("written");
    drop(journal);
    // Another question touches neither the file nor the journal.
    let (code, _, err) = phase(&["--set", "model.depth=2"]);
    assert!(code == 2 && err.contains("law.h5: it holds the phase diagram of another scenario"), "{err}");
    assert_eq!(rows(), all);
    std::fs::remove_file(folder.path().join("law.h5")).expect("removed");
    let (code, _, err) = phase(&["--set", "model.depth=2"]);
    assert!(code == 2 && err.contains("it is the journal of another phase diagram"), "{err}");
    assert_eq!(phase(&[]).0, 0);
    all.retain(|row| !(6..12).contains(row));
    assert_eq!(rows(), all);
}
