//! How the engine's threads start and stop, and what the engine reports about itself.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crate::inference::stats::EngineStats;

use super::reuse::Reuse;
use super::shared::Shared;

impl Shared {
    /// Admits nothing from now on and begins no new work after `at`.
    pub fn stop_at(&self, at: Instant) {
        let mut state = self.lock();
        state.stop = Some(state.stop.map_or(at, |before| before.min(at)));
        drop(state);
        self.texts_waiting.notify_all();
        self.windows_waiting.notify_all();
    }

    pub fn refuse_all(&self) {
        self.lock().refuse_all();
    }

    /// Waits until every thread has ended.
    pub async fn ended(&self) {
        // Fails only if the sender is gone, but `self` holds it.
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
            ready: self.warm.load(Ordering::Acquire) && !state.thread_died && state.stop.is_none(),
            died: state.thread_died,
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

/// Starts a named thread.
pub(super) fn spawn(shared: &Arc<Shared>, name: String, run: fn(&Shared)) -> std::io::Result<()> {
    shared.threads.send_modify(|running| *running += 1);
    let guard = Running(Arc::clone(shared));
    std::thread::Builder::new().name(name).spawn(move || run(&guard.0))?;
    Ok(())
}

/// Counts a thread as ended, however it ends. If one dies while the engine runs, the engine stops, so that no request
/// waits for a missing thread.
struct Running(Arc<Shared>);

impl Drop for Running {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        if state.stop.is_none() {
            state.thread_died = true;
            state.stop = Some(Instant::now());
            state.refuse_all();
        }
        drop(state);
        self.0.texts_waiting.notify_all();
        self.0.windows_waiting.notify_all();
        self.0.threads.send_modify(|running| *running -= 1);
    }
}
