//! An export of everything that administrators may see, as a file of JSON lines.

use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, web};
use futures_util::{StreamExt, stream};
use serde_json::Value;

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
    let rest = stream::try_unfold(next, move |place| {
        let state = state.clone();
        async move {
            let Some(place) = place else { return Ok(None) };
            let (rows, next) = state.store.export_page(place, false).await?;
            Ok(Some((lines(&rows), next)))
        }
    });
    Ok(file(Format::JsonLines, "calling-export", stream::iter([Ok(lines(&first))]).chain(rest)))
}

fn lines(rows: &[Value]) -> Bytes {
    Bytes::from(rows.iter().map(|row| format!("{row}\n")).collect::<String>())
}
