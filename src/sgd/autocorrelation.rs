//! How long a chain remembers, and how much of its beginning is not yet stationary.

/// The window of the autocorrelation sum, in integrated times (Sokal 1997).
const WINDOW: f64 = 5.0;
/// Lags summed before neighbours are averaged instead.
const LAGS: usize = 32;
/// Averages kept of each chain at least.
const FEWEST: usize = 8;
/// Fractions of a run that may be taken as burn-in, shortest first.
const FRACTIONS: [f64; 5] = [0.2, 0.3, 0.4, 0.5, 0.6];
/// Standard errors that the two halves of what remains may differ by.
const DRIFT: f64 = 3.5;

/// Integrated autocorrelation time 1 + 2 sum_k rho_k in records, from all chains with their common mean.
///
/// The sum stops at the first lag beyond five times itself. If that takes more than [`LAGS`] lags,
/// neighbouring records are averaged, which halves the time and leaves (variance times integrated time) as
/// it was: so the work does not grow with the memory of the chains. Never below 1.
pub(super) fn integrated_time(chains: &[&[f64]]) -> f64 {
    let count: usize = chains.iter().map(|chain| chain.len()).sum();
    let mean = chains.iter().flat_map(|chain| chain.iter()).sum::<f64>() / count as f64;
    let mut series: Vec<Vec<f64>> = chains.iter().map(|chain| chain.iter().map(|v| v - mean).collect()).collect();
    let whole = covariance(&series, 0);
    if whole.is_nan() || whole <= 0.0 {
        return 1.0;
    }
    let mut length = 1.0;
    loop {
        let variance = covariance(&series, 0);
        let factor = length * variance / whole;
        let halved: Vec<Vec<f64>> = series.iter().map(|chain| pair_means(chain)).collect();
        let shortest = halved.iter().map(Vec::len).min().unwrap_or(0);
        let (time, complete) = windowed_time(&series, variance, LAGS.min(shortest));
        if complete || shortest < FEWEST {
            return f64::max(factor * time, 1.0);
        }
        series = halved;
        length *= 2.0;
    }
}

/// The sum over at most `lags` lags, and whether its window closed.
fn windowed_time(series: &[Vec<f64>], variance: f64, lags: usize) -> (f64, bool) {
    let mut time = 1.0;
    for lag in 1..lags {
        if lag as f64 > WINDOW * time {
            return (time, true);
        }
        time += 2.0 * covariance(series, lag) / variance;
    }
    (time, false)
}

/// Mean product of deviations `lag` apart.
fn covariance(series: &[Vec<f64>], lag: usize) -> f64 {
    let products = |chain: &Vec<f64>| chain.iter().zip(&chain[lag..]).map(|(a, b)| a * b).sum::<f64>();
    let count: usize = series.iter().map(|chain| chain.len() - lag).sum();
    series.iter().map(products).sum::<f64>() / count as f64
}

fn pair_means(chain: &[f64]) -> Vec<f64> {
    chain.as_chunks().0.iter().map(|[a, b]| 0.5 * (a + b)).collect()
}

/// What of a run may be used.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct BurnIn {
    /// Records to leave out.
    pub(super) records: usize,
    /// Whether what remains shows no drift.
    pub(super) settled: bool,
}

/// The shortest burn-in after which the two halves of the rest agree, chain by chain, in the mean of the
/// ranks (location) and of their squared distance from the median (spread).
///
/// `ranks` are values of the pooled distribution function, so that no moment need exist.
pub(super) fn burn_in(ranks: &[Vec<f64>]) -> BurnIn {
    let records = ranks.first().map_or(0, Vec::len);
    for fraction in FRACTIONS {
        let skip = (fraction * records as f64).ceil() as usize;
        let location = drift(ranks, skip, |rank| rank);
        let spread = drift(ranks, skip, |rank| (rank - 0.5) * (rank - 0.5));
        if location < DRIFT && spread < DRIFT {
            return BurnIn { records: skip, settled: true };
        }
    }
    BurnIn { records: records / 2, settled: false }
}

/// Mean difference between the halves of records `skip ..`, in standard errors between chains.
fn drift(ranks: &[Vec<f64>], skip: usize, functional: impl Fn(f64) -> f64) -> f64 {
    let mean = |part: &[f64]| part.iter().map(|&rank| functional(rank)).sum::<f64>() / part.len().max(1) as f64;
    let differences: Vec<f64> = ranks
        .iter()
        .map(|chain| {
            let rest = &chain[skip.min(chain.len())..];
            let (early, late) = rest.split_at(rest.len() / 2);
            mean(late) - mean(early)
        })
        .collect();
    let (mean, error) = super::statistics::mean_and_error(&differences);
    if mean.abs() <= 1e-12 { 0.0 } else { mean.abs() / error }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sgd::statistics::tests::autoregression;

    #[test]
    fn integrated_time_is_that_of_an_autoregression() {
        for rho in [0.0, 0.5, 0.9, 0.98] {
            let chains = autoregression(rho, 64, 20_000, 7, 0.0);
            let views: Vec<&[f64]> = chains.iter().map(Vec::as_slice).collect();
            let exact = (1.0 + rho) / (1.0 - rho);
            let found = integrated_time(&views);
            assert!((found / exact - 1.0).abs() < 0.05, "rho {rho}: {found}, exactly {exact}");
        }
    }

    #[test]
    fn burn_in_is_minimal_for_a_stationary_run_and_longer_for_a_late_one() {
        let ranks = |offset: f64| -> Vec<Vec<f64>> {
            let chains = autoregression(0.99, 50, 2000, 3, offset);
            chains.iter().map(|c| c.iter().map(|v| 1.0 / (1.0 + (-v).exp())).collect()).collect()
        };
        assert_eq!(burn_in(&ranks(0.0)), BurnIn { records: 400, settled: true });
        // exp(-0.01 t) 1000: still 18 standard deviations out at record 400, gone at 900.
        let late = burn_in(&ranks(1000.0));
        assert!(late.settled && late.records > 400, "{late:?}");
        let drifting: Vec<Vec<f64>> = (0..20)
            .map(|c| (0..1000).map(|t| f64::from(t) * 1e-3 + f64::from(c) * 1e-3 * f64::from(t % 7)).collect())
            .collect();
        assert!(!burn_in(&drifting).settled);
    }
}
