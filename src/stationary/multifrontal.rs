//! The walk over the tree of fronts: assemble, eliminate, keep, pass on.
//!
//! Subtrees with little work are walked by one thread each, on stacks of their own: what a front passes on is
//! pushed on the stack of the parity of its depth, so that popping the children of a front and pushing its own
//! result never meet. The fronts above are done by whichever thread finishes the last of their children.

use super::analysis::{Front, NONE, Tree};
use super::assembly::{self, Contribution, Run};
use super::factor::{self, Factor, Kept, Rows, pack};
use super::front::{Care, Pieces, SMALLEST, Scratch, Trouble, eliminate};
use super::rates::Rates;
use super::wide::Wide;
use super::wide_front::WideFront;
use pulp::Arch;
use rayon::prelude::*;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// What a front passes on to its parent: a column-major square matrix over its boundary.
enum Passed {
    /// On the stack of the parity of its depth, from this entry.
    Stacked(usize),
    Plain(Vec<f64>),
    Wide(Vec<Wide>),
}

/// Where a front could not be eliminated: (position of the pivot, trouble).
pub(super) type Stop = (usize, Trouble);

/// Scaled rates below this are not trusted to plain numbers.
const SMALLEST_RATE: f64 = SMALLEST * 1_099_511_627_776.0;

/// Eliminates everything; keeps the rows V besides the columns F if `both`.
pub(super) fn factorise(rates: &Rates<'_>, tree: &Tree, both: bool, care: Care) -> Result<Factor, Stop> {
    let job = Job::new(rates, tree, both, care);
    let stops: Vec<Stop> = job.roots.par_iter().with_max_len(1).filter_map(|&root| job.climb(root).err()).collect();
    if let Some(&stop) = stops.iter().min_by_key(|stop| stop.0) {
        return Err(stop);
    }
    let count = tree.fronts.len();
    let mut kept: Vec<Kept> = (0..count).map(|_| Kept::Wide(Vec::new())).collect();
    let mut rows: Vec<Rows> = if both { (0..count).map(|_| Rows::Plain(Vec::new())).collect() } else { Vec::new() };
    let mut stores = Vec::new();
    for share in job.workspaces.into_inner().unwrap_or_default().into_iter().map(|work| work.share) {
        let base = stores.len() as u32;
        for (front, columns) in share.kept {
            kept[front] = match columns {
                Kept::Plain { store, start } => Kept::Plain { store: base + store, start },
                wide => wide,
            };
        }
        for (front, kept) in share.rows {
            rows[front] = kept;
        }
        stores.extend(share.stores);
    }
    Ok(Factor { kept, stores, rows })
}

/// What one thread keeps.
#[derive(Default)]
struct Share {
    kept: Vec<(usize, Kept)>,
    rows: Vec<(usize, Rows)>,
    stores: Vec<Vec<f64>>,
    /// Entries of the last store in use.
    used: usize,
}

/// Entries of a store, unless all of the factor is less or one front more.
const STORE: usize = 1 << 22;

impl Share {
    /// The free part of the last store, with at least `length` entries.
    fn free(&mut self, length: usize, whole: usize) -> &mut [f64] {
        if self.stores.last().is_none_or(|store| store.len() < self.used + length) {
            self.stores.push(vec![0.0; length.max(STORE.min(whole))]);
            self.used = 0;
        }
        match self.stores.last_mut() {
            Some(store) => &mut store[self.used..self.used + length],
            None => &mut [],
        }
    }

    /// Keeps the first `length` free entries as columns of a front.
    fn keep(&mut self, front: usize, length: usize) {
        let store = self.stores.len().saturating_sub(1) as u32;
        self.kept.push((front, Kept::Plain { store, start: self.used }));
        self.used += length;
    }
}

/// Memory of one thread, kept from front to front.
#[derive(Default)]
struct Workspace {
    share: Share,
    scratch: Scratch,
    /// What fronts of even and of odd depth pass on, and how much of it is in use.
    stacks: [Vec<f64>; 2],
    tops: [usize; 2],
    upper: Vec<f64>,
    runs: Vec<Vec<Run>>,
    /// Place in the front of every position of its boundary; other entries are left from earlier fronts.
    places: Vec<u32>,
}

struct Job<'a> {
    rates: &'a Rates<'a>,
    tree: &'a Tree,
    both: bool,
    care: Care,
    arch: Arch,
    /// Roots of the subtrees that one thread walks.
    roots: Vec<usize>,
    /// Children of the fronts above that are not done yet.
    waiting: Vec<AtomicU32>,
    passed: Vec<Mutex<Option<Passed>>>,
    /// Entries of all columns, and what the largest front needs besides.
    whole: usize,
    workspaces: Mutex<Vec<Workspace>>,
    buffers: Buffers,
    /// Whether a front could not be eliminated, so that a pass which would be done again may stop.
    failed: AtomicBool,
}

impl<'a> Job<'a> {
    fn new(rates: &'a Rates<'a>, tree: &'a Tree, both: bool, care: Care) -> Self {
        let fronts = &tree.fronts;
        let roots = tree.subtrees().0;
        Self {
            rates,
            tree,
            both,
            care,
            arch: Arch::new(),
            roots,
            waiting: (0..fronts.len()).map(|f| AtomicU32::new(tree.children(f).count() as u32)).collect(),
            passed: (0..fronts.len()).map(|_| Mutex::new(None)).collect(),
            whole: fronts.iter().map(Front::kept).sum::<usize>() + fronts.iter().map(Front::panel).max().unwrap_or(0),
            workspaces: Mutex::default(),
            buffers: Buffers::default(),
            failed: AtomicBool::new(false),
        }
    }

    /// Walks a subtree and then the fronts above it as far as nobody else is needed.
    fn climb(&self, root: usize) -> Result<(), Stop> {
        if self.care == Care::Sums && self.failed.load(Ordering::Relaxed) {
            // All of it will be done again.
            return Err((self.tree.fronts[root].first as usize, Trouble::Range));
        }
        let mut work = self.workspaces.lock().ok().and_then(|mut pool| pool.pop()).unwrap_or_default();
        let done = self.walk(root, &mut work);
        if done.is_err() {
            self.failed.store(true, Ordering::Relaxed);
        }
        if let Ok(mut pool) = self.workspaces.lock() {
            pool.push(work);
        }
        done
    }

    fn walk(&self, root: usize, work: &mut Workspace) -> Result<(), Stop> {
        work.tops = [0; 2];
        for front in self.tree.fronts[root].lowest as usize..=root {
            self.front(front, work, front == root)?;
        }
        let mut at = root;
        loop {
            let parent = self.tree.fronts[at].parent;
            if parent == NONE || self.waiting[parent as usize].fetch_sub(1, Ordering::AcqRel) != 1 {
                return Ok(());
            }
            at = parent as usize;
            self.front(at, work, true)?;
        }
    }

    /// Eliminates one front. What it passes on outlives the stacks of this thread if it is `owned`.
    fn front(&self, at: usize, work: &mut Workspace, owned: bool) -> Result<(), Stop> {
        let front = self.tree.fronts[at];
        let children: Vec<Child> = self.tree.children(at).map(|child| self.child(child)).collect();
        if work.runs.len() < children.len() {
            work.runs.resize_with(children.len(), Vec::new);
        }
        work.places.resize(self.rates.cells(), 0);
        for (place, &position) in (front.pivots..).zip(self.tree.boundary(at)) {
            work.places[position as usize] = place;
        }
        for (child, runs) in children.iter().zip(&mut work.runs) {
            assembly::runs(self.tree.boundary(child.front), front.first, front.pivots, &work.places, runs);
        }
        let last = (front.first + front.pivots) as usize == self.rates.cells();
        let done = match self.plain(at, &children, work, last, owned) {
            Err(Trouble::Range) if matches!(self.care, Care::Strict) => self.wide(at, &children, work, last),
            other => other,
        };
        let parity = front.depth as usize % 2;
        for child in children {
            match child.passed {
                Passed::Stacked(start) => work.tops[1 - parity] = work.tops[1 - parity].min(start),
                Passed::Plain(buffer) => self.buffers.give(buffer),
                Passed::Wide(_) => {}
            }
        }
        match done {
            Ok(passed) => {
                if let Ok(mut slot) = self.passed[at].lock() {
                    *slot = Some(passed);
                }
                Ok(())
            }
            Err(Trouble::Closed(k)) => Err((front.first as usize + k, Trouble::Closed(k))),
            Err(trouble) => Err((front.first as usize, trouble)),
        }
    }

    fn child(&self, front: usize) -> Child {
        let passed = self.passed[front].lock().ok().and_then(|mut slot| slot.take());
        Child { front, passed: passed.unwrap_or(Passed::Plain(Vec::new())) }
    }

    /// Calls `add(row, column, from, rate)` for every rate of the generator between pivots and pivots or boundary.
    fn originals(&self, at: usize, places: &[u32], mut add: impl FnMut(usize, usize, usize, f64)) {
        let Front { first, pivots: p, .. } = self.tree.fronts[at];
        for k in 0..p as usize {
            let cell = self.tree.order[first as usize + k] as usize;
            for (&other, &rate) in self.rates.neighbours(cell).iter().zip(self.rates.row(cell)) {
                let other = other as usize;
                let position = self.tree.place[other];
                if position < first {
                    continue;
                }
                if position < first + p {
                    add(k, (position - first) as usize, cell, rate);
                } else {
                    let place = places[position as usize] as usize;
                    add(k, place, cell, rate);
                    add(place, k, other, self.rates.rate(other, cell));
                }
            }
        }
    }

    fn plain(
        &self,
        at: usize,
        children: &[Child],
        work: &mut Workspace,
        last: bool,
        owned: bool,
    ) -> Result<Passed, Trouble> {
        let front = self.tree.fronts[at];
        let (p, b) = (front.pivots as usize, front.bounds());
        let parity = front.depth as usize % 2;
        let Workspace { share, scratch, stacks: [even, odd], tops, upper, runs, places } = work;
        let (mine, theirs) = if parity == 0 { (even, &*odd) } else { (odd, &*even) };
        let mut buffer = if owned { self.buffers.take(b * b) } else { Vec::new() };
        let schur = if owned { &mut buffer[..b * b] } else { room(mine, tops[parity], b * b) };
        let panel = share.free(front.panel(), self.whole);
        // The panel before left entries here. Fresh pages are zero, but are written as well: a page that is read first is
        // mapped twice, and the second time every thread has to hear of it.
        panel.fill(0.0);
        upper.clear();
        upper.resize(p * b, 0.0);
        let mut pieces = Pieces { pivots: p, bounds: b, panel, upper, schur };
        self.originals_into(at, places, &mut pieces)?;
        self.assemble(children, runs, theirs, &mut pieces)?;
        eliminate(self.arch, &mut pieces, scratch, last, self.care)?;
        if self.both {
            let rows = factor::rows(pieces.panel, p + b, pieces.upper.iter().copied());
            share.rows.push((at, Rows::Plain(rows)));
        }
        let entries = pack(share.free(front.panel(), self.whole), &front);
        share.keep(at, entries);
        if owned {
            return Ok(Passed::Plain(buffer));
        }
        tops[parity] += b * b;
        Ok(Passed::Stacked(tops[parity] - b * b))
    }

    /// Adds the rates of the generator to the pivots.
    fn originals_into(&self, at: usize, places: &[u32], pieces: &mut Pieces<'_>) -> Result<(), Trouble> {
        let p = pieces.pivots;
        let m = p + pieces.bounds;
        let mut sound = true;
        self.originals(at, places, |row, column, from, rate| {
            if rate > 0.0 {
                let rate = self.rates.scaled(from, rate);
                sound &= rate >= SMALLEST_RATE;
                if column < p {
                    pieces.panel[row + column * m] += rate;
                } else {
                    pieces.upper[row + (column - p) * p] += rate;
                }
            }
        });
        if sound || self.care != Care::Strict { Ok(()) } else { Err(Trouble::Range) }
    }

    /// Adds what the children pass on.
    fn assemble(
        &self,
        children: &[Child],
        runs: &[Vec<Run>],
        stack: &[f64],
        pieces: &mut Pieces<'_>,
    ) -> Result<(), Trouble> {
        let p = pieces.pivots;
        let m = p + pieces.bounds;
        let mut contributions = Vec::with_capacity(children.len());
        for (child, runs) in children.iter().zip(runs) {
            let size = self.tree.fronts[child.front].bounds();
            let Some(rates) = child.plain(stack, size) else { return Err(Trouble::Range) };
            let contribution = Contribution { rates, size, runs };
            let split = self.arch.dispatch(
                #[inline(always)]
                || contribution.add_pivots(pieces.panel, m, p),
            );
            contributions.push((contribution, split));
        }
        self.arch.dispatch(
            #[inline(always)]
            || assembly::add_bounds(&contributions, pieces),
        );
        Ok(())
    }

    fn wide(&self, at: usize, children: &[Child], work: &mut Workspace, last: bool) -> Result<Passed, Trouble> {
        let front = self.tree.fronts[at];
        let p = front.pivots as usize;
        let mut wide = WideFront::new(p + front.bounds());
        let m = wide.order;
        let stack = &work.stacks[1 - front.depth as usize % 2];
        self.originals(at, &work.places, |row, column, from, rate| {
            wide.add(row, column, self.rates.scaled_wide(from, rate))
        });
        for (child, runs) in children.iter().zip(&work.runs) {
            let size = self.tree.fronts[child.front].bounds();
            let places = || runs.iter().flat_map(|run| (0..run.length).map(|k| (run.from + k, run.to + k)));
            for (c, column) in places() {
                for (r, row) in places() {
                    let entry = r as usize + c as usize * size;
                    let rate = match (&child.passed, child.plain(stack, size)) {
                        (Passed::Wide(rates), _) => rates[entry],
                        (_, Some(rates)) => Wide::from(rates[entry]),
                        (_, None) => Wide::ZERO,
                    };
                    wide.add(row as usize, column as usize, rate);
                }
            }
        }
        wide.eliminate(p, last)?;
        let columns =
            wide.rates.chunks_exact(m).take(p).enumerate().flat_map(|(k, column)| column[k..].iter().copied());
        work.share.kept.push((at, Kept::Wide(columns.collect())));
        if self.both {
            let (panel, later) = wide.rates.split_at(p * m);
            let upper = later.chunks_exact(m).flat_map(|column| column[..p].iter().copied());
            work.share.rows.push((at, Rows::Wide(factor::rows(panel, m, upper))));
        }
        let passed: Vec<Wide> =
            wide.rates.chunks_exact(m).skip(p).flat_map(|column| column[p..].iter().copied()).collect();
        let fits = |rate: &Wide| rate.is_zero() || rate.plain(0) >= SMALLEST_RATE;
        if passed.iter().enumerate().all(|(at, rate)| at % (m - p + 1) == 0 || fits(rate)) {
            return Ok(Passed::Plain(passed.iter().map(|rate| rate.plain(0)).collect()));
        }
        Ok(Passed::Wide(passed))
    }
}

/// `length` entries of a stack from `start` on.
fn room(stack: &mut Vec<f64>, start: usize, length: usize) -> &mut [f64] {
    if stack.len() < start + length {
        stack.resize(start + length, 0.0);
    }
    &mut stack[start..start + length]
}

struct Child {
    front: usize,
    passed: Passed,
}

impl Child {
    fn plain<'a>(&'a self, stack: &'a [f64], size: usize) -> Option<&'a [f64]> {
        match &self.passed {
            Passed::Stacked(start) => Some(&stack[*start..*start + size * size]),
            Passed::Plain(rates) => Some(&rates[..size * size]),
            Passed::Wide(_) => None,
        }
    }
}

/// Blocks of memory kept for later.
const SPARE: usize = 2;

/// Large blocks of memory that are used again, because fresh pages are slow.
#[derive(Default)]
struct Buffers {
    free: Mutex<Vec<Vec<f64>>>,
}

impl Buffers {
    /// At least `length` entries of any value.
    fn take(&self, length: usize) -> Vec<f64> {
        let found = self.free.lock().ok().and_then(|mut free| {
            let fitting = (0..free.len()).filter(|&at| free[at].len() >= length).min_by_key(|&at| free[at].len());
            // Where none fits, the largest makes room for a larger one.
            let largest = || (0..free.len()).max_by_key(|&at| free[at].len());
            fitting.or_else(largest).map(|at| free.swap_remove(at))
        });
        found.filter(|buffer| buffer.len() >= length).unwrap_or_else(|| vec![0.0; length])
    }

    fn give(&self, buffer: Vec<f64>) {
        if let Ok(mut free) = self.free.lock() {
            free.push(buffer);
            // Fronts grow on the way up: small blocks are not asked for again.
            if free.len() > SPARE {
                let smallest = (0..free.len()).min_by_key(|&at| free[at].len());
                smallest.map(|at| free.swap_remove(at));
            }
        }
    }
}
