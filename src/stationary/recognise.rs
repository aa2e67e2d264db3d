//! Lattices told by the numbering of their cells: jumps along a lattice change the number by few amounts, all near
//! multiples of the extents.

use super::rates::Rates;

/// An axis has at least this many times the cells of the longest jump along it.
const ROOM: usize = 4;

/// No jump leads further along an axis: where jumps are long and few, what separates two halves of a lattice is thick and
/// nearly empty, and a general order is better.
const REACH: i64 = 4;

/// The shape of the lattice (two axes or more, the last one fastest) on which all rates lead to nearby cells.
///
/// The shape is a hint for an order of elimination, on which no digits depend.
pub(super) fn shape(rates: &Rates<'_>) -> Option<Vec<usize>> {
    let jumps = Jumps::of(rates)?;
    let (mut cells, mut lengths) = (rates.cells(), jumps.lengths.clone());
    let mut shape = Vec::new();
    while let Some(extent) = last_extent(cells, &lengths) {
        shape.push(extent);
        cells /= extent;
        lengths.iter_mut().for_each(|length| *length = split(*length, extent).0);
        lengths.retain(|&length| length > 0);
        lengths.sort_unstable();
        lengths.dedup();
    }
    shape.push(cells);
    shape.reverse();
    (shape.len() > 1 && jumps.fill(rates, &shape)).then_some(shape)
}

/// By how much jumps change the number of the cell.
struct Jumps {
    lengths: Vec<usize>,
    /// One more than the place of a length among `lengths`.
    place: Vec<u8>,
}

impl Jumps {
    /// None where the lengths are too many for a lattice.
    fn of(rates: &Rates<'_>) -> Option<Self> {
        let mut jumps = Self { lengths: Vec::new(), place: vec![0; rates.cells()] };
        for cell in 0..rates.cells() {
            for length in later(rates, cell) {
                if jumps.place[length] == 0 {
                    jumps.lengths.push(length);
                    jumps.place[length] = u8::try_from(jumps.lengths.len()).ok()?;
                }
            }
        }
        Some(jumps)
    }

    /// Whether the jumps are those of a lattice: all short, none leaves it on one side and enters it on another (as between
    /// the last cell of a row and the first of the next, whose numbers follow each other), and half of the cells or
    /// more have one along every axis. Combs and trees have fewer, and next to nothing to separate.
    fn fill(&self, rates: &Rates<'_>, shape: &[usize]) -> bool {
        let steps: Vec<Vec<i64>> = self.lengths.iter().map(|&length| steps(length, shape)).collect();
        let mut at = vec![0; shape.len()];
        let mut along = vec![0; shape.len()];
        let within = (0..rates.cells()).all(|cell| {
            let within = later(rates, cell).all(|length| {
                let step = &steps[usize::from(self.place[length]) - 1];
                along.iter_mut().zip(step).for_each(|(count, &step)| *count += usize::from(step != 0));
                at.iter().zip(step).zip(shape).all(|((&x, &step), &extent)| (0..extent as i64).contains(&(x + step)))
            });
            advance(&mut at, shape);
            within
        });
        let short = steps.iter().flatten().all(|step| step.abs() <= REACH);
        within && short && along.iter().all(|&count| 2 * count >= rates.cells())
    }
}

/// Lengths of the jumps to cells of higher number.
fn later<'a>(rates: &'a Rates<'_>, cell: usize) -> impl Iterator<Item = usize> + 'a {
    rates
        .neighbours(cell)
        .iter()
        .map(|&other| other as usize)
        .filter(move |&other| other > cell)
        .map(move |other| other - cell)
}

/// Coordinates of the next cell.
fn advance(at: &mut [i64], shape: &[usize]) {
    for (x, &extent) in at.iter_mut().zip(shape).rev() {
        *x += 1;
        if *x < extent as i64 {
            return;
        }
        *x = 0;
    }
}

/// A length as (a, b), a whole rows and b cells.
fn split(length: usize, extent: usize) -> (usize, i64) {
    let rows = (length + extent / 2) / extent;
    (rows, length as i64 - (rows * extent) as i64)
}

/// A length as steps along the axes.
fn steps(mut length: usize, shape: &[usize]) -> Vec<i64> {
    let mut steps = vec![0; shape.len()];
    for axis in (1..shape.len()).rev() {
        (length, steps[axis]) = split(length, shape[axis]);
    }
    steps[0] = length as i64;
    steps
}

/// The extent of the last axis, if there is another one: of all divisors the one beside whose multiples the lengths
/// lie closest; of several the largest, since parts of a row serve as well.
fn last_extent(cells: usize, lengths: &[usize]) -> Option<usize> {
    let longest = lengths.iter().copied().max()?;
    let fitting = |extent: usize| {
        let along = lengths.iter().map(|&length| split(length, extent).1.unsigned_abs() as usize).max()?;
        let across = split(longest, extent).0;
        let fits = across > 0 && along > 0 && along * ROOM <= extent && across * ROOM <= cells / extent;
        fits.then_some((along, std::cmp::Reverse(extent)))
    };
    let small = (1..).take_while(|d| d * d <= cells).filter(|d| cells.is_multiple_of(*d));
    small.flat_map(|d| [d, cells / d]).filter_map(fitting).min().map(|(_, extent)| extent.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operator::Generator;

    /// Rates between cells of a lattice that differ by an offset or its opposite; around the edges if `closed`.
    fn lattice(shape: &[usize], offsets: &[&[i64]], closed: bool) -> Generator {
        let n: usize = shape.iter().product();
        let mut at = vec![0; shape.len()];
        let mut triplets = Vec::new();
        for cell in 0..n {
            for offset in offsets {
                let there: Vec<i64> = at.iter().zip(*offset).map(|(x, step)| x + step).collect();
                let inside = there.iter().zip(shape).all(|(&x, &extent)| (0..extent as i64).contains(&x));
                if inside || closed {
                    let along =
                        there.iter().zip(shape).map(|(x, &extent)| (x.rem_euclid(extent as i64) as usize, extent));
                    let other = along.fold(0, |number, (x, extent)| number * extent + x);
                    triplets.extend([(cell, other, 1.0), (other, cell, 2.0)]);
                }
            }
            advance(&mut at, shape);
        }
        Generator::from_triplets(n, &triplets).expect("positive rates")
    }

    const NINE: &[&[i64]] = &[&[0, 1], &[1, -1], &[1, 0], &[1, 1]];
    const SLANTED: &[&[i64]] = &[&[0, 1], &[1, 0], &[1, 2], &[2, 3], &[3, 4]];
    const TWELVE: &[&[i64]] = &[&[0, 0, 1], &[0, 1, 0], &[1, 0, 0], &[0, 1, -1], &[1, -1, 0], &[1, 0, -1]];

    #[test]
    fn lattices_are_recognised() {
        for (shape, offsets) in [
            (vec![32, 32], NINE),
            (vec![7, 200], NINE),
            (vec![200, 7], NINE),
            (vec![64, 48], SLANTED),
            (vec![60, 61], &[&[0, 1], &[1, 0]]),
            (vec![12, 10, 9], TWELVE),
        ] {
            let generator = lattice(&shape, offsets, false);
            assert_eq!(super::shape(&Rates::of(&generator)), Some(shape));
        }
    }

    #[test]
    fn what_is_no_lattice_is_left_alone() {
        let torus = lattice(&[32, 32], NINE, true);
        assert_eq!(super::shape(&Rates::of(&torus)), None, "a torus");
        let line = lattice(&[1000], &[&[1], &[2]], false);
        assert_eq!(super::shape(&Rates::of(&line)), None, "a line");
        let mut spiral: Vec<_> = (0..1023).flat_map(|cell| [(cell, cell + 1, 1.0), (cell + 1, cell, 1.0)]).collect();
        spiral.extend((0..992).flat_map(|cell| [(cell, cell + 32, 1.0), (cell + 32, cell, 1.0)]));
        let spiral = Generator::from_triplets(1024, &spiral).expect("positive rates");
        assert_eq!(super::shape(&Rates::of(&spiral)), None, "rows that are joined at their ends");
        let bursts = lattice(&[61, 61], &[&[0, 1], &[1, 0], &[9, 0]], false);
        assert_eq!(super::shape(&Rates::of(&bursts)), None, "long jumps");
        let tooth = (0..1023).filter(|cell| cell % 32 != 31).map(|cell| (cell, cell + 1));
        let comb = tooth.chain((0..31).map(|row| (32 * row, 32 * row + 32)));
        let comb: Vec<_> = comb.flat_map(|(a, b)| [(a, b, 1.0), (b, a, 1.0)]).collect();
        let comb = Generator::from_triplets(1024, &comb).expect("positive rates");
        assert_eq!(super::shape(&Rates::of(&comb)), None, "a comb");
        let scattered: Vec<_> = (1..1024).map(|cell: usize| (cell, cell * 389 % cell.min(700), 1.0)).collect();
        let both = scattered.iter().flat_map(|&(a, b, rate)| [(a, b, rate), (b, a, rate)]).filter(|(a, b, _)| a != b);
        let tree = Generator::from_triplets(1024, &both.collect::<Vec<_>>()).expect("positive rates");
        assert_eq!(super::shape(&Rates::of(&tree)), None, "a tree");
    }
}
