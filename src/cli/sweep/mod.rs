//! `stillpoint sweep`: the laws of a family of scenarios in one file.

mod job;
mod points;
mod result;

pub(super) use result::existing;

use super::input::{self, Input, Resolution};
use super::outputs::{self, Target, target};
use super::ranks::Ranks;
use super::shard::Shard;
use crate::error::{Error, Exit};
use crate::output;
use crate::record::{SweepAxis, SweepObservable, SweepRecord, SweepRow};
use crate::scenario::{Family, Scale, Sweep};
use crate::study;
use job::Job;
use points::Points;
use std::path::{Path, PathBuf};

/// Points for a thread of another rank, which has to ask for more.
const BATCH: usize = 64;

/// Compute the laws of a family of scenarios: its [sweep] table says which numbers vary and what is asked
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  stillpoint sweep @fluctuation-inversion --csv inversion.csv --plot inversion.svg --out inversion.h5
  stillpoint sweep law.toml --out law.h5
  stillpoint sweep law.toml --out law.h5 --shard 3/64

The file opens in h5py and in xarray (engine=\"h5netcdf\"). A run that was broken off goes on where it was when the
same command is given again; what is finished meanwhile is in FILE.h5.part. `stillpoint merge` joins shards.")]
pub(super) struct Arguments {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    resolution: Resolution,
    /// Print one JSON object in full precision instead of the table
    #[arg(long)]
    json: bool,
    /// The .h5 file of results [default: beside the scenario, with its name]
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    out: Option<PathBuf>,
    /// Write a .csv file as well
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    csv: Option<PathBuf>,
    /// Draw the observables along one or two axes to a .svg or .png file
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    plot: Option<PathBuf>,
    /// Compute every N-th point only, from the K-th on, into a file of its own (NAME.K-of-N.h5)
    #[arg(long, value_name = "K/N")]
    shard: Option<Shard>,
}

pub(super) fn run(arguments: &Arguments, quiet: bool) -> Result<Exit, Error> {
    let ranks = Ranks::join();
    if let Some(ranks) = ranks.as_ref().filter(|ranks| !ranks.leads()) {
        return Ok(follow(arguments, ranks));
    }
    let out = arguments.out();
    let family = arguments.family(&out)?;
    let sweep = Sweep::read(&family)?;
    if let Some(shard) = arguments.shard {
        check(shard, &sweep)?;
    }
    if let (Some(path), 3..) = (&arguments.plot, sweep.axes.len()) {
        let target = Target { flag: "--plot", path, extensions: outputs::PICTURE };
        let problem = format!("a sweep over {} axes has no picture", sweep.axes.len());
        return Err(outputs::refuse(&target, &problem, "a sweep over one or two axes; --csv has the numbers of any"));
    }
    let checksum = family.fingerprint();
    let record = match existing(&out, &checksum, arguments.shard.map(|s| s.to_string()).as_deref())? {
        Some(record) => {
            super::warn(quiet, &format!("{} holds this sweep already: nothing was computed", out.display()));
            record
        }
        None => compute(arguments, &family, &sweep, &out, checksum, quiet, ranks.as_ref())?,
    };
    let written = arguments.write(&record);
    super::print(&if arguments.json {
        output::json::to_string(&record)?
    } else {
        output::table::sweep(&record, super::colour())
    })?;
    written?;
    Ok(Exit::Done)
}

/// Refuses what cannot be shared out.
fn check(shard: Shard, sweep: &Sweep) -> Result<(), Error> {
    if sweep.refine > 0 {
        let problem = "where points are inserted depends on all of them".to_owned();
        return Err(shard.refused(problem, "sweeps without `refine`".to_owned()));
    }
    shard.check("sweep", sweep.points(), "points")
}

/// Computes for rank 0, which says what is wrong with the scenario, if anything is.
fn follow(arguments: &Arguments, ranks: &Ranks) -> Exit {
    let family = arguments.input.family_after(&arguments.resolution.sets());
    let asked = family.and_then(|family| Ok((Sweep::read(&family)?, family))).map_err(|error| error.to_string());
    ranks.follow(BATCH, study::work_on, &|_, values| match &asked {
        Ok((sweep, family)) => {
            let keys = sweep.axes.iter().map(|axis| axis.key.as_str());
            job::row(family, sweep, &keys.zip(values.iter().copied()).collect::<Vec<_>>())
        }
        Err(error) => SweepRow::Failed(error.clone()),
    });
    Exit::Done
}

/// Everything that is not finished yet, then the file.
fn compute(
    arguments: &Arguments,
    family: &Family,
    sweep: &Sweep,
    out: &Path,
    checksum: String,
    quiet: bool,
    ranks: Option<&Ranks>,
) -> Result<SweepRecord, Error> {
    let mut job = Job::open(family, sweep, out, &checksum, arguments.shard)?;
    job.run(quiet, ranks)?;
    let Job { points, rows, journal, .. } = job;
    let record = record(family, sweep, points, rows, arguments.shard, checksum);
    output::hdf5::write_sweep(out, &record)?;
    journal.discard();
    Ok(record)
}

fn record(
    family: &Family,
    sweep: &Sweep,
    points: Points,
    rows: Vec<Option<SweepRow>>,
    shard: Option<Shard>,
    checksum: String,
) -> SweepRecord {
    let (values, order) = points.ordered();
    let mut rows: Vec<SweepRow> = rows.into_iter().map(|row| row.unwrap_or(SweepRow::Elsewhere)).collect();
    let rows = order.into_iter().map(|i| std::mem::replace(&mut rows[i], SweepRow::Elsewhere)).collect();
    let axis = |(axis, values): (&crate::scenario::Axis, Vec<f64>)| SweepAxis {
        key: axis.key.clone(),
        values,
        log: axis.scale == Scale::Log,
    };
    let observable = |o: &crate::study::Observable| SweepObservable { name: o.name().to_owned(), word: o.is_word() };
    SweepRecord {
        stillpoint: env!("CARGO_PKG_VERSION").to_owned(),
        title: family.base().title.clone(),
        axes: sweep.axes.iter().zip(values).map(axis).collect(),
        observables: sweep.observables.iter().map(observable).collect(),
        rows,
        shard: shard.map(|shard| shard.to_string()),
        checksum,
        provenance: input::provenance(family.base(), None),
    }
}

impl Arguments {
    /// Where the file goes.
    fn out(&self) -> PathBuf {
        let name = self.out.clone().unwrap_or_else(|| match self.input.file.to_str() {
            Some("-") => PathBuf::from("sweep.h5"),
            Some(name) if name.starts_with('@') => PathBuf::from(format!("{}.h5", &name[1..])),
            _ => self.input.file.with_extension("h5"),
        });
        match self.shard {
            Some(shard) => shard.file(&name),
            None => name,
        }
    }

    /// The document, once it is known that all results can be written.
    fn family(&self, out: &Path) -> Result<Family, Error> {
        let family = self.input.family_after(&self.resolution.sets());
        let data = family.iter().find_map(|f| f.base().data_file.clone());
        let inputs: Vec<&Path> = [Some(self.input.file.as_path()), data.as_deref()].into_iter().flatten().collect();
        let main = Target { flag: "--out", path: out, extensions: outputs::HDF5 };
        let more = [target("--csv", &self.csv, outputs::CSV), target("--plot", &self.plot, outputs::PICTURE)];
        let targets: Vec<Target<'_>> = std::iter::once(main).chain(more.into_iter().flatten()).collect();
        let (family, ()) = input::both(family, outputs::check(&targets, &inputs))?;
        Ok(family)
    }

    fn write(&self, record: &SweepRecord) -> Result<(), Error> {
        if let Some(path) = &self.csv {
            output::csv::write_sweep(path, record)?;
        }
        if let Some(path) = &self.plot {
            output::plot::write_sweep(path, record)?;
        }
        Ok(())
    }
}
