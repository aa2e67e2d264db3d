//! HDF5 files, and what failure leaves behind.

use super::sample;
use ::hdf5::types::VarLenUnicode;
use std::path::Path;
use stillpoint::output::{OutputError, csv, hdf5 as output_hdf5, plot};

fn attribute(file: &::hdf5::File, name: &str) -> f64 {
    file.attr(name).unwrap().read_scalar().unwrap()
}

fn text(file: &::hdf5::File, name: &str) -> String {
    file.attr(name).unwrap().read_scalar::<VarLenUnicode>().unwrap().to_string()
}

fn array(file: &::hdf5::File, name: &str) -> Vec<f64> {
    file.dataset(name).unwrap().read_raw().unwrap()
}

#[test]
fn hdf5_holds_the_whole_result() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("law.h5");
    let law = sample::solution(&sample::one_layer(0.1));
    let (sgd, flow) = (sample::sampling(&law, "sgd"), sample::sampling(&law, "gradient flow"));
    output_hdf5::write(&path, &law, &[&sgd, &flow]).unwrap();

    let file = ::hdf5::File::open(&path).unwrap();
    assert_eq!(text(&file, "format"), "stillpoint-1d");
    assert_eq!(text(&file, "title"), law.title);
    assert_eq!(text(&file, "scenario"), law.provenance.scenario);
    assert_eq!(text(&file, "revision"), law.provenance.revision);
    assert_eq!(text(&file, "law"), "density");
    assert_eq!(file.attr("seed").unwrap().read_scalar::<u64>().unwrap(), 7);
    let mean = law.mean.finite().unwrap();
    assert_eq!(attribute(&file, "mean"), mean.value);
    assert_eq!(attribute(&file, "mean_error"), mean.error());
    assert_eq!(attribute(&file, "support_upper"), f64::INFINITY);
    assert_eq!(attribute(&file, "solver_tolerance"), 1e-10);

    assert_eq!(array(&file, "grid/z"), law.curve.z);
    assert_eq!(array(&file, "grid/v"), law.curve.v);
    assert_eq!(array(&file, "density/log_density"), law.curve.log_density);
    assert_eq!(array(&file, "density/log_density_error"), law.curve.log_density_error);
    assert_eq!(array(&file, "density/formula_log_density"), law.curve.formula_log_density);
    assert_eq!(array(&file, "distribution/cdf"), law.curve.cdf);
    assert_eq!(array(&file, "distribution/sf"), law.curve.sf);
    assert_eq!(array(&file, "moments/value")[1], f64::INFINITY);
    assert_eq!(array(&file, "quantiles/q").len(), law.quantiles.len());
    assert!(array(&file, "points/log_density")[1].is_nan());
    assert_eq!(array(&file, "samples/gradient_flow/histogram_density"), flow.histogram.density);
    assert_eq!(file.group("samples").unwrap().member_names().unwrap().len(), 2);
    let laws: Vec<VarLenUnicode> = file.dataset("invariant_laws/law").unwrap().read_raw().unwrap();
    assert_eq!(laws.iter().map(|l| l.as_str()).collect::<Vec<_>>(), ["density", "point_mass"]);

    let dataset = file.dataset("density/log_density").unwrap();
    assert!(dataset.is_chunked() && dataset.filters().len() == 2);
    let described: VarLenUnicode = dataset.attr("description").unwrap().read_scalar().unwrap();
    assert_eq!(described.as_str(), "ln p(v)");
}

#[test]
fn hdf5_of_a_point_mass_has_the_same_groups() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("point.h5");
    let mut law = sample::collapsed();
    law.title = "a NUL \0 and an ∞".to_owned();
    output_hdf5::write(&path, &law, &[]).unwrap();
    let file = ::hdf5::File::open(&path).unwrap();
    assert_eq!(text(&file, "law"), "point_mass");
    assert_eq!(text(&file, "title"), "a NUL \u{fffd} and an ∞");
    assert_eq!(attribute(&file, "point"), 0.0);
    assert!(attribute(&file, "tail_exponent").is_nan());
    assert!(array(&file, "grid/v").is_empty());
    assert!(text(&file, "reason").contains("drifts"));
    assert!(!file.link_exists("samples") && !file.link_exists("comparison"));
}

#[test]
fn failure_leaves_no_file_and_the_old_one_untouched() {
    let folder = tempfile::tempdir().unwrap();
    let law = sample::solution(&sample::one_layer(0.1));
    let nowhere = folder.path().join("missing").join("law");
    let failures: [(&str, Result<(), OutputError>); 4] = [
        ("h5", output_hdf5::write(&nowhere.with_extension("h5"), &law, &[])),
        ("csv", csv::write(&nowhere.with_extension("csv"), &law)),
        ("svg", plot::write(&nowhere.with_extension("svg"), &law, &[])),
        ("png", plot::write(&nowhere.with_extension("png"), &law, &[])),
    ];
    for (extension, failure) in failures {
        let message = failure.unwrap_err().to_string();
        assert!(message.contains(&format!("law.{extension}")) && message.contains("no folder"), "{message}");
    }
    assert!(!nowhere.parent().unwrap().exists());

    let old = folder.path().join("picture.jpeg");
    std::fs::write(&old, b"old").unwrap();
    let message = plot::write(&old, &law, &[]).unwrap_err().to_string();
    assert!(message.contains(".jpeg") && message.contains("`.svg`, `.png`"), "{message}");
    assert!(plot::check(Path::new("picture")).unwrap_err().to_string().contains("no extension"));
    assert_eq!(std::fs::read(&old).unwrap(), b"old");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}
