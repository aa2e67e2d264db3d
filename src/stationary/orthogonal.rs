//! Components of several vectors along an orthonormal basis, taken out of all of them at once.

use pulp::Arch;
use rayon::prelude::*;

/// Cells that are done together, so that what is read once stays in the nearest cache. Sums are made range by range in the order
/// of the cells, so that their digits do not depend on the number of threads.
const RANGE: usize = 512;

/// Takes the components along `basis`, orthonormal in the inner product of `weight`, out of L vectors, twice for
/// orthogonality to rounding; returns them, one row per member of the basis.
pub(super) fn project<const L: usize>(weight: &[f64], basis: &[Vec<f64>], vectors: &mut [[f64; L]]) -> Vec<[f64; L]> {
    let mut all = vec![[0.0; L]; basis.len()];
    if basis.is_empty() {
        return all;
    }
    let arch = Arch::new();
    for _ in 0..2 {
        let along = components(arch, weight, basis, vectors);
        vectors.par_chunks_mut(RANGE).enumerate().for_each(|(range, vectors)| {
            arch.dispatch(
                #[inline(always)]
                || {
                    for (base, along) in basis.iter().zip(&along) {
                        take(vectors, &base[range * RANGE..], along);
                    }
                },
            );
        });
        for (sum, along) in all.iter_mut().zip(&along) {
            sum.iter_mut().zip(along).for_each(|(sum, along)| *sum += along);
        }
    }
    all
}

/// Inner products of the members of `basis` with the vectors.
fn components<const L: usize>(arch: Arch, weight: &[f64], basis: &[Vec<f64>], vectors: &[[f64; L]]) -> Vec<[f64; L]> {
    let of_range = |(range, (vectors, weight)): (usize, (&[[f64; L]], &[f64]))| -> Vec<[f64; L]> {
        arch.dispatch(
            #[inline(always)]
            || {
                let weigh = |(v, w): (&[f64; L], &f64)| v.map(|v| v * w);
                let weighed: Vec<[f64; L]> = vectors.iter().zip(weight).map(weigh).collect();
                basis.iter().map(|base| dot(&weighed, &base[range * RANGE..])).collect()
            },
        )
    };
    let ranges = vectors.par_chunks(RANGE).zip(weight.par_chunks(RANGE));
    let parts: Vec<Vec<[f64; L]>> = ranges.enumerate().map(of_range).collect();
    let sum = |k: usize| std::array::from_fn(|lane| parts.iter().map(|part| part[k][lane]).sum());
    (0..basis.len()).map(sum).collect()
}

/// In four sums, none of which waits for another.
#[inline(always)]
fn dot<const L: usize>(vectors: &[[f64; L]], base: &[f64]) -> [f64; L] {
    let mut sums = [[0.0; L]; 4];
    let (fours, rest) = vectors.as_chunks::<4>();
    for (four, base) in fours.iter().zip(base.as_chunks::<4>().0) {
        for ((sum, v), b) in sums.iter_mut().zip(four).zip(base) {
            (0..L).for_each(|lane| sum[lane] += v[lane] * b);
        }
    }
    for (v, b) in rest.iter().zip(&base[4 * fours.len()..]) {
        (0..L).for_each(|lane| sums[0][lane] += v[lane] * b);
    }
    std::array::from_fn(|lane| (sums[0][lane] + sums[1][lane]) + (sums[2][lane] + sums[3][lane]))
}

#[inline(always)]
fn take<const L: usize>(vectors: &mut [[f64; L]], base: &[f64], along: &[f64; L]) {
    for (v, b) in vectors.iter_mut().zip(base) {
        (0..L).for_each(|lane| v[lane] -= along[lane] * b);
    }
}
