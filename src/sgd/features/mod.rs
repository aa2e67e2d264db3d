//! Real minibatch SGD on the layers of several features.

mod batches;
mod network;

use super::growth::two_runs;
use super::minibatch::amplification;
use super::run::{Recorded, run as run_chains};
use super::{Config, MOST_PARAMETERS, SgdError};
use crate::model::Features;

/// Where the samples of a minibatch of several features come from.
#[derive(Debug, Clone, PartialEq)]
pub enum FeatureSource {
    /// x ~ N(0, covariance), y = weights . x + N(0, noise^2).
    Gaussian {
        /// Cov\[x\]
        covariance: Vec<Vec<f64>>,
        /// Regression weights.
        weights: Vec<f64>,
        /// Standard deviation of the noise.
        noise: f64,
    },
    /// Rows drawn with replacement from a data set.
    Rows {
        /// Inputs, `[row][feature]`.
        x: Vec<Vec<f64>>,
        /// Targets.
        y: Vec<f64>,
    },
}

/// Records of the chains of real SGD, and by what its noise was multiplied.
pub(super) fn records(
    model: &Features,
    source: &FeatureSource,
    config: &Config,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<(Recorded, f64), SgdError> {
    let n = model.signs.len() as u64;
    let parameters = (u64::from(model.depth) + 1) * u64::from(model.width) * n;
    if parameters > MOST_PARAMETERS {
        return Err(SgdError::TooLarge { parameters, most: MOST_PARAMETERS });
    }
    batches::check(source, &model.moments)?;
    let amplification = amplification(model.temperature, config);
    let recorded = match n {
        1 => run::<1>(model, source, config, amplification, progress),
        2 => run::<2>(model, source, config, amplification, progress),
        _ => run::<3>(model, source, config, amplification, progress),
    };
    Ok((recorded, amplification))
}

/// ln|v| of feature `small.0` (which begins at `small.1`) of every chain, after each of two runs of `steps` steps; the
/// other features begin where they do in [`records`].
pub(super) fn logs(
    model: &Features,
    source: &FeatureSource,
    config: &Config,
    small: (usize, f64),
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Vec<[f64; 2]>, SgdError> {
    batches::check(source, &model.moments)?;
    let amplification = amplification(model.temperature, config);
    Ok(match model.signs.len() {
        1 => logs_of::<1>(model, source, config, amplification, small, progress),
        2 => logs_of::<2>(model, source, config, amplification, small, progress),
        _ => logs_of::<3>(model, source, config, amplification, small, progress),
    })
}

fn logs_of<const N: usize>(
    model: &Features,
    source: &FeatureSource,
    config: &Config,
    amplification: f64,
    small: (usize, f64),
    progress: &(dyn Fn(u64) + Sync),
) -> Vec<[f64; 2]> {
    let rows = batches::rows::<N>(source);
    let batches = batches::Batches::new(source, &rows, config.batch_size);
    let make = |first| network::Networks::new(model, config, batches.clone(), amplification, Some(small), first);
    two_runs(config, small.0, make, progress)
}

fn run<const N: usize>(
    model: &Features,
    source: &FeatureSource,
    config: &Config,
    amplification: f64,
    progress: &(dyn Fn(u64) + Sync),
) -> Recorded {
    let rows = batches::rows::<N>(source);
    let batches = batches::Batches::new(source, &rows, config.batch_size);
    let make = |first| network::Networks::new(model, config, batches.clone(), amplification, None, first);
    run_chains(config.chains, config.steps, make, progress)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Branch, Diagonal, FeatureMoments, Moments};
    use crate::sgd::Source;
    use crate::sgd::statistics::mean_and_error;

    fn features(covariance: &[Vec<f64>], weights: &[f64], noise: f64, depth: u32, width: u32) -> Features {
        let moments = FeatureMoments::gaussian(covariance, weights, noise).unwrap();
        let signs = moments.natural_signs();
        Features { depth, width, temperature: 0.004, weight_decay: 0.1, signs, moments }.validated().unwrap()
    }

    const CONFIG: Config = Config { learning_rate: 0.004, batch_size: 1, chains: 64, steps: 40_000, seed: 3 };

    /// Second halves of all chains of one variable: mean over time, one number per chain.
    fn means(variable: &[Vec<f64>], of: impl Fn(f64) -> f64) -> (f64, f64) {
        let late = |chain: &Vec<f64>| {
            let half = &chain[chain.len() / 2..];
            half.iter().map(|v| of(*v)).sum::<f64>() / half.len() as f64
        };
        mean_and_error(&variable.iter().map(late).collect::<Vec<_>>())
    }

    /// One feature against the sampler of one feature, which draws its batches in another way.
    #[test]
    fn one_feature_is_sampled_like_the_diagonal_network() {
        for (depth, width, size, rate) in [(1, 2, 1, 0.004), (2, 1, 3, 0.002), (1, 1, 40, 0.02)] {
            let model = features(&[vec![1.3]], &[0.8], 0.9, depth, width);
            let source = FeatureSource::Gaussian { covariance: vec![vec![1.3]], weights: vec![0.8], noise: 0.9 };
            let config = Config { learning_rate: rate, batch_size: size, steps: 20_000, ..CONFIG };
            let (recorded, lambda) = records(&model, &source, &config, &|_| ()).unwrap();
            assert!((lambda - (0.004 * size as f64 / rate).sqrt()).abs() < 1e-12);
            let moments = Moments::gaussian(1.3, 0.8, 0.9).unwrap();
            let one = Diagonal { depth, width, temperature: 0.004, weight_decay: 0.1, modified_loss: false, moments };
            let source = Source::Gaussian { variance: 1.3, slope: 0.8, noise: 0.9 };
            let other = crate::sgd::sgd(&one, &source, Branch::Positive, &config, &[0.5], &|_| ()).unwrap();
            let (mean, error) = means(&recorded.variables[0], |v| v);
            let theirs = other.mean.finite().unwrap();
            let sigma = error.hypot(theirs.error());
            assert!((mean - theirs.value).abs() < 4.5 * sigma, "{mean} and {theirs:?}, sigma {sigma}");
            let (square, error) = means(&recorded.variables[0], |v| (v - mean) * (v - mean));
            let theirs = other.variance.finite().unwrap();
            let sigma = error.hypot(theirs.error());
            assert!((square - theirs.value).abs() < 4.5 * sigma, "{square} and {theirs:?}");
        }
    }

    /// The identity E\[c (A v - b) + D T K r^(D-1) + gamma r^(1-D)\] = 0 holds up to O(eta).
    #[test]
    fn correlated_features_fulfil_their_identity() {
        let covariance = [vec![1.0, 0.5, 0.0], vec![0.5, 1.0, 0.2], vec![0.0, 0.2, 1.5]];
        let model = features(&covariance, &[1.0, 0.7, -0.6], 1.0, 1, 1);
        let source =
            FeatureSource::Gaussian { covariance: covariance.to_vec(), weights: vec![1.0, 0.7, -0.6], noise: 1.0 };
        let config = Config { learning_rate: 0.001, ..CONFIG };
        let (recorded, lambda) = records(&model, &source, &config, &|_| ()).unwrap();
        assert_eq!(lambda, 2.0);
        for i in 0..3 {
            let per_chain: Vec<[f64; 2]> = (0..64)
                .map(|chain| {
                    let rows = recorded.variables[0][chain].len();
                    let mut sums = [0.0; 2];
                    for row in rows / 2..rows {
                        let v: Vec<f64> = recorded.variables.iter().map(|x| x[chain][row]).collect();
                        sums[0] += model.signs[i] * model.moments.h(&v)[i] + model.weight_decay;
                        sums[1] += model.temperature * model.moments.k(i, i, &v);
                    }
                    sums.map(|s| s / (rows - rows / 2) as f64)
                })
                .collect();
            let (total, error) = mean_and_error(&per_chain.iter().map(|s| s[0] + s[1]).collect::<Vec<_>>());
            let (heat, _) = mean_and_error(&per_chain.iter().map(|s| s[1]).collect::<Vec<_>>());
            assert!(error < 0.1 * (heat + 0.1), "too little data: {error} of {heat}");
            assert!(total.abs() < 4.5 * error + 0.05 * heat, "feature {i}: {total} +- {error}, heat {heat}");
        }
    }
}
