//! What the owner of a result gives to research.

use actix_web::{HttpResponse, web};

use crate::records::Research;
use crate::web::address;
use crate::web::error::WebError;
use crate::web::form::{Form, value};
use crate::web::owned::Owner;
use crate::web::page::see_other;
use crate::web::state::AppState;

/// POST /results/{key}/research: stores the choice. A box without a tick means no.
pub async fn choose(
    state: web::Data<AppState>,
    Owner(key): Owner,
    form: Form,
) -> Result<HttpResponse, WebError> {
    let ticked = |field: &str| value(&form, field) == "1";
    let research = Research { ratings: ticked("ratings"), answers: ticked("answers") };
    state.store.set_research(&key, research).await?;
    Ok(see_other(&format!("{}#research", address::result(&key))))
}
