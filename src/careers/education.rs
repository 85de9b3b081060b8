//! Compares the education that workers say their work requires with what BLS names as typical at entry.

use super::fields::EDUCATION_LEVELS;
use super::occupation::Occupation;

/// Levels of [`EDUCATION_LEVELS`] that count as one step, BLS's name for it, and ours.
const STEPS: [(&[usize], &[&str], &str); 7] = [
    (&[0], &["No formal educational credential"], "no formal education"),
    (&[1], &["High school diploma or equivalent"], "a high school diploma"),
    (&[2, 3], &["Postsecondary nondegree award", "Some college, no degree"], "a certificate or some college"),
    (&[4], &["Associate's degree"], "an associate's degree"),
    (&[5, 6], &["Bachelor's degree"], "a bachelor's degree"),
    (&[7, 8], &["Master's degree"], "a master's degree"),
    (&[9, 10, 11], &["Doctoral or professional degree"], "a doctoral or professional degree"),
];

/// One sentence if the step that the largest share of workers names is not the one that BLS names.
pub fn disagreement(occupation: &Occupation) -> Option<String> {
    let shares = occupation.education?;
    let share = |step: &(&[usize], &[&str], &str)| step.0.iter().map(|level| shares[*level]).sum::<f64>();
    let most = STEPS.iter().max_by(|a, b| share(a).total_cmp(&share(b)))?;
    let typical =
        STEPS.iter().find(|(_, names, _)| names.contains(&occupation.outlook.education.as_str()))?;
    (most.2 != typical.2).then(|| {
        format!(
            "The Bureau of Labor Statistics names {} as typical for starting out, but {:.0}% of the workers whom O*NET asked \
             say that the work requires {}.",
            typical.2,
            share(most),
            most.2
        )
    })
}

/// The levels that workers name, with their shares in percent, lowest level first.
pub fn named(occupation: &Occupation) -> Vec<(&'static str, f64)> {
    let Some(shares) = occupation.education else { return Vec::new() };
    EDUCATION_LEVELS.into_iter().zip(shares).filter(|(_, share)| *share > 0.0).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::LazyLock;

    use super::*;
    use crate::careers::Catalog;

    static CATALOG: LazyLock<Catalog> =
        LazyLock::new(|| Catalog::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets")).unwrap());

    /// An occupation for which BLS names `typical`, with the shares in percent of the levels that workers name.
    fn occupation(typical: &str, named: &[(usize, f64)]) -> Occupation {
        let mut occupation = CATALOG.by_soc("29-1141").unwrap().clone();
        occupation.outlook.education = typical.to_owned();
        let mut shares = [0.0; 12];
        for (level, share) in named {
            shares[*level] = *share;
        }
        occupation.education = Some(shares);
        occupation
    }

    #[test]
    fn workers_who_ask_for_more_than_bls_are_a_disagreement() {
        let said = disagreement(&occupation("High school diploma or equivalent", &[(1, 40.0), (5, 60.0)]));
        assert_eq!(
            said.as_deref(),
            Some(
                "The Bureau of Labor Statistics names a high school diploma as typical for starting out, but 60% of the \
                 workers whom O*NET asked say that the work requires a bachelor's degree."
            )
        );
    }

    #[test]
    fn workers_who_ask_for_less_than_bls_are_a_disagreement() {
        let said = disagreement(&occupation("Master's degree", &[(4, 55.4), (7, 44.6)]));
        assert_eq!(
            said.as_deref(),
            Some(
                "The Bureau of Labor Statistics names a master's degree as typical for starting out, but 55% of the \
                 workers whom O*NET asked say that the work requires an associate's degree."
            )
        );
    }

    #[test]
    fn the_same_step_under_another_name_is_no_disagreement() {
        // A certificate and some college are one step, and so are all doctoral and professional degrees.
        let college = occupation("Some college, no degree", &[(1, 40.0), (2, 35.0), (3, 25.0)]);
        let doctor = occupation("Doctoral or professional degree", &[(5, 40.0), (9, 30.0), (10, 30.0)]);
        let bachelor = occupation("Bachelor's degree", &[(5, 70.0), (7, 30.0)]);
        for agreed in [college, doctor, bachelor] {
            assert_eq!(disagreement(&agreed), None, "{}", agreed.outlook.education);
        }
        let unasked = Occupation { education: None, ..occupation("Bachelor's degree", &[]) };
        assert_eq!(disagreement(&unasked), None);
        assert_eq!(disagreement(&occupation("unknown", &[(1, 100.0)])), None);
    }

    #[test]
    fn every_step_that_bls_names_is_known() {
        for occupation in CATALOG.occupations() {
            let named = occupation.outlook.education.as_str();
            assert!(
                STEPS.iter().any(|(_, names, _)| names.contains(&named)),
                "{}: {named}",
                occupation.title
            );
        }
    }
}
