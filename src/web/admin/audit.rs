//! The audit log: a page at a time, and as a file.

use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::SecondsFormat;
use futures_util::{StreamExt, stream};
use serde::Deserialize;
use serde_json::json;
use url::form_urlencoded::Serializer;

use super::download::{Format, file};
use crate::records::{AUDIT_DAYS_KEPT, Act, AuditRow};
use crate::web::account::visitor::Administrator;
use crate::web::error::WebError;
use crate::web::form::{Form, value};
use crate::web::page::{Keeping, page};
use crate::web::sheet::Sheet;
use crate::web::state::AppState;

/// Rows on a page.
const A_PAGE: usize = 50;
/// Rows of a file that are in memory at once.
const A_PIECE: usize = 1000;

/// Which rows.
#[derive(Deserialize)]
pub struct Query {
    /// What was done; every act if empty.
    #[serde(default)]
    act: String,
    /// The row before which the page begins; the newest if empty.
    #[serde(default)]
    before: String,
}

#[derive(Template)]
#[template(path = "admin/audit.html")]
struct AuditPage {
    acts: [Act; Act::ALL.len()],
    act: Option<Act>,
    rows: Vec<AuditRow>,
    /// The path of the next page.
    next: Option<String>,
    days: i64,
}

impl AuditPage {
    fn is_shown(&self, act: &Act) -> bool {
        self.act == Some(*act)
    }
}

/// GET /admin/audit
pub async fn show(
    _: Administrator,
    state: web::Data<AppState>,
    query: web::Query<Query>,
) -> Result<HttpResponse, WebError> {
    let act = act_of(&query.act)?;
    let before = match query.before.as_str() {
        "" => i64::MAX,
        number => number.parse().map_err(|_| {
            WebError::BadRequest(format!("The page begins before row {number:?}; expected a number."))
        })?,
    };
    let mut rows = state.store.audit_before(act, before, A_PAGE + 1).await?;
    let more = rows.len() > A_PAGE;
    rows.truncate(A_PAGE);
    let next = rows.last().filter(|_| more).map(|last| {
        let fields = Serializer::new(String::new())
            .append_pair("act", &query.act)
            .append_pair("before", &last.id.to_string())
            .finish();
        format!("/admin/audit?{fields}")
    });
    let shown = AuditPage { acts: Act::ALL, act, rows, next, days: AUDIT_DAYS_KEPT };
    page(StatusCode::OK, Keeping::Unlisted, &shown)
}

/// POST /admin/audit: all rows of one act, or of every act, as a file. That is noted too.
pub async fn export(
    admin: Administrator,
    state: web::Data<AppState>,
    form: Form,
) -> Result<HttpResponse, WebError> {
    let act = act_of(value(&form, "act"))?;
    let format = Format::parse(value(&form, "format"))?;
    let subject = format!("audit log as {}", format.name());
    state.store.audit(admin.account.did(Act::Export, subject)).await?;
    // Before the answer begins, so that a database that is away is an error and not half a file.
    let first = state.store.audit_before(act, i64::MAX, A_PIECE).await?;
    let begin = Bytes::from(written(format, &first, true)?);
    let rest = stream::try_unfold(first.last().map(|row| row.id), move |last| {
        let state = state.clone();
        async move {
            let Some(last) = last else { return Ok(None) };
            let rows = state.store.audit_before(act, last, A_PIECE).await?;
            let piece = Bytes::from(written(format, &rows, false)?);
            Ok(rows.last().map(|row| (piece, Some(row.id))))
        }
    });
    Ok(file(format, "calling-audit-log", stream::iter([Ok(begin)]).chain(rest)))
}

fn act_of(text: &str) -> Result<Option<Act>, WebError> {
    if text.is_empty() {
        return Ok(None);
    }
    let known = || Act::ALL.map(Act::as_str).join(", ");
    let unknown = || WebError::BadRequest(format!("The act is {text:?}; expected one of {}.", known()));
    Act::parse(text).map(Some).ok_or_else(unknown)
}

fn written(format: Format, rows: &[AuditRow], first: bool) -> Result<Vec<u8>, WebError> {
    let at = |row: &AuditRow| row.at.to_rfc3339_opts(SecondsFormat::Millis, true);
    match format {
        Format::Csv => {
            let mut sheet = if first { Sheet::new() } else { Sheet::continued() };
            if first {
                sheet.row(["at", "act", "actor", "subject"]).map_err(WebError::internal)?;
            }
            for row in rows {
                sheet
                    .row([at(row).as_str(), row.act.as_str(), &row.actor, &row.subject])
                    .map_err(WebError::internal)?;
            }
            sheet.bytes().map_err(WebError::internal)
        }
        Format::JsonLines => {
            let line = |row: &AuditRow| json!({ "at": at(row), "act": row.act.as_str(), "actor": row.actor, "subject": row.subject });
            Ok(rows.iter().map(|row| format!("{}\n", line(row))).collect::<String>().into_bytes())
        }
    }
}
