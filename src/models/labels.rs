//! A classifier's labels in the order of its logits, and how logits become probabilities. The order always comes from
//! `id2label` in config.json.

use std::collections::BTreeMap;
use std::path::Path;

use super::error::ModelError;
use crate::personality::{Mbti, ModelKind, Trait};

/// How a model's logits become probabilities, from `problem_type` in config.json.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// Exactly one label applies: the probabilities sum to 1.
    Softmax,
    /// Each label has an independent probability.
    Sigmoid,
}

/// A classifier's labels in the order of its logits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labels {
    names: Vec<String>,
    kind: ModelKind,
    activation: Activation,
}

impl Labels {
    /// Takes `id2label` and `problem_type` from the config.json at `path` (used in error messages).
    ///
    /// Five labels named LABEL_0 to LABEL_4 are the traits in the published order. Without `problem_type`, types share one
    /// softmax and traits have a sigmoid each, since a person has some of every trait. (transformers' own pipeline would apply
    /// one softmax to both.)
    pub fn read(
        path: &Path,
        id2label: Option<&BTreeMap<String, String>>,
        problem_type: Option<&str>,
    ) -> Result<Labels, ModelError> {
        let expected =
            "the 16 types once each, or the five traits once each (by name, or LABEL_0 to LABEL_4)";
        let Some(id2label) = id2label else {
            return Err(ModelError::unsupported(path, "it has no id2label", expected));
        };
        let raw = in_order(path, id2label)?;
        let unnamed = raw.iter().enumerate().all(|(i, name)| *name == format!("LABEL_{i}"));
        let (names, kind) = if let Some(types) = each_once(&raw, type_name, 16) {
            (types, ModelKind::Mbti)
        } else if let Some(traits) = each_once(&raw, trait_name, 5) {
            (traits, ModelKind::BigFive)
        } else if unnamed && raw.len() == 5 {
            // The model card of Minej/bert-base-personality lists its unnamed outputs in the order of `Trait::ALL`.
            (Trait::ALL.map(|t| t.name().to_string()).to_vec(), ModelKind::BigFive)
        } else {
            let shown: Vec<&str> = raw.iter().take(20).copied().collect();
            let found = format!("id2label holds {} labels ({})", raw.len(), shown.join(", "));
            return Err(ModelError::unsupported(path, found, expected));
        };
        let activation = match (problem_type, kind) {
            (Some("single_label_classification"), _) | (None, ModelKind::Mbti) => Activation::Softmax,
            (Some("multi_label_classification"), _) | (None, ModelKind::BigFive) => Activation::Sigmoid,
            (Some(other), _) => {
                return Err(ModelError::unsupported(
                    path,
                    format!("problem_type is {other:?}"),
                    "single_label_classification or multi_label_classification",
                ));
            }
        };
        Ok(Labels { names, kind, activation })
    }

    /// The labels in the order of the logits, in our spelling ("Extraversion", "INTJ").
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Which of the two models has these labels.
    pub fn kind(&self) -> ModelKind {
        self.kind
    }

    /// How the logits become probabilities.
    pub fn activation(&self) -> Activation {
        self.activation
    }
}

/// A trait's name in our spelling, from any case; "Extroversion" is accepted too.
pub(super) fn trait_name(name: &str) -> Option<String> {
    Trait::parse(name).map(|t| t.name().to_string())
}

/// A type's four letters in upper case, from any case.
pub(super) fn type_name(name: &str) -> Option<String> {
    Mbti::parse(name).map(|t| t.name().to_string())
}

/// The values of `id2label` sorted by their numeric keys, which must count from 0 without gaps.
fn in_order<'a>(path: &Path, id2label: &'a BTreeMap<String, String>) -> Result<Vec<&'a str>, ModelError> {
    let mut numbered = Vec::with_capacity(id2label.len());
    for (id, label) in id2label {
        let number: usize = id.parse().map_err(|_| {
            ModelError::unsupported(path, format!("id2label has the key {id:?}"), "numbers from 0")
        })?;
        numbered.push((number, label.trim()));
    }
    numbered.sort_unstable();
    if let Some((place, (number, _))) = numbered.iter().enumerate().find(|(i, (n, _))| i != n) {
        return Err(ModelError::unsupported(
            path,
            format!("id2label has the key {number} in place {place}"),
            "every number from 0 once",
        ));
    }
    Ok(numbered.into_iter().map(|(_, label)| label).collect())
}

/// The labels in our spelling, if they are `count` different ones that `read` accepts.
fn each_once(raw: &[&str], read: fn(&str) -> Option<String>, count: usize) -> Option<Vec<String>> {
    let names: Vec<String> = raw.iter().map(|name| read(name)).collect::<Option<_>>()?;
    let different: std::collections::BTreeSet<&String> = names.iter().collect();
    (names.len() == count && different.len() == count).then_some(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id2label(names: &[&str]) -> BTreeMap<String, String> {
        names.iter().enumerate().map(|(i, n)| (i.to_string(), n.to_string())).collect()
    }

    fn read(names: &[&str], problem_type: Option<&str>) -> Result<Labels, ModelError> {
        Labels::read(Path::new("config.json"), Some(&id2label(names)), problem_type)
    }

    const TRAITS: [&str; 5] =
        ["Extraversion", "Neuroticism", "Agreeableness", "Conscientiousness", "Openness"];

    const TYPES: [&str; 16] = [
        "INTP", "ISTP", "ENTP", "ESTP", "INFP", "ISFP", "ENFP", "ESFP", "INTJ", "ISTJ", "ENTJ", "ESTJ",
        "INFJ", "ISFJ", "ENFJ", "ESFJ",
    ];

    #[test]
    fn the_order_is_numeric_and_not_the_order_of_the_keys_as_text() {
        let labels = read(&TYPES, None).unwrap();
        assert_eq!(labels.names(), TYPES, "as text, key 10 would come before key 2");
        assert_eq!((labels.kind(), labels.activation()), (ModelKind::Mbti, Activation::Softmax));
    }

    #[test]
    fn unnamed_labels_are_the_five_traits_with_independent_probabilities() {
        let labels = read(&["LABEL_0", "LABEL_1", "LABEL_2", "LABEL_3", "LABEL_4"], None).unwrap();
        assert_eq!(labels.names(), TRAITS);
        assert_eq!((labels.kind(), labels.activation()), (ModelKind::BigFive, Activation::Sigmoid));
    }

    #[test]
    fn problem_type_counts_for_unnamed_labels_too() {
        let unnamed = ["LABEL_0", "LABEL_1", "LABEL_2", "LABEL_3", "LABEL_4"];
        let softmax = read(&unnamed, Some("single_label_classification")).unwrap();
        assert_eq!(softmax.activation(), Activation::Softmax);
        let sentence = read(&unnamed, Some("regression")).unwrap_err().to_string();
        assert!(sentence.contains("problem_type is \"regression\""), "{sentence}");
    }

    #[test]
    fn named_traits_keep_their_own_order_and_get_our_spelling() {
        let names = ["openness", "Extroversion", "Neuroticism", "Agreeableness", "Conscientiousness"];
        let labels = read(&names, Some("multi_label_classification")).unwrap();
        assert_eq!(
            labels.names(),
            ["Openness", "Extraversion", "Neuroticism", "Agreeableness", "Conscientiousness"]
        );
    }

    #[test]
    fn problem_type_decides_between_softmax_and_sigmoid() {
        assert_eq!(
            read(&TYPES, Some("multi_label_classification")).unwrap().activation(),
            Activation::Sigmoid
        );
        assert_eq!(
            read(&TRAITS, Some("single_label_classification")).unwrap().activation(),
            Activation::Softmax
        );
        let sentence = read(&TYPES, Some("regression")).unwrap_err().to_string();
        assert_eq!(
            sentence,
            "config.json: problem_type is \"regression\"; expected single_label_classification or \
             multi_label_classification"
        );
    }

    #[test]
    fn other_labels_are_refused_with_the_labels_found() {
        let sentence = read(&["POSITIVE", "NEGATIVE"], None).unwrap_err().to_string();
        assert!(sentence.contains("2 labels (POSITIVE, NEGATIVE)"), "{sentence}");
        let mut twice = TYPES;
        twice[3] = "INTP";
        assert!(read(&twice, None).is_err(), "a type twice");
        assert!(read(&["LABEL_0", "LABEL_1", "LABEL_2", "LABEL_3"], None).is_err(), "four labels");
        let gap = BTreeMap::from([("0".to_string(), "A".to_string()), ("2".to_string(), "B".to_string())]);
        assert!(Labels::read(Path::new("config.json"), Some(&gap), None).is_err());
        assert!(Labels::read(Path::new("config.json"), None, None).is_err());
    }
}
