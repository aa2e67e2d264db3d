//! Many laws: points of a product of axes, worked off by all threads.
//!
//! Every point is a problem of its own, so results do not depend on the number of threads, on the order in which
//! points are taken or on where a run was broken off. What neighbours share are the tables and memory of the solver,
//! which a thread keeps.

use super::Reading;
use crate::estimate::Estimate;
use crate::record::{LawKind, SweepCell, SweepRow};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Points that a thread takes at once.
const MOST: usize = 256;
/// A batch that took longer than this is followed by a smaller one, so that little is lost when a run is broken off.
const LONG: Duration = Duration::from_millis(4);
/// Batches shorter than this are followed by larger ones.
const SHORT: Duration = Duration::from_millis(1);

/// What was found, as a row.
pub fn row(readings: Vec<Reading>) -> SweepRow {
    let cell = |reading| match reading {
        Reading::Number(estimate) => number(estimate),
        Reading::AtPoint(value) => SweepCell::AtPoint(value),
        Reading::Infinite => SweepCell::Infinite,
        Reading::Absent(why) => SweepCell::Absent(why),
        Reading::Word("point_mass") => SweepCell::Law(LawKind::PointMass),
        Reading::Word(_) => SweepCell::Law(LawKind::Density),
    };
    SweepRow::Found(readings.into_iter().map(cell).collect())
}

fn number(estimate: Estimate) -> SweepCell {
    let (value, error) = (estimate.value, estimate.error());
    if value.is_finite() && error.is_finite() {
        SweepCell::Number { value, error }
    } else {
        SweepCell::Absent("it is outside the range of floating-point numbers, or its error cannot be told".to_owned())
    }
}

/// Computes the rows of `points` with all threads and hands them to `keep`, batch by batch and in no order, until
/// that says no; whether all were kept.
pub fn work_off(
    points: &[usize],
    row: &(dyn Fn(usize) -> SweepRow + Sync),
    keep: &(dyn Fn(Vec<(usize, SweepRow)>) -> bool + Sync),
) -> bool {
    let queue = Queue::of(points);
    work_on(&queue, row, keep);
    !queue.stopped.load(Ordering::Relaxed)
}

/// The same with the points that others leave in the queue.
pub fn work_on(
    queue: &Queue<'_>,
    row: &(dyn Fn(usize) -> SweepRow + Sync),
    keep: &(dyn Fn(Vec<(usize, SweepRow)>) -> bool + Sync),
) {
    let threads = rayon::current_num_threads();
    let workers = threads.min(queue.points.len()).max(1);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            // Solvers that use threads of their own get their share, and nobody works on two points at once.
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.div_ceil(workers)).build();
            scope.spawn(move || match pool {
                Ok(pool) => pool.install(|| queue.work(row, keep)),
                Err(_) => queue.work(row, keep),
            });
        }
    });
}

/// Points that wait, for everybody to take from.
#[derive(Debug)]
pub struct Queue<'a> {
    points: &'a [usize],
    next: AtomicUsize,
    stopped: AtomicBool,
}

impl<'a> Queue<'a> {
    /// All these points.
    pub fn of(points: &'a [usize]) -> Self {
        Self { points, next: AtomicUsize::new(0), stopped: AtomicBool::new(false) }
    }

    /// The next points, at most `size` of them; none when all are taken.
    pub fn take(&self, size: usize) -> &'a [usize] {
        if self.stopped.load(Ordering::Relaxed) {
            return &[];
        }
        let first = self.next.fetch_add(size, Ordering::Relaxed).min(self.points.len());
        &self.points[first..(first + size).min(self.points.len())]
    }

    /// Nothing more is to be taken.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    fn work(&self, row: &(dyn Fn(usize) -> SweepRow + Sync), keep: &(dyn Fn(Vec<(usize, SweepRow)>) -> bool + Sync)) {
        let mut size = 1;
        loop {
            let points = self.take(size);
            if points.is_empty() {
                return;
            }
            let start = Instant::now();
            let batch = points.iter().map(|&point| (point, row(point))).collect();
            let took = start.elapsed();
            if !keep(batch) {
                self.stop();
            }
            if took < SHORT {
                size = (2 * size).min(MOST);
            } else if took > LONG {
                size = (size / 2).max(1);
            }
        }
    }
}

/// Where points should be inserted next into one axis: the middles of the steps over which some observable changes
/// by at least half of what it changes by at most over any step (relative to its range), at most `most` of them.
///
/// A step between a density and a point mass, or to a law that could not be computed, counts as the largest change.
/// `rows` belong to the ascending or descending `values`; `middle` halves a step, if
/// there is anything between its ends; steps without a middle do not count.
pub fn insertions(
    values: &[f64],
    rows: &[&SweepRow],
    most: usize,
    middle: impl Fn(f64, f64) -> Option<f64>,
) -> Vec<f64> {
    let count =
        rows.iter().map(|row| if let SweepRow::Found(cells) = row { cells.len() } else { 0 }).max().unwrap_or(0);
    let mut changes = vec![0.0f64; values.len().saturating_sub(1)];
    for k in 0..count {
        let known: Vec<Option<f64>> = rows.iter().map(|row| Some(row.cell(k).0).filter(|x| x.is_finite())).collect();
        let [low, high] = known
            .iter()
            .flatten()
            .fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], &x| [low.min(x), high.max(x)]);
        for (i, change) in changes.iter_mut().enumerate() {
            let step = if rows[i].cell(k).2 != rows[i + 1].cell(k).2 {
                1.0
            } else {
                match (known[i], known[i + 1]) {
                    (Some(a), Some(b)) if high > low => (b - a).abs() / (high - low),
                    _ => 0.0,
                }
            };
            *change = change.max(step);
        }
    }
    let between = |w: &[f64]| middle(w[0], w[1]).filter(|m| (m - w[0]) * (w[1] - m) > 0.0);
    let middles: Vec<Option<f64>> = values.windows(2).map(between).collect();
    for (change, middle) in changes.iter_mut().zip(&middles) {
        if middle.is_none() {
            *change = 0.0;
        }
    }
    let largest = changes.iter().copied().fold(0.0, f64::max);
    let mut steps: Vec<usize> =
        (0..changes.len()).filter(|&i| changes[i] > 0.0 && changes[i] >= 0.5 * largest).collect();
    steps.sort_by(|&i, &j| changes[j].total_cmp(&changes[i]).then(i.cmp(&j)));
    steps.into_iter().filter_map(|i| middles[i]).take(most).collect()
}
