//! Loads the spreadsheets and the catalog file, and looks occupations up.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::error::WorkbookError;
use super::evidence;
use super::evidence::ELEMENTS;
use super::fit::Map;
use super::found::Found;
use super::links::{Placed, TraitLinks};
use super::occupation::{LeftOut, Occupation};
use super::recommendations::{Career, Recommendations};
use super::search::{Hit, TitleIndex};
use super::workbook::{self, Keys, limits};
use crate::personality::{Mbti, Profile, Trait};

pub const MBTI_FILE: &str = "MBTI-career.xlsx";
pub const BIG_FIVE_FILE: &str = "5-big-traits-career.xlsx";
/// Line-delimited JSON: a [`CatalogHeader`], then one [`Occupation`] per line.
pub const OCCUPATIONS_FILE: &str = "occupations.jsonl";

const TYPE_KEYS: Keys<'_, Mbti> =
    Keys { all: &Mbti::ALL, expected: "one of the 16 types", parse: Mbti::parse };
const TRAIT_KEYS: Keys<'_, Trait> =
    Keys { all: &Trait::ALL, expected: "one of the five traits", parse: Trait::parse };

/// The first line of the catalog file.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct CatalogHeader {
    /// The source releases: "BLS OEWS May 2025, BLS projections 2024-34, O*NET 30.1".
    pub releases: String,
    /// How ratings are standardized and weighted.
    pub links: TraitLinks,
    /// The occupations that the catalog leaves out, and why.
    pub left_out: Vec<LeftOut>,
}

/// Every table and every occupation. Immutable.
pub struct Catalog {
    types: [Arc<[Career]>; 16],
    traits: [Arc<[Career]>; 5],
    sheets: [(&'static str, String, usize); 2],
    header: CatalogHeader,
    occupations: Vec<Occupation>,
    placed: Vec<Placed>,
    map: Map,
    percentiles: Vec<[u8; ELEMENTS]>,
    by_soc: BTreeMap<String, usize>,
    by_title: BTreeMap<String, usize>,
    index: TitleIndex,
    left_out: TitleIndex,
    version: String,
}

impl Catalog {
    /// Reads both spreadsheets and the catalog file.
    pub fn load(dir: &Path) -> Result<Self, WorkbookError> {
        let mut hash = Sha256::new();
        let mut bytes = |name: &str, most| -> Result<(PathBuf, Vec<u8>), WorkbookError> {
            let file = dir.join(name);
            let bytes = workbook::read_bounded(&file, most)?;
            hash.update(&bytes);
            Ok((file, bytes))
        };
        let (file, sheet) = bytes(MBTI_FILE, limits::FILE_BYTES)?;
        let types = workbook::read(&file, &sheet, &TYPE_KEYS)?;
        let (file, sheet) = bytes(BIG_FIVE_FILE, limits::FILE_BYTES)?;
        let traits = workbook::read(&file, &sheet, &TRAIT_KEYS)?;
        let (file, lines) = bytes(OCCUPATIONS_FILE, limits::CATALOG_BYTES)?;
        let (header, occupations) = read_occupations(&file, lines)?;
        let placed: Vec<Placed> = occupations.iter().map(|o| header.links.place(o)).collect();
        let map = Map::new(&occupations, &placed, &header.links);
        let percentiles = percentiles(&placed);
        let by_soc = occupations.iter().enumerate().map(|(i, o)| (o.soc.clone(), i)).collect();
        let by_title = occupations.iter().enumerate().map(|(i, o)| (o.title.to_lowercase(), i)).collect();
        let digest = hex::encode(&hash.finalize()[..4]);
        Ok(Catalog {
            types: Mbti::ALL.map(|mbti| table(&types.rows, mbti)),
            traits: Trait::ALL.map(|t| table(&traits.rows, t)),
            sheets: [
                (MBTI_FILE, types.name, types.rows.len()),
                (BIG_FIVE_FILE, traits.name, traits.rows.len()),
            ],
            version: format!("{} ({digest})", header.releases),
            index: TitleIndex::new(occupations.iter().map(Occupation::every_title)),
            left_out: TitleIndex::new(header.left_out.iter().map(LeftOut::every_title)),
            header,
            occupations,
            placed,
            map,
            percentiles,
            by_soc,
            by_title,
        })
    }

    /// The careers of the two likeliest types and the two highest traits (ties by name), each table by salary.
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

    /// The source releases and a digest of the three files. Replacing a spreadsheet changes the version.
    pub fn version(&self) -> &str {
        &self.version
    }

    pub fn releases(&self) -> &str {
        &self.header.releases
    }

    pub fn links(&self) -> &TraitLinks {
        &self.header.links
    }

    /// The spreadsheets: file, the sheet that was read, and its number of careers.
    pub fn sheets(&self) -> &[(&'static str, String, usize)] {
        &self.sheets
    }

    /// By SOC code.
    pub fn occupations(&self) -> &[Occupation] {
        &self.occupations
    }

    /// The figures of every occupation, in the order of [`Catalog::occupations`].
    pub fn placed(&self) -> &[Placed] {
        &self.placed
    }

    pub fn map(&self) -> &Map {
        &self.map
    }

    /// For each element, the percentage of occupations with a lower figure. None for an unknown code.
    pub fn percentiles(&self, soc: &str) -> Option<&[u8; ELEMENTS]> {
        self.by_soc.get(soc).map(|i| &self.percentiles[*i])
    }

    /// The figures of one occupation. None for an unknown code.
    pub fn figures(&self, soc: &str) -> Option<&Placed> {
        self.by_soc.get(soc).map(|i| &self.placed[*i])
    }

    /// Occupations by title, and a left-out one that the search probably meant: only where it matches clearly better than
    /// every title in the catalog.
    pub fn search(&self, query: &str) -> Found<'_> {
        const CLEARLY: f64 = 0.1;
        let hits = self.index.find(query);
        let known = hits.first().map_or(0.0, |hit| hit.score);
        let clearly = |best: &&Hit| best.score >= 0.8 && best.score > known + CLEARLY;
        let meant = self.left_out.find(query).first().filter(clearly).and_then(|best| {
            let left_out = self.header.left_out.get(best.occupation)?;
            Some((left_out, left_out.every_title().nth(best.title)?))
        });
        Found { hits, left_out: meant }
    }

    pub fn by_soc(&self, soc: &str) -> Option<&Occupation> {
        self.by_soc.get(soc).map(|i| &self.occupations[*i])
    }

    /// Ignores case.
    pub fn by_title(&self, title: &str) -> Option<&Occupation> {
        self.by_title.get(&title.to_lowercase()).map(|i| &self.occupations[*i])
    }
}

/// The rows of one type or trait, highest salary first, ties by title, without repeated rows.
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
    careers.into()
}

fn percentiles(placed: &[Placed]) -> Vec<[u8; ELEMENTS]> {
    let mut sorted: Vec<Vec<f64>> =
        (0..ELEMENTS).map(|e| placed.iter().map(|p| p.figures[e]).collect()).collect();
    for figures in &mut sorted {
        figures.sort_by(f64::total_cmp);
    }
    let percent = |element: usize, figure: f64| {
        let below = sorted[element].partition_point(|other| *other < figure);
        (100 * below / placed.len()) as u8
    };
    placed.iter().map(|p| std::array::from_fn(|element| percent(element, p.figures[element]))).collect()
}

fn broken(
    file: &Path,
    line: usize,
    source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> WorkbookError {
    WorkbookError::Catalog { file: file.to_path_buf(), line, source: source.into() }
}

fn read_occupations(file: &Path, bytes: Vec<u8>) -> Result<(CatalogHeader, Vec<Occupation>), WorkbookError> {
    let text = String::from_utf8(bytes).map_err(|error| {
        let before = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default();
        broken(file, 1 + before.iter().filter(|byte| **byte == b'\n').count(), "expected text in UTF-8")
    })?;
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
    fn a_missing_file_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let error = Catalog::load(dir.path()).err().unwrap().to_string();
        assert!(error.contains(MBTI_FILE), "{error}");
    }
}
