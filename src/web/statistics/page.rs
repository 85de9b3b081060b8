//! The page of statistics.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::load::figures;
use crate::personality::{Mbti, Trait};
use crate::statistics::{FIFTHS, LEAST_PEOPLE, NORM_FROM, Published};
use crate::web::address;
use crate::web::error::WebError;
use crate::web::numbers::{day, grouped};
use crate::web::page::{Keeping, page};
use crate::web::preview::Preview;
use crate::web::state::AppState;

#[derive(Template)]
#[template(path = "statistics.html")]
struct StatisticsPage {
    preview: Preview,
    /// The day on which it was counted; `None` before the first time.
    counted: Option<String>,
    /// `None` while too few people have finished.
    shown: Option<Shown>,
    least: u64,
    norm_from: u64,
}

struct Shown {
    people: String,
    /// The norm group, as the middle part of a sentence.
    norm: String,
    traits: Vec<TraitRow>,
    types: Vec<TypeRow>,
    /// Types that are shown only together, and their share.
    together: Option<(Vec<TypeRow>, u8)>,
}

struct TraitRow {
    name: &'static str,
    path: String,
    mean: u8,
    sd: u8,
    /// Each fifth, "20–39", and how many percent stand there, if it is shown by itself.
    fifths: Vec<(String, Option<u8>)>,
    /// How many percent stand in the other fifths.
    together: Option<u8>,
}

struct TypeRow {
    name: &'static str,
    path: String,
    percent: u8,
}

impl TypeRow {
    fn new(mbti: Mbti, percent: u8) -> TypeRow {
        TypeRow { name: mbti.name(), path: address::mbti(mbti), percent }
    }
}

impl Shown {
    fn new(published: Published, norm: &str) -> Shown {
        let summary = |trait_: Trait| {
            let shown = published.traits[trait_.index()];
            TraitRow {
                name: trait_.name(),
                path: address::trait_(trait_),
                mean: shown.mean,
                sd: shown.sd,
                fifths: FIFTHS.into_iter().map(range).zip(shown.fifths).collect(),
                together: shown.together,
            }
        };
        Shown {
            people: grouped(published.people),
            norm: norm.to_owned(),
            traits: Trait::ALL.map(summary).into(),
            types: published.types.iter().map(|share| TypeRow::new(share.mbti, share.percent)).collect(),
            together: published.together.as_ref().map(|together| {
                (together.types.iter().map(|mbti| TypeRow::new(*mbti, 0)).collect(), together.percent)
            }),
        }
    }

    fn ranges(&self) -> [String; 5] {
        FIFTHS.map(range)
    }

    /// Whether a fifth of some trait is shown by itself.
    fn has_fifths(&self) -> bool {
        self.traits.iter().any(|row| row.fifths.iter().any(|(_, percent)| percent.is_some()))
    }

    /// Whether fifths of some trait are shown only together.
    fn joins_fifths(&self) -> bool {
        self.traits.iter().any(|row| row.together.is_some())
    }
}

/// The percentiles of a fifth of the comparison group, "20–39".
fn range((first, last): (u8, u8)) -> String {
    format!("{first}–{last}")
}

/// GET /statistics
pub async fn show(request: HttpRequest, state: web::Data<AppState>) -> Result<HttpResponse, WebError> {
    let found = figures(&state).await?;
    let shown = StatisticsPage {
        preview: Preview::new(&request, &state, "/statistics"),
        counted: found.as_ref().map(|(at, _)| day(*at)),
        shown: found.and_then(|(_, figures)| {
            let published = figures.published()?;
            Some(Shown::new(published, &figures.norm.people))
        }),
        least: LEAST_PEOPLE,
        norm_from: NORM_FROM,
    };
    page(StatusCode::OK, Keeping::Public, &shown)
}
