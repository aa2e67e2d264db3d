//! Bad questions, and files of others.

use super::{asked, files, run};
use std::fs;

const GOOD: &str =
    "axes = [ { key = \"model.temperature\", from = 0.1, to = 0.2, count = 3 } ]\nobservables = [\"mean\"]";

#[test]
fn all_that_is_wrong_is_listed_before_anything_starts() {
    let folder = asked(
        "axes = [ { key = \"model.temperature\", values = [0.1, -0.2, 0.3, 0.0] },
                  { key = \"model.data.moments.alpha2\", from = 2.0, to = 3.0, count = 3 } ]
         observables = [\"mean\", \"varance\"]",
    );
    // Names first: without them nothing can be asked of the points.
    let (code, out, err) = run(folder.path(), &["sweep", "law.toml"]);
    assert_eq!((code, out.as_str(), files(folder.path()).len()), (2, "", 1));
    assert!(
        err.contains("`varance` is no observable of this law") && err.contains("did you mean `variance`?"),
        "{err}"
    );
    let (code, _, err) = run(folder.path(), &["sweep", "law.toml", "--set", "sweep.observables=[\"mean\"]"]);
    assert_eq!((code, files(folder.path()).len()), (2, 1));
    for says in [
        "law.toml:10:54: model.temperature = -0.2 is out of range",
        "model.temperature = 0 is out of range",
        "model.data.moments.alpha2 = 2.5 is out of range",
        "model.data.moments.alpha2 = 3 is out of range",
    ] {
        assert!(err.replace(".0 ", " ").contains(says), "{err} does not say {says}");
    }
    assert!(!err.contains("alpha2 = 2 is"), "{err}");
}

#[test]
fn questions_that_make_no_sense_are_refused() {
    for (change, says) in [
        ("axes=[]", "at least one axis"),
        ("axes=[{key=\"model.kind\",values=[1.0]}]", "`model.kind` is a string: only numbers vary"),
        ("axes=[{key=\"model.temprature\",values=[1.0]}]", "did you mean `temperature`?"),
        ("axes=[{key=\"model.temperature\",values=[]}]", "at least one number"),
        ("axes=[{key=\"model.temperature\",values=[0.1,0.1]}]", "taken already"),
        ("axes=[{key=\"model.temperature\",from=0.0,to=1.0,count=3,scale=\"log\"}]", "as the scale is \"log\""),
        ("axes=[{key=\"model.temperature\",from=0.1,to=1.0}]", "key `count` is missing"),
        ("axes=[{key=\"model.temperature\",from=0.1,to=1.0,count=1}]", "from 2 to"),
        ("axes=[{key=\"model.temperature\",from=0.1,values=[1.0]}]", "cannot be given beside `values`"),
        ("axes=[{key=\"model.temperature\",from=0.1,to=0.1,count=2}]", "a number other than `from`"),
        ("axes=[{kay=\"model.temperature\",values=[1.0]}]", "did you mean `key`?"),
        ("observables=[]", "at least one observable"),
        ("observables=[\"mean\",\"mean\"]", "taken already"),
        ("observables=[1]", "the name of an observable"),
        ("observable=[\"mean\"]", "did you mean `observables`?"),
        ("refine=-1", "a whole number from 0"),
    ] {
        let folder = asked(GOOD);
        let (code, _, err) = run(folder.path(), &["sweep", "law.toml", "--set", &format!("sweep.{change}")]);
        assert_eq!((code, files(folder.path()).len()), (2, 1), "{change}: {err}");
        assert!(err.contains(says), "{change}: {err}");
    }
    let folder = asked(GOOD);
    let (code, _, err) = run(folder.path(), &["sweep", "law.toml", "--shard", "5/4"]);
    assert!(code == 2 && err.contains("accepted: K/N"), "{err}");
    let (code, _, err) = run(folder.path(), &["sweep", "law.toml", "--shard", "5/5"]);
    assert!(code == 2 && err.contains("at most 3 shards"), "{err}");
    let (code, _, err) = run(folder.path(), &["sweep", "law.toml", "--shard", "1/2", "--set", "sweep.refine=4"]);
    assert!(code == 2 && err.contains("sweeps without `refine`"), "{err}");
}

#[test]
fn files_of_others_are_kept() {
    let folder = asked(GOOD);
    let path = folder.path().join("law.h5");
    let refused = |says: &str| {
        let before = fs::read(&path).ok();
        let (code, out, err) = run(folder.path(), &["sweep", "law.toml"]);
        assert_eq!((code, out.as_str()), (2, ""), "{err}");
        assert!(err.contains(says), "{err} does not say {says}");
        assert_eq!(fs::read(&path).ok(), before);
    };
    fs::write(&path, "my notes").unwrap();
    refused("it is not an HDF5 file, or it is truncated");
    fs::remove_file(&path).unwrap();

    assert_eq!(run(folder.path(), &["solve", "law.toml", "--out", "law.h5"]).0, 0);
    refused("its format is `stillpoint-1d`");
    fs::remove_file(&path).unwrap();

    assert_eq!(run(folder.path(), &["sweep", "law.toml", "--set", "model.depth=2"]).0, 0);
    refused("it holds the sweep of another scenario");
    let whole = fs::read(&path).unwrap();
    for length in [8, whole.len() / 2, whole.len() - 1] {
        fs::write(&path, &whole[..length]).unwrap();
        refused("it is");
    }
    fs::remove_file(&path).unwrap();

    fs::write(folder.path().join("law.h5.part"), "my notes").unwrap();
    refused("law.h5.part: it is not the journal of a sweep");
    assert_eq!(fs::read(folder.path().join("law.h5.part")).unwrap(), b"my notes");
}

#[test]
fn a_finished_sweep_is_left_as_it_is() {
    let folder = asked(GOOD);
    assert_eq!(run(folder.path(), &["sweep", "law.toml"]).0, 0);
    let path = folder.path().join("law.h5");
    let (before, time) = (fs::read(&path).unwrap(), fs::metadata(&path).unwrap().modified().unwrap());
    let (code, out, err) = run(folder.path(), &["sweep", "law.toml", "--csv", "a.csv"]);
    assert_eq!(code, 0);
    assert!(err.contains("holds this sweep already") && out.contains("mean"), "{err}{out}");
    assert_eq!((fs::read(&path).unwrap(), fs::metadata(&path).unwrap().modified().unwrap()), (before, time));
    assert_eq!(files(folder.path()), ["a.csv", "law.h5", "law.toml"]);
}
