//! Samples against exact moments and against digits of the stationary density.

use stillpoint::model::{Branch, Diagonal, Moments};
use stillpoint::process::AnyProcess;
use stillpoint::record::Sampling;
use stillpoint::sgd::{Config, FieldReport, SgdError, Source, gradient_flow, process_chains, sgd};

const QUANTILES: [f64; 7] = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99];

fn model(depth: u32, temperature: f64, moments: Moments) -> Diagonal {
    Diagonal { depth, width: 1, temperature, weight_decay: 0.0, modified_loss: false, moments }
}

fn clear_set() -> Moments {
    Moments::try_new(2.0, 2.0, 3.0, 1.0, 1.0).unwrap()
}

/// Every quantile within `errors` standard errors plus the relative allowance of the exact one.
fn assert_quantiles(sampling: &Sampling, exact: &[f64], errors: f64, allowance: f64) {
    for (row, exact) in sampling.quantiles.iter().zip(exact) {
        let found = row.value.finite().unwrap();
        let allowed = errors * found.error() + allowance * exact.abs();
        assert!((found.value - exact).abs() < allowed, "quantile {}: {found:?}, exactly {exact}", row.q);
    }
}

/// v' = (1 - 2 eta d m1) v + 2 eta d m2 has E v = beta2 / beta1 and a variance that can be written down.
#[test]
fn without_hidden_layers_sgd_is_an_autoregression_with_exact_moments() {
    let (a, w, noise) = (1.0, 1.0, 1.0);
    let moments = Moments::gaussian(a, w, noise).unwrap();
    for (eta, size, width) in [(0.05, 1_u32, 1), (0.1, 4, 1), (0.02, 1, 3)] {
        let network = Diagonal { width, ..model(0, eta / f64::from(size), moments) };
        let config = Config { learning_rate: eta, batch_size: u64::from(size), chains: 64, steps: 60_000, seed: 11 };
        let source = Source::Gaussian { variance: a, slope: w, noise };
        let found = sgd(&network, &source, Branch::Positive, &config, &[0.5], &|_| ()).unwrap();
        let c = 2.0 * eta * f64::from(width);
        let s = f64::from(size);
        let [m11, m12, m22] = [
            moments.alpha1() / s + moments.beta1().powi(2),
            moments.alpha2() / s + moments.beta1() * moments.beta2(),
            moments.alpha3() / s + moments.beta2().powi(2),
        ];
        let mean = moments.beta2() / moments.beta1();
        let square = (c * c * m22 + 2.0 * (c * moments.beta2() - c * c * m12) * mean)
            / (1.0 - (1.0 - 2.0 * c * moments.beta1() + c * c * m11));
        let (m, v) = (found.mean.finite().unwrap(), found.variance.finite().unwrap());
        assert!((m.value - mean).abs() < 4.0 * m.error(), "mean {m:?}, exactly {mean}");
        let variance = square - mean * mean;
        assert!((v.value - variance).abs() < 4.0 * v.error(), "variance {v:?}, exactly {variance}");
        assert!(v.error() < 0.03 * variance, "{v:?}");
        assert!(found.warnings.is_empty(), "{:?}", found.warnings);
    }
}

/// Theory manual, Monte Carlo table, row D = 1, eta = T = 0.00125, T alpha3 = 0.3: alpha = (2, 2, 240),
/// beta = (1, 1). Exact quantiles by Simpson's rule on d ln p / dv of section 3 with 400 000 intervals in
/// ln v.
#[test]
fn one_hidden_layer_at_small_learning_rate_has_the_quantiles_of_the_law() {
    let exact = [
        0.012_651_151_86,
        0.051_745_440_33,
        0.234_783_177_45,
        0.515_897_398_87,
        0.969_492_787_81,
        1.981_648_523_83,
        2.982_842_350_48,
    ];
    let noise = 238f64.sqrt();
    let network = model(1, 0.00125, Moments::gaussian(1.0, 1.0, noise).unwrap());
    let source = Source::Gaussian { variance: 1.0, slope: 1.0, noise };
    let config = Config { learning_rate: 0.00125, batch_size: 1, chains: 64, steps: 300_000, seed: 5 };
    let found = sgd(&network, &source, Branch::Positive, &config, &QUANTILES, &|_| ()).unwrap();
    assert_quantiles(&found, &exact, 3.0, 0.005);
    assert_eq!((found.diverged, found.died, found.crossed), (0, 0, 0));
    assert_eq!(found.noise_amplification, 1.0);

    // The same law at the same learning rate from the flow.
    let flow = gradient_flow(&network, Branch::Positive, &config, &QUANTILES, &|_| ()).unwrap();
    assert_quantiles(&flow, &exact, 3.0, 0.001);
}

/// alpha = (2, 2, 3), beta = (1, 1), T = 0.1: quantiles as above, for D = 0, 1, 2, 3.
const CLEAR: [(u32, [f64; 7]); 4] = [
    (0, [0.092_789_741, 0.439_052_152, 0.792_858_781, 1.0, 1.207_141_219, 1.560_947_848, 1.907_210_259]),
    (1, [0.051_738_592, 0.182_756_984, 0.532_545_175, 0.806_111_008, 1.085_605_096, 1.608_407_276, 2.289_739_660]),
    (2, [0.060_009_731, 0.132_131_808, 0.378_077_633, 0.652_263_580, 0.959_282_567, 1.502_805_612, 2.170_460_942]),
    (3, [0.055_647_724, 0.105_803_778, 0.284_608_665, 0.532_184_949, 0.851_702_105, 1.402_852_937, 2.030_262_853]),
];

#[test]
fn the_flow_has_the_quantiles_of_the_law_at_every_depth() {
    for (depth, exact) in &CLEAR {
        let network = model(*depth, 0.1, clear_set());
        let dt = if *depth < 2 { 0.005 } else { 0.001 };
        let config = Config { learning_rate: dt, batch_size: 1, chains: 64, steps: (200.0 / dt) as u64, seed: 2 };
        let found = gradient_flow(&network, Branch::Positive, &config, &QUANTILES, &|_| ()).unwrap();
        // For D >= 2 the last quantile lies in the boundary layer of v = infinity at this step.
        assert_quantiles(&found, if *depth < 2 { exact } else { &exact[..6] }, 3.5, 0.004);
        assert_quantiles(&found, exact, 3.5, 0.04);
        // The mirror image has the same digits with the other sign.
        let mirrored = network.mirrored();
        let reflected = gradient_flow(&mirrored, Branch::Negative, &config, &[0.75], &|_| ()).unwrap();
        if *depth > 0 {
            let (a, b) = (reflected.quantiles[0].value.finite().unwrap(), found.quantiles[2].value.finite().unwrap());
            assert!((a.value + b.value).abs() < 1e-9, "{a:?} and {b:?}");
        }
    }
}

/// Errors at dt and dt/2, where they stand well clear of the sampling error: 4 for order 2.
#[test]
fn the_flow_has_weak_order_two() {
    let run = |depth, dt| {
        let config = Config { learning_rate: dt, batch_size: 1, chains: 256, steps: 60_000, seed: 6 };
        gradient_flow(&model(depth, 0.1, clear_set()), Branch::Positive, &config, &[0.5], &|_| ()).unwrap()
    };
    // D = 0: Var v = T G(1) / (beta1 - T alpha1) = 0.125 (theory manual, section 5).
    let [coarse, fine] = [0.4, 0.2].map(|dt| run(0, dt).variance.finite().unwrap().value - 0.125);
    assert!((2.8..6.5).contains(&(coarse / fine)), "{coarse} and {fine}");
    let median = CLEAR[1].1[3];
    let [coarse, fine] = [0.08, 0.04].map(|dt| run(1, dt).quantiles[0].value.finite().unwrap().value - median);
    assert!((2.5..7.0).contains(&(coarse / fine)), "{coarse} and {fine}");
}

/// Theory manual, section 1: at T given and eta -> 0, amplified minibatch noise makes the same flow.
#[test]
fn amplified_noise_keeps_the_temperature() {
    let network = model(1, 0.1, clear_set());
    let config = Config { learning_rate: 0.001, batch_size: 1, chains: 64, steps: 300_000, seed: 9 };
    let source = Source::Moments(clear_set());
    let found = sgd(&network, &source, Branch::Positive, &config, &QUANTILES, &|_| ()).unwrap();
    assert_eq!(found.noise_amplification, 10.0);
    assert!(found.warnings.iter().any(|w| w.contains("multiplied by 10")), "{:?}", found.warnings);
    assert_quantiles(&found, &CLEAR[1].1, 3.5, 0.01);
}

#[test]
fn a_process_in_its_chart_has_the_same_law() {
    let network = model(0, 0.1, clear_set());
    let piece = &network.pieces(Branch::Positive)[0];
    let start = piece.coordinate.to_chart(1.0).unwrap();
    let process = AnyProcess::One(Box::new(piece.process.clone()));
    let config = Config { learning_rate: 0.005, batch_size: 1, chains: 64, steps: 10_000, seed: 4 };
    let report = FieldReport { variables: &["v".to_owned()], quantiles: &QUANTILES, expressions: &[] };
    let found = process_chains(&process, &[vec![start]], &config, report, &|_| ()).unwrap();
    for (row, exact) in found.quantiles[0].iter().zip(&CLEAR[0].1) {
        let found = row.value.finite().unwrap();
        assert!((found.value - exact).abs() < 3.5 * found.error() + 0.01 * exact.abs(), "{}: {found:?}", row.q);
    }
}

#[test]
fn the_same_seed_gives_the_same_digits_on_any_number_of_threads() {
    let network = model(1, 0.1, clear_set());
    let config = Config { learning_rate: 0.005, batch_size: 1, chains: 50, steps: 5000, seed: 1 };
    let source = Source::Moments(clear_set());
    let digits = |threads: usize, seed: u64| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let config = Config { seed, ..config };
            let a = sgd(&network, &source, Branch::Positive, &config, &QUANTILES, &|_| ()).unwrap();
            let b = gradient_flow(&network, Branch::Positive, &config, &QUANTILES, &|_| ()).unwrap();
            [a, b].map(|s| (format!("{:?}", (s.mean, s.variance, s.quantiles, s.histogram)), s.burn_in))
        })
    };
    assert_eq!(digits(1, 1), digits(2, 1));
    assert_ne!(digits(1, 1), digits(1, 2));
}

#[test]
fn chains_that_cross_die_or_diverge_are_counted() {
    // Theory manual, Monte Carlo table: D = 2, eta = T = 0.02, T alpha3 = 0.5: nine in ten end at v <= 0.
    let noise = 23f64.sqrt();
    let network = model(2, 0.02, Moments::gaussian(1.0, 1.0, noise).unwrap());
    let source = Source::Gaussian { variance: 1.0, slope: 1.0, noise };
    let config = Config { learning_rate: 0.02, batch_size: 1, chains: 64, steps: 20_000, seed: 1 };
    let found = sgd(&network, &source, Branch::Positive, &config, &QUANTILES, &|_| ()).unwrap();
    assert!(found.crossed > 32, "{found:?}");
    assert!(found.warnings.iter().any(|w| w.contains("other side")), "{:?}", found.warnings);

    // A learning rate beyond stability, 2 eta s beta1 > 2, loses every chain and says so.
    let config = Config { learning_rate: 5.0, batch_size: 5, steps: 1000, ..config };
    let network = model(1, 1.0, Moments::gaussian(1.0, 1.0, 1.0).unwrap());
    let source = Source::Gaussian { variance: 1.0, slope: 1.0, noise: 1.0 };
    let found = sgd(&network, &source, Branch::Positive, &config, &QUANTILES, &|_| ()).unwrap();
    assert_eq!(found.diverged, 64);
    assert!(found.mean.finite().is_none() && found.quantiles.iter().all(|q| q.value.finite().is_none()));

    // The wrong branch at exact balance decays to 0: ln |v| falls at 4 (beta2 + T alpha3) per unit of time.
    let network = model(1, 0.01, Moments::gaussian(1.0, 1.0, 1.0).unwrap());
    let config = Config { learning_rate: 0.01, batch_size: 1, chains: 32, steps: 8000, seed: 1 };
    let found = sgd(&network, &source, Branch::Negative, &config, &QUANTILES, &|_| ()).unwrap();
    assert_eq!((found.died, found.crossed, found.diverged), (32, 0, 0));
}

#[test]
fn settings_out_of_range_are_named() {
    let network = model(1, 0.1, clear_set());
    let good = Config { learning_rate: 0.005, batch_size: 1, chains: 50, steps: 5000, seed: 1 };
    let cases = [
        (Config { learning_rate: f64::NAN, ..good }, "learning_rate"),
        (Config { learning_rate: -0.1, ..good }, "learning_rate"),
        (Config { batch_size: 0, ..good }, "batch_size"),
        (Config { chains: 1, ..good }, "chains"),
        (Config { steps: 10, ..good }, "steps"),
    ];
    for (config, name) in cases {
        let found = gradient_flow(&network, Branch::Positive, &config, &[0.5], &|_| ());
        assert!(matches!(found, Err(SgdError::Config { key, .. }) if key == name), "{found:?}");
    }
    let found = gradient_flow(&network, Branch::Positive, &good, &[1.0], &|_| ());
    assert!(matches!(found, Err(SgdError::Config { key: "quantiles", .. })));
    let wide = Diagonal { width: 1_000_000_000, ..network };
    let found = sgd(&wide, &Source::Moments(clear_set()), Branch::Positive, &good, &[0.5], &|_| ());
    assert!(matches!(found, Err(SgdError::TooLarge { .. })));
}

#[test]
fn progress_adds_up_to_all_steps() {
    let network = model(1, 0.1, clear_set());
    let config = Config { learning_rate: 0.005, batch_size: 1, chains: 20, steps: 1234, seed: 1 };
    let total = std::sync::atomic::AtomicU64::new(0);
    let count = |steps| {
        total.fetch_add(steps, std::sync::atomic::Ordering::Relaxed);
    };
    gradient_flow(&network, Branch::Positive, &config, &[0.5], &count).unwrap();
    assert_eq!(total.into_inner(), 20 * 1234);
}
