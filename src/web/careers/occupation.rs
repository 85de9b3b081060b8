//! An occupation's page: work, pay, outlook, requirements, and sources. Pure.

use askama::Template;

use super::pay::PayShown;
use super::pay_chart::PayChart;
use crate::careers::Catalog;
use crate::careers::education;
use crate::careers::evidence::{ELEMENT, STYLES};
use crate::careers::fields;
use crate::careers::figures::Compared;
use crate::careers::filters::AVERAGE_GROWTH_PCT;
use crate::careers::occupation::Occupation;
use crate::careers::ranking::Ranked;
use crate::personality::{Mbti, Trait};
use crate::web::address;
use crate::web::numbers::{grouped, signed, signed_percent};
use crate::web::preview::Preview;

/// The number of similar occupations on the page.
pub const SIMILAR: usize = 8;
/// The number of other titles that are always visible.
const TITLES_SHOWN: usize = 12;

/// How an occupation fits one result.
pub struct ForYou {
    /// The path of the result.
    pub back: String,
    /// What the visitor stated, as the end of each address: "?prep=2", or nothing.
    pub stated: String,
    /// Whether this is the owner's page, where the occupation can be added to the result's shortlist.
    pub owned: bool,
    pub rank: usize,
    /// In standard deviations above the average occupation, "+1.3".
    pub fit: String,
    /// What each part adds to the fit: "personality", "+0.4". Empty if there is only one part.
    pub parts: Vec<(&'static str, String)>,
    pub reason: String,
    pub against: Option<String>,
}

#[derive(Template)]
#[template(path = "career.html")]
pub struct OccupationPage<'a> {
    preview: Preview,
    /// Set for a page under a result. Search engines must not list that page.
    for_you: Option<ForYou>,
    all: usize,
    occupation: &'a Occupation,
    description: String,
    field: &'static str,
    field_path: String,
    pay: PayChart,
    employment: String,
    growth: String,
    growth_words: &'static str,
    average_growth: String,
    openings: String,
    self_employed: Option<String>,
    zone: (u8, &'static str, &'static str),
    education: Vec<(&'static str, String)>,
    /// A sentence if workers and BLS disagree about education.
    disagreement: Option<String>,
    in_demand: &'a [String],
    other_technology: &'a [String],
    styles: Vec<Rated>,
    interests: Vec<Rated>,
    types: Vec<&'static str>,
    traits: Vec<&'static str>,
    related: Vec<(String, &'a str, String)>,
    similar: Vec<(String, &'a str, String)>,
    titles: Vec<&'a str>,
    more_titles: Vec<&'a str>,
}

/// A row of a table of figures.
pub struct Rated {
    name: &'static str,
    /// In the words of reasons.
    plain: &'static str,
    /// The percentage of occupations with a lower figure.
    value: String,
    compared: &'static str,
    much: bool,
}

impl<'a> OccupationPage<'a> {
    pub fn new(catalog: &'a Catalog, occupation: &'a Occupation, preview: Preview) -> Self {
        let outlook = &occupation.outlook;
        let (styles, interests) = rated(catalog, &occupation.soc);
        let mut titles: Vec<&str> = occupation.titles.lines().collect();
        let more_titles = titles.split_off(titles.len().min(TITLES_SHOWN));
        let education = education::named(occupation).into_iter();
        let education = education.map(|(level, share)| (level, format!("{share:.0}%"))).collect();
        let line = |o: &'a Occupation| {
            (address::occupation(&o.soc), o.title.as_str(), PayShown::new(&o.pay).in_a_line())
        };
        let (in_demand, other_technology) = occupation.technology.split_at(occupation.in_demand);
        OccupationPage {
            preview,
            for_you: None,
            all: catalog.occupations().len(),
            description: first_sentence(&occupation.description, 150),
            field: fields::field(occupation.major_group()).unwrap_or("Other work"),
            field_path: format!("/careers?field={}", occupation.major_group()),
            pay: PayChart::new(occupation),
            employment: grouped(occupation.pay.employment.into()),
            growth: signed_percent(outlook.growth_pct),
            growth_words: growth_words(outlook.growth_pct),
            average_growth: signed_percent(AVERAGE_GROWTH_PCT),
            openings: grouped(outlook.openings.into()),
            self_employed: outlook.self_employed_pct.map(|pct| format!("{pct:.1}%")),
            zone: fields::job_zone(occupation.job_zone),
            education,
            disagreement: education::disagreement(occupation),
            in_demand,
            other_technology,
            styles,
            interests,
            types: catalog.types_that_list(&occupation.soc).into_iter().map(Mbti::name).collect(),
            traits: catalog.traits_that_list(&occupation.soc).into_iter().map(Trait::name).collect(),
            related: catalog.related(occupation).into_iter().map(line).collect(),
            similar: catalog.similar(&occupation.soc, SIMILAR).into_iter().map(line).collect(),
            titles,
            more_titles,
            occupation,
        }
    }
}

impl OccupationPage<'_> {
    /// Whether it can only be kept on this device. An owner keeps it with the result.
    fn is_kept_on_device(&self) -> bool {
        !self.for_you.as_ref().is_some_and(|you| you.owned)
    }

    /// The page as seen from the result at `back`; `stated` ends each address that leads there.
    pub fn for_you(self, ranked: Ranked<'_>, back: String, stated: String, owned: bool) -> Self {
        let parts = ranked.parts.iter().map(|(part, added)| (part.name(), signed(*added)));
        let for_you = ForYou {
            back,
            stated,
            owned,
            rank: ranked.rank,
            fit: signed(ranked.fit),
            parts: parts.filter(|_| ranked.parts.len() > 1).collect(),
            reason: ranked.reason,
            against: ranked.against,
        };
        OccupationPage { for_you: Some(for_you), ..self }
    }
}

/// Styles and interests, with those that differ most from the average first.
fn rated(catalog: &Catalog, soc: &str) -> (Vec<Rated>, Vec<Rated>) {
    let (Some(placed), Some(percentiles)) = (catalog.figures(soc), catalog.percentiles(soc)) else {
        return (Vec::new(), Vec::new());
    };
    let mut styles: Vec<(f64, Rated)> = ELEMENT
        .iter()
        .zip(placed.figures)
        .zip(percentiles)
        .map(|((element, figure), percentile)| {
            let compared = Compared::of(figure);
            let rated = Rated {
                name: element.name,
                plain: element.plain,
                value: format!("{percentile}%"),
                compared: compared.name(),
                much: compared > Compared::Average,
            };
            (figure, rated)
        })
        .collect();
    let mut interests = styles.split_off(STYLES);
    for list in [&mut styles, &mut interests] {
        list.sort_by(|a, b| b.0.abs().total_cmp(&a.0.abs()).then_with(|| a.1.name.cmp(b.1.name)));
    }
    let rows = |list: Vec<(f64, Rated)>| list.into_iter().map(|(_, rated)| rated).collect();
    (rows(styles), rows(interests))
}

/// A projected growth in percent, in the words of the page.
pub fn growth_words(pct: f64) -> &'static str {
    match pct {
        p if p < -1.0 => "shrinking",
        p if p < 1.0 => "about steady",
        p if p < AVERAGE_GROWTH_PCT => "growing more slowly than average",
        _ => "growing as fast as average or faster",
    }
}

/// The first sentence, cut after a word if it is too long: a description for search engines.
fn first_sentence(text: &str, longest: usize) -> String {
    let sentence = text.split_inclusive(". ").next().unwrap_or_default().trim_end();
    if sentence.chars().count() <= longest {
        return sentence.to_owned();
    }
    let mut cut: String = sentence.chars().take(longest).collect();
    let word = cut.rfind(' ').unwrap_or(cut.len());
    cut.truncate(word);
    cut.trim_end_matches(',').to_owned() + "…"
}

#[cfg(test)]
mod tests;
