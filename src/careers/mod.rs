//! Occupations, wages, and which of them fit a profile.
//!
//! [`Catalog`] is read once at the start and never changes: the two spreadsheets, which say what goes with a type or a
//! trait, and the whole catalogue, from which the ranking by a whole profile and the occupation pages are made.

mod error;
/// The published figures behind the method.
pub mod evidence;
/// Fields of work, job zones and levels of education in words.
pub mod fields;
/// What a visitor asks of a list of occupations.
pub mod filters;
/// Ratings to traits.
pub mod links;
/// A person's standing × an occupation → fit.
pub mod matching;
/// One occupation of the catalogue.
pub mod occupation;
/// The whole-profile ranking, and browsing.
pub mod ranking;
/// Why an occupation fits, in words.
pub mod reasons;
/// The tables of two types and two traits, in the original API's shape.
pub mod recommendations;
/// Titles to occupations, typing errors forgiven.
pub mod search;
/// Reading spreadsheets.
pub mod workbook;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::personality::{Mbti, Profile, Trait};
pub use error::WorkbookError;
pub use filters::Filters;
use links::{Standardised, TraitLinks};
use occupation::{LeftOut, Occupation};
pub use ranking::{Ranked, Ranking};
pub use recommendations::Recommendations;
use search::TitleIndex;

/// The spreadsheet of the 16 types.
pub const MBTI_FILE: &str = "MBTI-career.xlsx";
/// The spreadsheet of the five traits.
pub const BIG_FIVE_FILE: &str = "5-big-traits-career.xlsx";
/// The whole catalogue: a header line, then an occupation a line, each as JSON.
pub const OCCUPATIONS_FILE: &str = "occupations.jsonl";

/// One row of a table of careers.
#[derive(Clone, Debug, PartialEq)]
pub struct Career {
    /// The title.
    pub title: String,
    /// US dollars a year; in the bundled spreadsheets BLS's mean annual wage.
    pub salary_usd: u32,
    /// The occupation's SOC code, if the spreadsheet has one: its page is /careers/{soc}.
    pub soc: Option<String>,
    /// How well it fits, in standard deviations above the average occupation, if the spreadsheet says so.
    pub fit: Option<f64>,
    /// Why it is there, if the spreadsheet says so.
    pub reason: Option<String>,
}

/// The first line of the catalogue file.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct CatalogueHeader {
    /// The releases behind it: "BLS OEWS May 2025, BLS projections 2024–34, O*NET 30.1".
    pub releases: String,
    /// How its ratings are standardised and weighed.
    pub links: TraitLinks,
    /// The occupations that are not in it, and why.
    pub left_out: Vec<LeftOut>,
}

/// Every table and every occupation; immutable.
pub struct Catalog {
    types: [Arc<[Career]>; 16],
    traits: [Arc<[Career]>; 5],
    header: CatalogueHeader,
    occupations: Vec<Occupation>,
    placed: Vec<Standardised>,
    by_soc: BTreeMap<String, usize>,
    by_title: BTreeMap<String, usize>,
    index: TitleIndex,
    left_out: TitleIndex,
    version: String,
}

impl Catalog {
    /// Reads the folder: both spreadsheets and the catalogue file.
    pub fn load(dir: &Path) -> Result<Self, WorkbookError> {
        let mut hash = Sha256::new();
        for name in [MBTI_FILE, BIG_FIVE_FILE, OCCUPATIONS_FILE] {
            let file = dir.join(name);
            let bytes = std::fs::read(&file)
                .map_err(|source| WorkbookError::Unreadable { file: file.clone(), source })?;
            hash.update(&bytes);
        }
        let types = workbook::read(&dir.join(MBTI_FILE), &Mbti::ALL, "one of the 16 types", Mbti::parse)?;
        let traits =
            workbook::read(&dir.join(BIG_FIVE_FILE), &Trait::ALL, "one of the five traits", Trait::parse)?;
        let (header, occupations) = read_occupations(&dir.join(OCCUPATIONS_FILE))?;
        let placed = occupations.iter().map(|o| header.links.place(o)).collect();
        let by_soc = occupations.iter().enumerate().map(|(i, o)| (o.soc.clone(), i)).collect();
        let by_title = occupations.iter().enumerate().map(|(i, o)| (o.title.to_lowercase(), i)).collect();
        let digest: String = hash.finalize().iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        Ok(Catalog {
            types: Mbti::ALL.map(|mbti| table(&types, mbti)),
            traits: Trait::ALL.map(|t| table(&traits, t)),
            version: format!("{} ({digest})", header.releases),
            index: TitleIndex::new(occupations.iter().map(Occupation::every_title)),
            left_out: TitleIndex::new(header.left_out.iter().map(LeftOut::every_title)),
            header,
            occupations,
            placed,
            by_soc,
            by_title,
        })
    }

    /// The careers of the two likeliest types and the two highest traits (ties by name), each table ranked by salary.
    pub fn recommendations(&self, profile: &Profile) -> Recommendations {
        let mbti = profile.ranked_types().into_iter().take(2);
        let big_five = profile.ranked_traits().into_iter().take(2);
        Recommendations {
            mbti: mbti.map(|(mbti, _)| (mbti, self.of_type(mbti).to_vec())).collect(),
            big_five: big_five.map(|(t, _)| (t, self.of_trait(t).to_vec())).collect(),
        }
    }

    /// A type's careers, highest salary first, ties by title.
    pub fn of_type(&self, mbti: Mbti) -> &[Career] {
        &self.types[mbti.index()]
    }

    /// A trait's careers, highest salary first, ties by title.
    pub fn of_trait(&self, t: Trait) -> &[Career] {
        &self.traits[t.index()]
    }

    /// Which data this is: the releases, and a digest of the three files, so that a swapped spreadsheet shows.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The releases behind the catalogue.
    pub fn releases(&self) -> &str {
        &self.header.releases
    }

    /// How ratings are standardised and weighed.
    pub fn links(&self) -> &TraitLinks {
        &self.header.links
    }

    /// Every occupation, in the order of the codes.
    pub fn occupations(&self) -> &[Occupation] {
        &self.occupations
    }

    /// Every occupation on matching's scales, in the same order.
    pub fn placed(&self) -> &[Standardised] {
        &self.placed
    }

    /// The index over every title.
    pub fn index(&self) -> &TitleIndex {
        &self.index
    }

    /// What a search may have meant that is not in the catalogue, and by which title: told where a title of a left-out
    /// occupation matches clearly better than any in the catalogue.
    pub fn left_out(&self, query: &str) -> Option<(&LeftOut, &str)> {
        const CLEARLY: f64 = 0.1;
        let best = *self.left_out.find(query).first()?;
        let known = self.index.find(query).first().map_or(0.0, |hit| hit.score);
        let left_out = &self.header.left_out[best.occupation];
        // A title of its own scores higher by a little; here that is no reason.
        let title = left_out.every_title().nth(best.title)?;
        (best.score >= 0.8 && best.score > known + CLEARLY).then_some((left_out, title))
    }

    /// The occupation with this SOC code.
    pub fn by_soc(&self, soc: &str) -> Option<&Occupation> {
        self.by_soc.get(soc).map(|i| &self.occupations[*i])
    }

    /// The occupation with this title, in any case.
    pub fn by_title(&self, title: &str) -> Option<&Occupation> {
        self.by_title.get(&title.to_lowercase()).map(|i| &self.occupations[*i])
    }
}

/// One key's rows, highest salary first, ties by title; the same title twice counts once.
fn table<K: PartialEq>(rows: &[workbook::Row<K>], key: K) -> Arc<[Career]> {
    let mut careers: Vec<Career> = rows
        .iter()
        .filter(|row| row.key == key)
        .map(|row| Career {
            title: row.career.clone(),
            salary_usd: row.salary_usd,
            soc: row.soc.clone(),
            fit: row.fit,
            reason: row.reason.clone(),
        })
        .collect();
    careers.sort_by(|a, b| b.salary_usd.cmp(&a.salary_usd).then_with(|| a.title.cmp(&b.title)));
    careers.dedup_by(|a, b| a.title == b.title && a.salary_usd == b.salary_usd);
    careers.into()
}

fn broken(
    file: &Path,
    line: usize,
    source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> WorkbookError {
    WorkbookError::Catalogue { file: file.to_path_buf(), line, source: source.into() }
}

fn read_occupations(file: &Path) -> Result<(CatalogueHeader, Vec<Occupation>), WorkbookError> {
    let text = std::fs::read_to_string(file)
        .map_err(|source| WorkbookError::Unreadable { file: file.to_path_buf(), source })?;
    let mut lines = text.lines();
    let header =
        serde_json::from_str(lines.next().unwrap_or_default()).map_err(|source| broken(file, 1, source))?;
    let mut occupations: Vec<Occupation> = Vec::with_capacity(800);
    for (i, line) in lines.enumerate() {
        let occupation: Occupation =
            serde_json::from_str(line).map_err(|source| broken(file, i + 2, source))?;
        if occupation.ratings.len() != evidence::ELEMENTS
            || occupation.soc.len() != 7
            || !occupation.soc.is_ascii()
            || occupations.last().is_some_and(|last| last.soc >= occupation.soc)
        {
            let problem = "expected a SOC code above the line before, and 27 ratings";
            return Err(broken(file, i + 2, problem));
        }
        occupations.push(occupation);
    }
    if occupations.is_empty() {
        return Err(broken(file, 2, "expected at least one occupation"));
    }
    Ok((header, occupations))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bundled() -> Catalog {
        Catalog::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets")).unwrap()
    }

    #[test]
    fn two_types_and_two_traits_are_recommended_with_salaries_descending() {
        let catalog = bundled();
        let mut profile = Profile { types: [0.05; 16], traits: [0.2, 0.9, 0.3, 0.3, 0.9] };
        profile.types[Mbti::parse("INFP").unwrap().index()] = 0.25;
        let tables = catalog.recommendations(&profile);
        let keys: Vec<_> = tables.mbti.iter().map(|(mbti, _)| mbti.name()).collect();
        // Fifteen types tie for second place: the first by name.
        assert_eq!(keys, ["INFP", "ENFJ"]);
        let keys: Vec<_> = tables.big_five.iter().map(|(t, _)| t.name()).collect();
        assert_eq!(keys, ["Neuroticism", "Openness"]);
        let lists =
            tables.mbti.iter().map(|(_, list)| list).chain(tables.big_five.iter().map(|(_, list)| list));
        for list in lists {
            assert!(list.len() >= 30);
            for pair in list.windows(2) {
                let [a, b] = pair else { unreachable!() };
                assert!(a.salary_usd > b.salary_usd || (a.salary_usd == b.salary_usd && a.title < b.title));
            }
            assert!(
                list.iter()
                    .all(|career| career.soc.as_ref().is_some_and(|soc| catalog.by_soc(soc).is_some()))
            );
        }
    }

    #[test]
    fn a_missing_catalogue_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let error = Catalog::load(dir.path()).err().unwrap().to_string();
        assert!(error.contains(MBTI_FILE), "{error}");
    }
}
