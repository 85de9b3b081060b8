//! One line of labeled text.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::personality::{Axis, Mbti, Trait};

#[derive(Deserialize)]
struct Line {
    text: String,
    labels: BTreeMap<String, Value>,
}

/// A numeric label: a trait, or an axis (toward its second letter), by index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Of {
    Trait(usize),
    Axis(usize),
}

/// The labels of a line.
#[derive(Default, Debug, PartialEq)]
pub struct Known {
    pub numbers: Vec<(Of, f64)>,
    pub mbti: Option<Mbti>,
}

/// The text and its labels, or what is wrong with the line.
pub fn parse(line: &[u8]) -> Result<(String, Known), String> {
    let Line { text, labels } = serde_json::from_slice(line)
        .map_err(|error| format!("not an object with text and labels: {error}"))?;
    if text.trim().is_empty() {
        return Err("the text is empty".to_owned());
    }
    let mut known = Known::default();
    for (name, value) in labels {
        if name.eq_ignore_ascii_case("type") {
            let mbti = value.as_str().and_then(Mbti::parse);
            known.mbti = Some(
                mbti.ok_or_else(|| format!("type is {value}; expected one of the 16, such as \"INFP\""))?,
            );
            continue;
        }
        let of = label(&name).ok_or_else(|| {
            format!("{name:?} is not a label; expected a trait (E, N, A, C, O or its name), an axis (EI, SN, TF, JP) or type")
        })?;
        let number = match &value {
            Value::Bool(yes) => f64::from(u8::from(*yes)),
            Value::Number(number) => number.as_f64().filter(|v| v.is_finite()).unwrap_or(f64::NAN),
            _ => f64::NAN,
        };
        if number.is_nan() {
            return Err(format!("{name} is {value}; expected a number, true or false"));
        }
        known.numbers.push((of, number));
    }
    Ok((text, known))
}

fn label(name: &str) -> Option<Of> {
    if let Some(place) = ["E", "N", "A", "C", "O"].iter().position(|short| short.eq_ignore_ascii_case(name)) {
        return Some(Of::Trait(place));
    }
    if let Some(trait_) = Trait::parse(name) {
        return Some(Of::Trait(trait_.index()));
    }
    let letters = name.replace('/', "");
    Axis::ALL.into_iter().position(|axis| axis.code().eq_ignore_ascii_case(&letters)).map(Of::Axis)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Known, String> {
        parse(line.as_bytes()).map(|(_, known)| known)
    }

    #[test]
    fn labels_are_traits_axes_and_types() {
        let known = parsed(
            r#"{"text": "a", "labels": {"E": true, "openness": 0.25, "E/I": false, "jp": 2, "type": "infp"}}"#,
        )
        .unwrap();
        assert_eq!(known.mbti, Mbti::parse("INFP"));
        let mut numbers = known.numbers;
        numbers.sort_by_key(|(of, _)| *of);
        assert_eq!(
            numbers,
            [(Of::Trait(0), 1.0), (Of::Trait(4), 0.25), (Of::Axis(0), 0.0), (Of::Axis(3), 2.0)]
        );
    }

    #[test]
    fn broken_lines_say_what_is_wrong() {
        for (line, part) in [
            ("{", "not an object"),
            (r#"{"text": "a"}"#, "missing field `labels`"),
            (r#"{"text": " ", "labels": {}}"#, "empty"),
            (r#"{"text": "a", "labels": {"X": 1}}"#, "\"X\" is not a label"),
            (r#"{"text": "a", "labels": {"E": "high"}}"#, "expected a number"),
            (r#"{"text": "a", "labels": {"type": "INXP"}}"#, "one of the 16"),
        ] {
            let problem = parsed(line).unwrap_err();
            assert!(problem.contains(part), "{line}: {problem}");
        }
    }
}
