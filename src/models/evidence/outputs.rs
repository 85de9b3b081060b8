//! What a model's logits are evidence for: the five traits, or the four axes of the 16 types.

use crate::personality::readout::{traits_of, types_of};
use crate::personality::{Axis, Mbti, Trait};

/// The outputs of a model, in the order of its readings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outputs {
    /// In the order of the model's labels.
    Traits([Trait; 5]),
    /// The types in the order of the model's labels. The outputs are the axes in the order of [`Axis::ALL`].
    Axes([Mbti; 16]),
}

impl Outputs {
    /// `None` for a model whose labels are neither the five traits nor the 16 types.
    pub fn of(labels: &[String]) -> Option<Outputs> {
        traits_of(labels).map(Outputs::Traits).or_else(|_| types_of(labels).map(Outputs::Axes)).ok()
    }

    /// "Extraversion" or "EI", as calling.json names them.
    pub fn names(&self) -> Vec<String> {
        match self {
            Outputs::Traits(traits) => traits.iter().map(|trait_| trait_.name().to_owned()).collect(),
            Outputs::Axes(_) => Axis::ALL.iter().map(|axis| axis.code().to_owned()).collect(),
        }
    }

    /// One value for each output, from a window's logits. An axis's value is the mean logit of the eight types with the
    /// second letter minus that of the eight with the first.
    pub fn values(&self, logits: &[f32]) -> Vec<f64> {
        match self {
            Outputs::Traits(_) => logits.iter().map(|logit| f64::from(*logit)).collect(),
            Outputs::Axes(types) => Axis::ALL
                .iter()
                .map(|axis| {
                    let toward = |mbti: &Mbti| if mbti.is_second(*axis) { 0.125 } else { -0.125 };
                    types.iter().zip(logits).map(|(mbti, logit)| toward(mbti) * f64::from(*logit)).sum()
                })
                .collect(),
        }
    }

    /// One logit for each label, from one logit for each output. A type's logit is half the sum of its letters' logits,
    /// so that softmax gives the product of the four letters' chances.
    pub fn label_logits(&self, outputs: &[f64]) -> Vec<f64> {
        match self {
            Outputs::Traits(_) => outputs.to_vec(),
            Outputs::Axes(types) => types
                .iter()
                .map(|mbti| {
                    let signed =
                        |(axis, logit): (&Axis, &f64)| if mbti.is_second(*axis) { *logit } else { -logit };
                    Axis::ALL.iter().zip(outputs).map(signed).sum::<f64>() / 2.0
                })
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::personality::readout::{sigmoid, softmax};

    fn type_labels() -> Vec<String> {
        Mbti::ALL.iter().rev().map(|mbti| mbti.name().to_owned()).collect()
    }

    #[test]
    fn type_probabilities_are_products_of_the_letters_chances() {
        let outputs = Outputs::of(&type_labels()).unwrap();
        let axes = [0.7, -1.2, 0.0, 2.5];
        let chances = sigmoid(&axes).unwrap();
        let probabilities = softmax(&outputs.label_logits(&axes)).unwrap();
        for (label, probability) in type_labels().iter().zip(probabilities) {
            let mbti = Mbti::parse(label).unwrap();
            let product: f64 = Axis::ALL
                .iter()
                .zip(&chances)
                .map(|(axis, chance)| if mbti.is_second(*axis) { *chance } else { 1.0 - chance })
                .product();
            assert!((product - probability).abs() < 1e-12, "{label}");
        }
    }

    #[test]
    fn an_axis_is_the_contrast_of_its_types() {
        let outputs = Outputs::of(&type_labels()).unwrap();
        let logits: Vec<f32> = type_labels()
            .iter()
            .map(|label| if Mbti::parse(label).unwrap().is_second(Axis::TF) { 1.5 } else { -0.5 })
            .collect();
        assert_eq!(outputs.values(&logits), [0.0, 0.0, 2.0, 0.0]);
        assert_eq!(outputs.names(), ["EI", "SN", "TF", "JP"]);
    }

    #[test]
    fn traits_keep_the_order_of_their_labels() {
        let labels: Vec<String> =
            ["Openness", "Extroversion", "Agreeableness", "Neuroticism", "Conscientiousness"]
                .map(String::from)
                .to_vec();
        let outputs = Outputs::of(&labels).unwrap();
        assert_eq!(outputs.names()[..2], ["Openness", "Extraversion"]);
        assert_eq!(outputs.values(&[1.0, 2.0, 3.0, 4.0, 5.0]), [1.0, 2.0, 3.0, 4.0, 5.0]);
        assert_eq!(Outputs::of(&["spam".to_owned()]), None);
    }
}
