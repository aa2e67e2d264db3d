//! Named dimensions as netCDF-4 and h5py have them: one-dimensional datasets that are scales, and references to them
//! from every array that lies along them.

use super::node::attribute_text;
use ::hdf5::types::{FixedAscii, VarLenArray};
use ::hdf5::{Dataset, Group, ObjectReference1, Result};

/// What marks a dataset as a scale.
const CLASS: &str = "DIMENSION_SCALE";

/// Makes a dataset the scale number `id` of its file.
pub(super) fn make_scale(dataset: &Dataset, name: &str, id: i32) -> Result<()> {
    let class = FixedAscii::<16>::from_ascii(CLASS).map_err(|e| ::hdf5::Error::from(e.to_string()))?;
    dataset.new_attr::<FixedAscii<16>>().create("CLASS")?.write_scalar(&class)?;
    attribute_text(dataset, "NAME", name)?;
    dataset.new_attr::<i32>().create("_Netcdf4Dimid")?.write_scalar(&id)
}

/// Says that the axes of a dataset lie along these scales of its group.
pub(super) fn attach(group: &Group, dataset: &Dataset, scales: &[&str]) -> Result<()> {
    let references = scales
        .iter()
        .map(|name| Ok(VarLenArray::from_slice(&[group.reference::<ObjectReference1>(name)?])))
        .collect::<Result<Vec<_>>>()?;
    dataset.new_attr_builder().with_data(references.as_slice()).create("DIMENSION_LIST").map(drop)
}
