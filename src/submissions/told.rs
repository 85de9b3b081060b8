//! Which addresses clients were told: noted in the lock file at once, and recorded in the database soon after.

use std::sync::atomic::Ordering;
use std::sync::{MutexGuard, PoisonError};

use crate::records::Alive;
use crate::telemetry::sentence;

use super::shared::{Shared, Unrecorded};

impl Shared {
    /// Notes that a record's address is about to be sent.
    pub fn note_sending(&self, id: i64) {
        let mut told = self.told();
        told.sending += 1;
        self.note(|alive| alive.note_sending(id));
    }

    /// Notes that a record's address, about to be sent before, was sent.
    pub fn note_sent(&self, id: i64) {
        let mut told = self.told();
        told.sending = told.sending.saturating_sub(1);
        told.sent.push(id);
        self.note(|alive| alive.note_sent(id));
        drop(told);
        self.tell.notify_one();
    }

    /// Notes that an address that was about to be sent never will be.
    pub fn note_not_sent(&self) {
        let mut told = self.told();
        told.sending = told.sending.saturating_sub(1);
    }

    /// Writes to the lock file. One that lacks a note would tell what is not so: it is removed, and leases must expire.
    fn note(&self, write: impl Fn(&Alive) -> std::io::Result<()>) {
        let mut alive = self.alive.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(Err(error)) = alive.as_ref().map(write) {
            tracing::warn!(%error, "the lock file could not be written, and is given up");
            if let Some(Err(error)) = alive.take().map(Alive::end) {
                tracing::warn!(%error, "the lock file could not be removed");
            }
        }
    }

    /// Lets the database know which records' addresses were sent.
    pub async fn claim_told(&self) {
        let _one_at_a_time = self.claiming.lock().await;
        let ids = self.told().sent.clone();
        if ids.is_empty() {
            return;
        }
        if let Err(error) = self.store.claim(ids.clone()).await {
            tracing::warn!(error = sentence(&error), "sent addresses could not be recorded");
            return;
        }
        let mut told = self.told();
        told.sent.drain(..ids.len());
        self.unclaimed.fetch_sub(ids.len(), Ordering::Release);
        // The file also says what is being sent.
        if told.sent.is_empty() && told.sending == 0 {
            self.note(Alive::clear);
        }
    }

    fn told(&self) -> MutexGuard<'_, Unrecorded> {
        // Nothing that could panic runs under this lock.
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Removes the lock file.
    pub fn end(&self) {
        let alive = self.alive.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(Err(error)) = alive.map(Alive::end) {
            tracing::warn!(%error, "the lock file could not be removed");
        }
    }
}
