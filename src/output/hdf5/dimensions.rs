//! Named dimensions as netCDF-4 and h5py have them: one-dimensional datasets that are scales, and references to them
//! from every array that lies along them.

use ::hdf5::types::{FixedAscii, FixedUnicode, TypeDescriptor, VarLenArray};
use ::hdf5::{Dataset, Datatype, Group, H5Type, ObjectReference1, Result};
use hdf5_sys::h5t::{H5T_str_t, H5Tset_strpad};
use std::str::FromStr as _;

/// What marks a dataset as a scale.
const CLASS: &str = "DIMENSION_SCALE";

/// Makes a dataset the scale number `id` of its file.
pub(super) fn make_scale(dataset: &Dataset, name: &str, id: i32) -> Result<()> {
    let failed = |e: &dyn std::error::Error| ::hdf5::Error::from(e.to_string());
    let class = FixedAscii::<16>::from_ascii(CLASS).map_err(|e| failed(&e))?;
    terminated(dataset, "CLASS", TypeDescriptor::FixedAscii(CLASS.len() + 1), &class)?;
    let name = &name[..name.floor_char_boundary(255)];
    let text = FixedUnicode::<256>::from_str(name).map_err(|e| failed(&e))?;
    terminated(dataset, "NAME", TypeDescriptor::FixedUnicode(name.len() + 1), &text)?;
    dataset.new_attr::<i32>().create("_Netcdf4Dimid")?.write_scalar(&id)
}

/// A text of fixed length that ends with a NUL: the HDF5 library, and with it netCDF, takes nothing else for a scale or its name.
fn terminated<T: H5Type>(dataset: &Dataset, name: &str, kind: TypeDescriptor, text: &T) -> Result<()> {
    let datatype = Datatype::from_descriptor(&kind)?;
    // The safe interface only makes strings that are filled up with NULs.
    // SAFETY: the id belongs to a datatype of strings that was made above, lives as long as `datatype`, and is in no file yet;
    // the library is locked meanwhile.
    let status = ::hdf5::sync::sync(|| unsafe { H5Tset_strpad(datatype.id(), H5T_str_t::H5T_STR_NULLTERM) });
    if status < 0 {
        return Err(format!("no NUL-terminated type for the attribute {name}").into());
    }
    dataset.new_attr_builder().empty_as(&datatype).create(name)?.write_scalar(text)
}

/// Says that the axes of a dataset lie along these scales of its group.
pub(super) fn attach(group: &Group, dataset: &Dataset, scales: &[&str]) -> Result<()> {
    let references = scales
        .iter()
        .map(|name| Ok(VarLenArray::from_slice(&[group.reference::<ObjectReference1>(name)?])))
        .collect::<Result<Vec<_>>>()?;
    dataset.new_attr_builder().with_data(references.as_slice()).create("DIMENSION_LIST").map(drop)
}
