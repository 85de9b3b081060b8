//! The pages of questions as they are before anything is answered, the same for everybody. A device keeps them for times
//! without a network, and its script fills them with what it has kept.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;

use super::came::Came;
use super::on_device::OnDevice;
use super::pages::{Asked, Kind, OpenPage, RatePage, Sheet};
use super::rows;
use crate::survey::RawAnswers;
use crate::web::error::WebError;
use crate::web::page::{Keeping, html};
use crate::web::state::AppState;

/// The address of a page's shell by its number.
fn address(number: usize) -> String {
    format!("/questions/{number}/shell")
}

/// The page without answers. It takes no request, so that no cookie can put an answer into it.
fn shell(state: &AppState, number: usize) -> Result<String, WebError> {
    let nothing = RawAnswers::default();
    let drafts = &state.settings.drafts;
    let sheet = Sheet {
        given: &nothing,
        too_long: &nothing,
        device: OnDevice::of_nobody(drafts.draft_days),
        came: Came::Onward,
        shown: None,
        random: drafts.random_answers,
    };
    let asked = Asked::of(&state.questionnaire, number).ok_or(WebError::NotFound)?;
    let page = match asked.kind {
        Kind::Ratings { items } => RatePage::new(&asked, items, sheet).render(),
        Kind::Questions { questions, page_of_part } => {
            OpenPage::new(&asked, questions, page_of_part, sheet).render()
        }
    };
    page.map_err(WebError::internal)
}

/// The shells of all pages in their order: address and page.
///
/// # Errors
/// [`WebError::Internal`] if one cannot be rendered.
pub fn all(state: &AppState) -> Result<Vec<(String, String)>, WebError> {
    let numbers = 1..=rows::pages(&state.questionnaire);
    numbers.map(|number| Ok((address(number), shell(state, number)?))).collect()
}

/// GET /questions/{page}/shell
pub async fn show(state: web::Data<AppState>, number: web::Path<usize>) -> Result<HttpResponse, WebError> {
    Ok(html(StatusCode::OK, Keeping::Public, shell(&state, number.into_inner())?))
}
