//! A sweep as a file of named dimensions that h5py and xarray (`engine="h5netcdf"`) open.
//!
//! Format `stillpoint-sweep`, version 1. Root attributes say what made the file (`version`, `revision`, `scenario`,
//! `data`), its question (`checksum`, `axes`, `observables`) and, where it holds a part of the points only, `shard`.
//! Every axis is a one-dimensional dataset named by its key; every observable has, over all axes,
//!
//! | dataset | |
//! |---|---|
//! | `NAME` | the value; `inf` where it is infinite, `nan` where there is none |
//! | `NAME_error` | its absolute error |
//! | `NAME_status` | 0 number, 1 exact since all mass sits at one point, 2 infinite, 3 absent, 4 failed, 5 in another shard |
//!
//! and `reason` says for every point why something has no number. A word (`law`) is 0 for a density, 1 for a point
//! mass. A `/` in a name is written `∕` (U+2215).

use super::node::attribute_text;
use super::{Node, Origin, dimensions};
use crate::output::OutputError;
use crate::record::{LawKind, Provenance, SweepAxis, SweepCell, SweepObservable, SweepRecord, SweepRow, SweepStatus};
use ::hdf5::types::VarLenUnicode;
use ::hdf5::{Dataset, File, Group, H5Type, Result};
use ndarray::ArrayViewD;
use std::path::Path;

/// Name of the layout.
pub const SWEEP_FORMAT: &str = "stillpoint-sweep";
/// Version of the layout.
pub const SWEEP_FORMAT_VERSION: u64 = 1;
/// Deflate level: with millions of numbers, higher ones take longer than the laws.
const DEFLATE: u8 = 1;
/// Elements per chunk, at most.
const CHUNK: usize = 16 * 1024;

/// Writes a sweep to `path`.
///
/// # Errors
/// [`OutputError::Hdf5`] and those of [`atomic::write_with`](crate::output::atomic::write_with); the file is
/// untouched then.
pub fn write_sweep(path: &Path, record: &SweepRecord) -> std::result::Result<(), OutputError> {
    let origin = Origin {
        format: (SWEEP_FORMAT, SWEEP_FORMAT_VERSION),
        title: &record.title,
        program: &record.stillpoint,
        provenance: &record.provenance,
        seed: None,
    };
    origin.write(path, |root| fill(root, record))
}

fn fill(root: &Node, record: &SweepRecord) -> Result<()> {
    root.text("checksum", &record.checksum)?;
    root.text("shard", record.shard.as_deref().unwrap_or(""))?;
    root.texts("axes", record.axes.iter().map(|axis| axis.key.as_str()))?;
    root.texts("observables", record.observables.iter().map(|o| o.name.as_str()))?;
    let group = root.inner();
    for (id, axis) in record.axes.iter().enumerate() {
        write_axis(group, axis, id as i32)?;
    }
    let table = Table::of(group, record);
    for (k, observable) in record.observables.iter().enumerate() {
        table.observable(record, k, observable)?;
    }
    let reasons = record.rows.iter().map(|row| super::node::text(&row.reason(&record.observables)));
    let dataset = table.dataset("reason", &reasons.collect::<Result<Vec<_>>>()?)?;
    attribute_text(&dataset, "description", "why something of a point has no number")
}

fn write_axis(group: &Group, axis: &SweepAxis, id: i32) -> Result<()> {
    let name = dataset_name(&axis.key);
    let dataset = group.new_dataset_builder().with_data(axis.values.as_slice()).create(name.as_str())?;
    dimensions::make_scale(&dataset, &name, id)?;
    attribute_text(&dataset, "description", &format!("`{}` of the scenario", axis.key))?;
    attribute_text(&dataset, "scale", if axis.log { "log" } else { "linear" })
}

/// Arrays over all axes.
struct Table<'a> {
    group: &'a Group,
    shape: Vec<usize>,
    scales: Vec<String>,
}

impl<'a> Table<'a> {
    fn of(group: &'a Group, record: &SweepRecord) -> Self {
        let shape = record.axes.iter().map(|axis| axis.values.len()).collect();
        Self { group, shape, scales: record.axes.iter().map(|axis| dataset_name(&axis.key)).collect() }
    }

    fn observable(&self, record: &SweepRecord, k: usize, observable: &SweepObservable) -> Result<()> {
        let name = dataset_name(&observable.name);
        let cells: Vec<(f64, f64, SweepStatus)> = record.rows.iter().map(|row| row.cell(k)).collect();
        let status: Vec<u8> = cells.iter().map(|cell| cell.2 as u8).collect();
        let values: Vec<f64> = cells.iter().map(|cell| cell.0).collect();
        let dataset = self.dataset(&name, &values)?;
        attribute_text(&dataset, "observable", &observable.name)?;
        if observable.word {
            attribute_text(&dataset, "description", "0 density, 1 point mass")?;
        } else {
            attribute_text(&dataset, "ancillary_variables", &format!("{name}_error {name}_status"))?;
            let errors: Vec<f64> = cells.iter().map(|cell| cell.1).collect();
            let dataset = self.dataset(&format!("{name}_error"), &errors)?;
            attribute_text(&dataset, "description", &format!("bound on the absolute error of {}", observable.name))?;
        }
        let dataset = self.dataset(&format!("{name}_status"), &status)?;
        let values: Vec<u8> = SweepStatus::ALL.iter().map(|(status, _)| *status as u8).collect();
        dataset.new_attr_builder().with_data(values.as_slice()).create("flag_values")?;
        attribute_text(&dataset, "flag_meanings", &SweepStatus::ALL.map(|(_, name)| name).join(" "))
    }

    fn dataset<T: H5Type>(&self, name: &str, xs: &[T]) -> Result<Dataset> {
        let view = ArrayViewD::from_shape(self.shape.clone(), xs).map_err(|e| ::hdf5::Error::from(e.to_string()))?;
        let builder = self.group.new_dataset_builder().chunk(chunk(&self.shape)).shuffle().deflate(DEFLATE);
        let dataset = builder.with_data(view).create(name)?;
        dimensions::attach(self.group, &dataset, &self.scales.iter().map(String::as_str).collect::<Vec<_>>())?;
        Ok(dataset)
    }
}

/// Whole rows of the last axes, as many as fit.
fn chunk(shape: &[usize]) -> Vec<usize> {
    let mut left = CHUNK;
    let mut chunk: Vec<usize> = shape
        .iter()
        .rev()
        .map(|&n| {
            let size = n.min(left).max(1);
            left /= size;
            size
        })
        .collect();
    chunk.reverse();
    chunk
}

/// A name that a dataset may have.
pub(super) fn dataset_name(name: &str) -> String {
    name.replace('/', "\u{2215}")
}

/// Why a file is no sweep that can be used.
#[derive(Debug, thiserror::Error)]
pub enum SweepFileError {
    /// The HDF5 library cannot open it.
    #[error("it is not an HDF5 file, or it is truncated")]
    Unreadable,
    /// It is something else.
    #[error("it is an HDF5 file, but not the result of a sweep{}", if found.is_empty() { String::new() } else { format!(": its format is `{found}`") })]
    Foreign {
        /// Its format.
        found: String,
    },
    /// It is a sweep, but parts of it are missing or damaged.
    #[error("it is the result of a sweep, but damaged: {0}")]
    Damaged(String),
}

/// Reads a sweep.
///
/// # Errors
/// [`SweepFileError`]
pub fn read_sweep(path: &Path) -> std::result::Result<SweepRecord, SweepFileError> {
    let file = File::open(path).map_err(|_| SweepFileError::Unreadable)?;
    let format = text(&file, "format").unwrap_or_default();
    let version = file.attr("format_version").and_then(|a| a.read_scalar::<u64>()).unwrap_or_default();
    if (format.as_str(), version) != (SWEEP_FORMAT, SWEEP_FORMAT_VERSION) {
        let found = if format == SWEEP_FORMAT { format!("{format}, version {version}") } else { format };
        return Err(SweepFileError::Foreign { found });
    }
    // The library's own messages name files and lines of its source.
    content(&file).map_err(|error| SweepFileError::Damaged(error.to_string().lines().next().unwrap_or("").to_owned()))
}

fn content(file: &File) -> Result<SweepRecord> {
    let axes = texts(file, "axes")?.into_iter().map(|key| {
        let dataset = file.dataset(&dataset_name(&key))?;
        let log = text(&dataset, "scale")? == "log";
        Ok(SweepAxis { values: dataset.read_raw::<f64>()?, key, log })
    });
    let axes = axes.collect::<Result<Vec<_>>>()?;
    let names = texts(file, "observables")?;
    let columns = names.iter().map(|name| Column::read(file, &dataset_name(name))).collect::<Result<Vec<_>>>()?;
    let reasons = file.dataset("reason")?.read_raw::<VarLenUnicode>()?;
    let points: usize = axes.iter().map(|axis| axis.values.len()).product();
    if reasons.len() != points || columns.iter().any(|c| c.status.len() != points || c.values.len() != points) {
        return Err("its arrays do not have one element for every point".into());
    }
    let observables: Vec<SweepObservable> =
        names.into_iter().zip(&columns).map(|(name, c)| SweepObservable { name, word: c.errors.is_empty() }).collect();
    let rows = (0..points).map(|i| row(&columns, &observables, i, reasons[i].as_str())).collect::<Result<_>>()?;
    let shard = text(file, "shard")?;
    Ok(SweepRecord {
        stillpoint: text(file, "version")?,
        title: text(file, "title")?,
        axes,
        observables,
        rows,
        shard: (!shard.is_empty()).then_some(shard),
        checksum: text(file, "checksum")?,
        provenance: Provenance {
            scenario: text(file, "scenario")?,
            version: text(file, "version")?,
            revision: text(file, "revision")?,
            data: text(file, "data").ok(),
            seed: None,
        },
    })
}

/// The arrays of an observable; a word has no errors.
struct Column {
    values: Vec<f64>,
    errors: Vec<f64>,
    status: Vec<u8>,
}

impl Column {
    fn read(file: &File, name: &str) -> Result<Self> {
        let errors = format!("{name}_error");
        Ok(Self {
            values: file.dataset(name)?.read_raw()?,
            errors: if file.link_exists(&errors) { file.dataset(&errors)?.read_raw()? } else { Vec::new() },
            status: file.dataset(&format!("{name}_status"))?.read_raw()?,
        })
    }
}

fn row(columns: &[Column], observables: &[SweepObservable], i: usize, reason: &str) -> Result<SweepRow> {
    let mut cells = Vec::with_capacity(columns.len());
    for (column, observable) in columns.iter().zip(observables) {
        let value = column.values[i];
        let status = SweepStatus::ALL.iter().find(|(status, _)| *status as u8 == column.status[i]);
        let kind = if value == 1.0 { LawKind::PointMass } else { LawKind::Density };
        cells.push(match status.map(|(status, _)| *status) {
            Some(SweepStatus::Failed) => return Ok(SweepRow::Failed(reason.to_owned())),
            Some(SweepStatus::Elsewhere) => return Ok(SweepRow::Elsewhere),
            Some(SweepStatus::Number | SweepStatus::PointMass) if observable.word => SweepCell::Law(kind),
            Some(SweepStatus::Number) => {
                let error = column.errors.get(i).copied().ok_or_else(|| ::hdf5::Error::from("an error is missing"))?;
                SweepCell::Number { value, error }
            }
            Some(SweepStatus::PointMass) => SweepCell::AtPoint(value),
            Some(SweepStatus::Infinite) => SweepCell::Infinite,
            Some(SweepStatus::Absent) => SweepCell::Absent(own_reason(reason, &observable.name)),
            None => return Err("a status is none of those there are".into()),
        });
    }
    Ok(SweepRow::Found(cells))
}

/// What the joint reason of a point says of one observable: `a, b: why; c: why`.
fn own_reason(joint: &str, name: &str) -> String {
    for part in joint.split("; ") {
        if let Some((names, why)) = part.split_once(": ")
            && format!(", {names}, ").contains(&format!(", {name}, "))
        {
            return why.to_owned();
        }
    }
    joint.to_owned()
}

pub(super) fn text(location: &::hdf5::Location, name: &str) -> Result<String> {
    Ok(location.attr(name)?.read_scalar::<VarLenUnicode>()?.as_str().to_owned())
}

pub(super) fn texts(location: &::hdf5::Location, name: &str) -> Result<Vec<String>> {
    Ok(location.attr(name)?.read_raw::<VarLenUnicode>()?.iter().map(|t| t.as_str().to_owned()).collect())
}
