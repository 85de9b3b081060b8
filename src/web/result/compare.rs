//! Two results side by side. The address identifies this device's results by their position in its list, and shared ones by
//! their share key. So it contains no private key, even if somebody types one: the form is posted, and private addresses
//! are refused before the page has an address.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::assessed::{Difference, differences};
use super::brief::in_brief;
use super::stored::{On, Stored};
use super::wanted::{Wanted, share_key};
use crate::records::{SharedRecord, Status};
use crate::web::account::visitor::account_of;
use crate::web::cookies;
use crate::web::error::WebError;
use crate::web::form::{Form, value};
use crate::web::numbers::day;
use crate::web::page::{Keeping, page, see_other};
use crate::web::state::AppState;

/// A result on this device, as the form offers it.
struct Choice {
    /// Its place in the device's list, from 1.
    place: String,
    /// "1. INFJ; openness high (November 30, 2026)".
    name: String,
    first: bool,
    second: bool,
}

#[derive(Template)]
#[template(path = "side_by_side.html")]
struct ComparePage {
    wanted: Wanted,
    /// The finished results on this device, newest first.
    mine: Vec<Choice>,
    /// What is wrong with the request.
    fault: Option<String>,
    compared: Option<Compared>,
}

/// Two results.
struct Compared {
    /// "Result of November 30, 2026", and the result's types.
    names: [String; 2],
    summaries: [String; 2],
    differences: Vec<Difference>,
}

impl Compared {
    fn differ(&self) -> Vec<String> {
        let told = |d: &Difference| d.second_is.as_ref().map(|is| format!("{}: {is}", d.short));
        self.differences.iter().filter_map(told).collect()
    }
}

/// A result that was found, with its name.
struct Found {
    name: String,
    record: SharedRecord,
}

/// POST /side-by-side: leads to the comparison.
pub async fn choose(state: web::Data<AppState>, form: Form) -> Result<HttpResponse, WebError> {
    let typed = |name: &str| value(&form, name).to_owned();
    let link = typed("link");
    let second = if link.trim().is_empty() { typed("second") } else { String::new() };
    let wanted = Wanted { first: typed("first"), second, link, refused: None };
    Ok(see_other(&wanted.cleared(&state).await?.address()))
}

/// GET /side-by-side?first=1&second=2
pub async fn show(
    request: HttpRequest,
    state: web::Data<AppState>,
    wanted: web::Query<Wanted>,
) -> Result<HttpResponse, WebError> {
    let asked = wanted.into_inner();
    let mut wanted = asked.cleared(&state).await?;
    if wanted.lacks_some_of(&asked) {
        // Without what was refused, so that it does not stay in the address bar.
        return Ok(see_other(&wanted.address()));
    }
    if !wanted.link.trim().is_empty() {
        wanted.second = wanted.link.clone();
    }
    let mut mine = Vec::new();
    for (place, key) in cookies::results(&request, &state).iter().enumerate() {
        let record = state.store.by_owner(key).await?.filter(|record| record.status == Status::Done);
        mine.extend(record.map(|record| ((place + 1).to_string(), record.shown)));
    }
    add_kept(&request, &state, &mut mine).await?;
    let asked = !wanted.first.is_empty() && !wanted.second.is_empty();
    let (compared, fault) = match wanted.refused {
        Some(refused) => (None, Some(refused.fault().to_owned())),
        None if asked => compare(&state, &mine, &wanted).await?,
        None => (None, None),
    };
    let mine = choices(&mine, &wanted);
    page(StatusCode::OK, Keeping::Unlisted, &ComparePage { wanted, mine, fault, compared })
}

/// Adds the finished results in the account of whoever is logged in, after those of the device.
async fn add_kept(
    request: &HttpRequest,
    state: &AppState,
    mine: &mut Vec<(String, SharedRecord)>,
) -> Result<(), WebError> {
    let Some(account) = account_of(request, state).await? else { return Ok(()) };
    let places = cookies::results(request, state).len();
    let kept = state.store.kept_results(account).await?;
    let more = kept.into_iter().filter(|result| {
        let known = mine.iter().any(|(_, record)| record.id == result.listed.shown.id);
        result.listed.status == Status::Done && !known
    });
    let more: Vec<_> =
        more.zip(places + 1..).map(|(result, place)| (place.to_string(), result.listed.shown)).collect();
    mine.extend(more);
    Ok(())
}

/// What the form offers: the newest result beside the one before, unless others were asked for.
fn choices(mine: &[(String, SharedRecord)], wanted: &Wanted) -> Vec<Choice> {
    let chosen = |place: &str, asked: &str, otherwise: &str| {
        let is_listed = mine.iter().any(|(listed, _)| listed == asked);
        place == if is_listed { asked } else { otherwise }
    };
    let at = |number: usize| mine.get(number).map_or("", |(place, _)| place.as_str());
    let choice = |(place, record): &(String, SharedRecord)| Choice {
        first: chosen(place, &wanted.first, at(mine.len().saturating_sub(1).min(1))),
        second: chosen(place, &wanted.second, at(0)),
        name: format!("{place}. {} ({})", in_brief(record), finished(record)),
        place: place.clone(),
    };
    mine.iter().map(choice).collect()
}

/// The comparison, or why there is none.
async fn compare(
    state: &AppState,
    mine: &[(String, SharedRecord)],
    wanted: &Wanted,
) -> Result<(Option<Compared>, Option<String>), WebError> {
    let mut found = Vec::with_capacity(2);
    for (which, asked) in [("first", &wanted.first), ("second", &wanted.second)] {
        match find(state, mine, asked).await? {
            Some(one) => found.push(one),
            None => {
                let fault =
                    format!("The {which} result was not found. It was deleted, or is no longer shared.");
                return Ok((None, Some(fault)));
            }
        }
    }
    let [first, second] = [&found[0], &found[1]];
    let on = On::of(state);
    let read = |found: &Found| Stored(&found.record).assessment().map_err(WebError::internal);
    let (Some(a), Some(b)) = (read(first)?, read(second)?) else {
        let fault = "A result from before levels were stored cannot be compared.".to_owned();
        return Ok((None, Some(fault)));
    };
    let summary = |found: &Found| -> Result<String, WebError> {
        let view = Stored(&found.record).assessed(&on).map_err(WebError::internal)?;
        Ok(view.map(|view| view.summary).unwrap_or_default())
    };
    let compared = Compared {
        names: [first.name.clone(), second.name.clone()],
        summaries: [summary(first)?, summary(second)?],
        differences: differences(&a, &b),
    };
    Ok((Some(compared), None))
}

async fn find(
    state: &AppState,
    mine: &[(String, SharedRecord)],
    asked: &str,
) -> Result<Option<Found>, WebError> {
    if let Some((_, record)) = mine.iter().find(|(place, _)| place == asked) {
        return Ok(Some(Found { name: of_day(record), record: record.clone() }));
    }
    let Some(key) = share_key(asked) else { return Ok(None) };
    let record = state.store.by_share(&key).await?;
    Ok(record.map(|record| Found { name: format!("{}, shared", of_day(&record)), record }))
}

fn of_day(record: &SharedRecord) -> String {
    format!("Result of {}", finished(record))
}

fn finished(record: &SharedRecord) -> String {
    day(record.finished_at.unwrap_or(record.created_at))
}
