//! Puts the git revision into the program, so that every result can say what made it.

use std::path::Path;
use std::process::Command;

fn main() {
    let watched = git(&["rev-parse", "--git-dir"]).map(|dir| Path::new(&dir).join("HEAD"));
    if let Some(head) = watched.filter(|head| head.exists()) {
        println!("cargo::rerun-if-changed={}", head.display());
        // HEAD names a branch; its tip moves without HEAD changing.
        let branch = git(&["symbolic-ref", "-q", "HEAD"]).and_then(|name| git(&["rev-parse", "--git-path", &name]));
        if let Some(tip) = branch.filter(|tip| Path::new(tip).exists()) {
            println!("cargo::rerun-if-changed={tip}");
        }
    }
    println!("cargo::rerun-if-changed=build.rs");
    let revision = git(&["rev-parse", "--short=12", "HEAD"]).unwrap_or_else(|| "unknown".to_owned());
    println!("cargo::rustc-env=STILLPOINT_REVISION={revision}");
}

/// The trimmed output of a git command that succeeded inside this package's own checkout.
fn git(arguments: &[&str]) -> Option<String> {
    // A package unpacked inside somebody else's checkout must not take that one's revision.
    let root = std::env::var("CARGO_MANIFEST_DIR").ok()?;
    if !Path::new(&root).join(".git").exists() {
        return None;
    }
    let output = Command::new("git").args(arguments).current_dir(root).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (output.status.success() && !text.is_empty()).then_some(text)
}
