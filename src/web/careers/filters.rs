//! The form that filters a list of careers: plain GET, every choice shown as it was made.

use crate::careers::Filters;
use crate::careers::fields::{FIELDS, JOB_ZONES};
use crate::careers::filters::{Growth, Sort};

/// The form above a list.
pub struct FilterForm<'a> {
    /// Where it leads.
    pub action: &'a str,
    filters: &'a Filters,
    /// Whether the list is ranked by fit: then fit can be sorted by.
    ranked: bool,
}

/// One choice of a form.
pub struct Choice {
    /// The parameter's value.
    pub value: String,
    /// What it says.
    pub label: String,
    /// Whether it is made.
    pub chosen: bool,
}

impl<'a> FilterForm<'a> {
    /// A form that shows these filters.
    pub fn new(action: &'a str, filters: &'a Filters, ranked: bool) -> Self {
        FilterForm { action, filters, ranked }
    }

    /// What is searched for.
    pub fn query(&self) -> &str {
        &self.filters.query
    }

    /// The lowest salary, as the field shows it.
    pub fn salary(&self) -> String {
        self.filters.min_salary.map_or_else(String::new, |salary| salary.to_string())
    }

    /// Whether anything is asked for beside the search and the page: then the filters stand open.
    pub fn filtered(&self) -> bool {
        let asked = Filters { query: String::new(), page: 1, ..self.filters.clone() };
        asked != Filters { page: 1, ..Filters::default() }
    }

    /// Whether anything is asked for beside the page.
    pub fn narrowed(&self) -> bool {
        *self.filters != Filters { page: self.filters.page, ..Filters::default() }
    }

    /// The fields of work.
    pub fn fields(&self) -> Vec<Choice> {
        choices(FIELDS.map(|(code, name)| (code, name)), self.filters.field)
    }

    /// The job zones.
    pub fn zones(&self) -> Vec<Choice> {
        let choice = |(zone, name, usually): (u8, &str, &str)| Choice {
            value: zone.to_string(),
            label: format!("{zone}: {name} ({usually})"),
            chosen: self.filters.zones.contains(&zone),
        };
        JOB_ZONES.into_iter().map(choice).collect()
    }

    /// The lowest growth.
    pub fn growth(&self) -> Vec<Choice> {
        let known = [(Growth::Steady, "not shrinking"), (Growth::Fast, "as fast as the average or faster")];
        choices(known.map(|(growth, name)| (growth.name(), name)), self.filters.growth.map(Growth::name))
    }

    /// The order.
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
