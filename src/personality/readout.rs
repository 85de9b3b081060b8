//! What a model's output says: logits to probabilities, a model's labels to types and traits by name.
//!
//! Pure arithmetic on plain numbers and names. Rounding for show happens here and nowhere else, so that what is ranked is
//! what is shown.

use super::{Mbti, Profile, Trait};

/// A logit, or what was computed from it, is no finite number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("logit {index} is not a finite number")]
pub struct NotFinite {
    /// Its place in the row.
    pub index: usize,
}

/// Why a model's labels cannot be read as types or traits.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LabelError {
    /// Not the 16 types, each once.
    #[error("expected the 16 MBTI-style types as labels, each once, found {}", .found.join(", "))]
    Types {
        /// The labels as they are.
        found: Vec<String>,
    },
    /// Not the five traits, each once.
    #[error(
        "expected Extraversion, Neuroticism, Agreeableness, Conscientiousness and Openness as labels, each once, or \
         LABEL_0 to LABEL_4, found {}",
        .found.join(", ")
    )]
    Traits {
        /// The labels as they are.
        found: Vec<String>,
    },
    /// Labels and numbers do not pair up.
    #[error("{labels} labels but {values} probabilities")]
    Length {
        /// How many labels.
        labels: usize,
        /// How many probabilities.
        values: usize,
    },
}

fn all_finite(values: &[f64]) -> Result<(), NotFinite> {
    match values.iter().position(|x| !x.is_finite()) {
        Some(index) => Err(NotFinite { index }),
        None => Ok(()),
    }
}

/// exp(x_i) / Σ exp(x_j). The largest logit is subtracted first, so that nothing overflows whatever the logits.
pub fn softmax(logits: &[f64]) -> Result<Vec<f64>, NotFinite> {
    all_finite(logits)?;
    let largest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let powers: Vec<f64> = logits.iter().map(|x| (x - largest).exp()).collect();
    let sum: f64 = powers.iter().sum();
    let probabilities: Vec<f64> = powers.into_iter().map(|p| p / sum).collect();
    all_finite(&probabilities)?;
    Ok(probabilities)
}

/// 1 / (1 + exp(-x)) of each logit, by the form that cannot overflow for its sign.
pub fn sigmoid(logits: &[f64]) -> Result<Vec<f64>, NotFinite> {
    all_finite(logits)?;
    Ok(logits
        .iter()
        .map(|&x| {
            let power = (-x.abs()).exp();
            if x < 0.0 { power / (1.0 + power) } else { 1.0 / (1.0 + power) }
        })
        .collect())
}

/// The type that each of a model's labels names, in the model's order.
pub fn types_of(labels: &[String]) -> Result<[Mbti; 16], LabelError> {
    let named: Vec<Mbti> = labels.iter().filter_map(|label| Mbti::parse(label)).collect();
    let complete = Mbti::ALL.into_iter().all(|t| named.contains(&t));
    match <[Mbti; 16]>::try_from(named) {
        Ok(types) if complete && labels.len() == 16 => Ok(types),
        _ => Err(LabelError::Types { found: labels.to_vec() }),
    }
}

/// The trait that each of a model's labels names, in the model's order.
///
/// Labels that were never named (LABEL_0 to LABEL_4) are Extraversion, Neuroticism, Agreeableness, Conscientiousness and
/// Openness: the order of Minej/bert-base-personality, the public model whose config.json has them so.
pub fn traits_of(labels: &[String]) -> Result<[Trait; 5], LabelError> {
    const UNNAMED: [&str; 5] = ["LABEL_0", "LABEL_1", "LABEL_2", "LABEL_3", "LABEL_4"];
    const UNNAMED_ORDER: [Trait; 5] = [
        Trait::Extraversion,
        Trait::Neuroticism,
        Trait::Agreeableness,
        Trait::Conscientiousness,
        Trait::Openness,
    ];
    if labels == UNNAMED {
        return Ok(UNNAMED_ORDER);
    }
    let named: Vec<Trait> = labels.iter().filter_map(|label| Trait::parse(label)).collect();
    let complete = Trait::ALL.into_iter().all(|t| named.contains(&t));
    match <[Trait; 5]>::try_from(named) {
        Ok(traits) if complete && labels.len() == 5 => Ok(traits),
        _ => Err(LabelError::Traits { found: labels.to_vec() }),
    }
}

/// Type probabilities, indexed by [`Mbti::index`], from a model's labels and probabilities in the model's order.
pub fn type_probabilities(labels: &[String], probabilities: &[f64]) -> Result<[f64; 16], LabelError> {
    let types = types_of(labels)?;
    let mut by_type = [0.0; 16];
    pair_up(labels, probabilities)?;
    for (mbti, p) in types.into_iter().zip(probabilities) {
        by_type[mbti.index()] = *p;
    }
    Ok(by_type)
}

/// Trait probabilities, indexed by [`Trait::index`], from a model's labels and probabilities in the model's order.
pub fn trait_probabilities(labels: &[String], probabilities: &[f64]) -> Result<[f64; 5], LabelError> {
    let traits = traits_of(labels)?;
    let mut by_trait = [0.0; 5];
    pair_up(labels, probabilities)?;
    for (trait_, p) in traits.into_iter().zip(probabilities) {
        by_trait[trait_.index()] = *p;
    }
    Ok(by_trait)
}

fn pair_up(labels: &[String], probabilities: &[f64]) -> Result<(), LabelError> {
    if labels.len() == probabilities.len() {
        return Ok(());
    }
    Err(LabelError::Length { labels: labels.len(), values: probabilities.len() })
}

/// A probability as it is shown: rounded to three decimals.
pub fn shown(probability: f64) -> f64 {
    (probability * 1000.0).round() / 1000.0
}

/// Names and probabilities as the JSON endpoints list them: three decimals, highest first, ties (as shown) by name.
pub fn listed<N: AsRef<str>>(named: impl IntoIterator<Item = (N, f64)>) -> Vec<(N, f64)> {
    let mut listed: Vec<(N, f64)> = named.into_iter().map(|(name, p)| (name, shown(p))).collect();
    listed.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.as_ref().cmp(b.0.as_ref())));
    listed
}

impl Profile {
    /// The 16 types as the JSON endpoints list them.
    pub fn listed_types(&self) -> Vec<(&'static str, f64)> {
        listed(Mbti::ALL.into_iter().map(|t| (t.name(), self.types[t.index()])))
    }

    /// The five traits as the JSON endpoints list them.
    pub fn listed_traits(&self) -> Vec<(&'static str, f64)> {
        listed(Trait::ALL.into_iter().map(|t| (t.name(), self.traits[t.index()])))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owned(names: &[&str]) -> Vec<String> {
        names.iter().map(|n| (*n).to_owned()).collect()
    }

    #[test]
    fn softmax_holds_where_a_plain_one_overflows_or_vanishes() {
        let third = 1.0 / 3.0;
        for base in [0.0, 1e4, -1e4, 1e300] {
            for p in softmax(&[base, base, base]).unwrap() {
                assert!((p - third).abs() < 1e-15, "{base}: {p}");
            }
        }
        // All negative: subtracting max(0, …) instead of the true maximum would leave 0 / 0.
        let p = softmax(&[-2000.0, -2001.0]).unwrap();
        assert!((p[0] - 1.0 / (1.0 + (-1.0f64).exp())).abs() < 1e-15);
    }

    #[test]
    fn sigmoid_holds_at_both_ends() {
        assert_eq!(sigmoid(&[0.0, 1e300, -1e300]).unwrap(), [0.5, 1.0, 0.0]);
        let p = sigmoid(&[-30.0, 30.0]).unwrap();
        assert!((p[0] - 9.357_622_968_839_299e-14).abs() < 1e-27);
        assert!((p[0] + p[1] - 1.0).abs() < 1e-15);
    }

    #[test]
    fn a_logit_that_is_no_number_is_an_error_that_names_it() {
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(softmax(&[0.0, bad]), Err(NotFinite { index: 1 }));
            assert_eq!(sigmoid(&[0.0, 0.0, bad]), Err(NotFinite { index: 2 }));
        }
    }

    #[test]
    fn types_are_found_by_name_in_any_order() {
        // The order of a public model, in which INFJ does not stand where a well-known program has it.
        let labels = owned(&[
            "INTP", "ISTP", "ENTP", "ESTP", "INFP", "ISFP", "ENFP", "ESFP", "INTJ", "ISTJ", "ENTJ", "ESTJ",
            "INFJ", "ISFJ", "ENFJ", "ESFJ",
        ]);
        let probabilities: Vec<f64> = (0..16).map(f64::from).collect();
        let by_type = type_probabilities(&labels, &probabilities).unwrap();
        for (name, value) in [("INTP", 0.0), ("ENFP", 6.0), ("INFJ", 12.0), ("ESFJ", 15.0)] {
            assert_eq!(by_type[Mbti::parse(name).unwrap().index()], value, "{name}");
        }
        let mut twice = labels.clone();
        twice[3] = "INTP".to_owned();
        assert!(matches!(types_of(&twice), Err(LabelError::Types { .. })));
        assert!(types_of(&labels[..15]).is_err());
        let mut more = labels;
        more.push("none".to_owned());
        assert!(types_of(&more).is_err());
    }

    #[test]
    fn traits_are_found_by_name_or_by_the_unnamed_order() {
        let unnamed = owned(&["LABEL_0", "LABEL_1", "LABEL_2", "LABEL_3", "LABEL_4"]);
        assert_eq!(traits_of(&unnamed).unwrap(), Trait::ALL);
        let labels =
            owned(&["Openness", "Extroversion", "agreeableness", "Neuroticism", "Conscientiousness"]);
        let by_trait = trait_probabilities(&labels, &[0.1, 0.2, 0.3, 0.4, 0.5]).unwrap();
        assert_eq!(by_trait, [0.2, 0.4, 0.3, 0.5, 0.1]);
        let shuffled = owned(&["LABEL_1", "LABEL_0", "LABEL_2", "LABEL_3", "LABEL_4"]);
        let message = traits_of(&shuffled).unwrap_err().to_string();
        assert!(message.contains("found LABEL_1, LABEL_0"), "{message}");
        let both = owned(&["Extraversion", "Extroversion", "Agreeableness", "Neuroticism", "Openness"]);
        assert!(traits_of(&both).is_err());
    }

    #[test]
    fn labels_and_numbers_must_pair_up() {
        let unnamed = owned(&["LABEL_0", "LABEL_1", "LABEL_2", "LABEL_3", "LABEL_4"]);
        assert_eq!(
            trait_probabilities(&unnamed, &[0.5; 4]),
            Err(LabelError::Length { labels: 5, values: 4 })
        );
    }

    #[test]
    fn ties_as_shown_are_listed_by_name() {
        let listed = listed([("c", 0.12340), ("b", 0.12349), ("a", 0.1232), ("d", 0.9996)]);
        assert_eq!(listed, [("d", 1.0), ("a", 0.123), ("b", 0.123), ("c", 0.123)]);
    }
}
