//! Axes: where tick marks go and what they say.

use crate::output::number;
use std::f64::consts::LN_10;

/// Below this many decades a logarithmic axis is labelled with plain numbers.
const FEW_DECADES: f64 = 1.5;
/// A window narrower than this, relative to its distance from 0, is labelled by differences.
const NARROW: f64 = 1e-4;
/// Natural logarithms larger than this get no ticks.
const LARGEST_LOG: f64 = 1e6;
/// Most ticks an axis ever gets, whatever its ends.
const MOST: usize = 200;

/// A tick mark; `at` is in the coordinate of the axis (v, or ln v).
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tick {
    pub(super) at: f64,
    /// Empty for a minor tick.
    pub(super) label: String,
}

/// The ticks of an axis, and the power of ten its labels are multiples of.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Ticks {
    pub(super) ticks: Vec<Tick>,
    pub(super) power: Option<i32>,
    /// What the labels are counted from, where the numbers themselves would not fit under the axis.
    pub(super) origin: Option<f64>,
}

impl Ticks {
    /// What to write behind the name of the axis: ` − 1.25`, `  [10^{-8}]`, both or nothing.
    pub(super) fn unit(&self) -> String {
        let origin = self.origin.map_or(String::new(), |o| {
            let sign = if o < 0.0 { "+" } else { "−" };
            format!(" {sign} {}", number::shortest(o.abs()))
        });
        let power = self.power.map_or(String::new(), |p| format!("  [10^{{{}}}]", minus(&p.to_string())));
        origin + &power
    }
}

/// About `target` ticks at 1, 2, 2.5 or 5 times powers of ten in [lo, hi].
pub(super) fn linear(lo: f64, hi: f64, target: usize) -> Ticks {
    let size = lo.abs().max(hi.abs());
    if lo >= hi || !(hi - lo).is_finite() || size == 0.0 {
        return Ticks::default();
    }
    if hi - lo < NARROW * size {
        return narrow(lo, hi, target);
    }
    let leading = size.log10().floor() as i32;
    let power = (!(-3..5).contains(&leading)).then_some(leading);
    let scale = power.map_or(1.0, |p| 10f64.powi(p));
    let step = nice((hi - lo) / scale / target.max(1) as f64);
    let decimals = decimals(step);
    let first = (lo / scale / step - 1e-9).ceil();
    let ticks = (0..MOST)
        .map(|i| (first + i as f64) * step)
        .take_while(|x| *x <= hi / scale + 1e-9 * step)
        .map(|x| Tick { at: x * scale, label: minus(&unsigned_zero(format!("{x:.decimals$}"))) })
        .collect();
    Ticks { ticks, power, origin: None }
}

/// Ticks of a window far narrower than its distance from 0, counted from its first round number.
fn narrow(lo: f64, hi: f64, target: usize) -> Ticks {
    let step = nice((hi - lo) / target.max(1) as f64);
    let digits = (lo.abs().max(hi.abs()) / step).log10().ceil().clamp(1.0, 17.0) as usize;
    let origin = number::rounded((lo / step).ceil() * step, digits);
    let counted = linear(lo - origin, hi - origin, target);
    let ticks = counted.ticks.into_iter().map(|t| Tick { at: t.at + origin, ..t }).collect();
    Ticks { ticks, power: counted.power, origin: Some(origin) }
}

/// Ticks of a logarithmic axis whose coordinate runs over natural logarithms in [lo, hi].
pub(super) fn logarithmic(lo: f64, hi: f64, target: usize) -> Ticks {
    let decades = (hi - lo) / LN_10;
    // Beyond this many decades there is no double, and no label that anybody could read.
    if decades.is_nan() || decades <= 0.0 || lo.abs().max(hi.abs()) > LARGEST_LOG {
        return Ticks::default();
    }
    if decades < FEW_DECADES {
        return few_decades(lo, hi, target);
    }
    let stride = stride(decades, target);
    let (first, last) = ((lo / LN_10).ceil() as i64, (hi / LN_10).floor() as i64);
    let plain = (-2..=3).contains(&first) && (-2..=3).contains(&last);
    let mut ticks = Vec::new();
    for k in (first - 1)..=last {
        let at = k as f64 * LN_10;
        if k >= first {
            let label = if k.rem_euclid(stride) == 0 { power_label(k, plain) } else { String::new() };
            ticks.push(Tick { at, label });
        }
        if stride == 1 {
            let minor = (2..10).map(|m| at + f64::from(m).ln()).filter(|u| (lo..=hi).contains(u));
            ticks.extend(minor.map(|at| Tick { at, label: String::new() }));
        }
        if ticks.len() > 10 * MOST {
            break;
        }
    }
    Ticks { ticks, ..Ticks::default() }
}

/// 1, 2 and 5 times powers of ten, or evenly spaced numbers where even those are too few.
fn few_decades(lo: f64, hi: f64, target: usize) -> Ticks {
    let k = (lo / LN_10).floor() as i32;
    let mut ticks: Vec<Tick> = Vec::new();
    for k in k..=k + 2 {
        for m in [1.0, 2.0, 5.0] {
            let at = f64::from(k) * LN_10 + f64::ln(m);
            if (lo..=hi).contains(&at) {
                let decimals = usize::try_from(-k).unwrap_or(0);
                ticks.push(Tick { at, label: format!("{:.decimals$}", m * 10f64.powi(k)) });
            }
        }
    }
    if ticks.len() >= 3 && (-4..=4).contains(&k) {
        return Ticks { ticks, ..Ticks::default() };
    }
    let spaced = linear(lo.exp(), hi.exp(), target);
    let positive = spaced.ticks.iter().filter(|t| t.at > 0.0);
    let ticks = positive.map(|t| Tick { at: t.at.ln(), label: t.label.clone() }).collect();
    Ticks { ticks, ..spaced }
}

/// Decades between labels, so that there are at most `target` of them.
fn stride(decades: f64, target: usize) -> i64 {
    let mut stride = 1;
    for factor in [2, 3, 5, 10, 20, 50, 100, 200, 500, 1000, 10_000, 100_000] {
        if decades / stride as f64 <= target as f64 {
            break;
        }
        stride = factor;
    }
    stride
}

fn power_label(k: i64, plain: bool) -> String {
    if plain {
        let decimals = usize::try_from(-k).unwrap_or(0);
        return format!("{:.decimals$}", 10f64.powi(k as i32));
    }
    format!("10^{{{}}}", minus(&k.to_string()))
}

/// The smallest of 1, 2, 2.5, 5 times a power of ten that is at least x.
fn nice(x: f64) -> f64 {
    let power = 10f64.powf(x.log10().floor());
    let steps = [1.0, 2.0, 2.5, 5.0, 10.0];
    steps.into_iter().map(|m| m * power).find(|s| *s >= x * (1.0 - 1e-9)).unwrap_or(10.0 * power)
}

/// Decimals that a multiple of a nice step needs.
fn decimals(step: f64) -> usize {
    let whole = |d: &usize| {
        let scaled = step * 10f64.powi(*d as i32);
        (scaled - scaled.round()).abs() < 1e-6 * scaled
    };
    (0..20).find(whole).unwrap_or(20)
}

fn unsigned_zero(label: String) -> String {
    match label.strip_prefix('-') {
        Some(rest) if rest.bytes().all(|b| b == b'0' || b == b'.') => rest.to_owned(),
        _ => label,
    }
}

/// A typographic minus sign.
fn minus(label: &str) -> String {
    label.replace('-', "−")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(ticks: &Ticks) -> Vec<&str> {
        ticks.ticks.iter().map(|t| t.label.as_str()).filter(|l| !l.is_empty()).collect()
    }

    #[test]
    fn linear_ticks_are_round_numbers() {
        assert_eq!(labels(&linear(0.0, 1.0, 5)), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(labels(&linear(-1.05, 1.05, 4)), ["−1", "0", "1"]);
        let tiny = linear(0.0, 3e-9, 3);
        assert_eq!((labels(&tiny), tiny.power), (vec!["0", "1", "2", "3"], Some(-9)));
        assert_eq!(tiny.unit(), "  [10^{−9}]");
    }

    #[test]
    fn logarithmic_ticks_are_decades_or_round_numbers() {
        assert_eq!(
            labels(&logarithmic(-7.0, 7.0, 8)),
            ["10^{−3}", "10^{−2}", "10^{−1}", "10^{0}", "10^{1}", "10^{2}", "10^{3}"]
        );
        assert_eq!(labels(&logarithmic(0.009f64.ln(), 12f64.ln(), 8)), ["0.01", "0.1", "1", "10"]);
        assert_eq!(labels(&logarithmic(0.15f64.ln(), 3f64.ln(), 6)), ["0.2", "0.5", "1", "2"]);
        assert_eq!(
            labels(&logarithmic(-60.0, 0.0, 6)),
            ["10^{−25}", "10^{−20}", "10^{−15}", "10^{−10}", "10^{−5}", "10^{0}"]
        );
        let close = logarithmic(0.99f64.ln(), 1.01f64.ln(), 4);
        assert!(labels(&close).len() >= 3 && labels(&close).contains(&"1.000"), "{close:?}");
    }

    #[test]
    fn narrow_windows_are_labelled_by_differences() {
        let ticks = linear(0.25 + 0.4e-9, 0.25 + 4.2e-9, 4);
        assert_eq!(labels(&ticks), ["0", "1", "2", "3"]);
        assert_eq!(ticks.unit(), " − 0.250000001  [10^{−9}]");
        assert!((ticks.ticks[1].at - 0.250_000_002).abs() < 1e-15);
    }

    #[test]
    fn no_ends_whatever_make_endless_ticks() {
        for (lo, hi) in [(0.0, 0.0), (1.0, 1.0 + 1e-16), (f64::NAN, 1.0), (-1e300, 1e300), (0.0, f64::INFINITY)] {
            assert!(linear(lo, hi, 6).ticks.len() <= MOST);
            assert!(logarithmic(lo, hi, 6).ticks.len() <= 11 * MOST);
        }
    }
}
