//! Turns sources into occupations with their wages. Decides which ones the catalog leaves out, and why.

use std::collections::BTreeSet;

use super::sources::{OnetOccupation, Projection, Sources, Wage};
use super::tasks::Rarity;
use super::titles;
use crate::careers::evidence::ELEMENTS;
use crate::careers::occupation::{LeftOut, Occupation, Outlook, Pay, Why};

#[derive(Debug)]
pub struct Composed {
    /// By SOC code.
    pub occupations: Vec<Occupation>,
    pub left_out: Vec<LeftOut>,
}

/// The most technologies stored for one occupation.
const MOST_TECHNOLOGY: usize = 12;
/// The most related occupations stored for one occupation.
const MOST_RELATED: usize = 10;

/// Makes one occupation for each six-digit SOC code. Specialties (codes that do not end in .00) contribute only their
/// titles.
pub fn occupations(sources: &Sources) -> Composed {
    let mut composed = Composed { occupations: Vec::new(), left_out: Vec::new() };
    let tasks = sources.tasks.values().flatten().map(String::as_str);
    let descriptions = sources.occupations.iter().map(|o| o.description.as_str());
    let rarity = Rarity::of(tasks.chain(descriptions));
    for onet in sources.occupations.iter().filter(|o| o.onet_soc_code.ends_with(".00")) {
        match rated(sources, onet).and_then(|rated| rated.occupation(sources, onet, &rarity)) {
            Ok(occupation) => composed.occupations.push(occupation),
            Err(why) => {
                let soc = six_digits(onet).to_owned();
                let titles = other_titles(sources, &soc, &onet.title, &onet.title);
                let wage = sources.wages.get(&onet.oews_soc_code);
                let hourly_mean =
                    wage.filter(|_| why == Why::NoAnnualWage).and_then(|wage: &Wage| wage.h_mean);
                let title = onet.title.clone();
                composed.left_out.push(LeftOut { soc, title, why, hourly_mean, titles });
            }
        }
    }
    composed.occupations.sort_by(|a, b| a.soc.cmp(&b.soc));
    let known: BTreeSet<String> = composed.occupations.iter().map(|o| o.soc.clone()).collect();
    for occupation in &mut composed.occupations {
        occupation.related = related(sources, &occupation.soc, &known);
    }
    composed
}

fn six_digits(onet: &OnetOccupation) -> &str {
    &onet.onet_soc_code[..7]
}

/// The figures that an occupation must have.
struct Rated<'a> {
    wage: &'a Wage,
    projection: &'a Projection,
    ratings: &'a [f64; ELEMENTS],
    job_zone: u8,
}

fn rated<'a>(sources: &'a Sources, onet: &OnetOccupation) -> Result<Rated<'a>, Why> {
    if onet.title.contains("All Other") {
        return Err(Why::Residual);
    }
    let wage = sources.wages.get(&onet.oews_soc_code).ok_or(Why::NotCovered)?;
    let projection = sources.projections.get(&onet.oews_soc_code).ok_or(Why::NotCovered)?;
    let code = onet.onet_soc_code.as_str();
    let ratings = sources.ratings.get(code).ok_or(Why::NoRatings)?;
    let job_zone = *sources.job_zones.get(code).ok_or(Why::NoRatings)?;
    Ok(Rated { wage, projection, ratings, job_zone })
}

impl Rated<'_> {
    /// # Errors
    /// [`Why::NoAnnualWage`].
    fn occupation(
        &self,
        sources: &Sources,
        onet: &OnetOccupation,
        rarity: &Rarity,
    ) -> Result<Occupation, Why> {
        let code = onet.onet_soc_code.as_str();
        let soc = six_digits(onet);
        let title = titles::everyday(&onet.title);
        let titles = other_titles(sources, soc, &title, &onet.title);
        let tasks = sources.tasks.get(code).map(Vec::as_slice).unwrap_or_default();
        let [in_demand, others] = sources.technology.get(code).cloned().unwrap_or_default();
        let technology: Vec<String> = in_demand.iter().cloned().chain(others).take(MOST_TECHNOLOGY).collect();
        Ok(Occupation {
            soc: soc.to_string(),
            onet_title: onet.title.clone(),
            description: onet.description.clone(),
            pay: self.pay(onet).ok_or(Why::NoAnnualWage)?,
            outlook: self.outlook(),
            job_zone: self.job_zone,
            education: sources.education.get(code).copied(),
            ratings: self.ratings.to_vec(),
            surveyed: sources.surveyed.get(code).copied(),
            tasks: rarity.most_typical(&onet.description, tasks),
            in_demand: in_demand.len().min(technology.len()),
            technology,
            related: Vec::new(),
            values: sources.values.get(code).cloned(),
            title,
            titles,
        })
    }

    /// None if BLS publishes no annual wage.
    fn pay(&self, onet: &OnetOccupation) -> Option<Pay> {
        let wage = self.wage;
        Some(Pay {
            soc: wage.soc_code.clone(),
            wider_group: (onet.oews_match != "direct").then(|| wage.occ_title.clone()),
            mean: wage.a_mean?,
            mean_rse: wage.mean_prse_pct?,
            percentiles: [wage.a_pct10?, wage.a_pct25?, wage.a_median?, wage.a_pct75?, wage.a_pct90?],
            employment: wage.tot_emp?,
        })
    }

    fn outlook(&self) -> Outlook {
        let projection = self.projection;
        Outlook {
            growth_pct: projection.emp_change_pct,
            openings: (projection.annual_openings_thousands * 1000.0).round() as u32,
            self_employed_pct: projection.self_employed_pct_2024,
            education: projection.typical_entry_education.clone(),
            experience: projection.work_experience.clone(),
            training: projection.on_the_job_training.clone(),
        }
    }
}

/// The related occupations that are in the catalog, by six-digit code. A specialty counts as its occupation.
fn related(sources: &Sources, soc: &str, known: &BTreeSet<String>) -> Vec<String> {
    let codes = sources.related.get(&format!("{soc}.00")).map(Vec::as_slice).unwrap_or_default();
    let mut related: Vec<String> = Vec::new();
    for code in codes.iter().map(|code| &code[..7]) {
        if code != soc && known.contains(code) && !related.iter().any(|r| r == code) {
            related.push(code.to_owned());
        }
    }
    related.truncate(MOST_RELATED);
    related
}

/// The other titles of the occupation and its specialties, one per line. Titles that differ only in case count as one.
fn other_titles(sources: &Sources, soc: &str, title: &str, onet_title: &str) -> String {
    let mut seen = std::collections::BTreeSet::from([title.to_lowercase(), onet_title.to_lowercase()]);
    let mut titles = String::new();
    let everyday = sources.everyday_titles.get(soc).into_iter().flatten();
    let mut add = |title: &String| {
        if seen.insert(title.to_lowercase()) {
            if !titles.is_empty() {
                titles.push('\n');
            }
            titles.push_str(title);
        }
    };
    for onet in sources.occupations.iter().filter(|o| o.onet_soc_code.starts_with(soc)) {
        let specialty = (!onet.onet_soc_code.ends_with(".00")).then_some(&onet.title);
        let alternates = sources.alternate_titles.get(&onet.onet_soc_code).into_iter().flatten();
        specialty.into_iter().chain(alternates).for_each(&mut add);
    }
    everyday.for_each(&mut add);
    titles
}
