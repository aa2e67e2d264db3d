//! The rooms of the house import only along the arrows of the data flow.

use std::fs;
use std::path::{Path, PathBuf};

/// Room, and the rooms it may use besides itself.
const ALLOWED: &[(&str, &[&str])] = &[
    ("estimate", &[]),
    ("numeric", &[]),
    ("process", &[]),
    ("formula", &[]),
    ("data", &["model", "numeric"]),
    ("model", &["process", "formula", "numeric"]),
    ("galerkin", &["process", "numeric"]),
    ("grid", &["process", "numeric"]),
    ("operator", &["process", "grid", "numeric"]),
    ("stationary", &["operator", "numeric"]),
    ("density", &["process", "formula", "grid", "stationary", "numeric"]),
    ("theory", &["model", "estimate", "numeric"]),
    ("sgd", &["process", "model", "formula", "estimate", "record", "numeric"]),
    ("record", &["estimate"]),
    ("output", &["record", "estimate"]),
    ("scenario", &["model", "formula", "data", "sgd", "study"]),
    (
        "study",
        &[
            "process",
            "model",
            "formula",
            "galerkin",
            "grid",
            "operator",
            "stationary",
            "density",
            "theory",
            "sgd",
            "record",
            "estimate",
            "numeric",
        ],
    ),
    ("chain", &["operator", "stationary", "record", "output", "numeric"]),
    (
        "reproduce",
        &["process", "model", "formula", "theory", "sgd", "scenario", "study", "record", "estimate", "numeric"],
    ),
    ("cli", &["error", "chain", "data", "scenario", "study", "output", "sgd", "record", "reproduce"]),
    ("error", &["chain", "scenario", "study", "output", "sgd", "data", "model", "reproduce"]),
];

fn sources(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, out);
        } else if path.extension().is_some_and(|e| e == "rs") {
            out.push(path);
        }
    }
}

#[test]
fn imports_follow_the_arrows() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let mut strays = Vec::new();
    for file in &files {
        let place = file.strip_prefix(&root).expect("below src");
        let room = place.iter().next().expect("a name").to_string_lossy().replace(".rs", "");
        if room == "lib" || room == "main" {
            continue;
        }
        let allowed = ALLOWED.iter().find(|(name, _)| *name == room).unwrap_or_else(|| panic!("no rule for {room}")).1;
        let text = fs::read_to_string(file).expect("readable");
        for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//")) {
            for part in line.split("crate::").skip(1) {
                let used: String = part.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                let known = ALLOWED.iter().any(|(name, _)| *name == used);
                if known && used != room && !allowed.contains(&used.as_str()) {
                    strays.push(format!("{}:{}: {room} uses {used}", place.display(), number + 1));
                }
            }
        }
    }
    assert!(strays.is_empty(), "{}", strays.join("\n"));
}
