//! Where results go. Every path is checked before anything is computed, and nothing is left behind by the check.

use super::input::{Input, Resolution, both};
use crate::error::Error;
use crate::scenario::{Family, Scenario};
use std::path::{Path, PathBuf};

/// What becomes of a computed law.
#[derive(Debug, clap::Args)]
pub(super) struct Results {
    /// Print one JSON object in full precision instead of the table
    #[arg(long)]
    pub(super) json: bool,
    /// Draw the law, and what it is compared with, to a .svg or .png file
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub(super) plot: Option<PathBuf>,
    /// Write everything to a .h5 file
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub(super) out: Option<PathBuf>,
}

impl Results {
    /// The scenario, once it is known that these results and `more` can be written; otherwise all that is wrong
    /// with either.
    pub(super) fn scenario(
        &self,
        input: &Input,
        resolution: &Resolution,
        more: &[Target<'_>],
    ) -> Result<Scenario, Error> {
        let scenario = input.scenario_after(&resolution.sets());
        let data = scenario.iter().find_map(|s| s.data_file.clone());
        let inputs: Vec<&Path> = [Some(input.file.as_path()), data.as_deref()].into_iter().flatten().collect();
        let own = [target("--plot", &self.plot, PICTURE), target("--out", &self.out, HDF5)];
        let targets: Vec<Target<'_>> = own.into_iter().flatten().chain(more.iter().copied()).collect();
        let (scenario, ()) = both(scenario, check(&targets, &inputs))?;
        Ok(scenario)
    }

    /// The document whose numbers vary, checked together with the outputs as [`Results::scenario`] does.
    pub(super) fn family(&self, input: &Input, more: &[Target<'_>]) -> Result<Family, Error> {
        let family = input.family_after(&[]);
        let data = family.iter().find_map(|f| f.base().data_file.clone());
        let inputs: Vec<&Path> = [Some(input.file.as_path()), data.as_deref()].into_iter().flatten().collect();
        let own = [target("--plot", &self.plot, PICTURE), target("--out", &self.out, HDF5)];
        let targets: Vec<Target<'_>> = own.into_iter().flatten().chain(more.iter().copied()).collect();
        let (family, ()) = both(family, check(&targets, &inputs))?;
        Ok(family)
    }

    /// Prints the result, then reports how writing its files went: a full disk must not take the numbers away.
    pub(super) fn print<R: serde::Serialize>(
        &self,
        result: &R,
        table: impl FnOnce(&R) -> String,
        written: Result<(), Error>,
    ) -> Result<(), Error> {
        super::print(&if self.json { crate::output::json::to_string(result)? } else { table(result) })?;
        written
    }
}

/// An output, if it was asked for.
pub(super) fn target<'a>(
    flag: &'static str,
    path: &'a Option<PathBuf>,
    extensions: &'static [&'static str],
) -> Option<Target<'a>> {
    Some(Target { flag, path: path.as_deref()?, extensions })
}

/// One output file that was asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Target<'a> {
    /// The option.
    pub(super) flag: &'static str,
    /// Its value.
    pub(super) path: &'a Path,
    /// Extensions accepted.
    pub(super) extensions: &'static [&'static str],
}

/// `--plot`
pub(super) const PICTURE: &[&str] = &["svg", "png"];
/// `--out`
pub(super) const HDF5: &[&str] = &["h5", "hdf5"];
/// `--out` of `chain`
pub(super) const CSV_OR_HDF5: &[&str] = &["csv", "h5", "hdf5"];
/// `--export-matrix`
pub(super) const MATRIX: &[&str] = &["mtx"];
/// `--csv`
pub(super) const CSV: &[&str] = &["csv"];

/// Checks that every target can be written and that none is one of the `inputs` or another target.
pub(super) fn check(targets: &[Target<'_>], inputs: &[&Path]) -> Result<(), Error> {
    let mut faults: Vec<Error> = targets.iter().filter_map(|t| writable(t).err()).collect();
    for (i, target) in targets.iter().enumerate() {
        let same = |other: &Path| resolved(other) == resolved(target.path);
        if inputs.iter().any(|input| same(input)) {
            faults.push(refuse(target, "this is a file that is read", "another file"));
        }
        if targets[..i].iter().any(|other| same(other.path)) {
            faults.push(refuse(target, "two results cannot go to one file", "another file"));
        }
    }
    match faults.len() {
        0 => Ok(()),
        1 => Err(faults.remove(0)),
        _ => Err(Error::Several(faults)),
    }
}

/// The error of a target that cannot be had.
pub(super) fn refuse(target: &Target<'_>, problem: &str, accepted: &str) -> Error {
    Error::OutputPath {
        flag: target.flag,
        path: target.path.display().to_string(),
        problem: problem.to_owned(),
        accepted: accepted.to_owned(),
    }
}

fn writable(target: &Target<'_>) -> Result<(), Error> {
    let dotted = target.extensions.iter().map(|e| format!(".{e}")).collect::<Vec<_>>().join(" or ");
    let extension = target.path.extension().and_then(|e| e.to_str()).map(str::to_ascii_lowercase);
    if !extension.is_some_and(|e| target.extensions.contains(&e.as_str())) {
        return Err(refuse(target, "unknown file type", &format!("a name ending in {dotted}")));
    }
    if target.path.is_dir() {
        return Err(refuse(target, "this is a folder", &format!("a file name ending in {dotted}")));
    }
    let folder = folder(target.path);
    if !folder.is_dir() {
        return Err(refuse(
            target,
            &format!("there is no folder `{}`", folder.display()),
            "a path in a folder that exists",
        ));
    }
    // Permissions can only be known by trying; the file has no name that stays.
    tempfile::tempfile_in(&folder).map_err(|e| {
        refuse(target, &format!("cannot write in `{}`: {e}", folder.display()), "a path in a writable folder")
    })?;
    let read_only = std::fs::metadata(target.path).is_ok_and(|m| m.permissions().readonly());
    if read_only {
        return Err(refuse(target, "the file is write-protected", "a file that may be replaced"));
    }
    Ok(())
}

fn folder(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// The path without links, as far as it exists.
fn resolved(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| match (folder(path).canonicalize(), path.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => path.to_owned(),
    })
}
