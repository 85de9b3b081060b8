//! Deletes everything that visitors stored.

use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, web};

use crate::records::{Conflict, RecordsError};
use crate::telemetry::sentence;
use crate::web::account::confirm;
use crate::web::account::fields::Field;
use crate::web::account::form_page::FormPage;
use crate::web::account::visitor::Administrator;
use crate::web::early::Early;
use crate::web::error::WebError;
use crate::web::form::{Form, value};
use crate::web::page::see_other;
use crate::web::state::AppState;

const DATA: &str = "delete all data";
const WITH_ACCOUNTS: &str = "delete all data and accounts";
/// How long the answer waits for the end. Deleting goes on without it.
const WAIT: Duration = Duration::from_secs(10);

fn ask_page(typed: &str) -> FormPage {
    let lede = "This erases every draft, every submission and every result of everybody from this server, and with the longer \
                sentence every account but those of administrators. Backups stay. It cannot be undone, and it is noted in the \
                audit log, which stays.";
    let field = Field {
        id: "typed",
        label: "Type what is to be done",
        kind: "text",
        autocomplete: "off",
        hint: "“delete all data”, or “delete all data and accounts”.",
        value: typed.to_owned(),
        fault: None,
    };
    FormPage::new(
        "Delete all data?",
        lede,
        "/admin/erase",
        vec![field, Field::password()],
        "Delete it permanently",
    )
}

/// GET /admin/erase: asks.
pub async fn ask(_: Administrator) -> Result<HttpResponse, WebError> {
    ask_page("").shown()
}

/// POST /admin/erase
pub async fn erase(
    admin: Administrator,
    request: HttpRequest,
    state: web::Data<AppState>,
    form: Form,
) -> Result<HttpResponse, Early> {
    let typed = value(&form, "typed");
    let with_accounts = match typed.trim().to_lowercase().as_str() {
        DATA => false,
        WITH_ACCOUNTS => true,
        other => {
            let mut page = ask_page(typed);
            let found = if other.is_empty() {
                "It is empty".to_owned()
            } else {
                format!("It is “{}”", typed.trim())
            };
            page.fields[0].fault = Some(format!("{found}; expected “{DATA}” or “{WITH_ACCOUNTS}”."));
            return Err(page.again());
        }
    };
    confirm::password(&request, &state, &admin.account, &form, || ask_page(typed)).await?;
    let erasure = match state.store.begin_erasure(&admin.account, with_accounts).await {
        Err(RecordsError::Conflict(Conflict::NotAdministrator)) => return Err(WebError::NotFound.into()),
        begun => begun?,
    };
    tracing::warn!(with_accounts, "an administrator deletes all data");
    // A task of its own, so that it does not end with the request.
    let erasing = actix_web::rt::spawn(async move {
        let erased = state.store.erase_all(erasure).await;
        match &erased {
            Ok(()) => tracing::info!("all data is deleted"),
            Err(error) => tracing::error!(error = sentence(error), "not all data could be deleted"),
        }
        erased
    });
    match tokio::time::timeout(WAIT, erasing).await {
        Ok(ended) => {
            ended.map_err(WebError::internal)??;
            Ok(see_other("/admin/data?done=erased"))
        }
        Err(_) => Ok(see_other("/admin/data?done=erasing")),
    }
}
