//! The engine: MPI.

use super::Crew;
use crate::output::journal::{self, Entry};
use crate::study::{Keep, Queue, Work};
use mpi::environment::Universe;
use mpi::traits::{Communicator, Destination, Source};
use std::cell::RefCell;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// What launchers of MPI programs set.
const LAUNCHED: &[&str] = &["OMPI_COMM_WORLD_SIZE", "PMI_RANK", "PMI_SIZE", "PMIX_RANK"];
/// How often rank 0 looks for messages: far less than a point of any worth takes.
const PAUSE: Duration = Duration::from_micros(100);

/// The ranks of a run.
pub(in crate::cli) struct Ranks {
    universe: Universe,
    /// Ranks that asked when nothing was left, and for how much: they wait for the next round.
    parked: RefCell<Vec<(i32, usize)>>,
}

/// What a rank says that wants work.
struct Request {
    rank: i32,
    /// How many points.
    wanted: usize,
    /// Lines of what it has finished.
    lines: String,
}

impl Ranks {
    /// The ranks, if there are others.
    pub(in crate::cli) fn join() -> Option<Self> {
        if !LAUNCHED.iter().any(|name| std::env::var_os(name).is_some()) {
            return None;
        }
        let (universe, _) = mpi::initialize_with_threading(mpi::Threading::Funneled)?;
        (universe.world().size() > 1).then(|| Self { universe, parked: RefCell::default() })
    }

    /// Whether this one owns journal and file.
    pub(in crate::cli) fn leads(&self) -> bool {
        self.universe.world().rank() == 0
    }

    /// Works on what rank 0 hands out, `batch` points for every thread, until that is nothing; `row` finds the row of
    /// a point, whose values come with it.
    pub(in crate::cli) fn follow<R: Entry>(
        &self,
        batch: usize,
        crew: Crew<R>,
        row: &(dyn Fn(usize, &[f64]) -> R + Sync),
    ) {
        let mut finished = String::new();
        loop {
            let message = self.ask(batch * rayon::current_num_threads(), &finished);
            let Some((&axes, points)) = message.split_first() else { return };
            let points: Vec<&[u64]> = points.chunks_exact(axes as usize + 1).collect();
            let indices: Vec<usize> = (0..points.len()).collect();
            let lines = Mutex::new(String::new());
            let at = |i: usize| points[i][1..].iter().map(|bits| f64::from_bits(*bits)).collect::<Vec<f64>>();
            let found = |i: usize| row(points[i][0] as usize, &at(i));
            crew(&Queue::of(&indices), &found, &|rows| {
                let text: String = rows.iter().map(|(i, row)| journal::line(points[*i][0] as usize, row)).collect();
                lines.lock().unwrap_or_else(PoisonError::into_inner).push_str(&text);
                true
            });
            finished = lines.into_inner().unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Waits until rank 0 is done: nothing can be computed here.
    pub(in crate::cli) fn wait(&self) {
        self.ask(0, "");
    }

    /// Tells rank 0 how many points are wanted and what is finished; its answer.
    fn ask(&self, wanted: usize, finished: &str) -> Vec<u64> {
        let world = self.universe.world();
        let leader = world.process_at_rank(0);
        leader.send(format!("{wanted}\n{finished}").as_bytes());
        leader.receive_vec::<u64>().0
    }

    /// As [`work_off`](crate::study::work_off), with the help of all ranks; `at` are the values that they need of a
    /// point, as many for each.
    pub(in crate::cli) fn work_off<R: Entry>(
        &self,
        points: &[usize],
        at: &dyn Fn(usize) -> Vec<f64>,
        crew: Crew<R>,
        row: &Work<'_, R>,
        keep: &Keep<'_, R>,
    ) {
        let queue = Queue::of(points);
        std::thread::scope(|scope| {
            let own = scope.spawn(|| crew(&queue, row, keep));
            let serve = |rank: i32, wanted: usize| match queue.take(wanted) {
                [] => {
                    self.parked.borrow_mut().push((rank, wanted));
                    0
                }
                points => {
                    self.hand_out(rank, points, at);
                    1
                }
            };
            let mut out = self.parked.take().into_iter().map(|(rank, wanted)| serve(rank, wanted)).sum::<usize>();
            while !own.is_finished() || out > 0 {
                match self.request() {
                    Some(Request { rank, wanted, lines }) => {
                        out -= usize::from(!lines.is_empty());
                        if !lines.is_empty() && !keep(lines.lines().filter_map(journal::read).collect()) {
                            queue.stop();
                        }
                        out += serve(rank, wanted);
                    }
                    None => std::thread::sleep(PAUSE),
                }
            }
        });
    }

    /// What a rank says, if any does.
    fn request(&self) -> Option<Request> {
        let world = self.universe.world();
        let status = world.any_process().immediate_probe()?;
        let rank = status.source_rank();
        let (message, _) = world.process_at_rank(rank).receive_vec::<u8>();
        let text = String::from_utf8_lossy(&message);
        let (wanted, lines) = text.split_once('\n').unwrap_or((&text, ""));
        Some(Request { rank, wanted: wanted.parse().unwrap_or(1), lines: lines.to_owned() })
    }

    /// Gives points to a rank; none tells it that all is done.
    fn hand_out(&self, rank: i32, points: &[usize], at: &dyn Fn(usize) -> Vec<f64>) {
        let mut message: Vec<u64> = Vec::new();
        for &point in points {
            let values = at(point);
            if message.is_empty() {
                message.push(values.len() as u64);
            }
            message.push(point as u64);
            message.extend(values.iter().map(|x| x.to_bits()));
        }
        self.universe.world().process_at_rank(rank).send(&message[..]);
    }
}

impl Drop for Ranks {
    fn drop(&mut self) {
        if !self.leads() {
            return;
        }
        // However rank 0 ended, the others must not wait for it.
        let dismiss = |rank: i32| self.hand_out(rank, &[], &|_| Vec::new());
        let parked = self.parked.take();
        let mut others = self.universe.world().size() as usize - 1 - parked.len();
        parked.into_iter().for_each(|(rank, _)| dismiss(rank));
        while others > 0 {
            match self.request() {
                Some(Request { rank, .. }) => {
                    dismiss(rank);
                    others -= 1;
                }
                None => std::thread::sleep(PAUSE),
            }
        }
    }
}
