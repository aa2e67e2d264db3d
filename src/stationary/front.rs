//! Elimination of the pivots of one front in plain floating-point numbers.
//!
//! The front holds rates between its p pivots and b boundary cells, m = p + b, in three column-major pieces:
//! `panel` (m x p: columns of the pivots), `upper` (p x b: pivot rows), `schur` (b x b: what is passed on).
//! Eliminating pivot k with the sum s_k of its rates to later cells,
//!
//! V_kj = F_kj / s_k,   F_ij += F_ik V_kj   (i, j later than k).
//!
//! Rows are scaled to an outflow near 1, so F <= 1 and V <= 1: nothing overflows. Where a product may have
//! underflowed, the front is trusted only if every entry that it made is so large that what was lost does not
//! count; if not, it is reported ([`Trouble::Range`]) and done again in wide numbers.

use super::block::{Block, add_multiple, least, least_rows, products_are_sound, smaller};
use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};
use pulp::Arch;
use rayon::prelude::*;

/// Why a front could not be eliminated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Trouble {
    /// Nothing leads from this pivot to later cells.
    Closed(usize),
    /// The numbers may have left floating-point range; a sum of rates that is zero may be one of them.
    Range,
}

/// What is done about products that leave floating-point range.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Care {
    /// Every front proves that it lost nothing, or says that it cannot.
    Strict,
    /// Small entries are dropped, which the sums s_k do not notice while they are not small themselves.
    Sums,
}

impl Care {
    /// Entries below this are dropped; products of two that are not dropped are normal numbers.
    pub(super) fn floor(self) -> f64 {
        if self == Self::Strict { 0.0 } else { 1e-150 }
    }
}

/// Sums that are not below this do not notice what [`Care::Sums`] drops: the loss is the dropped entry over two of them.
pub(super) const SMALLEST_SUM: f64 = 1e-50;

/// Sets entries below `floor` to zero.
#[inline(always)]
pub(super) fn drop_below(entries: &mut [f64], floor: f64) {
    for entry in entries {
        *entry = if *entry < floor { 0.0 } else { *entry };
    }
}

/// Appends entries, those below `floor` as zeros.
#[inline(always)]
fn append(copy: &mut Vec<f64>, entries: &[f64], floor: f64) {
    copy.extend(entries.iter().map(|&entry| if entry < floor { 0.0 } else { entry }));
}

/// Products below this may have lost digits.
pub(super) const SMALLEST: f64 = f64::MIN_POSITIVE * 4_194_304.0;

/// Entries from here on do not notice that products below the normal numbers were lost.
const LARGE: f64 = f64::MIN_POSITIVE * 1.329_227_995_784_916e36;

/// Pivots whose elimination is applied to the rest at once.
const BLOCK: usize = 48;

/// Fronts with at most this many pivots are eliminated pivot by pivot.
const NARROW: usize = 16;

/// Columns of a front that is shared between threads are dealt in packets of this many; the packets, and with
/// them the digits, do not depend on the number of threads.
const PACKET: usize = 96;

/// Multiplications and additions from which a front is shared between threads.
const SHARED: f64 = 1e8;

/// The three pieces of a front.
pub(super) struct Pieces<'a> {
    pub pivots: usize,
    pub bounds: usize,
    pub panel: &'a mut [f64],
    pub upper: &'a mut [f64],
    pub schur: &'a mut [f64],
}

/// Room for intermediate results, kept from front to front.
#[derive(Default)]
pub(super) struct Scratch {
    sums: Vec<f64>,
    totals: Vec<f64>,
    copy: Vec<f64>,
    blocks: Vec<Block>,
}

/// Eliminates the pivots: `panel` then holds the columns F_ik below and the sums s_k on its diagonal, `schur` the
/// rates of the chain censored to the boundary. `last` says that the last pivot is the last cell of all.
pub(super) fn eliminate(
    arch: Arch,
    front: &mut Pieces<'_>,
    scratch: &mut Scratch,
    last: bool,
    care: Care,
) -> Result<(), Trouble> {
    let (p, b) = (front.pivots, front.bounds);
    scratch.sums.clear();
    scratch.sums.resize(p, 0.0);
    arch.dispatch(
        #[inline(always)]
        || add_columns(front.upper, p, &mut scratch.sums),
    );
    let sound = if p <= NARROW {
        let sound = arch.dispatch(
            #[inline(always)]
            || eliminate_narrow(front, scratch, last, care),
        )?;
        if b > 0 {
            let m = p + b;
            let columns = MatRef::from_column_major_slice_with_stride(&front.panel[p..], b, p, m);
            let rows = MatRef::from_column_major_slice(&*front.upper, p, b);
            matmul(MatMut::from_column_major_slice_mut(front.schur, b, b), Accum::Add, columns, rows, 1.0, Par::Seq);
        }
        sound
    } else {
        eliminate_panel(arch, front, scratch, last, care)? & pass_on(arch, front, scratch, care)
    };
    let trusted = match care {
        Care::Strict => sound || is_large(front),
        Care::Sums => (0..p).all(|k| front.panel[k * (p + b) + k] >= SMALLEST_SUM),
    };
    if trusted { Ok(()) } else { Err(Trouble::Range) }
}

/// Whether all entries are so large that lost products do not count.
fn is_large(front: &Pieces<'_>) -> bool {
    let (p, b) = (front.pivots, front.bounds);
    let m = p + b;
    let large = |entry: &f64| *entry >= LARGE;
    // Above the diagonal are the V, to be judged as the F = V s that products were added to.
    let sum = |k: usize| front.panel[k * m + k];
    let within = front.panel.chunks_exact(m).enumerate().all(|(k, column)| {
        column[k + 1..].iter().all(large) && column[..k].iter().enumerate().all(|(l, v)| large(&(v * sum(l))))
    });
    let rows = |column: &[f64]| column.iter().enumerate().all(|(k, v)| large(&(v * sum(k))));
    let off_diagonal = |(at, entry): (usize, &f64)| at % (b + 1) == 0 || large(entry);
    within && front.upper.chunks_exact(p).all(rows) && front.schur.iter().enumerate().all(off_diagonal)
}

/// sums[i] += sum of row i.
#[inline(always)]
fn add_columns(matrix: &[f64], rows: usize, sums: &mut [f64]) {
    if rows > 0 {
        for column in matrix.chunks_exact(rows) {
            for (sum, entry) in sums.iter_mut().zip(column) {
                *sum += entry;
            }
        }
    }
}

/// Pivot by pivot, everything but the product that makes the Schur complement. Whether no product underflowed.
#[inline(always)]
fn eliminate_narrow(front: &mut Pieces<'_>, scratch: &mut Scratch, last: bool, care: Care) -> Result<bool, Trouble> {
    eliminate_columns(front, &mut scratch.sums, last, care.floor())?;
    finish_upper(front, &mut scratch.copy, care.floor())?;
    Ok(care != Care::Strict || narrow_is_sound(front))
}

/// Columns F and sums s of the panel, and the V above its diagonal.
#[inline(always)]
fn eliminate_columns(front: &mut Pieces<'_>, sums: &mut [f64], last: bool, floor: f64) -> Result<(), Trouble> {
    let (p, m) = (front.pivots, front.pivots + front.bounds);
    for k in 0..p {
        let (done, later) = front.panel.split_at_mut((k + 1) * m);
        let column = &mut done[k * m + k..];
        let sum = sums[k] + later.iter().skip(k).step_by(m).sum::<f64>();
        if sum == 0.0 {
            if last && k + 1 == p {
                column[0] = 1.0;
                continue;
            }
            return Err(Trouble::Range);
        }
        column[0] = sum;
        let column = &mut column[1..];
        drop_below(column, floor);
        for target in later.chunks_exact_mut(m) {
            let factor = target[k] / sum;
            let factor = if factor < floor { 0.0 } else { factor };
            target[k] = factor;
            if factor > 0.0 {
                add_multiple(&mut target[k + 1..], factor, column);
            }
        }
        let passed = sums[k] / sum;
        add_multiple(&mut sums[k + 1..], passed, column);
    }
    Ok(())
}

/// Rows V of the boundary columns. They are laid side by side meanwhile, so that long rows are added, not short columns.
#[inline(always)]
fn finish_upper(front: &mut Pieces<'_>, rows: &mut Vec<f64>, floor: f64) -> Result<(), Trouble> {
    let (p, b, m) = (front.pivots, front.bounds, front.pivots + front.bounds);
    if b == 0 {
        return Ok(());
    }
    rows.clear();
    for k in 0..p {
        rows.extend(front.upper.iter().skip(k).step_by(p));
    }
    for k in 0..p {
        let (row, later) = rows[k * b..].split_at_mut(b);
        let inverse = 1.0 / front.panel[k * m + k];
        if !inverse.is_finite() {
            return Err(Trouble::Range);
        }
        for entry in row.iter_mut() {
            let factor = *entry * inverse;
            *entry = if factor < floor { 0.0 } else { factor };
        }
        for (target, &rate) in later.chunks_exact_mut(b).zip(&front.panel[k * m + k + 1..k * m + p]) {
            add_multiple(target, rate, row);
        }
    }
    for (k, row) in rows.chunks_exact(b).enumerate() {
        for (target, &entry) in front.upper.iter_mut().skip(k).step_by(p).zip(row) {
            *target = entry;
        }
    }
    Ok(())
}

/// Whether no product of a column F and a row V underflowed.
#[inline(always)]
fn narrow_is_sound(front: &Pieces<'_>) -> bool {
    let (p, m) = (front.pivots, front.pivots + front.bounds);
    (0..p).all(|k| {
        let within = (k + 1..p).map(|l| front.panel[l * m + k]).fold(f64::INFINITY, smaller);
        let row = front.upper.iter().skip(k).step_by(p).copied().fold(within, smaller);
        least(&front.panel[k * m + k + 1..(k + 1) * m]) * row >= SMALLEST
    })
}

/// Eliminates the pivots within the panel, block by block.
fn eliminate_panel(
    arch: Arch,
    front: &mut Pieces<'_>,
    scratch: &mut Scratch,
    last: bool,
    care: Care,
) -> Result<bool, Trouble> {
    let (p, m) = (front.pivots, front.pivots + front.bounds);
    let shared = 2.0 * (m * p) as f64 * p as f64 > SHARED;
    let count = p.div_ceil(BLOCK);
    let mut sound = true;
    if scratch.blocks.len() < count {
        scratch.blocks.resize_with(count, Block::default);
    }
    for index in 0..count {
        let start = index * BLOCK;
        let end = p.min(start + BLOCK);
        let size = end - start;
        let block = &mut scratch.blocks[index];
        block.start = start;
        let (columns, later) = front.panel[start * m..].split_at_mut(size * m);
        let (sums, totals) = (&mut scratch.sums, &mut scratch.totals);
        totals.clear();
        totals.extend_from_slice(&sums[start..end]);
        sound &= arch.dispatch(
            #[inline(always)]
            || {
                for column in later.chunks_exact(m) {
                    for (total, entry) in totals.iter_mut().zip(&column[start..end]) {
                        *total += entry;
                    }
                }
                block.eliminate(&mut columns[start..], m, totals, last && end == p, care)
            },
        )?;
        sound &= finish_columns(arch, block, columns, m, &mut scratch.copy, care);
        block.pass_sums(&mut sums[start..end]);
        for (l, column) in columns.chunks_exact(m).enumerate() {
            let passed = sums[start + l];
            add_multiple(&mut sums[end..], passed, &column[end..p]);
        }
        let (block, columns) = (&scratch.blocks[index], &*columns);
        sound &= deal(later, m, p - end, shared, |packet, copy| advance(arch, block, columns, m, packet, copy, care));
    }
    Ok(sound)
}

/// Runs `task` over packets of columns, each with room for copies.
fn deal(
    columns: &mut [f64],
    stride: usize,
    count: usize,
    shared: bool,
    task: impl Fn(&mut [f64], &mut Vec<f64>) -> bool + Sync,
) -> bool {
    if count == 0 {
        return true;
    }
    let packet = if shared { PACKET } else { count };
    let columns = &mut columns[..count * stride];
    if shared {
        columns
            .par_chunks_mut(packet * stride)
            .map_init(Vec::new, |copy, packet| task(packet, copy))
            .reduce(|| true, |a, b| a & b)
    } else {
        task(columns, &mut Vec::new())
    }
}

/// [`drop_below`] for many columns, where there is anything to drop.
fn drop_all<'a>(arch: Arch, columns: impl Iterator<Item = &'a mut [f64]>, care: Care) {
    if care != Care::Strict {
        for column in columns {
            arch.dispatch(
                #[inline(always)]
                || drop_below(column, care.floor()),
            );
        }
    }
}

/// Smallest positive entries of columns.
fn least_of<'a>(arch: Arch, columns: impl Iterator<Item = &'a [f64]>) -> Vec<f64> {
    let least = |column| {
        arch.dispatch(
            #[inline(always)]
            || least(column),
        )
    };
    columns.map(least).collect()
}

/// Columns of a block, below it: F <- F (I - U)^-1.
fn finish_columns(
    arch: Arch,
    block: &mut Block,
    columns: &mut [f64],
    m: usize,
    copy: &mut Vec<f64>,
    care: Care,
) -> bool {
    let (size, end) = (block.size, block.start + block.size);
    let rows = m - end;
    block.panel_least.clear();
    if rows == 0 {
        block.panel_least.resize(size, f64::INFINITY);
        return true;
    }
    copy.clear();
    arch.dispatch(
        #[inline(always)]
        || columns.chunks_exact(m).for_each(|column| append(copy, &column[end..], care.floor())),
    );
    let sound =
        care != Care::Strict || products_are_sound(&least_of(arch, copy.chunks_exact(rows)), &block.columns_least);
    let old = MatRef::from_column_major_slice(copy, rows, size);
    let inverse = MatRef::from_column_major_slice(&block.columns, size, size);
    let target = MatMut::from_column_major_slice_with_stride_mut(&mut columns[end..], rows, size, m);
    matmul(target, Accum::Replace, old, inverse, 1.0, Par::Seq);
    drop_all(arch, columns.chunks_exact_mut(m).map(|column| &mut column[end..]), care);
    if care == Care::Strict {
        block.panel_least = least_of(arch, columns.chunks_exact(m).map(|column| &column[end..]));
    }
    sound
}

/// Columns of later pivots: the rows of the block become V, the rows below take the block's elimination.
fn advance(
    arch: Arch,
    block: &Block,
    columns: &[f64],
    m: usize,
    later: &mut [f64],
    copy: &mut Vec<f64>,
    care: Care,
) -> bool {
    let (start, size) = (block.start, block.size);
    let end = start + size;
    let count = later.len() / m;
    let sound = finish_rows(arch, block, later, m, start, copy, care);
    let (mut rows, target) = MatMut::from_column_major_slice_with_stride_mut(&mut later[start..], m - start, count, m)
        .split_at_row_mut(size);
    let columns = MatRef::from_column_major_slice_with_stride(&columns[end..], m - end, size, m);
    matmul(target, Accum::Add, columns, rows.as_mut(), 1.0, Par::Seq);
    sound
}

/// V = (S - L)^-1 F for the rows of a block that begin at `offset` in every column; checks its products with the
/// finished columns, too.
fn finish_rows(
    arch: Arch,
    block: &Block,
    later: &mut [f64],
    stride: usize,
    offset: usize,
    copy: &mut Vec<f64>,
    care: Care,
) -> bool {
    let (size, count) = (block.size, later.len() / stride);
    let rows = offset..offset + size;
    copy.clear();
    arch.dispatch(
        #[inline(always)]
        || later.chunks_exact(stride).for_each(|column| append(copy, &column[rows.clone()], care.floor())),
    );
    let least_of_rows = |columns: &mut dyn Iterator<Item = &[f64]>| {
        let mut minima = vec![f64::INFINITY; size];
        for column in columns {
            arch.dispatch(
                #[inline(always)]
                || least_rows(column, &mut minima),
            );
        }
        minima
    };
    let strict = care == Care::Strict;
    let sound = !strict || products_are_sound(&least_of_rows(&mut copy.chunks_exact(size)), &block.rows_least);
    let inverse = MatRef::from_column_major_slice(&block.rows, size, size);
    let old = MatRef::from_column_major_slice(copy, size, count);
    let target = MatMut::from_column_major_slice_with_stride_mut(&mut later[offset..], size, count, stride);
    matmul(target, Accum::Replace, inverse, old, 1.0, Par::Seq);
    drop_all(arch, later.chunks_exact_mut(stride).map(|column| &mut column[rows.clone()]), care);
    let mut finished = later.chunks_exact(stride).map(|column| &column[rows.clone()]);
    sound && (!strict || products_are_sound(&least_of_rows(&mut finished), &block.panel_least))
}

/// Finishes the pivot rows of the boundary columns and adds what they pass on to the Schur complement.
fn pass_on(arch: Arch, front: &mut Pieces<'_>, scratch: &mut Scratch, care: Care) -> bool {
    let (p, b) = (front.pivots, front.bounds);
    if b == 0 {
        return true;
    }
    let m = p + b;
    let (panel, blocks) = (&*front.panel, &scratch.blocks[..p.div_ceil(BLOCK)]);
    let task = |(upper, schur): (&mut [f64], &mut [f64]), copy: &mut Vec<f64>| {
        let count = upper.len() / p;
        let mut sound = true;
        for block in blocks {
            let (start, size) = (block.start, block.size);
            if start > 0 {
                let rows = MatMut::from_column_major_slice_mut(upper, p, count);
                let (done, rows) = rows.split_at_row_mut(start);
                let left = MatRef::from_column_major_slice_with_stride(&panel[start..], size, start, m);
                matmul(rows.subrows_mut(0, size), Accum::Add, left, done, 1.0, Par::Seq);
            }
            sound &= finish_rows(arch, block, upper, p, start, copy, care);
        }
        let rows = MatRef::from_column_major_slice(&*upper, p, count);
        let columns = MatRef::from_column_major_slice_with_stride(&panel[p..], b, p, m);
        let target = MatMut::from_column_major_slice_mut(schur, b, count);
        matmul(target, Accum::Add, columns, rows, 1.0, Par::Seq);
        sound
    };
    if 2.0 * (b * p) as f64 * b as f64 > SHARED {
        let packets = front.upper.par_chunks_mut(PACKET * p).zip(front.schur.par_chunks_mut(PACKET * b));
        packets.map_init(Vec::new, |copy, packet| task(packet, copy)).reduce(|| true, |a, b| a & b)
    } else {
        task((front.upper, front.schur), &mut scratch.copy)
    }
}
