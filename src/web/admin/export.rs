//! An export of everything that administrators may see, as a file of JSON lines.

use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, web};
use futures_util::{StreamExt, stream};
use serde_json::Value;
use tokio::sync::mpsc;

use super::download::{Format, file};
use crate::records::{Act, ExportPlace};
use crate::web::account::confirm;
use crate::web::account::fields::Field;
use crate::web::account::form_page::FormPage;
use crate::web::account::visitor::Administrator;
use crate::web::early::Early;
use crate::web::error::WebError;
use crate::web::form::Form;
use crate::web::state::AppState;

fn ask_page() -> FormPage {
    let lede = "A file with a JSON object a line: accounts with their email addresses, results with their dates, drafts, and \
                the audit log. Keys, passwords, answers and texts are not in it; a backup of the database has all of it. That \
                you export is noted in the audit log.";
    FormPage::new("Export everything", lede, "/admin/export", vec![Field::password()], "Download the file")
}

/// GET /admin/export
pub async fn ask(_: Administrator) -> Result<HttpResponse, WebError> {
    ask_page().shown()
}

/// POST /admin/export
pub async fn export(
    admin: Administrator,
    request: HttpRequest,
    state: web::Data<AppState>,
    form: Form,
) -> Result<HttpResponse, Early> {
    confirm::password(&request, &state, &admin.account, &form, ask_page).await?;
    // Before it is noted, so that it holds what was there.
    let (first, next) = state.store.export_page(ExportPlace::START, false).await?;
    state.store.audit(admin.account.did(Act::Export, "everything")).await?;
    let (sender, pages) = mpsc::channel(AHEAD);
    actix_web::rt::spawn(read_ahead(state, next, sender));
    let rest = stream::unfold(Some(pages), |pages| async move {
        let mut pages = pages?;
        match pages.recv().await {
            Some(Piece::Page(page)) => Some((Ok(page), Some(pages))),
            Some(Piece::Failed(error)) => Some((Err(error), None)),
            Some(Piece::End) => None,
            // Half a file must not look like a whole one.
            None => Some((Err(WebError::internal("the export ended early")), None)),
        }
    });
    let first = lines(first).await?;
    Ok(file(Format::JsonLines, "calling-export", stream::iter([Ok(first)]).chain(rest)))
}

/// Pages that are read while the client still receives the ones before.
const AHEAD: usize = 1;

/// What the reader of the database says to the answer.
enum Piece {
    Page(Bytes),
    Failed(WebError),
    End,
}

/// Reads page by page until the last one, or until the client is gone.
async fn read_ahead(state: web::Data<AppState>, from: Option<ExportPlace>, pages: mpsc::Sender<Piece>) {
    let mut next = from;
    while let Some(place) = next {
        let piece = match page(&state, place).await {
            Ok((page, after)) => {
                next = after;
                Piece::Page(page)
            }
            Err(error) => {
                next = None;
                Piece::Failed(error)
            }
        };
        if pages.send(piece).await.is_err() {
            return;
        }
    }
    // After a failure, or once the client is gone, nobody waits for this.
    let _ = pages.send(Piece::End).await;
}

async fn page(state: &AppState, place: ExportPlace) -> Result<(Bytes, Option<ExportPlace>), WebError> {
    let (rows, next) = state.store.export_page(place, false).await?;
    Ok((lines(rows).await?, next))
}

/// Writes rows, and not on the thread that answers requests.
async fn lines(rows: Vec<Value>) -> Result<Bytes, WebError> {
    let written = move || Bytes::from(rows.iter().map(|row| format!("{row}\n")).collect::<String>());
    web::block(written).await.map_err(WebError::internal)
}
