//! The optional questions on interests. The answers are not stored: six scores go into the address of the ranking.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use crate::careers::Filters;
use crate::survey::RawAnswers;
use crate::survey::interests::{Activities, Activity};
use crate::web::error::WebError;
use crate::web::page::{Keeping, page, see_other};

#[derive(Template)]
#[template(path = "interests.html")]
struct InterestsPage {
    /// The path of the ranking.
    back: String,
    /// Whether answers came, but too few.
    incomplete: bool,
    rows: Vec<Row>,
}

struct Row {
    number: usize,
    activity: Activity,
    answer: String,
}

/// The five answers.
const STEPS: [(&str, &str); 5] =
    [("1", "dislike"), ("2", "rather dislike"), ("3", "neither"), ("4", "rather enjoy"), ("5", "enjoy")];

/// GET /results/{key}/careers/interests
pub async fn owner(request: HttpRequest, key: web::Path<String>) -> Result<HttpResponse, WebError> {
    ask(&request, format!("/results/{key}/careers"))
}

/// GET /shared/{key}/careers/interests
pub async fn shared(request: HttpRequest, key: web::Path<String>) -> Result<HttpResponse, WebError> {
    ask(&request, format!("/shared/{key}/careers"))
}

fn ask(request: &HttpRequest, back: String) -> Result<HttpResponse, WebError> {
    let activities = Activities::bundled().map_err(WebError::internal)?;
    let fields = url::form_urlencoded::parse(request.query_string().as_bytes()).into_owned();
    let answers = RawAnswers(fields.collect());
    if let Some(scores) = activities.score(&answers) {
        let filters = Filters { page: 1, likes: Some(scores.means), ..Filters::default() };
        return Ok(see_other(&format!("{back}?{filters}")));
    }
    let row = |(i, activity): (usize, &Activity)| Row {
        number: i + 1,
        answer: answers.0.get(&activity.id).cloned().unwrap_or_default(),
        activity: activity.clone(),
    };
    let template = InterestsPage {
        back,
        incomplete: !answers.0.is_empty(),
        rows: activities.in_order().enumerate().map(row).collect(),
    };
    page(StatusCode::OK, Keeping::Unlisted, &template)
}
