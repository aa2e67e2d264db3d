//! Random networks: grid and formula, two routes that share no code, agree within their stated errors.

use proptest::prelude::*;
use stillpoint::model::{Diagonal, Moments};
use stillpoint::study::{Problem, solve};

fn networks() -> impl Strategy<Value = Diagonal> {
    let moments =
        (-2.0..2.0f64, -1.0..1.0f64, -2.0..2.0f64, -2.0..2.0f64, -2.0..2.0f64).prop_map(|(a1, r, a3, b1, b2)| {
            let (alpha1, alpha3) = (10f64.powf(a1), 10f64.powf(a3));
            Moments::try_new(alpha1, r * 0.999 * (alpha1 * alpha3).sqrt(), alpha3, 10f64.powf(b1), b2)
                .expect("valid moments")
        });
    let depth = prop_oneof![Just(0u32), Just(1), 2u32..6, 6u32..40];
    (moments, depth, 1u32..50, -3.0..1.0f64, prop_oneof![Just(0.0), 0.0..0.5f64]).prop_map(
        |(moments, depth, width, log_t, weight_decay)| Diagonal {
            depth,
            width,
            temperature: 10f64.powf(log_t),
            weight_decay,
            modified_loss: false,
            moments,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn grid_and_formula_agree(model in networks()) {
        prop_assume!(model.moments.beta2() != 0.0);
        let problem = Problem {
            title: String::new(),
            model,
            branch: model.natural_branch(),
            tolerance: 1e-10,
            points: vec![],
            quantiles: vec![0.001, 0.5, 0.999],
            moments: vec![1.0, 0.5],
        };
        let solution = solve(&problem).expect("a law");
        let comparison = solution.comparison.expect("a formula");
        let bad: Vec<String> = comparison.rows.iter().filter(|r| !r.agree).map(|r| format!("{}: {:?} {:?}", r.quantity, r.grid, r.formula)).collect();
        prop_assert!(comparison.agree, "{:?} {} {:?} {:?} {bad:?} {:?}", solution.law, comparison.formula, comparison.max_log_density_difference, comparison.max_log_density_error, solution.solver);
        // Near a divergence the numbers are as ill conditioned as they are; the bars say so.
        prop_assert!(solution.solver.reached <= 1e-5, "{:?}", solution.solver);
    }
}
