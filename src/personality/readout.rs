//! Turns a model's output into probabilities by type and trait. Labels are matched by name, never by position.

use super::traits::Trait;
use super::types::Mbti;

/// A logit, or a value computed from it, is NaN or infinite.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("logit {index} is not a finite number")]
pub struct NotFinite {
    pub index: usize,
}

/// Why a model's labels cannot be matched to types or traits.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LabelError {
    #[error("expected the 16 MBTI-style types as labels, each once, found {}", .found.join(", "))]
    Types { found: Vec<String> },
    #[error(
        "expected Extraversion, Neuroticism, Agreeableness, Conscientiousness and Openness as labels, each once, or \
         LABEL_0 to LABEL_4, found {}",
        .found.join(", ")
    )]
    Traits { found: Vec<String> },
    #[error("{labels} labels but {values} probabilities")]
    Length { labels: usize, values: usize },
}

fn all_finite(values: &[f64]) -> Result<(), NotFinite> {
    match values.iter().position(|x| !x.is_finite()) {
        Some(index) => Err(NotFinite { index }),
        None => Ok(()),
    }
}

/// exp(x_i) / Σ exp(x_j). Subtracts the largest logit first, so that no exponential overflows.
pub fn softmax(logits: &[f64]) -> Result<Vec<f64>, NotFinite> {
    all_finite(logits)?;
    let largest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let powers: Vec<f64> = logits.iter().map(|x| (x - largest).exp()).collect();
    let sum: f64 = powers.iter().sum();
    let probabilities: Vec<f64> = powers.into_iter().map(|p| p / sum).collect();
    all_finite(&probabilities)?;
    Ok(probabilities)
}

/// 1 / (1 + exp(-x)) of each logit, in the form that cannot overflow for its sign.
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

/// The type of each label, in the model's order.
pub fn types_of(labels: &[String]) -> Result<[Mbti; 16], LabelError> {
    let named: Vec<Mbti> = labels.iter().filter_map(|label| Mbti::parse(label)).collect();
    let complete = Mbti::ALL.into_iter().all(|t| named.contains(&t));
    match <[Mbti; 16]>::try_from(named) {
        Ok(types) if complete && labels.len() == 16 => Ok(types),
        _ => Err(LabelError::Types { found: labels.to_vec() }),
    }
}

/// The trait of each label, in the model's order.
///
/// The default labels LABEL_0 to LABEL_4 mean Extraversion, Neuroticism, Agreeableness, Conscientiousness and Openness:
/// the order of the public model Minej/bert-base-personality, whose config.json has no names.
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

/// Probabilities by [`Mbti::index`], from labels and probabilities in the model's order.
pub fn type_probabilities(labels: &[String], probabilities: &[f64]) -> Result<[f64; 16], LabelError> {
    let types = types_of(labels)?;
    let mut by_type = [0.0; 16];
    check_lengths(labels, probabilities)?;
    for (mbti, p) in types.into_iter().zip(probabilities) {
        by_type[mbti.index()] = *p;
    }
    Ok(by_type)
}

/// Probabilities by [`Trait::index`], from labels and probabilities in the model's order.
pub fn trait_probabilities(labels: &[String], probabilities: &[f64]) -> Result<[f64; 5], LabelError> {
    let traits = traits_of(labels)?;
    let mut by_trait = [0.0; 5];
    check_lengths(labels, probabilities)?;
    for (trait_, p) in traits.into_iter().zip(probabilities) {
        by_trait[trait_.index()] = *p;
    }
    Ok(by_trait)
}

fn check_lengths(labels: &[String], probabilities: &[f64]) -> Result<(), LabelError> {
    if labels.len() == probabilities.len() {
        return Ok(());
    }
    Err(LabelError::Length { labels: labels.len(), values: probabilities.len() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owned(names: &[&str]) -> Vec<String> {
        names.iter().map(|n| (*n).to_owned()).collect()
    }

    #[test]
    fn softmax_is_exact_where_plain_exponentials_overflow_or_underflow() {
        let third = 1.0 / 3.0;
        for base in [0.0, 1e4, -1e4, 1e300] {
            for p in softmax(&[base, base, base]).unwrap() {
                assert!((p - third).abs() < 1e-15, "{base}: {p}");
            }
        }
        // Subtracting max(0, …) instead of the true maximum would give 0 / 0 here.
        let p = softmax(&[-2000.0, -2001.0]).unwrap();
        assert!((p[0] - 1.0 / (1.0 + (-1.0f64).exp())).abs() < 1e-15);
    }

    #[test]
    fn sigmoid_is_exact_at_both_ends() {
        assert_eq!(sigmoid(&[0.0, 1e300, -1e300]).unwrap(), [0.5, 1.0, 0.0]);
        let p = sigmoid(&[-30.0, 30.0]).unwrap();
        assert!((p[0] - 9.357_622_968_839_299e-14).abs() < 1e-27);
        assert!((p[0] + p[1] - 1.0).abs() < 1e-15);
    }

    #[test]
    fn a_non_finite_logit_is_an_error_that_names_its_index() {
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(softmax(&[0.0, bad]), Err(NotFinite { index: 1 }));
            assert_eq!(sigmoid(&[0.0, 0.0, bad]), Err(NotFinite { index: 2 }));
        }
    }

    #[test]
    fn types_are_found_by_name_in_any_order() {
        // The label order of a public model.
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
    fn labels_and_probabilities_must_be_equally_many() {
        let unnamed = owned(&["LABEL_0", "LABEL_1", "LABEL_2", "LABEL_3", "LABEL_4"]);
        assert_eq!(
            trait_probabilities(&unnamed, &[0.5; 4]),
            Err(LabelError::Length { labels: 5, values: 4 })
        );
    }
}
