//! No record, however broken, makes an output panic, hang or write an invalid file.

use super::{pictures, sample};
use proptest::prelude::*;
use std::sync::LazyLock;
use stillpoint::estimate::{Estimate, Quantity};
use stillpoint::output::{csv, json, number, plot, table};
use stillpoint::record::{Curve, Sampling, Solution};

static DENSITY: LazyLock<Solution> = LazyLock::new(|| sample::solution(&sample::one_layer(0.1)));
static POINT: LazyLock<Solution> = LazyLock::new(sample::collapsed);
static SAMPLING: LazyLock<Sampling> = LazyLock::new(|| sample::sampling(&DENSITY, "sgd"));

/// Doubles of every kind, ordinary ones most often.
fn any_number() -> impl Strategy<Value = f64> {
    let special = prop::sample::select(vec![
        0.0,
        -0.0,
        1.0,
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::MAX,
        f64::MIN_POSITIVE,
        5e-324,
        1e-300,
        -1e300,
    ]);
    prop_oneof![3 => -10.0..10.0f64, 1 => special, 1 => any::<f64>()]
}

fn any_quantity() -> impl Strategy<Value = Quantity> {
    prop_oneof![
        4 => (any_number(), any_number()).prop_map(|(v, e)| Quantity::Finite(Estimate::computed(v, e, 0.0))),
        1 => Just(Quantity::Infinite),
        1 => Just(Quantity::Absent),
    ]
}

fn any_curve() -> impl Strategy<Value = Curve> {
    prop::collection::vec((any_number(), any_number(), any_number(), any_number(), any_number()), 0..12).prop_map(
        |mut rows| {
            rows.sort_by(|a, b| a.1.total_cmp(&b.1));
            Curve {
                z: rows.iter().map(|r| r.0).collect(),
                v: rows.iter().map(|r| r.1).collect(),
                log_density: rows.iter().map(|r| r.2).collect(),
                log_density_error: rows.iter().map(|r| r.3.abs()).collect(),
                cdf: rows.iter().map(|r| r.4).collect(),
                sf: rows.iter().map(|r| 1.0 - r.4).collect(),
                formula_log_density: rows.iter().map(|r| r.3).collect(),
                ..Curve::default()
            }
        },
    )
}

fn any_solution() -> impl Strategy<Value = Solution> {
    let ends = (prop::option::of(any_number()), prop::option::of(any_number()));
    let quantities = prop::collection::vec(any_quantity(), 5);
    (any_curve(), ends, quantities, ".*", any_number(), any::<bool>()).prop_map(|(curve, ends, q, text, x, flag)| {
        let mut law = if flag { POINT.clone() } else { DENSITY.clone() };
        (law.curve, law.support, law.title) = (curve, [ends.0, ends.1], text.clone());
        (law.mean, law.variance, law.tail_exponent, law.mode.at) = (q[0], q[1], q[2], q[3]);
        for row in &mut law.quantiles {
            (row.value, row.log_abs, row.log_abs_error) = (q[4], x, x);
        }
        (law.point, law.reason, law.mode.diverges) = (Some(x), Some(text), flag);
        law.mode.interior = vec![x];
        law
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn any_record_has_its_outputs(law in any_solution()) {
        pictures::parse(&plot::svg(&law, &[&SAMPLING]));
        let text = table::solution(&law, false);
        prop_assert!(text.chars().all(|c| !c.is_control() || c == '\n'));
        let json: serde_json::Value = serde_json::from_str(&json::to_string(&law).unwrap()).unwrap();
        prop_assert!(json.is_object());
        prop_assert!(csv::text(&law).lines().filter(|l| !l.starts_with('#')).count() == law.curve.v.len() + 1);
    }

    #[test]
    fn any_number_can_be_shown(value in any_number(), error in any_number()) {
        prop_assert!(number::with_error(value, error).len() < 60);
        prop_assert!(number::power_of_e(value, value, error).len() < 60);
        prop_assert!(number::significant(value, 3).len() < 20);
    }
}
