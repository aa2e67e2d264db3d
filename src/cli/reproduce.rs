//! `stillpoint reproduce`: the statements and figures of the paper, one verdict each.

use super::progress::Progress;
use crate::data::nearest;
use crate::error::{Error, Exit};
use crate::output;
use crate::record::{Reproduction, Statement};
use crate::reproduce::{Effort, ROWS, Row, reproduction, row};
use std::path::{Path, PathBuf};

/// Reproduce the statements and figures of the paper, each with a verdict and a picture
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  stillpoint reproduce                     everything
  stillpoint reproduce P7 P11 --dir out    two rows, pictures into out/
  stillpoint reproduce P7 --json

Statements of Ziyin, Li and Ueda, arXiv 2308.06671, by their numbers in the list that `--list` prints. Every row starts from
built-in scenarios (`stillpoint examples`, @paper/...) that run by themselves. Exits with 1 when a row differs; a row in which
the paper as printed errs, and the theory manual says why, counts as explained.")]
pub(super) struct Arguments {
    /// Which rows, P1 to P15, or `all`
    #[arg(value_name = "ROW", default_value = "all")]
    rows: Vec<String>,
    /// Folder for the pictures; made if it is not there
    #[arg(long, value_name = "FOLDER", default_value = "reproduction", value_hint = clap::ValueHint::DirPath)]
    dir: PathBuf,
    /// Print one JSON object in full precision instead of the tables
    #[arg(long)]
    json: bool,
    /// Print what the rows are, and compute nothing
    #[arg(long)]
    list: bool,
    /// Draw .png files instead of .svg
    #[arg(long)]
    png: bool,
    /// Less sampling: every check in a fraction of the time, with wider bars
    #[arg(long)]
    quick: bool,
}

pub(super) fn run(arguments: &Arguments, quiet: bool) -> Result<Exit, Error> {
    let rows = chosen(&arguments.rows)?;
    if arguments.list {
        super::print(&list(&rows))?;
        return Ok(Exit::Done);
    }
    let folder = Folder::new(&arguments.dir, arguments.png)?;
    let mut statements = Vec::new();
    let mut written = Ok(());
    for (i, row) in rows.iter().enumerate() {
        let mut statement = compute(row, arguments.quick, [i + 1, rows.len()], quiet)?;
        // A full disk must not take the numbers away: the first failure is reported after them.
        match folder.draw(&statement) {
            Ok(path) => statement.figure = Some(path),
            Err(error) if written.is_ok() => written = Err(error),
            Err(_) => {}
        }
        if !arguments.json {
            super::print(&output::table::statement(&statement, super::colour()))?;
        }
        statements.push(statement);
    }
    let answer: Reproduction = reproduction(statements);
    if arguments.json {
        super::print(&output::json::to_string(&answer)?)?;
    } else {
        super::print(&output::table::reproduction(&answer, super::colour()))?;
    }
    written?;
    Ok(if answer.agree { Exit::Done } else { Exit::Failed })
}

fn compute(row: &Row, quick: bool, [number, all]: [usize; 2], quiet: bool) -> Result<Statement, Error> {
    let progress = Progress::new(row.id, 0, quiet);
    let watch = |what: &str, done: u64, of: u64| {
        progress.stage(&format!("{} ({number} of {all}): {what}", row.id), done, of.max(1));
    };
    let effort = if quick { Effort::Quick } else { Effort::Full };
    row.reproduce(effort, &watch).map_err(|error| Error::Reproduce { row: row.id, error: Box::new(error) })
}

/// The rows of these names, each once, in the order of the paper; or all names that are none.
fn chosen(names: &[String]) -> Result<Vec<&'static Row>, Error> {
    let all = |name: &String| name.eq_ignore_ascii_case("all");
    let unknown = |name: &String| -> Option<Error> {
        let known = all(name) || row(name).is_some();
        let upper = name.to_ascii_uppercase();
        (!known).then(|| Error::UnknownRow {
            nearest: nearest(&upper, ROWS.iter().map(|row| row.id)),
            name: name.clone(),
            known: ROWS.iter().map(|row| row.id).collect::<Vec<_>>().join(", "),
        })
    };
    let mut faults: Vec<Error> = names.iter().filter_map(unknown).collect();
    match faults.len() {
        0 => Ok(ROWS
            .iter()
            .filter(|row| names.iter().any(|name| all(name) || row.id.eq_ignore_ascii_case(name)))
            .collect()),
        1 => Err(faults.remove(0)),
        _ => Err(Error::Several(faults)),
    }
}

fn list(rows: &[&Row]) -> String {
    let line = |row: &&Row| {
        let names: Vec<String> = row.scenarios.iter().map(|name| format!("@{name}")).collect();
        format!("{:4} {}\n     {}\n     {}\n", row.id, row.title, row.claim, names.join(", "))
    };
    rows.iter().map(line).collect()
}

/// Where the pictures go.
struct Folder<'a> {
    path: &'a Path,
    extension: &'static str,
}

impl<'a> Folder<'a> {
    /// A folder that can be written to; it is made, with those above it, if it is not there.
    fn new(path: &'a Path, png: bool) -> Result<Self, Error> {
        let refuse = |problem: String| Error::OutputPath {
            flag: "--dir",
            path: path.display().to_string(),
            problem,
            accepted: "a folder that can be written to, or made".to_owned(),
        };
        if path.exists() && !path.is_dir() {
            return Err(refuse("this is a file".to_owned()));
        }
        std::fs::create_dir_all(path).map_err(|e| refuse(format!("cannot be made: {e}")))?;
        // Permissions can only be known by trying; the file has no name that stays.
        tempfile::tempfile_in(path).map_err(|e| refuse(format!("cannot write in it: {e}")))?;
        Ok(Self { path, extension: if png { "png" } else { "svg" } })
    }

    /// Draws a statement; the path of the picture.
    fn draw(&self, statement: &Statement) -> Result<String, Error> {
        let path = self.path.join(format!("{}.{}", statement.id.to_ascii_lowercase(), self.extension));
        output::plot::write_figure(&path, &statement.picture)?;
        Ok(path.display().to_string())
    }
}
