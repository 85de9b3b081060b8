//! A team of threads that run one pass together. They are started once, sleep while idle and spin only during a pass.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long a thread that waits for the others spins, and how long it yields after that, before it sleeps. A phase of a pass
/// takes a fraction of a millisecond; waking a sleeping thread costs about 50 µs.
const SPIN: Duration = Duration::from_micros(50);
const YIELD: Duration = Duration::from_millis(1);

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Poisoning can be ignored: the guarded values are consistent after every statement.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Threads that wait for a condition: they spin, then yield, then sleep.
struct Sleepers {
    asleep: AtomicUsize,
    lock: Mutex<()>,
    wake: Condvar,
}

impl Sleepers {
    const fn new() -> Sleepers {
        Sleepers { asleep: AtomicUsize::new(0), lock: Mutex::new(()), wake: Condvar::new() }
    }

    fn wait(&self, done: impl Fn() -> bool) {
        // Most waits are so short that reading the clock would take longer.
        for _ in 0..200 {
            if done() {
                return;
            }
            std::hint::spin_loop();
        }
        let began = Instant::now();
        loop {
            for _ in 0..50 {
                if done() {
                    return;
                }
                std::hint::spin_loop();
            }
            let waited = began.elapsed();
            if waited > YIELD {
                break;
            }
            if waited > SPIN {
                std::thread::yield_now();
            }
        }
        let mut guard = lock(&self.lock);
        self.asleep.fetch_add(1, Ordering::SeqCst);
        while !done() {
            guard = self.wake.wait(guard).unwrap_or_else(PoisonError::into_inner);
        }
        self.asleep.fetch_sub(1, Ordering::SeqCst);
    }

    /// Wakes the sleepers. Call it after changing what `done` reads (with sequential consistency).
    fn wake(&self) {
        if self.asleep.load(Ordering::SeqCst) > 0 {
            drop(lock(&self.lock));
            self.wake.notify_all();
        }
    }
}

/// The barrier that all threads of a pass reach between phases.
pub(super) struct Barrier {
    threads: usize,
    arrived: AtomicUsize,
    round: AtomicUsize,
    broken: AtomicBool,
    sleepers: Sleepers,
}

impl Barrier {
    pub(super) fn new(threads: usize) -> Barrier {
        Barrier {
            threads,
            arrived: AtomicUsize::new(0),
            round: AtomicUsize::new(0),
            broken: AtomicBool::new(false),
            sleepers: Sleepers::new(),
        }
    }

    /// Returns when all threads have called it; each then sees what the others wrote before. Panics if one of them panicked.
    pub(super) fn wait(&self) {
        if self.threads == 1 {
            return;
        }
        let round = self.round.load(Ordering::SeqCst);
        if self.arrived.fetch_add(1, Ordering::SeqCst) + 1 == self.threads {
            self.arrived.store(0, Ordering::SeqCst);
            self.round.store(round.wrapping_add(1), Ordering::SeqCst);
            self.sleepers.wake();
        } else {
            let broken = || self.broken.load(Ordering::SeqCst);
            self.sleepers.wait(|| self.round.load(Ordering::SeqCst) != round || broken());
            assert!(!broken(), "another thread of this pass panicked");
        }
    }

    /// Releases all waiting threads by making them panic.
    fn break_up(&self) {
        self.broken.store(true, Ordering::SeqCst);
        self.sleepers.wake();
    }
}

/// A job as the workers see it. Its lifetime is erased; the caller of [`Team::run`] waits until all workers are done with it.
#[derive(Clone, Copy)]
struct Job(*const (dyn Fn(usize) + Sync));

// SAFETY: the pointee is `Sync`, and `Team::run` keeps it alive while workers may use it.
unsafe impl Send for Job {}

struct Shared {
    /// Increases with every new job.
    turn: AtomicUsize,
    job: Mutex<Option<Job>>,
    idle: Sleepers,
    /// Workers that have not finished the current job.
    running: AtomicUsize,
    finished: Sleepers,
    panicked: AtomicBool,
    stop: AtomicBool,
}

/// A number of threads, including the calling one, that run one job after another.
pub(super) struct Team {
    threads: usize,
    shared: Arc<Shared>,
    workers: Vec<JoinHandle<()>>,
    /// One job at a time.
    turn: Mutex<()>,
}

impl Team {
    /// The team of this size. All networks of the process share it, so that they do not compete for the same cores.
    pub(super) fn of(threads: usize) -> std::io::Result<Arc<Team>> {
        static TEAMS: Mutex<Vec<Weak<Team>>> = Mutex::new(Vec::new());
        let mut teams = lock(&TEAMS);
        teams.retain(|team| team.strong_count() > 0);
        if let Some(team) = teams.iter().filter_map(Weak::upgrade).find(|team| team.threads == threads) {
            return Ok(team);
        }
        let team = Arc::new(Team::new(threads)?);
        teams.push(Arc::downgrade(&team));
        Ok(team)
    }

    fn new(threads: usize) -> std::io::Result<Team> {
        let shared = Arc::new(Shared {
            turn: AtomicUsize::new(0),
            job: Mutex::new(None),
            idle: Sleepers::new(),
            running: AtomicUsize::new(0),
            finished: Sleepers::new(),
            panicked: AtomicBool::new(false),
            stop: AtomicBool::new(false),
        });
        // Built before the threads start, so that an error half-way drops it and stops those already running.
        let mut team =
            Team { threads, shared: Arc::clone(&shared), workers: Vec::new(), turn: Mutex::new(()) };
        for index in 1..threads {
            let shared = Arc::clone(&shared);
            let worker = std::thread::Builder::new().name(format!("encoder-{index}"));
            team.workers.push(worker.spawn(move || serve(&shared, index))?);
        }
        Ok(team)
    }

    /// Runs `job(0)` on this thread and `job(1)`, `job(2)`, … on the workers, all at the same time, with a shared barrier. If one
    /// of them panics, this panics after all are done.
    pub(super) fn run(&self, job: impl Fn(usize, &Barrier) + Sync) {
        let barrier = Barrier::new(self.threads);
        let guarded = |index: usize| {
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| job(index, &barrier))) {
                barrier.break_up();
                resume_unwind(panic);
            }
        };
        if self.threads == 1 {
            return guarded(0);
        }
        let _turn = lock(&self.turn);
        let job: &(dyn Fn(usize) + Sync) = &guarded;
        // SAFETY: only the lifetime changes. Workers use the reference until `running` is 0, and this function waits for that
        // below even if its own part panics.
        let job = Job(unsafe {
            std::mem::transmute::<*const (dyn Fn(usize) + Sync + '_), *const (dyn Fn(usize) + Sync)>(job)
        });
        *lock(&self.shared.job) = Some(job);
        self.shared.running.store(self.threads - 1, Ordering::SeqCst);
        self.shared.turn.fetch_add(1, Ordering::SeqCst);
        self.shared.idle.wake();
        let mine = catch_unwind(AssertUnwindSafe(|| guarded(0)));
        self.shared.finished.wait(|| self.shared.running.load(Ordering::SeqCst) == 0);
        *lock(&self.shared.job) = None;
        let others = self.shared.panicked.swap(false, Ordering::SeqCst);
        if let Err(panic) = mine {
            resume_unwind(panic);
        }
        assert!(!others, "a worker of the encoder's team panicked");
    }
}

impl Drop for Team {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        self.shared.turn.fetch_add(1, Ordering::SeqCst);
        self.shared.idle.wake();
        for worker in self.workers.drain(..) {
            // A worker's panic was already reported by `run`.
            let _ = worker.join();
        }
    }
}

fn serve(shared: &Shared, index: usize) {
    let mut seen = 0;
    loop {
        shared.idle.wait(|| shared.turn.load(Ordering::SeqCst) != seen);
        seen = shared.turn.load(Ordering::SeqCst);
        if shared.stop.load(Ordering::SeqCst) {
            return;
        }
        let job = *lock(&shared.job);
        if let Some(Job(job)) = job {
            // SAFETY: `run` waits for this worker before the pointee is dropped.
            let outcome = catch_unwind(AssertUnwindSafe(|| unsafe { (*job)(index) }));
            if outcome.is_err() {
                shared.panicked.store(true, Ordering::SeqCst);
            }
            shared.running.fetch_sub(1, Ordering::SeqCst);
            shared.finished.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_thread_sees_what_the_others_wrote_before_a_barrier() {
        for threads in [1, 2, 3, 5] {
            let team = Team::new(threads).unwrap();
            for _ in 0..50 {
                let written: Vec<AtomicUsize> = (0..threads).map(|_| AtomicUsize::new(0)).collect();
                team.run(|index, barrier| {
                    for round in 1..20 {
                        written[index].store(round, Ordering::Relaxed);
                        barrier.wait();
                        assert!(written.iter().all(|value| value.load(Ordering::Relaxed) == round));
                        barrier.wait();
                    }
                });
            }
        }
    }

    #[test]
    fn a_panic_in_any_thread_reaches_the_caller_and_the_team_lives_on() {
        let team = Team::new(3).unwrap();
        for bad in 0..3 {
            let failed = catch_unwind(AssertUnwindSafe(|| {
                team.run(|index, barrier| {
                    assert!(index != bad, "expected panic");
                    barrier.wait();
                })
            }));
            assert!(failed.is_err());
            let count = AtomicUsize::new(0);
            team.run(|_, _| {
                count.fetch_add(1, Ordering::SeqCst);
            });
            assert_eq!(count.load(Ordering::SeqCst), 3);
        }
    }

    #[test]
    fn one_team_of_a_size_is_shared_and_ends_with_its_last_owner() {
        let first = Team::of(2).unwrap();
        assert!(Arc::ptr_eq(&first, &Team::of(2).unwrap()));
        assert!(!Arc::ptr_eq(&first, &Team::of(3).unwrap()));
    }
}
