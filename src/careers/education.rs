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

/// One sentence if most workers name another step than BLS does.
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
