//! Models of several features and of two layers out of balance: moments, equations, forces.

use proptest::prelude::*;
use stillpoint::model::{Diagonal, FeatureMoments, Features, Growth, ModelError, Moments, Unbalanced};
use stillpoint::process::{AnyProcess, Process, force_of};
use stillpoint::study::Problem;

fn two() -> FeatureMoments {
    FeatureMoments::gaussian(&[vec![1.0, 0.5], vec![0.5, 1.0]], &[1.0, 0.7], 0.5).expect("a teacher")
}

fn model(depth: u32, width: u32, decay: f64, signs: &[f64], moments: FeatureMoments) -> Features {
    Features { depth, width, temperature: 0.1, weight_decay: decay, signs: signs.to_vec(), moments }
        .validated()
        .expect("in range")
}

fn plane(process: AnyProcess) -> Box<dyn Process<2>> {
    match process {
        AnyProcess::Two(process) => process,
        other => panic!("{other:?} has no two variables"),
    }
}

#[test]
fn one_feature_is_the_diagonal_network() {
    for (depth, width, decay, sign) in
        [(1, 1, 0.0, 1.0), (1, 3, 0.2, -1.0), (2, 1, 0.0, 1.0), (2, 5, 0.1, 1.0), (7, 2, 0.3, -1.0)]
    {
        let weight = 0.8 * sign;
        let moments = FeatureMoments::gaussian(&[vec![1.3]], &[weight], 0.6).expect("a teacher");
        let features = model(depth, width, decay, &[sign], moments);
        let one = Moments::gaussian(1.3, weight, 0.6).expect("a teacher");
        let single = features.moments.single().expect("one feature");
        assert!(
            (single.alpha3() / one.alpha3() - 1.0).abs() < 1e-15
                && (single.centre() / one.centre() - 1.0).abs() < 1e-15
        );
        let diagonal =
            Diagonal { depth, width, temperature: 0.1, weight_decay: decay, modified_loss: false, moments: one };
        let piece = &diagonal.pieces(diagonal.natural_branch())[0];
        let AnyProcess::One(process) = features.process() else { panic!("one variable") };
        for step in -60..=30 {
            let v = sign * (0.5 * f64::from(step)).exp();
            let z = process.to_chart(&[v]).expect("on the branch");
            let zd = piece.process.to_chart(&[v]).expect("on the branch");
            let (ours, theirs) = (process.coefficients(&z), piece.process.coefficients(&zd));
            let close = |a: f64, b: f64, size: f64| (a - b).abs() <= 1e-13 * size;
            assert!(
                close(ours.drift[0], theirs.drift[0], ours.drift[0].abs() + ours.diffusion[0][0]),
                "{ours:?} {theirs:?}"
            );
            assert!(close(ours.diffusion[0][0], theirs.diffusion[0][0], ours.diffusion[0][0]));
            let size = ours.diffusion[0][0] * (1.0 + v.abs());
            assert!(close(ours.div_diffusion[0], theirs.div_diffusion[0], size), "{ours:?} {theirs:?}");
            let (ours, theirs) = (process.force(&z), piece.process.force(&zd));
            assert!(close(ours.value[0], theirs.value[0], theirs.magnitude[0]), "{ours:?} {theirs:?} at {v}");
            assert!(ours.magnitude[0] < 20.0 * theirs.magnitude[0] + 1.0);
        }
    }
}

/// E[(u.x - e) x_i (u.x - e) x_j] - ... by hand for x ~ N(0, A): fourth moments by Isserlis' theorem.
#[test]
fn gaussian_covariance_of_gradients_is_that_of_isserlis() {
    let a = [[1.0, 0.5, -0.2], [0.5, 2.0, 0.3], [-0.2, 0.3, 0.7]];
    let rows: Vec<Vec<f64>> = a.iter().map(|row| row.to_vec()).collect();
    let (w, noise) = ([1.0, -0.4, 0.3], 0.35);
    let m = FeatureMoments::gaussian(&rows, &w, noise).expect("a teacher");
    let v = [0.3, 1.1, -2.0];
    for i in 0..3 {
        let h: f64 = (0..3).map(|j| a[i][j] * (v[j] - w[j])).sum();
        assert!((m.h(&v)[i] - h).abs() < 1e-14);
        for j in 0..3 {
            let mut fourth = 0.0;
            let mut first = [0.0; 2];
            for k in 0..3 {
                let u = v[k] - w[k];
                first[0] += u * a[k][i];
                first[1] += u * a[k][j];
                for l in 0..3 {
                    // E[x_k x_i x_l x_j]
                    let pairs = a[k][i] * a[l][j] + a[k][l] * a[i][j] + a[k][j] * a[i][l];
                    fourth += u * (v[l] - w[l]) * pairs;
                }
            }
            let k = fourth - first[0] * first[1] + noise * noise * a[i][j];
            assert!((m.k(i, j, &v) - k).abs() < 1e-13, "K_{i}{j} = {} is not {k}", m.k(i, j, &v));
        }
    }
}

/// dz = b dt + ...: div B by finite differences of B, and B a = 2 b - div B.
fn consistent(process: &dyn Process<2>, z: [f64; 2]) {
    let c = process.coefficients(&z);
    let size = c.diffusion[0][0].abs().max(c.diffusion[1][1].abs());
    let mut div = [0.0; 2];
    for j in 0..2 {
        // Fourth order central differences.
        let step = 3e-4;
        for (offset, weight) in [(-2.0, 1.0), (-1.0, -8.0), (1.0, 8.0), (2.0, -1.0)] {
            let mut beside = z;
            beside[j] += offset * step;
            let b = process.coefficients(&beside).diffusion;
            div.iter_mut().zip(&b).for_each(|(d, row)| *d += weight * row[j] / (12.0 * step));
        }
    }
    for i in 0..2 {
        assert!((div[i] - c.div_diffusion[i]).abs() < 2e-8 * size, "{z:?}: {div:?} is not {:?}", c.div_diffusion);
    }
    let (ours, plain) = (process.force(&z), force_of(&c));
    for i in 0..2 {
        let size = plain.magnitude[i] + ours.magnitude[i];
        assert!((ours.value[i] - plain.value[i]).abs() <= 1e-11 * size, "{z:?}: {ours:?} is not {plain:?}");
    }
}

proptest! {
    #[test]
    fn feature_coefficients_belong_together(
        z in prop::array::uniform2(-3.0..2.0f64), depth in 1u32..6, width in 1u32..4,
        decay in 0.0..0.5f64, rho in -0.9..0.9f64, noise in 0.2..2.0f64, flip in any::<bool>(),
    ) {
        let moments = FeatureMoments::gaussian(&[vec![1.0, rho], vec![rho, 1.0]], &[1.0, 0.7], noise).expect("a teacher");
        let signs = if flip { [1.0, -1.0] } else { [1.0, 1.0] };
        let process = plane(model(depth, width, decay, &signs, moments).process());
        consistent(process.as_ref(), z);
    }

    #[test]
    fn unbalanced_coefficients_belong_together(
        p in -16.0..19.0f64, m in -16.0..19.0f64, temperature in 0.01..0.3f64, eps in -4.0..1.0f64,
        decay in 0.0..0.3f64, slope in prop::sample::select(vec![1.0, -0.6]),
    ) {
        let moments = Moments::gaussian(1.0, slope, 0.7).expect("a teacher");
        let model = Unbalanced { temperature, weight_decay: decay, isotropic_noise: 10f64.powf(eps), moments };
        let process = plane(model.validated().expect("in range").process());
        // Right at the corner of the law the force is kept finite.
        prop_assume!(f64::hypot(p, m) > 0.01);
        consistent(process.as_ref(), [p, m]);
        let v = process.to_physical(&[p, m]);
        let back = process.to_chart(&v).expect("on the plane");
        prop_assert!((back[0] - p).abs() < 1e-9 && (back[1] - m).abs() < 1e-9, "{back:?}");
        // The Jacobian by finite differences.
        let step = 1e-5;
        let by = |i: usize| {
            let (mut low, mut high) = ([p, m], [p, m]);
            low[i] -= step;
            high[i] += step;
            let (low, high) = (process.to_physical(&low), process.to_physical(&high));
            [(high[0] - low[0]) / (2.0 * step), (high[1] - low[1]) / (2.0 * step)]
        };
        let (a, b) = (by(0), by(1));
        let volume = (a[0] * b[1] - a[1] * b[0]).abs().ln();
        prop_assert!((volume - process.log_jacobian(&[p, m])).abs() < 1e-6);
    }
}

/// The equation in (u, w), dz = f(z + dz) - f(z) of one small step with the exact first two moments of the noise.
#[test]
fn unbalanced_drift_is_that_of_the_layers() {
    let moments = Moments::gaussian(1.0, 1.0, 1.0).expect("a teacher");
    let model = Unbalanced { temperature: 0.1, weight_decay: 0.05, isotropic_noise: 0.03, moments };
    let process = plane(model.process());
    for v in [[0.07, 0.016], [0.025, -0.025], [-0.015, 0.02]] {
        let z = process.to_chart(&v).expect("on the plane");
        let c = process.coefficients(&z);
        let [v, q] = process.to_physical(&z);
        let half = v.hypot(q);
        // u^2 = |v + iQ| + Q, w = v / u
        let u = (half + q).sqrt();
        let w = v / u;
        let to = |u: f64, w: f64| process.to_chart(&[u * w, 0.5 * (u * u - w * w)]).expect("on the plane");
        let (dt, t, eps) = (1e-6, model.temperature, model.isotropic_noise);
        let (h, g) = (moments.h(v), moments.g(v));
        let drift = [-2.0 * h * w - 2.0 * model.weight_decay * u, -2.0 * h * u - 2.0 * model.weight_decay * w];
        let rows = [
            [2.0 * (t * g).sqrt() * w, 2.0 * (t * g).sqrt() * u],
            [(2.0 * eps).sqrt(), 0.0],
            [0.0, (2.0 * eps).sqrt()],
        ];
        // Expectation over three independent signs: exact to second order in sqrt(dt).
        let mut mean = [0.0; 2];
        let mut square = [[0.0; 2]; 2];
        for signs in 0..8_u32 {
            let mut at = [u + drift[0] * dt, w + drift[1] * dt];
            for (bit, row) in rows.iter().enumerate() {
                let sign = if (signs >> bit) & 1 == 1 { dt.sqrt() } else { -dt.sqrt() };
                at[0] += sign * row[0];
                at[1] += sign * row[1];
            }
            let to = to(at[0], at[1]);
            for i in 0..2 {
                mean[i] += (to[i] - z[i]) / (8.0 * dt);
                for j in 0..2 {
                    square[i][j] += (to[i] - z[i]) * (to[j] - z[j]) / (8.0 * dt);
                }
            }
        }
        for i in 0..2 {
            assert!((mean[i] - c.drift[i]).abs() < 1e-3 * (1.0 + c.drift[i].abs()), "{mean:?} {:?}", c.drift);
            for j in 0..2 {
                let size = (c.diffusion[i][i] * c.diffusion[j][j]).sqrt();
                assert!((square[i][j] - c.diffusion[i][j]).abs() < 1e-3 * size, "{square:?} {:?}", c.diffusion);
            }
        }
    }
}

#[test]
fn forces_are_finite_from_1e_minus_100_to_1e100() {
    let three = [vec![1.0, 0.5, 0.2], vec![0.5, 1.0, -0.3], vec![0.2, -0.3, 2.0]];
    let moments = FeatureMoments::gaussian(&three, &[1.0, 0.7, -0.2], 0.5).expect("a teacher");
    for depth in [1, 2, 5, 1000] {
        let AnyProcess::Three(process) = model(depth, 2, 0.1, &[1.0, 1.0, -1.0], moments.clone()).process() else {
            panic!("three variables")
        };
        for index in 0..125 {
            let at = |k: i32| f64::from((index / 5_i32.pow(k as u32)) % 5 - 2) * 0.5 * 100.0 * std::f64::consts::LN_10;
            let z = [at(0), at(1), at(2)];
            let force = process.force(&z);
            assert!(force.value.iter().chain(&force.magnitude).all(|x| x.is_finite()), "{z:?}: {force:?}");
        }
    }
}

#[test]
fn what_cannot_be_is_refused_by_name() {
    let gaussian = |a: &[&[f64]], w: &[f64], noise: f64| {
        FeatureMoments::gaussian(&a.iter().map(|r| r.to_vec()).collect::<Vec<_>>(), w, noise).expect_err("refused")
    };
    let e = gaussian(&[&[1.0, 0.5], &[0.4, 1.0]], &[1.0, 1.0], 1.0);
    assert_eq!(e.to_string(), "covariance is not symmetric: entry (1, 2) is 0.5, its mirror image 0.4");
    let e = gaussian(&[&[1.0, 2.0], &[2.0, 1.0]], &[1.0, 1.0], 1.0);
    assert!(matches!(e, ModelError::Indefinite { name: "covariance", eigenvalue } if (eigenvalue + 1.0).abs() < 1e-12));
    assert!(matches!(gaussian(&[&[1.0, 1.0], &[1.0, 1.0]], &[1.0, 1.0], 1.0), ModelError::Indefinite { .. }));
    assert!(matches!(gaussian(&[&[1.0], &[1.0]], &[1.0, 1.0], 1.0), ModelError::Shape { name: "covariance", .. }));
    assert!(matches!(gaussian(&[&[1.0]], &[1.0, 1.0], 1.0), ModelError::Shape { name: "weights", .. }));
    assert!(matches!(gaussian(&[&[-1.0]], &[1.0], 1.0), ModelError::Entry { name: "covariance", .. }));
    assert!(matches!(gaussian(&[&[1.0]], &[f64::NAN], 1.0), ModelError::Entry { name: "weights", .. }));
    assert_eq!(gaussian(&[&[1.0]], &[1.0], -1.0).key(), "noise");
    assert!(matches!(gaussian(&[&[1.0]], &[1.0], 0.0), ModelError::Degenerate { name: "noise", .. }));
    let data = |x: &[Vec<f64>], y: &[f64]| FeatureMoments::of_data(x, y).expect_err("refused");
    let x: Vec<Vec<f64>> = (0..10).map(|i| vec![f64::from(i), f64::from(i * i % 7)]).collect();
    let exact: Vec<f64> = x.iter().map(|r| 0.3 * r[0] - 1.7 * r[1]).collect();
    assert!(matches!(data(&x, &exact), ModelError::Degenerate { name: "y", .. }));
    assert!(matches!(data(&x[..4], &exact[..4]), ModelError::Degenerate { name: "x", .. }));
    let collinear: Vec<Vec<f64>> = (0..10).map(|i| vec![f64::from(i), 2.0 * f64::from(i)]).collect();
    assert!(matches!(data(&collinear, &exact), ModelError::Indefinite { name: "x", .. }));
    assert!(matches!(data(&x, &exact[1..]), ModelError::Shape { .. }));
    let refused = |m: Features| m.validated().expect_err("refused");
    let sound = model(1, 1, 0.0, &[1.0, 1.0], two());
    assert_eq!(refused(Features { depth: 0, ..sound.clone() }).key(), "depth");
    assert_eq!(refused(Features { temperature: -1.0, ..sound.clone() }).key(), "temperature");
    assert!(matches!(refused(Features { signs: vec![1.0], ..sound.clone() }), ModelError::Shape { .. }));
    assert!(matches!(refused(Features { signs: vec![1.0, 0.5], ..sound }), ModelError::Entry { .. }));
}

/// Population moments of the standardised columns bmi and ltg against progression, by 50-digit sums over the rows.
#[test]
fn covariance_of_gradients_of_the_diabetes_data() {
    let text = include_str!("../../data/diabetes.csv");
    let column = |i: usize| {
        let raw: Vec<f64> = text
            .lines()
            .skip(1)
            .map(|line| line.split(',').nth(i).expect("a field").parse().expect("a number"))
            .collect();
        let n = raw.len() as f64;
        let mean = raw.iter().sum::<f64>() / n;
        let sd = (raw.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n).sqrt();
        raw.into_iter().map(|x| (x - mean) / sd).collect::<Vec<f64>>()
    };
    let (bmi, ltg, y) = (column(2), column(8), column(10));
    let x: Vec<Vec<f64>> = bmi.iter().zip(&ltg).map(|(&a, &b)| vec![a, b]).collect();
    let m = FeatureMoments::of_data(&x, &y).expect("data");
    let close = |found: f64, exact: f64| assert!((found / exact - 1.0).abs() < 1e-13, "{found} is not {exact}");
    close(m.second[0][1], 0.44615653857325227);
    close(m.cross[0], 0.5864501344746885);
    close(m.cross[1], 0.565882592442744);
    for (v, k) in [
        ([0.0, 0.0], [1.210379465477692, 0.3892172985121309, 0.8331053058403751]),
        ([0.25, 0.5], [0.5896744827316351, 0.15005484529230456, 0.5169444136807512]),
        ([-3.0, 2.0], [21.466891289450526, 2.4546192809533003, 10.819940792456807]),
        ([1000.0, -700.0], [1704722.4143088602, 108702.26780727223, 1144270.181616578]),
    ] {
        close(m.k(0, 0, &v), k[0]);
        close(m.k(0, 1, &v), k[1]);
        close(m.k(1, 0, &v), k[1]);
        close(m.k(1, 1, &v), k[2]);
    }
    assert_eq!(m.natural_signs(), [1.0, 1.0]);
}

/// A noise of one part in 1e6 is not lost among coefficients of order one.
#[test]
fn small_residuals_keep_their_digits() {
    let residual = [1e-6, -2e-6, 1e-6, 3e-6, -3e-6, 0.5e-6, -0.5e-6, 2e-6];
    let x: Vec<Vec<f64>> = (0..8).map(|i| vec![f64::from(i) - 3.2, f64::from(i * i % 5) - 1.7]).collect();
    let y: Vec<f64> = x.iter().zip(residual).map(|(x, e)| 2.0 * x[0] - 3.0 * x[1] + e).collect();
    let m = FeatureMoments::of_data(&x, &y).expect("data");
    // K at the regression from residuals that were known before y was rounded.
    let e: Vec<f64> =
        x.iter().zip(residual).map(|(x, e)| e - (m.centre[0] - 2.0) * x[0] - (m.centre[1] + 3.0) * x[1]).collect();
    for i in 0..2 {
        let g: Vec<f64> = e.iter().zip(&x).map(|(e, x)| e * x[i]).collect();
        let mean = g.iter().sum::<f64>() / 8.0;
        let k = g.iter().map(|g| (g - mean) * (g - mean)).sum::<f64>() / 8.0;
        assert!((m.k(i, i, &m.centre) / k - 1.0).abs() < 1e-7, "{} is not {k}", m.k(i, i, &m.centre));
    }
}

/// Rates at the faces against theory manual section 7: 4 A22 [w2 - T/2 (3 A22 w2^2 + sigma^2) - (w1 - E v1)/2] for
/// independent features, and the identity T E K11 = b1 - A11 E v1 on the face.
#[test]
fn faces_grow_as_theory_says() {
    let (w, sigma, t) = ([1.0, 0.4], 0.5, 0.1);
    let moments = FeatureMoments::gaussian(&[vec![1.0, 0.0], vec![0.0, 1.0]], &w, sigma).expect("a teacher");
    let features = model(1, 1, 0.0, &[1.0, 1.0], moments);
    let faces = features.faces();
    let face = &faces[1];
    assert_eq!((face.name.as_str(), face.growth), ("v2 = 0", Growth::Exponential));
    let remaining = face.remaining.as_ref().expect("one feature is left");
    // The law of v1 on the face is that of one feature whose noise variance grew by w2^2.
    let single = remaining.moments.single().expect("one feature");
    let law = |moments: Moments| {
        let model = Diagonal { depth: 1, width: 1, temperature: t, weight_decay: 0.0, modified_loss: false, moments };
        let problem = Problem {
            title: String::new(),
            model,
            branch: model.natural_branch(),
            tolerance: 1e-10,
            points: Vec::new(),
            quantiles: vec![0.5],
            moments: vec![1.0, 2.0],
        };
        let found = stillpoint::study::law(&problem).expect("a law");
        let mean = found.mean.finite().expect("finite").value;
        (mean, found.variance.finite().expect("finite").value + mean * mean)
    };
    let direct = Moments::gaussian(1.0, w[0], (sigma * sigma + w[1] * w[1]).sqrt()).expect("a teacher");
    let (mean, square) = law(single);
    assert!((mean - law(direct).0).abs() < 1e-10);
    // The rate is a quadratic polynomial in v1: its expectation from two moments.
    let rate = |v: f64| (face.rate)(&[v]);
    let second = 0.5 * (rate(1.0) + rate(-1.0)) - rate(0.0);
    let first = 0.5 * (rate(1.0) - rate(-1.0));
    let found = rate(0.0) + first * mean + second * square;
    let exact = 4.0 * (w[1] - 0.5 * t * (3.0 * w[1] * w[1] + sigma * sigma) - 0.5 * (w[0] - mean));
    assert!((found - exact).abs() < 1e-9, "{found} is not {exact}");
    // The corner: 4 b - 4 T K(0).
    let corner = &remaining.faces()[0];
    assert!(corner.remaining.is_none());
    let k = 2.0 * w[0] * w[0] + w[1] * w[1] + sigma * sigma;
    assert!(((corner.rate)(&[]) - 4.0 * (w[0] - t * k)).abs() < 1e-12);
    // Depth two: the noise does not count; with decay the face always attracts.
    let deep = model(2, 1, 0.0, &[1.0, 1.0], two());
    let face = &deep.faces()[1];
    assert_eq!(face.growth, Growth::Algebraic);
    assert!(((face.rate)(&[1.0]) - 2.0 * (0.7 + 0.5 * 1.0 - 0.5)).abs() < 1e-12);
    let decayed = &model(2, 1, 0.2, &[1.0, 1.0], two()).faces()[1];
    assert_eq!((decayed.growth, (decayed.rate)(&[3.0])), (Growth::Exponential, -1.2000000000000002));
}

/// A start is where the drift of the layers vanishes, or near the face that features of the wrong sign die at.
#[test]
fn starts_are_near_the_middle_of_the_law() {
    for depth in [1, 2, 4] {
        for z in model(depth, 1, 0.0, &[1.0, 1.0], two()).start() {
            assert!((-1.5..0.3).contains(&z), "{z}");
        }
    }
    let wrong = model(1, 1, 0.0, &[1.0, -1.0], two()).start();
    assert!(wrong[0].abs() < 1.0 && wrong[1] < -5.0, "{wrong:?}");
}
