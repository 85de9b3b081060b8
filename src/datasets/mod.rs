//! Public sources → the two spreadsheets and the whole catalogue that the site reads.
//!
//! `calling datasets build` runs [`build`]. docs/CAREERS.md explains the method; each step is a pure function in its own module.

/// Sources to occupations.
pub mod compose;
/// The figures of docs/CAREERS.md.
pub mod report;
/// Fits to lists.
pub mod selection;
/// Lists to spreadsheets.
pub mod sheets;
/// The files in datasets/sources.
pub mod sources;
/// Singular, everyday titles.
pub mod titles;
/// Published correlations to weights.
pub mod weighting;

use std::path::{Path, PathBuf};

use crate::careers::links::TraitLinks;
use crate::careers::matching::{self, Standing};
use crate::careers::occupation::Occupation;
use crate::careers::reasons::{Reason, Voice};
use crate::careers::{BIG_FIVE_FILE, CatalogueHeader, MBTI_FILE, OCCUPATIONS_FILE};
use crate::personality::{Mbti, Trait};
use compose::Composed;
use selection::{Chosen, Lists};
use sheets::SheetRow;
use sources::Sources;

/// The releases behind the catalogue, as its version tells them.
pub const RELEASES: &str = "BLS OEWS May 2025, BLS projections 2024-34, O*NET 30.1";

/// The folder of the sources within the datasets folder.
pub const SOURCES_DIR: &str = "sources";

/// What the second sheet of each spreadsheet says.
const NOTES: [&str; 8] = [
    "Made by `calling datasets build` from the files in datasets/sources; docs/CAREERS.md tells the method and its limits.",
    "Average Salary (USD): mean annual wage, US Bureau of Labor Statistics, Occupational Employment and Wage Statistics, May 2025. Excludes the self-employed.",
    "Projected growth and openings, typical education: US Bureau of Labor Statistics, Employment Projections 2024-34.",
    "BLS.gov cannot vouch for the data or analyses derived from these data after the data have been retrieved from BLS.gov.",
    "This product includes information from the O*NET 30.1 and 29.3 Databases by the U.S. Department of Labor, Employment and Training Administration (USDOL/ETA). Used under the CC BY 4.0 license. O*NET is a trademark of USDOL/ETA. Calling has modified all or some of this information. USDOL/ETA has not approved, endorsed, or tested these modifications.",
    "Fit: standard deviations above the average occupation. Occupation explains only 2 to 7 percent of what people differ in on each of the five traits, so every list is a set of ideas to explore.",
    "Neuroticism: occupational data hold no usable signal for this trait. Its list is a choice of values: calmer work (stress tolerance rated less important by people who do it), job zone 3 or more, not shrinking, median wage at least 90 percent of the catalogue's.",
    "The types are MBTI-style; Calling is not affiliated with The Myers-Briggs Company.",
];

/// Why the spreadsheets could not be built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// A source is missing or broken.
    #[error(transparent)]
    Source(#[from] sources::SourceError),
    /// A spreadsheet could not be made.
    #[error("making a spreadsheet: {0}")]
    Sheet(#[from] rust_xlsxwriter::XlsxError),
    /// The catalogue could not be put into JSON.
    #[error("making the catalogue: {0}")]
    Json(#[from] serde_json::Error),
    /// A file could not be written.
    #[error("writing {}: {source}", file.display())]
    Write {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// Everything that the sources lead to.
#[derive(Debug)]
pub struct Careers {
    /// The occupations, and who was left out.
    pub composed: Composed,
    /// How ratings are weighed.
    pub links: TraitLinks,
    /// The 21 lists.
    pub lists: Lists,
}

/// Sources → occupations, weights, lists. Pure.
pub fn derive(sources: &Sources) -> Careers {
    let composed = compose::occupations(sources);
    let links = weighting::weigh(&composed.occupations);
    let lists = selection::choose(&composed.occupations, &links);
    Careers { composed, links, lists }
}

impl Careers {
    /// The rows of the types' spreadsheet: types by name, each one's careers by salary, ties by title.
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

    /// The rows of the traits' spreadsheet, in the same order.
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
                "Calmer than most: people who do it rate stress tolerance {importance:.1} of 5 in importance, against {:.1} \
                 in the average occupation.",
                self.links.stress_tolerance[0]
            );
        }
        let links = matching::links(&Standing::of_trait(t), &self.links.place(occupation), &self.links);
        Reason::of(&links).sentence(Voice::OfTrait(t), |_| true)
    }

    /// The catalogue file: the header line, then an occupation a line.
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

/// Reads `dir`/sources and writes both spreadsheets and the catalogue into `dir`. Answers what it made.
pub fn build(dir: &Path) -> Result<Careers, BuildError> {
    let careers = derive(&Sources::read(&dir.join(SOURCES_DIR))?);
    let write = |name: &str, bytes: &[u8]| {
        let file = dir.join(name);
        std::fs::write(&file, bytes).map_err(|source| BuildError::Write { file, source })
    };
    write(MBTI_FILE, &sheets::workbook(&careers.type_rows(), &NOTES)?)?;
    write(BIG_FIVE_FILE, &sheets::workbook(&careers.trait_rows(), &NOTES)?)?;
    write(OCCUPATIONS_FILE, careers.catalogue()?.as_bytes())?;
    Ok(careers)
}

/// Replaces the computed part of docs/CAREERS.md, which stands after [`report::BEGIN`]; the part before is written by hand.
pub fn write_report(careers: &Careers, document: &Path) -> Result<(), BuildError> {
    let error = |source| BuildError::Write { file: document.to_path_buf(), source };
    let text = std::fs::read_to_string(document).map_err(error)?;
    let by_hand = text.split(report::BEGIN).next().unwrap_or_default();
    std::fs::write(document, format!("{by_hand}{}", report::tables(careers))).map_err(error)
}

#[cfg(test)]
mod tests;
