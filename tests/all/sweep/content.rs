//! What is in the results.

use super::{asked, files, run, swept};
use stillpoint::output::hdf5::read_sweep;
use stillpoint::record::{LawKind, SweepCell, SweepRow, SweepStatus};

/// Var\[v\] by 20-digit quadrature, for alpha = (2, 2, 3), beta = (1, 1), at D = 0, 1, 2, 3, 5 (theory manual, section 9);
/// infinite is 1 / 0, a point mass at 0 is 0.
const INVERSION: &[(f64, [f64; 5])] = &[
    (0.001, [1.00200401e-03, 2.00602024e-03, 3.01004872e-03, 4.01409870e-03, 6.02230463e-03]),
    (0.01, [1.02040816e-02, 2.06230076e-02, 3.10777624e-02, 4.15824552e-02, 6.15369304e-02]),
    (0.02, [2.08333333e-02, 4.26279533e-02, 6.45911158e-02, 8.38994418e-02, 1.09958669e-01]),
    (0.05, [5.55555556e-02, 1.19801795e-01, 1.54699259e-01, 1.65881712e-01, 1.68174503e-01]),
    (0.08, [9.52380952e-02, 2.02556990e-01, 2.08587850e-01, 1.98563140e-01, 1.74798174e-01]),
    (0.1, [1.25000000e-01, 2.51272947e-01, 2.29326208e-01, 2.05981098e-01, 1.68383224e-01]),
    (0.15, [2.14285714e-01, 3.38611405e-01, 2.47319609e-01, 1.98565457e-01, 1.40535538e-01]),
    (0.2, [3.33333333e-01, 3.72096682e-01, 2.36234997e-01, 1.74987017e-01, 1.12165052e-01]),
    (0.25, [5.00000000e-01, 3.37009718e-01, 2.11681874e-01, 1.48406210e-01, 8.90285015e-02]),
    (0.3, [7.50000000e-01, 1.94206517e-01, 1.83036580e-01, 1.23984134e-01, 7.12270304e-02]),
    (0.33, [9.70588235e-01, 2.43300166e-02, 1.66085785e-01, 1.11070445e-01, 6.26675602e-02]),
    (0.4, [2.0, 0.0, 1.30528033e-01, 8.61575543e-02, 4.73554817e-02]),
    (0.6, [f64::INFINITY, 0.0, 6.53953270e-02, 4.45603653e-02, 2.42077158e-02]),
    (1.0, [f64::INFINITY, 0.0, 2.08135810e-02, 1.62339701e-02, 9.28702804e-03]),
    (2.0, [f64::INFINITY, 0.0, 3.34503265e-03, 3.43325693e-03, 2.24997773e-03]),
    (5.0, [f64::INFINITY, 0.0, 2.44071555e-04, 3.81733312e-04, 3.12487318e-04]),
    (10.0, [f64::INFINITY, 0.0, 3.17814195e-05, 6.94398604e-05, 6.78301601e-05]),
    (40.0, [f64::INFINITY, 0.0, 5.11728818e-07, 2.21477545e-06, 3.08433099e-06]),
];

#[test]
fn fluctuations_invert_as_they_should() {
    let temperatures: Vec<String> = INVERSION.iter().map(|(t, _)| format!("{t:?}")).collect();
    let folder = asked(&format!(
        "axes = [ {{ key = \"model.depth\", values = [0, 1, 2, 3, 5] }},
                  {{ key = \"model.temperature\", values = [{}] }} ]
         observables = [\"law\", \"variance\", \"tail_exponent\"]",
        temperatures.join(", ")
    ));
    let record = swept(folder.path(), &[], "law.h5");
    assert_eq!(files(folder.path()), ["law.h5", "law.toml"]);
    assert_eq!(record.rows.len(), 5 * INVERSION.len());
    for (i, row) in record.rows.iter().enumerate() {
        let (d, t) = (i / INVERSION.len(), i % INVERSION.len());
        let truth = INVERSION[t].1[d];
        assert_eq!(record.at(i), [[0.0, 1.0, 2.0, 3.0, 5.0][d], INVERSION[t].0]);
        let (value, error, status) = row.cell(1);
        let collapsed = d == 1 && INVERSION[t].0 > 1.0 / 3.0;
        match status {
            SweepStatus::Infinite => assert_eq!(truth, f64::INFINITY),
            SweepStatus::PointMass => {
                assert!(collapsed && value == 0.0 && error == 0.0);
                // The tail of a point mass does not exist, and the row says why.
                assert_eq!(row.cell(2).2, SweepStatus::Absent);
                assert!(row.reason(&record.observables).contains("tail_exponent: all mass is at v = 0"));
            }
            SweepStatus::Number => {
                // The table has nine digits.
                assert!((value / truth - 1.0).abs() < 6e-9, "D {d} T {}: {value}", INVERSION[t].0);
                assert!(error < 1e-8 * value, "{error}");
            }
            other => panic!("{other:?}"),
        }
        let SweepRow::Found(cells) = row else { panic!("{row:?}") };
        let kind = if collapsed { LawKind::PointMass } else { LawKind::Density };
        assert_eq!(cells[0], SweepCell::Law(kind));
    }
}

#[test]
fn digits_do_not_depend_on_threads() {
    let question = "axes = [ { key = \"model.temperature\", from = 0.01, to = 0.5, count = 150, scale = \"log\" } ]
        observables = [\"mean\", \"variance\", \"mode\", \"quantile:0.05\", \"law\"]";
    let folder = asked(question);
    let one = swept(folder.path(), &["--threads", "1", "--out", "one.h5"], "one.h5");
    let three = swept(folder.path(), &["--threads", "3", "--out", "three.h5"], "three.h5");
    assert_eq!(one, three);
    assert_eq!(
        std::fs::read(folder.path().join("one.h5")).unwrap().len(),
        std::fs::read(folder.path().join("three.h5")).unwrap().len()
    );
}

#[test]
fn every_format_has_the_same_numbers() {
    let folder = asked(
        "axes = [ { key = \"model.temperature\", values = [0.1, 0.5] } ]
         observables = [\"mean\", \"law\", \"moment:4\"]",
    );
    let (code, out, err) = run(folder.path(), &["sweep", "law.toml", "--json", "--csv", "a.csv", "--plot", "a.svg"]);
    assert_eq!(code, 0, "{err}");
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    let first = &json["points"][0];
    assert_eq!(first["at"], serde_json::json!([0.1]));
    assert_eq!(first["law"], "density");
    // p ~ v^-3.5, so the fourth moment diverges.
    assert_eq!(first["moment:4"], serde_json::json!({ "value": null, "status": "infinite" }));
    assert_eq!(json["points"][1]["mean"], serde_json::json!({ "value": 0.0, "error": 0.0, "status": "point_mass" }));
    let mean = first["mean"]["value"].as_f64().unwrap();
    assert!((mean - 0.844_936_470_934_627).abs() < 1e-10);
    let record = read_sweep(&folder.path().join("law.h5")).unwrap();
    assert_eq!(record.rows[0].cell(0).0, mean);
    let csv = std::fs::read_to_string(folder.path().join("a.csv")).unwrap();
    let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(csv.as_bytes());
    let names: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    assert_eq!(names[..5], ["model.temperature", "mean", "mean_error", "mean_status", "law"]);
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows[0][1].parse::<f64>().unwrap(), mean);
    assert_eq!((&rows[1][3], &rows[1][4]), ("point_mass", "point_mass"));
    assert!(rows[0][8].contains("diverges"), "{:?}", rows[0]);
}

#[test]
fn points_are_inserted_where_something_happens() {
    // The mode jumps to 0 at T_c / 3 = 1/9, all else is smooth.
    let folder = asked(
        "axes = [ { key = \"model.temperature\", from = 0.02, to = 0.3, count = 8, scale = \"log\" } ]
         observables = [\"mode\"]
         refine = 24",
    );
    let one = swept(folder.path(), &["--threads", "1", "--out", "one.h5"], "one.h5");
    let two = swept(folder.path(), &["--threads", "2", "--out", "two.h5"], "two.h5");
    assert_eq!(one, two);
    let at = &one.axes[0].values;
    assert_eq!((at.len(), one.rows.len()), (32, 32));
    assert!(at.is_sorted() && at[0] == 0.02 && at[31] == 0.3);
    let jump = at.windows(2).find(|pair| pair[0] <= 1.0 / 9.0 && pair[1] > 1.0 / 9.0).unwrap();
    assert!(jump[1] / jump[0] < 1.0 + 1e-6, "{jump:?}");
}

#[test]
fn points_are_inserted_beside_a_jump_that_is_found_to_the_last_digit() {
    // The law becomes a point mass at T_c = 1/3: no step is steeper, and after some fifty points nothing is left of it.
    let folder = asked(
        "axes = [ { key = \"model.temperature\", from = 0.02, to = 0.6, count = 8, scale = \"log\" } ]
         observables = [\"law\", \"variance\"]
         refine = 90",
    );
    let swept = swept(folder.path(), &["--out", "many.h5"], "many.h5");
    assert_eq!(swept.axes[0].values.len(), 98);
    assert!(swept.axes[0].values.is_sorted());
}

#[test]
fn pictures_of_one_and_two_axes_say_what_they_show() {
    for axes in [
        "[ { key = \"model.temperature\", from = 0.01, to = 0.5, count = 12, scale = \"log\" } ]",
        "[ { key = \"model.data.moments.beta2\", from = 0.5, to = 1.5, count = 4 },
           { key = \"model.temperature\", from = 0.01, to = 0.5, count = 5, scale = \"log\" } ]",
    ] {
        let folder = asked(&format!("axes = {axes}\nobservables = [\"variance\", \"law\", \"mode\"]"));
        let (code, _, err) = run(folder.path(), &["sweep", "law.toml", "--plot", "a.svg"]);
        assert_eq!(code, 0, "{err}");
        let svg = std::fs::read_to_string(folder.path().join("a.svg")).unwrap();
        for text in ["model.temperature", ">variance<", ">mode<"] {
            assert!(svg.contains(text), "no {text}");
        }
        assert!(!svg.contains(">law<") && !svg.contains("NaN"));
    }
}

/// What HDF5's dimension interface, and netCDF with it, asks of a scale: NUL-terminated ASCII of 16 bytes. Other padding is
/// passed over in silence, and the file opens without a dimension.
#[test]
fn scales_are_scales_to_the_library() {
    let folder = asked(
        "axes = [ { key = \"model.temperature\", values = [0.1, 0.2] } ]
         observables = [\"mean\"]",
    );
    swept(folder.path(), &[], "law.h5");
    let file = hdf5::File::open(folder.path().join("law.h5")).unwrap();
    let scale = file.dataset("model.temperature").unwrap();
    for (name, size) in [("CLASS", 16), ("NAME", "model.temperature".len() + 1)] {
        let datatype = scale.attr(name).unwrap().dtype().unwrap();
        // SAFETY: the datatype lives until the end of this turn; the library is locked meanwhile.
        let padding = hdf5::sync::sync(|| unsafe { hdf5_sys::h5t::H5Tget_strpad(datatype.id()) });
        assert!(matches!(padding, hdf5_sys::h5t::H5T_str_t::H5T_STR_NULLTERM), "{name}: {padding:?}");
        assert_eq!(datatype.size(), size);
    }
    let names: [hdf5::types::FixedAscii<16>; 1] = [scale.attr("CLASS").unwrap().read_scalar().unwrap()];
    assert_eq!(names[0].as_str(), "DIMENSION_SCALE");
    let along = file.dataset("mean").unwrap().attr("DIMENSION_LIST").unwrap();
    assert_eq!(along.shape(), [1]);
}
