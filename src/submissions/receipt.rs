//! The answer to a sender who waits, and the receipt that stands for the record until the sender is told its address.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::records::{Answered, OwnerKey, RecordsError};

use super::outcome;
use super::reader::ReadError;
use super::shared::Shared;

/// The answer to a sender.
pub struct Answer {
    /// For sending the record's address; `None` if the text could not be stored in time, or is not kept.
    pub receipt: Option<Receipt>,
    /// The result, or why there is none yet. If there is a receipt, a runner will read the text later, whatever the
    /// reason.
    pub reading: Result<Answered, ReadError>,
}

/// Why a text was neither read nor stored.
#[derive(Debug, thiserror::Error)]
pub enum NotRead {
    /// There is no room for it.
    #[error("the text was refused")]
    Refused(#[source] ReadError),
    /// It could not be stored, so its reading was canceled.
    #[error("the text could not be stored")]
    NotStored(#[source] RecordsError),
}

/// Stands for a record whose sender has to be told its address. Dropped before [`Receipt::sent`], it deletes the record.
pub struct Receipt {
    shared: Arc<Shared>,
    /// Made before the text is stored, so that the text can be deleted even if storing it fails half way.
    key: OwnerKey,
    state: State,
}

/// What is known of a record.
enum State {
    NotStored,
    /// The record's id, or `None` if it may or may not be stored.
    Stored(Option<i64>),
    /// Its address is being handed to the system; nothing of it was accepted so far.
    Sending(i64),
    Sent,
    /// The sender gets an answer that names no address, so nothing is kept.
    Over,
}

impl Receipt {
    pub(super) fn new(shared: Arc<Shared>) -> Receipt {
        shared.unclaimed.fetch_add(1, Ordering::Release);
        Receipt { shared, key: OwnerKey::random(), state: State::NotStored }
    }

    pub(super) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// Notes that the record is stored, or with `None` that it may be.
    pub(super) fn stored(&mut self, record: Option<i64>) {
        self.state = State::Stored(record);
    }

    /// Opens the record.
    pub fn key(&self) -> &OwnerKey {
        &self.key
    }

    /// The answer with the record's address is about to be handed to the system. May be called again when it took nothing.
    pub fn sending(&mut self) {
        if let State::Stored(Some(id)) = self.state {
            self.shared.note_sending(id);
            self.state = State::Sending(id);
        }
    }

    /// Nothing is kept of the text: the answer names no address.
    pub(super) fn over(mut self) {
        self.state = State::Over;
    }

    /// The system has accepted the answer, or a part of it.
    pub fn sent(mut self) {
        self.sending();
        if let State::Sending(id) = self.state {
            self.shared.note_sent(id);
            self.state = State::Sent;
        }
    }
}

impl Drop for Receipt {
    fn drop(&mut self) {
        match self.state {
            // Counted until the database has recorded it.
            State::Sent => {}
            State::NotStored => drop(self.shared.unclaimed.fetch_sub(1, Ordering::Release)),
            State::Stored(_) | State::Sending(_) | State::Over => {
                if matches!(self.state, State::Sending(_)) {
                    self.shared.note_not_sent();
                }
                let (shared, key) = (self.shared.clone(), self.key.clone());
                let answered = matches!(self.state, State::Over);
                self.shared.runtime.spawn(async move {
                    if answered {
                        outcome::clear(&shared, &key).await;
                    } else {
                        outcome::forget(&shared, &key).await;
                    }
                    shared.unclaimed.fetch_sub(1, Ordering::Release);
                    shared.tell.notify_one();
                });
            }
        }
    }
}
