//! The lowest place of a function between two others.

/// Where `f` is lowest between `low` and `high` and its value there, by `sections` golden sections from `best`, which is no
/// higher than both; a function with several minima there gives one of them.
pub fn lowest([mut low, mut best, mut high]: [f64; 3], sections: usize, f: impl Fn(f64) -> f64) -> (f64, f64) {
    let golden = 0.5 * (3.0 - 5.0_f64.sqrt());
    let mut least = f(best);
    for _ in 0..sections {
        let wider = if high - best > best - low { high } else { low };
        let next = best + golden * (wider - best);
        let there = f(next);
        if there < least {
            if next > best {
                low = best;
            } else {
                high = best;
            }
            (best, least) = (next, there);
        } else if next > best {
            high = next;
        } else {
            low = next;
        }
    }
    (best, least)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smooth_minima_are_found_to_half_the_digits_and_kinks_to_all() {
        let (at, least) = lowest([-1.0, 0.0, 4.0], 80, |x| (x - 1.3).powi(2) - 2.0);
        assert!((at - 1.3).abs() < 1e-7 && least == -2.0, "{at} {least}");
        let (at, _) = lowest([-1.0, 0.0, 4.0], 80, |x: f64| (x - 1.3).abs());
        assert!((at - 1.3).abs() < 1e-14, "{at}");
    }
}
