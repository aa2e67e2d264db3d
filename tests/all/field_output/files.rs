//! HDF5 files of laws of several variables.

use super::sample;
use ::hdf5::types::VarLenUnicode;
use stillpoint::output::hdf5 as output_hdf5;

fn array(file: &::hdf5::File, name: &str) -> Vec<f64> {
    file.dataset(name).unwrap_or_else(|e| panic!("{name}: {e}")).read_raw().unwrap()
}

fn text(file: &::hdf5::File, name: &str) -> String {
    file.attr(name).unwrap().read_scalar::<VarLenUnicode>().unwrap().to_string()
}

/// Every number of a group and of those below it: no NaN anywhere.
fn no_nan(group: &::hdf5::Group) -> usize {
    let mut count = 0;
    for name in group.attr_names().unwrap() {
        if let Ok(numbers) = group.attr(&name).unwrap().read_raw::<f64>() {
            assert!(numbers.iter().all(|x| !x.is_nan()), "{}/{name}", group.name());
            count += numbers.len();
        }
    }
    for dataset in group.datasets().unwrap() {
        if let Ok(numbers) = dataset.read_raw::<f64>() {
            assert!(numbers.iter().all(|x| !x.is_nan()), "{}", dataset.name());
            count += numbers.len();
        }
    }
    count + group.groups().unwrap().iter().map(no_nan).sum::<usize>()
}

#[test]
fn hdf5_holds_the_field_and_all_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("law.h5");
    let mut law = sample::features().solution();
    law.relaxation_time = stillpoint::estimate::Quantity::Absent;
    let run = sample::features().sampling();
    output_hdf5::write_field(&path, &law, &[&run, &run]).unwrap();
    let file = ::hdf5::File::open(&path).unwrap();
    assert_eq!((text(&file, "format"), text(&file, "scenario")), ("stillpoint-field".into(), law.provenance.scenario));
    assert_eq!(file.attr("seed").unwrap().read_scalar::<u64>().unwrap(), 7);
    assert_eq!(file.attr("spectral_gap").unwrap().read_scalar::<f64>().unwrap(), 0.75);
    assert!(file.attr("relaxation_time").is_err());
    assert_eq!(array(&file, "grid/axis_2"), law.field.axes[1]);
    assert_eq!(array(&file, "grid/variable_1"), law.field.variables[0]);
    assert_eq!(array(&file, "density/log_density"), law.field.log_density);
    assert_eq!(array(&file, "current/axis_1"), law.field.current[0]);
    let density = file.dataset("density/chart_log_density").unwrap();
    assert_eq!(density.shape(), [64, 64]);
    let dimensions: VarLenUnicode = density.attr("dimensions").unwrap().read_scalar().unwrap();
    assert_eq!(dimensions.as_str(), "axis_1 axis_2");
    assert_eq!(array(&file, "chart/covariance"), [1.3, 0.6, 0.6, 0.9]);
    assert_eq!(array(&file, "marginals/2/at"), law.marginals[1].at);
    assert_eq!(array(&file, "expressions/value")[1], f64::INFINITY);
    assert_eq!(array(&file, "points/log_density")[1], f64::NEG_INFINITY);
    assert_eq!(array(&file, "second/spectral"), [0.0, 1.4]);
    assert_eq!(array(&file, "second/agree"), [1.0, 0.0]);
    assert_eq!(file.dataset("wells/mode").unwrap().shape(), [1, 2]);
    assert_eq!(file.dataset("samples/sgd_2/cloud").unwrap().shape(), [500, 2]);
    assert!(no_nan(&file) > 64 * 64 * 6);
}

#[test]
fn one_and_three_variables_have_the_same_groups() {
    let folder = tempfile::tempdir().unwrap();
    for (shape, dimensions) in [(sample::line(), 1), (sample::space(), 3)] {
        let path = folder.path().join(format!("{dimensions}.h5"));
        let mut law = shape.solution();
        law.warnings.clear();
        law.wells.clear();
        law.points.clear();
        output_hdf5::write_field(&path, &law, &[]).unwrap();
        let file = ::hdf5::File::open(&path).unwrap();
        assert_eq!(file.dataset("density/log_density").unwrap().ndim(), dimensions);
        assert!(!file.link_exists("samples"));
        no_nan(&file);
    }
}
