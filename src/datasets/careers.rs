//! Sources to occupations, weights and lists, and from those the rows of every file.

use super::compose::{self, Composed};
use super::selection::{self, Chosen, Lists};
use super::sheets::SheetRow;
use super::sources::Sources;
use super::weighting;
use crate::careers::CatalogueHeader;
use crate::careers::links::TraitLinks;
use crate::careers::matching::{self, Standing};
use crate::careers::occupation::Occupation;
use crate::careers::reasons::{Reason, Voice};
use crate::personality::{Mbti, Trait};

/// The source releases, as the catalogue's version names them.
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
        types
            .into_iter()
            .flat_map(|mbti| {
                self.rows(mbti.name(), &self.lists.types[mbti.index()], |o| self.type_reason(o, mbti))
            })
            .collect()
    }

    /// The rows of the spreadsheet by trait, in the same order.
    pub fn trait_rows(&self) -> Vec<SheetRow<'_>> {
        let mut traits = Trait::ALL;
        traits.sort_by_key(|t| t.name());
        traits
            .into_iter()
            .flat_map(|t| self.rows(t.name(), &self.lists.traits[t.index()], |o| self.trait_reason(o, t)))
            .collect()
    }

    fn rows(
        &self,
        key: &'static str,
        list: &[Chosen],
        reason: impl Fn(&Occupation) -> String,
    ) -> Vec<SheetRow<'_>> {
        let mut rows: Vec<SheetRow<'_>> = list
            .iter()
            .map(|(i, fit)| {
                let occupation = &self.composed.occupations[*i];
                SheetRow { key, occupation, fit: *fit, reason: reason(occupation) }
            })
            .collect();
        rows.sort_by(|a, b| {
            let (a, b) = (a.occupation, b.occupation);
            b.pay.mean.cmp(&a.pay.mean).then_with(|| a.title.cmp(&b.title))
        });
        rows
    }

    fn type_reason(&self, occupation: &Occupation, mbti: Mbti) -> String {
        let standing = Standing::of_type(mbti);
        let links = matching::links(&standing, &self.links.place(occupation), &self.links);
        Reason::of(&links).sentence(Voice::OfType(mbti), |t| standing.0[t.index()] > 0.0)
    }

    fn trait_reason(&self, occupation: &Occupation, t: Trait) -> String {
        if t == Trait::Neuroticism {
            let importance = occupation.stress_tolerance.unwrap_or(f64::NAN);
            return format!(
                "Calmer than most: workers rate the importance of stress tolerance {importance:.1} of 5, against {:.1} in the \
                 average occupation.",
                self.links.stress_tolerance[0]
            );
        }
        let links = matching::links(&Standing::of_trait(t), &self.links.place(occupation), &self.links);
        Reason::of(&links).sentence(Voice::OfTrait(t), |_| true)
    }

    /// The catalogue file: a header line, then one occupation per line.
    pub fn catalogue(&self) -> Result<String, serde_json::Error> {
        let header = CatalogueHeader {
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
