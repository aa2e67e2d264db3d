//! `stillpoint chain`: the stationary law of a Markov chain in a Matrix Market file.

use super::outputs::{self, Target};
use crate::chain::{Chain, Orientation, Source, answer, read_matrix_market};
use crate::error::{Error, Exit};
use crate::output;
use clap::ValueEnum;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

/// Compute the stationary law of a Markov chain of your own, every probability accurate
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  stillpoint chain metastable.mtx
  stillpoint chain queue.mtx --orientation columns --json
  stillpoint chain metastable.mtx --out law.csv
  stillpoint chain metastable.mtx --eigenvalues 6

FILE is a Matrix Market file (scipy.io.mmwrite writes them) with a generator, whose rows (or columns) sum to 0, or a
stochastic matrix, whose rows (or columns) sum to 1; the sums tell which. Off-diagonal entries are >= 0.

Results count states from 0: state k is row k + 1 of the file. `log_probability` in the JSON object has one number for
every state (null for transient ones), or, if there are several closed classes, one list for every class in the order
of its `members`; `absorption` then has the probabilities to end in them from every transient state. Several closed
classes are a result, not an error.")]
pub(super) struct Arguments {
    /// Matrix Market file, or `-` for standard input
    #[arg(value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    file: PathBuf,
    /// Whether rows or columns are the states that are left
    #[arg(long, value_enum, default_value_t = Sources::Rows)]
    orientation: Sources,
    /// Cells per axis, as in 512x512, where the states are the cells of a lattice, the last axis fastest: a better
    /// order of elimination, never other digits than rounding
    #[arg(long, value_name = "NxM", value_parser = lattice)]
    lattice: Option<Lattice>,
    /// Find the K slowest decays within every closed class: eigenvalues of minus the generator (of one minus the
    /// stochastic matrix), by real part
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u16).range(1..=100))]
    eigenvalues: Option<u16>,
    /// Print one JSON object in full precision instead of the table
    #[arg(long)]
    json: bool,
    /// Write the laws to a .csv or .h5 file
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    out: Option<PathBuf>,
}

/// Which index of the matrix is the state that is left.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Sources {
    /// Entry (x, y) leads from x to y
    Rows,
    /// Entry (y, x) leads from x to y
    Columns,
}

impl From<Sources> for Orientation {
    fn from(sources: Sources) -> Self {
        match sources {
            Sources::Rows => Self::Rows,
            Sources::Columns => Self::Columns,
        }
    }
}

/// Cells per axis.
#[derive(Debug, Clone)]
struct Lattice(Vec<usize>);

fn lattice(text: &str) -> Result<Lattice, String> {
    let shape: Option<Vec<usize>> = text.split('x').map(|n| n.parse().ok().filter(|&n| n > 0)).collect();
    shape.map(Lattice).ok_or_else(|| "accepted: cells per axis joined by x, as in 512x512 or 48x48x48".to_owned())
}

pub(super) fn run(arguments: &Arguments, quiet: bool) -> Result<Exit, Error> {
    let target = |path| Target { flag: "--out", path, extensions: outputs::CSV_OR_HDF5 };
    let targets: Vec<Target<'_>> = arguments.out.as_deref().map(target).into_iter().collect();
    outputs::check(&targets, &[arguments.file.as_path()])?;
    let standard = arguments.file == Path::new("-");
    let name = if standard { "<stdin>".to_owned() } else { arguments.file.display().to_string() };
    let failed = |error| Error::Chain { path: name.clone(), error };
    let input: Box<dyn BufRead> = if standard {
        Box::new(std::io::stdin().lock())
    } else {
        let file = File::open(&arguments.file).map_err(|e| failed(e.into()))?;
        Box::new(BufReader::with_capacity(1 << 20, file))
    };
    let orientation = arguments.orientation.into();
    let matrix = read_matrix_market(input).map_err(failed)?;
    let chain = Chain::of(matrix, orientation).map_err(failed)?;
    let lattice = arguments.lattice.as_ref().map(|lattice| lattice.0.as_slice());
    let eigenvalues = arguments.eigenvalues.map(usize::from);
    let source = Source { file: &name, orientation, lattice, eigenvalues };
    let solution = answer(&chain, &source).map_err(failed)?;
    // A full disk must not take the numbers away: they are printed first, and the failure after them.
    let written = arguments.out.as_deref().map(|path| output::chain::write(path, &solution)).transpose();
    super::print(&if arguments.json {
        output::json::to_string(&solution)?
    } else {
        output::table::chain(&solution, super::colour())
    })?;
    written?;
    for warning in &solution.warnings {
        super::warn(quiet, warning);
    }
    Ok(Exit::Done)
}
