//! What is in a file of boundaries, for comparisons to the last bit.

use hdf5::types::{FloatSize, TypeDescriptor, VarLenUnicode};
use hdf5::{Container, Group, Location};
use std::path::Path;
use tempfile::TempDir;

/// Five boundaries at ninety values of y, present and absent, with other routes and real SGD beside: a second or so.
pub const DIAGRAM: &str = r#"
title = "one layer, a weak teacher"
[model]
kind = "diagonal"
depth = 1
temperature = 0.1
[model.data]
gaussian = { variance = 1.0, slope = 0.1, noise = 1.0 }
[phase]
x = { key = "model.temperature", from = 0.02, to = 0.6, scale = "log" }
y = { key = "model.data.gaussian.noise", from = 0.3, to = 4.0, count = 90, scale = "log" }
boundaries = ["collapse", "mode_loss", "divergence_at_zero", "sgd_collapse", "mean > 0.05"]
sgd = 6
[sgd]
learning_rate = 0.1
batch_size = 1
chains = 200
steps = 150
seed = 1
"#;

/// A folder with the diagram `law.toml`.
pub fn asked() -> TempDir {
    let folder = TempDir::new().expect("a folder");
    std::fs::write(folder.path().join("law.toml"), DIAGRAM).expect("written");
    folder
}

/// Exit code, standard output, standard error.
pub fn run(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut command = assert_cmd::Command::cargo_bin("stillpoint").expect("the program");
    let output = command.current_dir(folder).env("NO_COLOR", "1").args(arguments).output().expect("run");
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("text");
    (output.status.code().expect("a code"), text(&output.stdout), text(&output.stderr))
}

/// The content of the file that one undisturbed run writes.
pub fn whole(folder: &Path) -> Vec<String> {
    let (code, _, err) = run(folder, &["phase", "law.toml", "--out", "whole.h5"]);
    assert_eq!(code, 0, "{err}");
    let content = content(&folder.join("whole.h5"));
    // Attributes, and the datasets of five groups with two more in each.
    assert!(content.iter().any(|line| line.starts_with("/collapse/x")), "{content:?}");
    assert!(content.iter().any(|line| line.contains("measured SGD")) && content.len() > 100, "{content:?}");
    content
}

/// Every attribute and dataset, numbers by their bits.
pub fn content(path: &Path) -> Vec<String> {
    let file = hdf5::File::open(path).expect("a file");
    let mut lines = Vec::new();
    collect(&file, "", &mut lines);
    lines
}

fn collect(group: &Group, name: &str, lines: &mut Vec<String>) {
    attributes(group, name, lines);
    for dataset in group.datasets().expect("datasets") {
        lines.push(format!("{}: {}", dataset.name(), values(&dataset)));
        attributes(&dataset, &dataset.name(), lines);
    }
    for inner in group.groups().expect("groups") {
        collect(&inner, &inner.name(), lines);
    }
}

fn attributes(location: &Location, name: &str, lines: &mut Vec<String>) {
    for attribute in location.attr_names().expect("names") {
        lines.push(format!("{name}@{attribute}: {}", values(&location.attr(&attribute).expect("an attribute"))));
    }
}

fn values(container: &Container) -> String {
    match container.dtype().and_then(|t| t.to_descriptor()).expect("a type") {
        TypeDescriptor::Float(FloatSize::U8) => {
            let numbers = container.read_raw::<f64>().expect("numbers");
            format!("{:x?}", numbers.into_iter().map(f64::to_bits).collect::<Vec<u64>>())
        }
        TypeDescriptor::VarLenUnicode => {
            let texts = container.read_raw::<VarLenUnicode>().expect("texts");
            format!("{:?}", texts.iter().map(|text| text.as_str()).collect::<Vec<&str>>())
        }
        TypeDescriptor::Unsigned(_) => format!("{:?}", container.read_raw::<u64>().expect("whole numbers")),
        other => panic!("{other:?} in {}", container.name()),
    }
}
