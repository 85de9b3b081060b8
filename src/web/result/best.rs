//! The careers that fit a result best, up to the preparation that the visitor is willing to do. Pure.

use crate::careers::ranking::Folded;
use crate::careers::{Catalog, Filters, Person};
use crate::web::address;
use crate::web::careers::filters::{Choice, FilterForm};
use crate::web::careers::pay::{self, PayShown};
use crate::web::words;

/// The number of careers on the list.
const CAREERS: usize = 10;
/// The number of similar careers that a row names; it counts the others.
const NAMED: usize = 3;

pub struct BestCareers {
    pub rows: Vec<BestRow>,
    /// What the pay is, as a sentence with its month.
    pub pay: String,
    /// Whether the visitor's interests count.
    pub interests: BestInterests,
    /// The choices for the most preparation.
    pub preparations: Vec<Choice>,
}

/// Whether interests count in the list.
pub enum BestInterests {
    /// They count. The path of their page.
    Counted(String),
    /// They can be added, at this path.
    Missing(String),
    /// Not shown, because this is not the owner's page.
    Hidden,
}

impl BestInterests {
    /// For a result whose page is at `base`. Only its owner can add them.
    pub fn new(person: &Person, base: &str, owner: bool) -> BestInterests {
        let page = format!("{base}/interests");
        match (person.interests, owner) {
            (Some(_), _) => BestInterests::Counted(page),
            (None, true) => BestInterests::Missing(page),
            (None, false) => BestInterests::Hidden,
        }
    }
}

pub struct BestRow {
    pub rank: usize,
    pub title: String,
    pub path: String,
    pub pay: PayShown,
    pub reason: String,
    pub against: Option<String>,
    /// "and two like it: Nurse midwife; Nurse practitioner".
    pub like_it: Option<String>,
}

impl BestCareers {
    /// `base` is the path of a result, under which each career has its own page. Without it the careers link to the
    /// public pages.
    pub fn new(catalog: &Catalog, person: &Person, filters: &Filters, base: Option<&str>) -> BestCareers {
        let asked = Filters { page: 1, preparation: filters.preparation, ..Filters::default() };
        let rows = catalog.best(person, &asked, CAREERS);
        let stated = if base.is_some() { filters.stated().as_query() } else { String::new() };
        BestCareers {
            interests: BestInterests::Hidden,
            pay: pay::meaning(catalog.releases()),
            rows: rows.into_iter().map(|folded| row(folded, base, &stated)).collect(),
            preparations: FilterForm::new("", &asked, true).preparations(),
        }
    }

    pub fn counts_interests(&self) -> bool {
        matches!(self.interests, BestInterests::Counted(_))
    }

    /// Adds the note about interests.
    pub fn with(self, interests: BestInterests) -> BestCareers {
        BestCareers { interests, ..self }
    }
}

/// The address of the whole ranking, with what the visitor stated.
pub fn ranking(base: &str, filters: &Filters) -> String {
    format!("{base}/careers{}", filters.stated().as_query())
}

impl BestCareers {
    /// The best first.
    pub fn titles(&self) -> Vec<&str> {
        self.rows.iter().map(|row| row.title.as_str()).collect()
    }
}

impl BestRow {
    /// How many occupations are like it, and the names of some, with the colon before them.
    pub fn alike(&self) -> Option<(&str, &str)> {
        let said = self.like_it.as_deref()?;
        said.split_at_checked(said.find(':')?)
    }

    /// The first reason, and the others with the space before them.
    pub fn reasons(&self) -> (&str, &str) {
        let end = self.reason.find(". ").map_or(self.reason.len(), |at| at + 1);
        self.reason.split_at_checked(end).unwrap_or((self.reason.as_str(), ""))
    }
}

fn row(folded: Folded<'_>, base: Option<&str>, stated: &str) -> BestRow {
    let occupation = folded.row.occupation;
    BestRow {
        rank: folded.row.rank,
        title: occupation.title.clone(),
        path: format!("{}{}{stated}", base.unwrap_or_default(), address::occupation(&occupation.soc)),
        pay: PayShown::new(&occupation.pay),
        like_it: like_it(&folded.like_it.iter().map(|(_, o)| o.title.as_str()).collect::<Vec<_>>()),
        reason: folded.row.reason,
        against: folded.row.against,
    }
}

fn like_it(titles: &[&str]) -> Option<String> {
    let named = titles[..titles.len().min(NAMED)].join("; ");
    let and = words::like_it(titles.len())?;
    let others = if titles.len() > NAMED { ", …" } else { "" };
    Some(format!("{and}: {named}{others}"))
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
            let path = row.path.strip_suffix("?prep=2").unwrap();
            let soc = path.strip_prefix("/results/k/careers/").unwrap();
            assert!(catalog.by_soc(soc).unwrap().job_zone <= 2, "{}", row.title);
        }
        let chosen: Vec<&str> =
            best.preparations.iter().filter(|choice| choice.chosen).map(|choice| &*choice.value).collect();
        assert_eq!(chosen, ["2"]);
    }

    #[test]
    fn the_number_of_similar_careers_stands_apart_from_their_names() {
        let catalog = Catalog::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets")).unwrap();
        let profile = Profile { types: [1.0 / 16.0; 16], traits: [0.95, 0.3, 0.97, 0.6, 0.55] };
        let best = BestCareers::new(&catalog, &Person::of_profile(&profile), &Filters::default(), None);
        let (mut some, mut none) = (0, 0);
        for row in &best.rows {
            match (row.alike(), &row.like_it) {
                (Some((count, named)), Some(whole)) => {
                    assert!(count.ends_with(" like it") && named.starts_with(": "), "{whole}");
                    assert_eq!(format!("{count}{named}"), *whole);
                    some += 1;
                }
                (apart, whole) => {
                    assert_eq!((apart, whole), (None, &None));
                    none += 1;
                }
            }
        }
        assert!(some > 0 && none > 0, "{some} and {none}");
        assert!(best.pay.contains("May 2025"), "{}", best.pay);
    }

    #[test]
    fn similar_careers_are_named_up_to_three() {
        assert_eq!(like_it(&[]), None);
        assert_eq!(like_it(&["A"]).as_deref(), Some("and one like it: A"));
        assert_eq!(like_it(&["A", "B", "C"]).as_deref(), Some("and three like it: A; B; C"));
        assert_eq!(like_it(&["A", "B", "C", "D", "E"]).as_deref(), Some("and five like it: A; B; C, …"));
    }
}
