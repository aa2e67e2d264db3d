//! A group of an HDF5 file, with the few kinds of attributes and datasets that are written here.

use super::{Quantity, error, value};
use ::hdf5::types::VarLenUnicode;
use ::hdf5::{Group, Result};
use ndarray::{Array2, ArrayViewD};
use std::str::FromStr as _;

/// Elements per chunk of a compressed dataset.
const CHUNK: usize = 16 * 1024;
/// Deflate level: beyond 4 these arrays hardly shrink.
const DEFLATE: u8 = 4;

/// A group (or the file itself).
pub(in crate::output) struct Node {
    group: Group,
}

impl Node {
    pub(in crate::output) fn new(group: &Group) -> Self {
        Self { group: group.clone() }
    }

    pub(in crate::output) fn group(&self, name: &str, description: &str) -> Result<Self> {
        let node = Self { group: self.group.create_group(name)? };
        node.text("description", description)?;
        Ok(node)
    }

    pub(in crate::output) fn text(&self, name: &str, text: &str) -> Result<()> {
        attribute_text(&self.group, name, text)
    }

    /// The group itself, for arrays of other shapes.
    pub(super) fn inner(&self) -> &Group {
        &self.group
    }

    pub(super) fn texts<'a>(&self, name: &str, texts: impl Iterator<Item = &'a str>) -> Result<()> {
        let texts = texts.map(text).collect::<Result<Vec<_>>>()?;
        self.group.new_attr_builder().with_data(texts.as_slice()).create(name).map(drop)
    }

    pub(in crate::output) fn number(&self, name: &str, x: f64) -> Result<()> {
        self.group.new_attr::<f64>().create(name)?.write_scalar(&x)
    }

    pub(in crate::output) fn numbers(&self, name: &str, xs: &[f64]) -> Result<()> {
        self.group.new_attr_builder().with_data(xs).create(name).map(drop)
    }

    pub(in crate::output) fn integer(&self, name: &str, n: u64) -> Result<()> {
        self.group.new_attr::<u64>().create(name)?.write_scalar(&n)
    }

    pub(in crate::output) fn flag(&self, name: &str, yes: bool) -> Result<()> {
        self.group.new_attr::<bool>().create(name)?.write_scalar(&yes)
    }

    /// `name` and `name_error` of what exists; nothing of what does not.
    pub(super) fn known(&self, name: &str, q: &Quantity) -> Result<()> {
        match q {
            Quantity::Absent => Ok(()),
            _ => self.quantity(name, q),
        }
    }

    /// `name` and `name_error`.
    pub(in crate::output) fn quantity(&self, name: &str, q: &Quantity) -> Result<()> {
        self.number(name, value(q))?;
        self.number(&format!("{name}_error"), error(q))
    }

    /// A dataset of doubles, compressed unless it is empty.
    pub(in crate::output) fn array(&self, name: &str, xs: &[f64], units: &str, description: &str) -> Result<()> {
        let builder = self.group.new_dataset_builder();
        let dataset = if xs.is_empty() {
            builder.with_data(xs).create(name)?
        } else {
            builder.chunk(xs.len().min(CHUNK)).shuffle().deflate(DEFLATE).with_data(xs).create(name)?
        };
        attribute_text(&dataset, "units", units)?;
        attribute_text(&dataset, "description", description)
    }

    /// A two-dimensional dataset of doubles, compressed unless it is empty.
    pub(in crate::output) fn matrix(&self, name: &str, xs: &Array2<f64>, units: &str, description: &str) -> Result<()> {
        let builder = self.group.new_dataset_builder();
        let dataset = if xs.is_empty() {
            builder.with_data(xs).create(name)?
        } else {
            builder.chunk(xs.dim()).shuffle().deflate(DEFLATE).with_data(xs).create(name)?
        };
        attribute_text(&dataset, "units", units)?;
        attribute_text(&dataset, "description", description)
    }

    /// A dataset of doubles with one dimension per name, compressed unless it is empty.
    pub(super) fn block(
        &self,
        name: &str,
        xs: &[f64],
        dimensions: &[(&str, usize)],
        units: &str,
        description: &str,
    ) -> Result<()> {
        let shape: Vec<usize> = dimensions.iter().map(|(_, n)| *n).collect();
        let view = ArrayViewD::from_shape(shape.clone(), xs).map_err(|e| ::hdf5::Error::from(e.to_string()))?;
        let builder = self.group.new_dataset_builder();
        let dataset = if xs.is_empty() {
            builder.with_data(view).create(name)?
        } else {
            let side = (CHUNK as f64).powf(1.0 / shape.len() as f64).ceil() as usize;
            let chunk: Vec<usize> = shape.iter().map(|&n| n.min(side)).collect();
            builder.chunk(chunk).shuffle().deflate(DEFLATE).with_data(view).create(name)?
        };
        attribute_text(&dataset, "units", units)?;
        attribute_text(&dataset, "description", description)?;
        let names: Vec<&str> = dimensions.iter().map(|(name, _)| *name).collect();
        attribute_text(&dataset, "dimensions", &names.join(" "))
    }

    /// A dataset of one number per row of a table.
    pub(in crate::output) fn column<R>(
        &self,
        name: &str,
        rows: &[R],
        units: &str,
        description: &str,
        cell: impl Fn(&R) -> f64,
    ) -> Result<()> {
        let xs: Vec<f64> = rows.iter().map(cell).collect();
        self.array(name, &xs, units, description)
    }

    /// A dataset of UTF-8 strings.
    pub(in crate::output) fn strings<'a>(
        &self,
        name: &str,
        texts: impl Iterator<Item = &'a str>,
        description: &str,
    ) -> Result<()> {
        let texts = texts.map(text).collect::<Result<Vec<_>>>()?;
        let dataset = self.group.new_dataset_builder().with_data(texts.as_slice()).create(name)?;
        attribute_text(&dataset, "description", description)
    }
}

pub(super) fn attribute_text(location: &::hdf5::Location, name: &str, content: &str) -> Result<()> {
    location.new_attr::<VarLenUnicode>().create(name)?.write_scalar(&text(content)?)
}

/// HDF5 strings end at the first NUL, so a NUL is written as the replacement character.
pub(super) fn text(content: &str) -> Result<VarLenUnicode> {
    VarLenUnicode::from_str(&content.replace('\0', "\u{fffd}")).map_err(|e| ::hdf5::Error::from(e.to_string()))
}
