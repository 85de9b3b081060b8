//! A shortlist, and the changes that a posted form makes. Pure.

use crate::web::cookies::MOST_KEPT;

/// The changes in a form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// SOC codes to add at the end.
    keep: Vec<String>,
    /// SOC codes to remove.
    remove: Vec<String>,
}

impl Change {
    /// From the fields `keep` and `remove` (both repeatable). Ignores codes that `is_known` rejects.
    pub fn parse(fields: &[(String, String)], is_known: impl Fn(&str) -> bool) -> Change {
        let mut change = Change::default();
        for (name, value) in fields.iter().filter(|(_, value)| is_known(value)) {
            match name.as_str() {
                "keep" => change.keep.push(value.clone()),
                "remove" => change.remove.push(value.clone()),
                _ => {}
            }
        }
        change
    }

    /// Codes that are on the list already keep their place. Beyond [`MOST_KEPT`] nothing is added.
    pub fn apply(&self, codes: &mut Vec<String>) {
        codes.retain(|code| !self.remove.contains(code));
        for code in &self.keep {
            if codes.len() < MOST_KEPT && !codes.contains(code) {
                codes.push(code.clone());
            }
        }
    }

    /// Whether everything to be kept is on the list.
    pub fn fits(&self, codes: &[String]) -> bool {
        self.keep.iter().all(|code| codes.contains(code))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(fields: &[(&str, &str)]) -> Change {
        let fields: Vec<(String, String)> =
            fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Change::parse(&fields, |code| code != "99-9999")
    }

    #[test]
    fn kept_codes_come_last_once_and_unknown_ones_never() {
        let mut codes = vec!["a".to_owned(), "b".to_owned()];
        let asked = change(&[("keep", "c"), ("keep", "a"), ("keep", "99-9999"), ("remove", "b"), ("x", "y")]);
        asked.apply(&mut codes);
        assert_eq!(codes, ["a", "c"]);
        assert!(asked.fits(&codes));
    }

    #[test]
    fn a_full_list_takes_no_more_and_loses_nothing() {
        let mut codes: Vec<String> = (0..MOST_KEPT).map(|n| n.to_string()).collect();
        let before = codes.clone();
        let asked = change(&[("keep", "one more")]);
        asked.apply(&mut codes);
        assert_eq!(codes, before);
        assert!(!asked.fits(&codes));
    }
}
