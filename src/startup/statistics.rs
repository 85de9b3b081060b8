//! Computes the figures about all results, once a day on one of the servers.

use std::time::Duration;

use actix_web::web;
use chrono::{DateTime, Utc};
use tokio::time::{Instant, MissedTickBehavior};

use crate::assessment::{ASSESSMENT_VERSION, Assessment, NormGroup};
use crate::norm::Norm;
use crate::records::{RecordsError, Store};
use crate::statistics::Tally;
use crate::telemetry::sentence;
use crate::web::AppState;

/// When a server first asks whether the figures are old.
const FIRST_AFTER: Duration = Duration::from_secs(60);
/// How often it asks.
const ASK_EVERY: Duration = Duration::from_secs(600);
/// The pause between two pages, so that visitors do not wait for this.
const PAUSE: Duration = Duration::from_millis(5);

/// Runs until it is aborted.
pub(super) async fn run(state: web::Data<AppState>) {
    let mut asks = tokio::time::interval_at(Instant::now() + FIRST_AFTER, ASK_EVERY);
    asks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        asks.tick().await;
        match refresh(&state.store, &state.norm, Utc::now()).await {
            Ok(true) => tracing::info!("the statistics are computed"),
            Ok(false) => {}
            Err(error) => tracing::debug!(error = sentence(&error), "the statistics could not be computed"),
        }
    }
}

/// Computes the figures if they are a day old and no other server does. Returns whether it stored them.
///
/// # Errors
/// If the database does not answer. The claim then ends after an hour.
pub async fn refresh(store: &Store, norm: &Norm, now: DateTime<Utc>) -> Result<bool, RecordsError> {
    let Some(claim) = store.claim_statistics(now).await? else { return Ok(false) };
    let mut tally = Tally::new(NormGroup::of(norm));
    let mut after = Some(0);
    while let Some(last) = after {
        let page = store.assessments_after(last).await?;
        for stored in &page.assessments {
            // What another release wrote is left out, as on the page of the result.
            match serde_json::from_str::<Assessment>(stored) {
                Ok(assessment) if assessment.version == ASSESSMENT_VERSION => tally.add(&assessment),
                Ok(_) | Err(_) => {}
            }
        }
        after = page.next;
        tokio::time::sleep(PAUSE).await;
    }
    let text = serde_json::to_string(&tally.figures())
        .map_err(|_| RecordsError::Invalid("the statistics cannot be written as JSON"))?;
    store.store_statistics(claim, now, text).await
}
