//! What this site stores, in numbers. No answers and no texts.

use std::path::Path;
use std::time::SystemTime;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use bytesize::ByteSize;
use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::counted::Counted;
use crate::models::{LoadedModel, ModelCard};
use crate::records::{Outbox, Overview, Status};
use crate::web::account::visitor::Administrator;
use crate::web::error::WebError;
use crate::web::numbers::grouped;
use crate::web::page::{Keeping, page};
use crate::web::state::AppState;

#[derive(Template)]
#[template(path = "admin/data.html")]
struct DataPage {
    records: Vec<StatusView>,
    /// Days that results are kept, and how many have expired and will.
    expiry: Option<(u32, String, String)>,
    open: String,
    fresh: String,
    submitted: String,
    expired_drafts: String,
    accounts: String,
    administrators: String,
    failed: i64,
    database: &'static str,
    bytes: Option<String>,
    free: Option<String>,
    backup: Backup,
    mail: Option<MailView>,
    versions: Vec<(&'static str, String)>,
    /// When it was counted.
    at: String,
    /// Whether these counts are shown again for a while.
    kept: bool,
    /// What was just done.
    done: &'static str,
}

/// What was just done.
#[derive(Deserialize)]
pub struct Query {
    #[serde(default)]
    done: String,
}

struct StatusView {
    status: &'static str,
    /// By age, the youngest first.
    counts: Vec<String>,
    all: String,
}

/// The mails that wait.
struct MailView {
    waiting: String,
    /// When the last attempt at one of them failed, and why.
    failed: Option<(String, String)>,
}

/// When a backup last succeeded.
enum Backup {
    NotSet,
    /// The file that says so is not there or unreadable.
    Unknown(String),
    At(String),
}

/// GET /admin/data
pub async fn show(
    _: Administrator,
    state: web::Data<AppState>,
    query: web::Query<Query>,
) -> Result<HttpResponse, WebError> {
    // After a deletion, reloading shows what is left.
    if !query.done.is_empty() {
        state.counted.forget().await;
    }
    let counted = state.counted.get(&state.store).await?;
    let mail = match state.mailing {
        Some(_) => Some(MailView::new(state.store.outbox(Utc::now()).await?)),
        None => None,
    };
    let stamp = state.settings.retention.backup_stamp.clone();
    let backup = match stamp {
        None => Backup::NotSet,
        Some(path) => web::block(move || last_backup(&path)).await.map_err(WebError::internal)?,
    };
    let done = match query.done.as_str() {
        "erased" => "All data is deleted.",
        "erasing" => "All data is being deleted. Reload this page to see what is left.",
        _ => "",
    };
    page(StatusCode::OK, Keeping::Unlisted, &DataPage::new(&state, &counted, backup, mail, done))
}

impl DataPage {
    fn new(
        state: &AppState,
        counts: &Counted,
        backup: Backup,
        mail: Option<MailView>,
        done: &'static str,
    ) -> DataPage {
        let overview = &*counts.overview;
        let days = state.settings.retention.result_days;
        let failed = overview.records.iter().find(|(status, _)| *status == Status::Failed);
        DataPage {
            records: overview
                .records
                .iter()
                .map(|(status, counts)| StatusView::new(*status, counts))
                .collect(),
            expiry: (days > 0).then(|| (days, counted(overview.expired), counted(overview.due))),
            open: counted(overview.drafts.open),
            fresh: counted(overview.drafts.fresh),
            submitted: counted(overview.drafts.submitted),
            expired_drafts: counted(overview.drafts.expired),
            accounts: counted(overview.accounts),
            administrators: counted(overview.administrators),
            failed: failed.map_or(0, |(_, counts)| counts.iter().sum()),
            database: if state.store.url().is_postgres() { "PostgreSQL" } else { "SQLite" },
            bytes: overview.bytes.map(size),
            free: overview.free.map(size),
            backup,
            mail,
            versions: versions(state, overview),
            at: counts.at.format("%H:%M:%S").to_string(),
            kept: counts.is_kept(),
            done,
        }
    }
}

impl MailView {
    fn new(outbox: Outbox) -> MailView {
        let time = |at: DateTime<Utc>| at.format("%Y-%m-%d %H:%M UTC").to_string();
        MailView {
            waiting: counted(outbox.waiting),
            failed: outbox.failed.map(|(at, reason)| (time(at), reason)),
        }
    }
}

impl StatusView {
    fn new(status: Status, counts: &[i64]) -> StatusView {
        StatusView {
            status: status.as_str(),
            counts: counts.iter().map(|count| counted(*count)).collect(),
            all: counted(counts.iter().sum()),
        }
    }
}

fn counted(count: i64) -> String {
    grouped(count.unsigned_abs())
}

fn size(bytes: u64) -> String {
    ByteSize::b(bytes).display().iec().to_string()
}

fn versions(state: &AppState, overview: &Overview) -> Vec<(&'static str, String)> {
    let loaded = state.local.as_ref().map(|local| &local.models);
    let questionnaire = &state.questionnaire;
    vec![
        ("Program", env!("CARGO_PKG_VERSION").to_owned()),
        ("Model of types", model(&state.models.mbti, loaded.map(|models| &*models.mbti))),
        ("Model of traits", model(&state.models.big_five, loaded.map(|models| &*models.big_five))),
        ("Questionnaire", format!("{} ({})", questionnaire.version, short(&questionnaire.hash))),
        ("Spreadsheets", state.catalog.version().to_owned()),
        ("Schema", overview.schema.clone().unwrap_or_else(|| "unknown".to_owned())),
    ]
}

/// A model's folder, and the hash of its weights if this server reads with it.
fn model(card: &ModelCard, loaded: Option<&LoadedModel>) -> String {
    match loaded.and_then(|model| model.weights_sha256().ok()) {
        Some(hash) => format!("{} ({})", card.name(), short(hash)),
        None => card.name(),
    }
}

fn short(hash: &str) -> &str {
    hash.get(..12).unwrap_or(hash)
}

/// Blocks.
fn last_backup(stamp: &Path) -> Backup {
    let touched = std::fs::metadata(stamp).and_then(|metadata| metadata.modified());
    match touched {
        Ok(at) => {
            let at: DateTime<Utc> = at.into();
            let hours = SystemTime::now().duration_since(at.into()).map_or(0, |ago| ago.as_secs() / 3600);
            Backup::At(format!("{} UTC, {hours} hours ago", at.format("%Y-%m-%d %H:%M")))
        }
        Err(error) => Backup::Unknown(format!("{}: {error}", stamp.display())),
    }
}
