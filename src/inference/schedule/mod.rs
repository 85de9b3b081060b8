//! How work passes between the engine's threads.
//!
//! A text is admitted ([`shared`]), tokenized in steps ([`tokenizer`]), and cut into windows whose logits are either cached
//! ([`reuse`]) or still to be read. The [`planner`] puts windows into batches, one thread reads them ([`worker`]), and the
//! text's reading goes to its caller ([`delivery`]). One lock guards the plain data in [`state`]; no text is tokenized
//! and no window is read while it is held.

mod delivery;
mod jobs;
mod pace;
mod planner;
mod reuse;
mod shared;
mod state;
mod texts;
mod threads;
mod tokenizer;
mod worker;

pub use pace::Pace;
pub(super) use shared::Shared;
pub use shared::estimated_tokens;

/// Starts the threads that read and tokenize.
pub(super) fn start_threads(shared: &std::sync::Arc<Shared>) -> std::io::Result<()> {
    threads::spawn(shared, "calling-engine".to_owned(), worker::run)?;
    for number in 1..=shared.config.tokenizer_threads.max(1) {
        threads::spawn(shared, format!("calling-token-{number}"), tokenizer::run)?;
    }
    Ok(())
}
