//! The draft of the account that is logged in.
//!
//! It takes up the draft of the device, at the first request after the login that needs one. From then on it belongs to the
//! account, so that nothing of it can be read on the device once the visitor logs out.

use actix_web::{HttpMessage, HttpRequest};
use chrono::{DateTime, Utc};

use super::on_device::OnDevice;
use super::taken_over::TakenOver;
use crate::records::{Draft, DraftKey, DraftState};
use crate::web::account::visitor::account_of;
use crate::web::cookies::{self, DraftKeys, Kind};
use crate::web::error::WebError;
use crate::web::numbers::day;
use crate::web::state::AppState;

/// The drafts whose answers a draft took up.
#[derive(Clone, Debug, Default)]
pub struct Merged {
    at: Option<DateTime<Utc>>,
    /// Their names on the devices where they were begun.
    names: Vec<String>,
}

impl Merged {
    /// The day on which the last one was taken up, in words.
    pub fn day(&self) -> Option<String> {
        self.at.map(day)
    }

    /// Whether it took up the draft that had this name on its device.
    pub fn has(&self, name: &str) -> bool {
        self.names.iter().any(|known| known == name)
    }
}

/// The draft of an account.
pub struct Found {
    pub key: DraftKey,
    pub draft: Draft,
    pub merged: Merged,
}

/// The draft of whoever is logged in, with the answers of the device; `None` if nobody is, or there is none.
pub async fn find(
    request: &HttpRequest,
    state: &AppState,
    keys: &DraftKeys,
) -> Result<Option<Found>, WebError> {
    let Some(account) = account_of(request, state).await? else { return Ok(None) };
    let mut adopted = false;
    for key in keys.current.iter().chain(&keys.former) {
        let open = matches!(state.store.draft(key).await?, Some(Draft { state: DraftState::Open, .. }));
        adopted |= open && state.store.adopt_draft(account, key).await?;
    }
    if adopted {
        let cleared = cookies::clear(request, state, Kind::Draft);
        request.extensions_mut().insert(TakenOver(cleared));
    }
    let Some(link) = state.store.account_draft(account).await? else { return Ok(None) };
    let Some(draft) = state.store.draft(&link.key).await? else { return Ok(None) };
    let days = state.settings.drafts.draft_days;
    let names = link.merged.into_iter().map(|opened_at| OnDevice::of_draft(opened_at, days).draft);
    let merged = Merged { at: link.merged_at, names: names.collect() };
    Ok(Some(Found { key: link.key, draft, merged }))
}

/// Opens an empty draft: in the account of whoever is logged in, or for this device.
pub async fn open(request: &HttpRequest, state: &AppState) -> Result<DraftKey, WebError> {
    Ok(match account_of(request, state).await? {
        Some(account) => state.store.open_account_draft(account).await?,
        None => state.store.open_draft().await?,
    })
}
