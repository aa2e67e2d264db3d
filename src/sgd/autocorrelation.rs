//! How long a chain remembers, and how much of its beginning is not yet stationary.

/// The window of the autocorrelation sum, in integrated times (Sokal 1997).
const WINDOW: f64 = 5.0;
/// Products formed at most; chains are left out beyond it.
const WORK: usize = 200_000_000;
/// Fractions of a run that may be taken as burn-in, shortest first.
const FRACTIONS: [f64; 5] = [0.2, 0.3, 0.4, 0.5, 0.6];
/// Standard errors that the two halves of what remains may differ by.
const DRIFT: f64 = 3.5;

/// Integrated autocorrelation time 1 + 2 sum_k rho_k in records, from all chains with their common mean.
///
/// The sum stops at the first lag beyond five times itself, or at a third of the record. Never below 1.
pub(super) fn integrated_time(chains: &[&[f64]]) -> f64 {
    let Some(records) = chains.iter().map(|chain| chain.len()).min() else { return 1.0 };
    let count = (chains.len() * records) as f64;
    let mean = chains.iter().flat_map(|chain| chain.iter()).sum::<f64>() / count;
    let covariance = |lag: usize, used: &[&[f64]]| {
        let products =
            used.iter().map(|chain| chain.iter().zip(&chain[lag..]).map(|(a, b)| (a - mean) * (b - mean)).sum::<f64>());
        products.sum::<f64>() / (used.len() * (records - lag)) as f64
    };
    let (mut time, mut work) = (1.0, 0);
    let mut used = chains;
    let mut variance = covariance_of(chains, mean);
    if variance.is_nan() || variance <= 0.0 {
        return 1.0;
    }
    for lag in 1..records / 3 {
        if lag as f64 > WINDOW * time {
            break;
        }
        if work > WORK / 2 && used.len() > 8 {
            // Long memory: a few chains must do for the far lags.
            used = &used[..(used.len() / 2).max(8)];
            variance = covariance_of(used, mean);
            work = 0;
        }
        work += used.len() * records;
        time += 2.0 * covariance(lag, used) / variance;
    }
    f64::max(time, 1.0)
}

fn covariance_of(chains: &[&[f64]], mean: f64) -> f64 {
    let count: usize = chains.iter().map(|chain| chain.len()).sum();
    chains.iter().flat_map(|chain| chain.iter()).map(|a| (a - mean) * (a - mean)).sum::<f64>() / count as f64
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
