//! The form that filters a list of careers. It uses GET and shows the current choices.

use actix_web::HttpRequest;

use crate::careers::Filters;
use crate::careers::fields::{FIELDS, JOB_ZONES};
use crate::careers::filters::{Growth, Sort};
use crate::careers::occupation::WorkValue;
use crate::web::error::WebError;

/// The filters in a request's query string.
pub fn filters(request: &HttpRequest) -> Result<Filters, WebError> {
    let pairs: Vec<_> = url::form_urlencoded::parse(request.query_string().as_bytes()).collect();
    Filters::parse(pairs.iter().map(|(name, value)| (&**name, &**value)))
        .map_err(|error| WebError::BadRequest(format!("In the address, {error}.")))
}

/// The form above a list.
pub struct FilterForm<'a> {
    /// The path that it requests.
    pub action: &'a str,
    filters: &'a Filters,
    /// Whether the list can be sorted by fit.
    ranked: bool,
}

/// The ranks of work values in words.
const PLACES: [&str; 6] = ["first", "second", "third", "fourth", "fifth", "sixth"];
/// The minimum number of ranks that the form shows.
const VALUES_ASKED: usize = 3;

pub struct Choice {
    pub value: String,
    pub label: String,
    pub chosen: bool,
}

impl<'a> FilterForm<'a> {
    pub fn new(action: &'a str, filters: &'a Filters, ranked: bool) -> Self {
        FilterForm { action, filters, ranked }
    }

    pub fn query(&self) -> &str {
        &self.filters.query
    }

    pub fn salary(&self) -> String {
        self.filters.min_salary.map_or_else(String::new, |salary| salary.to_string())
    }

    /// Whether any filter besides the search is set, so that the filters should be visible.
    pub fn filtered(&self) -> bool {
        let asked = Filters { query: String::new(), unfolded: false, page: 1, ..self.filters.clone() };
        asked != Filters { page: 1, ..Filters::default() }
    }

    /// Whether any filter or search is set.
    pub fn narrowed(&self) -> bool {
        let (unfolded, page) = (self.filters.unfolded, self.filters.page);
        *self.filters != Filters { unfolded, page, ..Filters::default() }
    }

    pub fn fields(&self) -> Vec<Choice> {
        choices(FIELDS.map(|(code, name)| (code, name)), self.filters.field)
    }

    pub fn zones(&self) -> Vec<Choice> {
        let choice = |(zone, name, usually): (u8, &str, &str)| Choice {
            value: zone.to_string(),
            label: format!("{zone}: {name} ({usually})"),
            chosen: self.filters.zones.contains(&zone),
        };
        JOB_ZONES.into_iter().map(choice).collect()
    }

    /// The most preparation that the visitor has or would take on.
    pub fn preparations(&self) -> Vec<Choice> {
        let choice = |(zone, name, usually): (u8, &str, &str)| Choice {
            value: zone.to_string(),
            label: format!("up to {name} ({usually})"),
            chosen: self.filters.preparation == Some(zone),
        };
        JOB_ZONES.into_iter().map(choice).collect()
    }

    /// The interests, to be kept in the address.
    pub fn likes(&self) -> Option<String> {
        let named = |likes: [f64; 6]| likes.map(|like| format!("{like:.2}")).join("-");
        self.filters.likes.map(named).or(self.filters.without_interests.then(|| "none".to_owned()))
    }

    /// Whether similar work has a row each, to be kept in the address.
    pub fn is_unfolded(&self) -> bool {
        self.filters.unfolded
    }

    pub fn is_ranked(&self) -> bool {
        self.ranked
    }

    /// For each rank, the most important first: the rank in words, and the work values to choose from.
    pub fn ranked_values(&self) -> Vec<(&'static str, Vec<Choice>)> {
        let chosen = &self.filters.wishes.values;
        let places = PLACES.into_iter().enumerate().take(chosen.len().max(VALUES_ASKED));
        let known = WorkValue::ALL.map(|value| (value.parameter(), value.plain()));
        places
            .map(|(i, place)| (place, choices(known, chosen.get(i).map(|value| value.parameter()))))
            .collect()
    }

    /// Other wishes that count in the fit.
    pub fn wishes(&self) -> Vec<Choice> {
        let wishes = &self.filters.wishes;
        [("pay", "good pay", wishes.pay), ("growth", "growing work", wishes.growth)]
            .map(|(value, label, chosen)| Choice { value: value.to_owned(), label: label.to_owned(), chosen })
            .into()
    }

    pub fn growth(&self) -> Vec<Choice> {
        let known = [(Growth::Steady, "not shrinking"), (Growth::Fast, "as fast as the average or faster")];
        choices(known.map(|(growth, name)| (growth.name(), name)), self.filters.growth.map(Growth::name))
    }

    pub fn sorts(&self) -> Vec<Choice> {
        let first = if self.ranked { (Sort::Fit, "best fit first") } else { (Sort::Fit, "by name") };
        let mut known = vec![first, (Sort::Salary, "highest pay first")];
        if !self.filters.query.is_empty() {
            known.push((Sort::Match, "best match of the title first"));
        }
        let chosen = Some(self.filters.order().name());
        choices(known.into_iter().map(|(sort, name)| (sort.name(), name)), chosen)
    }
}

fn choices<'a>(
    known: impl IntoIterator<Item = (&'a str, &'a str)>,
    chosen: Option<&'static str>,
) -> Vec<Choice> {
    known
        .into_iter()
        .map(|(value, label)| Choice {
            value: value.to_owned(),
            label: label.to_owned(),
            chosen: chosen == Some(value),
        })
        .collect()
}
