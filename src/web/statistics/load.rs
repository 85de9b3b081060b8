//! Reads the stored figures.

use chrono::{DateTime, Utc};

use crate::statistics::Figures;
use crate::web::error::WebError;
use crate::web::state::AppState;

/// The figures, and when they were computed; `None` until then.
pub async fn figures(state: &AppState) -> Result<Option<(DateTime<Utc>, Figures)>, WebError> {
    let stored = state.store.statistics().await?;
    Ok(stored.and_then(|(at, text)| Some((at, Figures::parse(&text)?))))
}
