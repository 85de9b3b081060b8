//! From sources to occupations: which ones the catalogue contains, which it leaves out and why, and their wages.

use super::sources::Sources;
use super::titles;
use crate::careers::occupation::{LeftOut, Occupation, Outlook, Pay, Why};

#[derive(Debug)]
pub struct Composed {
    /// By SOC code.
    pub occupations: Vec<Occupation>,
    pub left_out: Vec<LeftOut>,
}

/// Makes one occupation for each six-digit SOC code. Of its specialties (codes that do not end in .00) it takes only
/// the titles.
pub fn occupations(sources: &Sources) -> Composed {
    let mut composed = Composed { occupations: Vec::new(), left_out: Vec::new() };
    for onet in sources.occupations.iter().filter(|o| o.onet_soc_code.ends_with(".00")) {
        let code = onet.onet_soc_code.as_str();
        let soc = &code[..7];
        let mut leave_out = |why| {
            let titles = other_titles(sources, soc, &onet.title, &onet.title);
            composed.left_out.push(LeftOut { soc: soc.to_string(), title: onet.title.clone(), why, titles });
        };
        if onet.title.contains("All Other") {
            leave_out(Why::Residual);
            continue;
        }
        let (Some(wage), Some(projection)) =
            (sources.wages.get(&onet.oews_soc_code), sources.projections.get(&onet.oews_soc_code))
        else {
            leave_out(Why::NotCovered);
            continue;
        };
        let (Some(ratings), Some(job_zone)) = (sources.ratings.get(code), sources.job_zones.get(code)) else {
            leave_out(Why::NoRatings);
            continue;
        };
        let (
            Some(mean),
            Some(mean_rse),
            Some(employment),
            Some(p10),
            Some(p25),
            Some(p50),
            Some(p75),
            Some(p90),
        ) = (
            wage.a_mean,
            wage.mean_prse_pct,
            wage.tot_emp,
            wage.a_pct10,
            wage.a_pct25,
            wage.a_median,
            wage.a_pct75,
            wage.a_pct90,
        )
        else {
            leave_out(Why::NoAnnualWage);
            continue;
        };
        let title = titles::everyday(&onet.title);
        let titles = other_titles(sources, soc, &title, &onet.title);
        composed.occupations.push(Occupation {
            soc: soc.to_string(),
            title,
            onet_title: onet.title.clone(),
            description: onet.description.clone(),
            pay: Pay {
                soc: wage.soc_code.clone(),
                wider_group: (onet.oews_match != "direct").then(|| wage.occ_title.clone()),
                mean,
                mean_rse,
                percentiles: [p10, p25, p50, p75, p90],
                employment,
            },
            outlook: Outlook {
                growth_pct: projection.emp_change_pct,
                openings: (projection.annual_openings_thousands * 1000.0).round() as u32,
                self_employed_pct: projection.self_employed_pct_2024,
                education: projection.typical_entry_education.clone(),
                experience: projection.work_experience.clone(),
                training: projection.on_the_job_training.clone(),
            },
            job_zone: *job_zone,
            education: sources.education.get(code).copied(),
            ratings: ratings.to_vec(),
            stress_tolerance: sources.stress_tolerance.get(code).copied(),
            titles,
        });
    }
    composed.occupations.sort_by(|a, b| a.soc.cmp(&b.soc));
    composed
}

/// The other titles of the occupation and its specialties, one per line, without repetitions in any case.
fn other_titles(sources: &Sources, soc: &str, title: &str, onet_title: &str) -> String {
    let mut seen = std::collections::BTreeSet::from([title.to_lowercase(), onet_title.to_lowercase()]);
    let mut titles = String::new();
    for onet in sources.occupations.iter().filter(|o| o.onet_soc_code.starts_with(soc)) {
        let specialty = (!onet.onet_soc_code.ends_with(".00")).then_some(&onet.title);
        let alternates = sources.alternate_titles.get(&onet.onet_soc_code).into_iter().flatten();
        for other in specialty.into_iter().chain(alternates) {
            if seen.insert(other.to_lowercase()) {
                if !titles.is_empty() {
                    titles.push('\n');
                }
                titles.push_str(other);
            }
        }
    }
    titles
}
