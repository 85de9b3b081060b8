//! How the engine's threads start, stop, and are seen from outside.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::EngineStats;
use super::reuse::Reuse;
use super::schedule::Shared;

impl Shared {
    /// From now on nothing is admitted; from `at` on nothing new is begun.
    pub fn stop_at(&self, at: Instant) {
        let mut state = self.lock();
        state.stop = Some(state.stop.map_or(at, |before| before.min(at)));
        drop(state);
        self.texts_waiting.notify_all();
        self.windows_waiting.notify_all();
    }

    pub fn turn_all_away(&self) {
        self.lock().turn_all_away();
    }

    /// Waits until every thread has ended.
    pub async fn ended(&self) {
        // An error would mean that the sender, which is ours, is gone.
        let _ = self.threads.subscribe().wait_for(|running| *running == 0).await;
    }

    pub fn set_warm(&self) {
        self.warm.store(true, Ordering::Release);
    }

    pub fn estimated_wait(&self) -> Duration {
        self.lock().estimated_wait()
    }

    pub fn stats(&self) -> EngineStats {
        let (kept_windows, kept_bytes) = self.reuse.as_ref().map_or((0, 0), Reuse::size);
        let state = self.lock();
        EngineStats {
            ready: self.warm.load(Ordering::Acquire) && !state.threads_lost && state.stop.is_none(),
            waiting_readings: state.waiting_readings(),
            waiting_windows: state.planner.windows(),
            waiting_tokens: state.waiting_tokens(),
            tokens_per_second: state.pace.tokens_per_second().unwrap_or_default(),
            kept_windows,
            kept_bytes,
            totals: state.totals,
        }
    }
}

/// Starts a named thread that works on what is shared.
pub(super) fn spawn(shared: &Arc<Shared>, name: String, run: fn(&Shared)) -> std::io::Result<()> {
    shared.threads.send_modify(|running| *running += 1);
    let guard = Running(Arc::clone(shared));
    std::thread::Builder::new().name(name).spawn(move || run(&guard.0))?;
    Ok(())
}

/// Counts a thread out, however it ends. One that is lost while the engine runs takes the engine with it: a request that
/// nobody will read must not wait.
struct Running(Arc<Shared>);

impl Drop for Running {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        if state.stop.is_none() {
            state.threads_lost = true;
            state.stop = Some(Instant::now());
            state.turn_all_away();
        }
        drop(state);
        self.0.texts_waiting.notify_all();
        self.0.windows_waiting.notify_all();
        self.0.threads.send_modify(|running| *running -= 1);
    }
}
