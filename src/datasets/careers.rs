//! Turns sources into occupations, weights and lists, and these into the rows of every file.

use super::compose::{self, Composed};
use super::selection::{self, Chosen, Lists};
use super::sheets::SheetRow;
use super::sources::Sources;
use super::weighting;
use crate::careers::CatalogHeader;
use crate::careers::Person;
use crate::careers::figures::Compared;
use crate::careers::fit::Direction;
use crate::careers::links::TraitLinks;
use crate::careers::reasons;
use crate::personality::{Mbti, Trait};

/// The source releases, as the catalog's version names them.
pub const RELEASES: &str = "BLS OEWS May 2025, BLS projections 2024-34, O*NET 30.1";

#[derive(Debug)]
pub struct Careers {
    pub composed: Composed,
    pub links: TraitLinks,
    pub lists: Lists,
}

pub fn derive(sources: &Sources) -> Careers {
    let composed = compose::occupations(sources);
    let links = weighting::weigh(&composed.occupations);
    let lists = selection::choose(&composed.occupations, &links);
    Careers { composed, links, lists }
}

impl Careers {
    /// The rows of the spreadsheet by type: types by name, careers by salary, ties by title.
    pub fn type_rows(&self) -> Vec<SheetRow<'_>> {
        let mut types = Mbti::ALL;
        types.sort_by_key(|mbti| mbti.name());
        let rows = |mbti: Mbti| {
            let list = &self.lists.types[mbti.index()];
            self.rows(mbti.name(), list, self.reasons(list, &Person::of_type(mbti)))
        };
        types.into_iter().flat_map(rows).collect()
    }

    /// The rows of the spreadsheet by trait, in the same order.
    pub fn trait_rows(&self) -> Vec<SheetRow<'_>> {
        let mut traits = Trait::ALL;
        traits.sort_by_key(|t| t.name());
        let rows = |t: Trait| {
            let list = &self.lists.traits[t.index()];
            let reasons = match t {
                Trait::Neuroticism => list.iter().map(|(i, _)| self.calm_reason(*i)).collect(),
                _ => self.reasons(list, &Person::of_trait(t)),
            };
            self.rows(t.name(), list, reasons)
        };
        traits.into_iter().flat_map(rows).collect()
    }

    fn rows(&self, key: &'static str, list: &[Chosen], reasons: Vec<String>) -> Vec<SheetRow<'_>> {
        let row = |((i, fit), reason): (&Chosen, String)| SheetRow {
            key,
            occupation: &self.composed.occupations[*i],
            fit: *fit,
            reason,
        };
        let mut rows: Vec<SheetRow<'_>> = list.iter().zip(reasons).map(row).collect();
        rows.sort_by(|a, b| {
            let (a, b) = (a.occupation, b.occupation);
            b.pay.mean.cmp(&a.pay.mean).then_with(|| a.title.cmp(&b.title))
        });
        rows
    }

    /// One sentence or two for each career of a list.
    fn reasons(&self, list: &[Chosen], person: &Person) -> Vec<String> {
        let direction = Direction::of(person);
        let place = |(i, _): &Chosen| self.links.place(&self.composed.occupations[*i]);
        let points = |chosen: &Chosen| reasons::points(person, &direction, &place(chosen), &self.links);
        let points: Vec<_> = list.iter().map(points).collect();
        reasons::choose(&points).iter().map(|reasons| reasons.sentence(person)).collect()
    }

    fn calm_reason(&self, occupation: usize) -> String {
        let placed = self.links.place(&self.composed.occupations[occupation]);
        match Compared::of(-selection::calm(&placed)) {
            Compared::Average => "Calm under pressure is asked for no more than in other work.".to_owned(),
            compared => format!("Calm under pressure is {}.", compared.name()),
        }
    }

    /// The catalog file: a header line, then one occupation per line.
    pub fn catalog(&self) -> Result<String, serde_json::Error> {
        let header = CatalogHeader {
            releases: RELEASES.to_string(),
            links: self.links.clone(),
            left_out: self.composed.left_out.clone(),
        };
        let mut lines = serde_json::to_string(&header)?;
        lines.push('\n');
        for occupation in &self.composed.occupations {
            lines.push_str(&serde_json::to_string(occupation)?);
            lines.push('\n');
        }
        Ok(lines)
    }
}
