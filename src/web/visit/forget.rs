//! Forgets a device: deletes its draft, logs it out and clears its cookies.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use crate::web::cookies;
use crate::web::error::WebError;
use crate::web::page::{DonePage, Keeping, page, see_other};
use crate::web::state::AppState;

#[derive(Template)]
#[template(path = "forget.html")]
struct ForgetPage {
    results: usize,
}

/// GET /forget: says what this does, and asks for confirmation.
pub async fn ask(request: HttpRequest, state: web::Data<AppState>) -> Result<HttpResponse, WebError> {
    let results = cookies::results(&request, &state).len();
    page(StatusCode::OK, Keeping::Private, &ForgetPage { results })
}

/// POST /forget
pub async fn forget(request: HttpRequest, state: web::Data<AppState>) -> Result<HttpResponse, WebError> {
    let keys = cookies::draft_keys(&request, &state);
    for key in keys.current.iter().chain(&keys.former) {
        state.store.forget_draft(key).await?;
    }
    for token in cookies::session_tokens(&request, &state) {
        state.store.log_out(&token).await?;
    }
    let mut answer = see_other("/forgotten");
    for kind in cookies::Kind::ALL {
        cookies::set(&mut answer, cookies::clear(&request, &state, kind))?;
    }
    Ok(answer)
}

/// GET /forgotten
pub async fn forgotten() -> Result<HttpResponse, WebError> {
    let done = DonePage {
        title: "This device has been forgotten",
        said: "Answers that you had not sent have been erased, and this browser no longer lists any results or careers.",
    };
    page(StatusCode::OK, Keeping::Public, &done)
}
