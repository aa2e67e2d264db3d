//! A place near the middle of the law of several features, from the equation alone.

use super::Features;

/// Sweeps over the features.
const SWEEPS: usize = 200;
/// No start is nearer to a face than this share of the scale of its feature.
const NEAREST: f64 = 1e-3;

/// Where c_i (A v - b)_i + D T K_ii r_i^(D-1) + gamma r_i^(1-D) vanishes for every i (what the law does on
/// average), or as near to a face as a search should start.
pub(super) fn start(model: &Features) -> Vec<f64> {
    let m = &model.moments;
    let n = model.signs.len();
    let scale = scales(model);
    let mut z: Vec<f64> = {
        let u = constrained_minimum(model);
        (0..n).map(|i| u[i].max(NEAREST * scale[i]).ln()).collect()
    };
    let bounds: Vec<[f64; 2]> = scale.iter().map(|s| [(NEAREST * s).ln(), (1e3 * s).ln()]).collect();
    let balance = |z: &[f64], i: usize| {
        let v: Vec<f64> = z.iter().zip(&model.signs).map(|(z, c)| c * z.exp()).collect();
        let rho = model.rho(z[i]);
        let noise = f64::from(model.depth) * model.temperature * m.k(i, i, &v) * rho;
        model.signs[i] * m.h(&v)[i] + noise + model.weight_decay / rho
    };
    for _ in 0..SWEEPS {
        let mut moved = 0.0_f64;
        for i in 0..n {
            let here = balance(&z, i);
            let mut beside = z.clone();
            beside[i] += 1e-4;
            let slope = ((balance(&beside, i) - here) / 1e-4).abs();
            let step = (-here / slope.max(f64::MIN_POSITIVE)).clamp(-0.3, 0.3);
            let to = (z[i] + step).clamp(bounds[i][0], bounds[i][1]);
            moved = moved.max((to - z[i]).abs());
            z[i] = to;
        }
        if moved < 1e-6 {
            break;
        }
    }
    z
}

/// Typical |v_i|: the regression weight, or what the noise of one sample amounts to.
fn scales(model: &Features) -> Vec<f64> {
    let m = &model.moments;
    let typical = |i: usize| {
        let noise = m.constant[i][i].max(0.0).sqrt() / m.second[i][i];
        let weight = (m.cross[i] / m.second[i][i]).abs().max(m.centre[i].abs());
        let scale = if weight > 0.0 { weight } else { noise };
        if scale.is_finite() && scale > 0.0 { scale } else { 1.0 }
    };
    (0..model.signs.len()).map(typical).collect()
}

/// |v| at the minimum of the loss on the branch of the signs, by descent along one feature after the other.
fn constrained_minimum(model: &Features) -> Vec<f64> {
    let m = &model.moments;
    let n = model.signs.len();
    let mut v = vec![0.0; n];
    for _ in 0..SWEEPS {
        for i in 0..n {
            let others: f64 = (0..n).filter(|&j| j != i).map(|j| m.second[i][j] * v[j]).sum();
            let best = (m.cross[i] - others) / m.second[i][i];
            v[i] = if best * model.signs[i] > 0.0 { best } else { 0.0 };
        }
    }
    v.iter().map(|v| v.abs()).collect()
}
