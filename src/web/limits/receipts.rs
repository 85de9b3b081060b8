//! Receipts of answers that wait for a connection's next bytes.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::submissions::Receipt;

/// The receipts of one connection. If it breaks before a byte of an answer was accepted, they are dropped with it, and their
/// records are deleted.
#[derive(Default)]
pub struct Receipts(Mutex<Vec<Receipt>>);

impl Receipts {
    /// Keeps the receipt of an answer that goes out with the next bytes.
    pub fn keep(&self, receipt: Receipt) {
        self.lock().push(receipt);
    }

    /// To be called right before the connection tries to write. A kill between this and [`Receipts::written`] leaves open
    /// whether the client knows the addresses.
    pub fn about_to_write(&self) {
        self.lock().iter_mut().for_each(Receipt::sending);
    }

    /// To be called right after the system accepted bytes. A part of an answer counts as the whole: its address stands in
    /// its head.
    pub fn written(&self) {
        self.lock().drain(..).for_each(Receipt::sent);
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Receipt>> {
        // Nothing that could panic runs under this lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Receipts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Receipts")
    }
}
