//! Work that waits in a queue: laws of a sweep, pieces of a phase diagram.
//!
//! Every point is a problem of its own, so results do not depend on the number of threads, on the order in which
//! points are taken or on where a run was broken off. What neighbours share are the tables and memory of the solver,
//! which a thread keeps.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Points that a thread takes at once.
const MOST: usize = 256;
/// A batch that took longer than this is followed by a smaller one, so that little is lost when a run is broken off.
const LONG: Duration = Duration::from_millis(4);
/// Batches shorter than this are followed by larger ones.
const SHORT: Duration = Duration::from_millis(1);

/// Finds the row of a point.
pub type Work<'a, R> = dyn Fn(usize) -> R + Sync + 'a;
/// Takes finished rows with the numbers of their points; whether there should be more.
pub type Keep<'a, R> = dyn Fn(Vec<(usize, R)>) -> bool + Sync + 'a;

/// Computes the rows of `points` with all threads and hands them to `keep`, batch by batch and in no order, until
/// that says no; whether all were kept.
pub fn work_off<R>(points: &[usize], row: &Work<'_, R>, keep: &Keep<'_, R>) -> bool {
    let queue = Queue::of(points);
    work_on(&queue, row, keep);
    !queue.stopped()
}

/// The same with the points that others leave in the queue.
pub fn work_on<R>(queue: &Queue<'_>, row: &Work<'_, R>, keep: &Keep<'_, R>) {
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

/// The same for few points of long work: a thread that finds the queue empty helps the others with theirs.
pub fn work_together<R>(queue: &Queue<'_>, row: &Work<'_, R>, keep: &Keep<'_, R>) {
    rayon::broadcast(|_| queue.work(row, keep));
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
        if self.stopped() {
            return &[];
        }
        let first = self.next.fetch_add(size, Ordering::Relaxed).min(self.points.len());
        &self.points[first..(first + size).min(self.points.len())]
    }

    /// Nothing more is to be taken.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    fn stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    fn work<R>(&self, row: &Work<'_, R>, keep: &Keep<'_, R>) {
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
