//! Names of SOC major groups, job zones and levels of education.

/// SOC major groups by code.
pub const FIELDS: [(&str, &str); 22] = [
    ("11", "Management"),
    ("13", "Business and finance"),
    ("15", "Computing and mathematics"),
    ("17", "Architecture and engineering"),
    ("19", "Science"),
    ("21", "Community and social service"),
    ("23", "Law"),
    ("25", "Education and libraries"),
    ("27", "Arts, design, sports, and media"),
    ("29", "Health care"),
    ("31", "Health care support"),
    ("33", "Protective service"),
    ("35", "Food and serving"),
    ("37", "Cleaning and grounds"),
    ("39", "Personal care and service"),
    ("41", "Sales"),
    ("43", "Office and administration"),
    ("45", "Farming, fishing, and forestry"),
    ("47", "Construction and extraction"),
    ("49", "Installation, maintenance, and repair"),
    ("51", "Production"),
    ("53", "Transportation and moving"),
];

/// The name of a SOC major group.
pub fn field(code: &str) -> Option<&'static str> {
    FIELDS.iter().find(|(c, _)| *c == code).map(|(_, name)| *name)
}

/// O*NET's job zones: number, name, what is usual.
pub const JOB_ZONES: [(u8, &str, &str); 5] = [
    (1, "little or no preparation", "a few days to a few months of learning on the job"),
    (2, "some preparation", "usually high school, then up to a year on the job"),
    (3, "medium preparation", "usually vocational school, an apprenticeship, or an associate's degree"),
    (4, "considerable preparation", "usually a bachelor's degree or several years of experience"),
    (5, "extensive preparation", "usually a graduate degree or many years of experience"),
];

/// The row of [`JOB_ZONES`] with this number, or the nearest.
pub fn job_zone(number: u8) -> (u8, &'static str, &'static str) {
    JOB_ZONES[usize::from(number.clamp(1, 5)) - 1]
}

/// O*NET's twelve levels of required education, lowest first.
pub const EDUCATION_LEVELS: [&str; 12] = [
    "Less than high school",
    "High school diploma",
    "Post-secondary certificate",
    "Some college",
    "Associate's degree",
    "Bachelor's degree",
    "Post-baccalaureate certificate",
    "Master's degree",
    "Post-master's certificate",
    "First professional degree",
    "Doctoral degree",
    "Post-doctoral training",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_and_zones_are_found_by_code() {
        assert_eq!(field("15"), Some("Computing and mathematics"));
        assert_eq!(field("55"), None);
        assert!(JOB_ZONES.iter().enumerate().all(|(i, (zone, ..))| usize::from(*zone) == i + 1));
        assert_eq!([0, 1, 5, 6].map(|number| job_zone(number).0), [1, 1, 5, 5]);
        assert!(FIELDS.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }
}
