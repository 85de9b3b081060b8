//! The careers that fit a result best, for the work that the visitor would prepare for. Pure.

use crate::careers::ranking::Folded;
use crate::careers::{Catalog, Filters, Person};
use crate::web::address;
use crate::web::careers::filters::{Choice, FilterForm};
use crate::web::numbers::dollars;

/// Careers on the list.
const CAREERS: usize = 10;
/// Similar careers that a row names; it counts the others.
const NAMED: usize = 3;

pub struct BestCareers {
    pub rows: Vec<BestRow>,
    /// The control for the most preparation.
    pub preparations: Vec<Choice>,
}

pub struct BestRow {
    pub rank: usize,
    pub title: String,
    pub path: String,
    /// Mean pay a year, "$98,760".
    pub dollars: String,
    pub reason: String,
    pub against: Option<String>,
    /// "Nurse midwife and 2 more like it".
    pub like_it: Option<String>,
}

impl BestCareers {
    /// `base` is the path of a result, under which each career has a page of its own. Without one the careers link to the
    /// public pages.
    pub fn new(catalog: &Catalog, person: &Person, filters: &Filters, base: Option<&str>) -> BestCareers {
        let asked = Filters { page: 1, preparation: filters.preparation, ..Filters::default() };
        let rows = catalog.best(person, &asked, CAREERS);
        BestCareers {
            rows: rows.into_iter().map(|folded| row(folded, base)).collect(),
            preparations: FilterForm::new("", &asked, true).preparations(),
        }
    }
}

fn row(folded: Folded<'_>, base: Option<&str>) -> BestRow {
    let occupation = folded.row.occupation;
    BestRow {
        rank: folded.row.rank,
        title: occupation.title.clone(),
        path: format!("{}{}", base.unwrap_or_default(), address::occupation(&occupation.soc)),
        dollars: dollars(occupation.pay.mean.into()),
        like_it: like_it(&folded.like_it.iter().map(|o| o.title.as_str()).collect::<Vec<_>>()),
        reason: folded.row.reason,
        against: folded.row.against,
    }
}

fn like_it(titles: &[&str]) -> Option<String> {
    let named = titles[..titles.len().min(NAMED)].join("; ");
    match titles.len().saturating_sub(NAMED) {
        _ if titles.is_empty() => None,
        0 => Some(named),
        more => Some(format!("{named}; and {more} more")),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::personality::Profile;

    #[test]
    fn ten_careers_within_the_preparation_link_to_their_pages_for_this_result() {
        let catalog = Catalog::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets")).unwrap();
        let profile = Profile { types: [1.0 / 16.0; 16], traits: [0.9, 0.4, 0.95, 0.7, 0.6] };
        let filters = Filters { preparation: Some(2), ..Filters::default() };
        let best = BestCareers::new(&catalog, &Person::of_profile(&profile), &filters, Some("/results/k"));
        assert_eq!(best.rows.len(), 10);
        for row in &best.rows {
            let soc = row.path.strip_prefix("/results/k/careers/").unwrap();
            assert!(catalog.by_soc(soc).unwrap().job_zone <= 2, "{}", row.title);
        }
        let chosen: Vec<&str> =
            best.preparations.iter().filter(|choice| choice.chosen).map(|choice| &*choice.value).collect();
        assert_eq!(chosen, ["2"]);
    }

    #[test]
    fn similar_careers_are_named_up_to_three() {
        assert_eq!(like_it(&[]), None);
        assert_eq!(like_it(&["A", "B"]).as_deref(), Some("A; B"));
        assert_eq!(like_it(&["A", "B", "C", "D", "E"]).as_deref(), Some("A; B; C; and 2 more"));
    }
}
