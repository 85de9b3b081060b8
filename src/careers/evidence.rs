//! Published figures that link types, traits, work styles and interests.
//!
//! Every table names its source; docs/CAREERS.md says how far each was checked. `datasets::weighting` decides how the
//! figures are used.

use crate::personality::{Axis, Mbti, Trait};

/// Ratings of an occupation: 21 work styles, then six interests.
pub const ELEMENTS: usize = 27;
pub const STYLES: usize = 21;
/// Work styles that workers themselves rated, too.
pub const SURVEYED_STYLES: usize = 15;

/// A rating of an occupation: a work style (impact, −3 to 3) or an occupational interest (1 to 7).
#[derive(Debug)]
pub struct Element {
    /// O*NET's name.
    pub name: &'static str,
    /// The name in the middle of a sentence.
    pub plain: &'static str,
    /// Correlations across occupations with the mean trait scores of their workers, by [`Trait::index`]. Computed from
    /// O*NET 30.1 and the profiles of Anni, Vainik and Mõttus (2025), doi:10.1037/apl0001249, over at most 782 O*NET
    /// codes that share 263 measured profiles.
    #[cfg_attr(not(feature = "training"), expect(dead_code, reason = "only building the datasets reads it"))]
    pub measured: [f64; 5],
}

const fn element(name: &'static str, plain: &'static str, o: f64, c: f64, e: f64, a: f64, n: f64) -> Element {
    Element { name, plain, measured: [e, n, a, c, o] }
}

/// The order of an occupation's ratings.
pub const ELEMENT: [Element; ELEMENTS] = [
    element("Innovation", "inventiveness", 0.66, -0.22, 0.04, 0.20, 0.06),
    element("Achievement Orientation", "drive to achieve", 0.60, 0.04, 0.11, 0.11, -0.02),
    element("Initiative", "initiative", 0.54, 0.05, 0.31, 0.18, 0.09),
    element("Adaptability", "adaptability", 0.53, -0.02, 0.23, 0.15, 0.04),
    element("Leadership Orientation", "readiness to lead", 0.38, 0.23, 0.31, 0.03, -0.03),
    element("Self-Confidence", "self-confidence", 0.46, 0.18, 0.32, 0.06, 0.03),
    element("Intellectual Curiosity", "curiosity", 0.68, -0.11, -0.01, 0.23, 0.00),
    element("Tolerance for Ambiguity", "ease with uncertainty", 0.62, -0.02, 0.26, 0.24, 0.11),
    element("Perseverance", "perseverance", 0.39, 0.11, 0.08, 0.04, -0.11),
    element("Humility", "humility", 0.14, 0.14, 0.35, 0.49, 0.27),
    element("Sincerity", "sincerity", 0.24, 0.23, 0.56, 0.54, 0.38),
    element("Empathy", "concern for others", 0.25, 0.21, 0.62, 0.57, 0.44),
    element("Cooperation", "cooperation", 0.25, 0.21, 0.55, 0.43, 0.37),
    element("Optimism", "optimism", 0.15, 0.13, 0.62, 0.44, 0.41),
    element("Social Orientation", "contact with people", 0.29, 0.19, 0.67, 0.42, 0.41),
    element("Cautiousness", "caution", -0.16, 0.25, -0.32, -0.18, -0.35),
    element("Attention to Detail", "attention to detail", 0.09, 0.10, -0.20, -0.01, -0.05),
    element("Dependability", "dependability", -0.03, 0.35, 0.07, 0.01, -0.14),
    element("Integrity", "integrity", 0.23, 0.29, 0.26, 0.17, 0.00),
    element("Stress Tolerance", "calm under pressure", 0.18, 0.30, 0.26, 0.08, 0.01),
    element("Self-Control", "self-control", 0.14, 0.38, 0.45, 0.21, 0.16),
    element("Realistic", "hands-on work", -0.32, -0.15, -0.66, -0.37, -0.41),
    element("Investigative", "research", 0.55, -0.11, -0.15, 0.23, -0.04),
    element("Artistic", "creative expression", 0.50, -0.31, 0.23, 0.28, 0.38),
    element("Social", "helping others", 0.35, 0.16, 0.58, 0.61, 0.44),
    element("Enterprising", "persuading people", 0.07, 0.28, 0.51, -0.12, 0.09),
    element("Conventional", "work by set procedures", -0.24, 0.14, 0.03, -0.15, -0.05),
];

/// The position in [`ELEMENT`].
pub fn element_index(name: &str) -> Option<usize> {
    ELEMENT.iter().position(|e| e.name == name)
}

/// The work styles that O*NET 29.3 surveyed workers on, in the order of [`ELEMENT`], with the surveyed style's name. The
/// two ratings of a style correlate .42 to .78 across occupations.
pub const SURVEYED: [(&str, &str); SURVEYED_STYLES] = [
    ("Innovation", "Innovation"),
    ("Achievement Orientation", "Achievement/Effort"),
    ("Initiative", "Initiative"),
    ("Adaptability", "Adaptability/Flexibility"),
    ("Leadership Orientation", "Leadership"),
    ("Intellectual Curiosity", "Analytical Thinking"),
    ("Perseverance", "Persistence"),
    ("Empathy", "Concern for Others"),
    ("Cooperation", "Cooperation"),
    ("Social Orientation", "Social Orientation"),
    ("Attention to Detail", "Attention to Detail"),
    ("Dependability", "Dependability"),
    ("Integrity", "Integrity"),
    ("Stress Tolerance", "Stress Tolerance"),
    ("Self-Control", "Self-Control"),
];

/// Published correlations, across persons, of an interest with a trait: Larson, Rottinghaus and Borgen (2002),
/// doi:10.1006/jvbe.2001.1854, and Barrick, Mount and Gupta (2003). Where both report one (Artistic with Openness .48
/// and .39, Enterprising with Extraversion .41 and .41), it is the mean. No other correlations are recorded here.
#[cfg(feature = "training")]
pub const INTEREST_SUPPORT: [(&str, Trait, f64); 5] = [
    ("Artistic", Trait::Openness, 0.435),
    ("Enterprising", Trait::Extraversion, 0.41),
    ("Social", Trait::Extraversion, 0.31),
    ("Investigative", Trait::Openness, 0.28),
    ("Social", Trait::Agreeableness, 0.19),
];

/// Work styles that Sackett and Walmsley (2014), doi:10.1177/1745691614543972, assign to a trait, mapped to the nearest
/// of the newer styles. The assignment is from memory, not checked against the paper. It has no size, so each counts as
/// [`STYLE_SUPPORT_SIZE`]. Their Emotional Stability styles are left out, because the measured correlations of those
/// styles with neuroticism have the wrong sign.
#[cfg(feature = "training")]
pub const STYLE_SUPPORT: [(&str, Trait); 12] = [
    ("Achievement Orientation", Trait::Conscientiousness),
    ("Perseverance", Trait::Conscientiousness),
    ("Initiative", Trait::Conscientiousness),
    ("Dependability", Trait::Conscientiousness),
    ("Attention to Detail", Trait::Conscientiousness),
    ("Integrity", Trait::Conscientiousness),
    ("Cooperation", Trait::Agreeableness),
    ("Empathy", Trait::Agreeableness),
    ("Leadership Orientation", Trait::Extraversion),
    ("Social Orientation", Trait::Extraversion),
    ("Innovation", Trait::Openness),
    ("Intellectual Curiosity", Trait::Openness),
];

/// The correlation assumed for an assignment without a size. A choice.
#[cfg(feature = "training")]
pub const STYLE_SUPPORT_SIZE: f64 = 0.30;

/// Correlations of the type axes with the traits (E, N, A, C, O); the second letter (I, N, F, P) is positive. McCrae and
/// Costa (1989), doi:10.1111/j.1467-6494.1989.tb00759.x, from secondary copies. The large cells agree with Furnham,
/// Moutafi and Crump (2003), N = 900 (.72, .65, .35, .46).
pub const AXIS_TRAIT: [[f64; 5]; 4] = [
    [-0.74, 0.16, -0.03, 0.08, 0.03],
    [0.10, -0.06, 0.04, -0.15, 0.72],
    [0.19, 0.06, 0.44, -0.15, 0.02],
    [0.15, 0.11, -0.06, -0.49, 0.30],
];

/// The mean of the upper half of a standard normal distribution, √(2/π). A type only says which half of an axis someone
/// is in.
pub const HALF_NORMAL_MEAN: f64 = 0.797_884_560_802_865_4;

/// The expected traits of a type, in standard deviations from the mean of all people, by [`Trait::index`]: the sum over
/// its four letters. Neuroticism is 0, because neither types nor occupational ratings have a counterpart to it.
pub fn type_traits(mbti: Mbti) -> [f64; 5] {
    let mut expected = [0.0; 5];
    for axis in Axis::ALL {
        let side = if mbti.is_second(axis) { HALF_NORMAL_MEAN } else { -HALF_NORMAL_MEAN };
        for (sum, r) in expected.iter_mut().zip(AXIS_TRAIT[axis as usize]) {
            *sum += side * r;
        }
    }
    expected[Trait::Neuroticism.index()] = 0.0;
    expected
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_21_styles_and_six_interests() {
        let names: std::collections::BTreeSet<_> = ELEMENT.iter().map(|e| e.name).collect();
        assert_eq!(names.len(), ELEMENTS);
        assert_eq!(ELEMENT[STYLES].name, "Realistic");
        let surveyed = SURVEYED.map(|(name, _)| element_index(name));
        assert!(surveyed.iter().all(Option::is_some) && surveyed.is_sorted());
    }

    #[cfg(feature = "training")]
    #[test]
    fn published_support_names_elements_of_its_kind() {
        for (name, ..) in INTEREST_SUPPORT {
            assert!(element_index(name).is_some_and(|i| i >= STYLES), "{name}");
        }
        for (name, _) in STYLE_SUPPORT {
            assert!(element_index(name).is_some_and(|i| i < STYLES), "{name}");
        }
    }

    #[test]
    fn opposite_types_have_opposite_expected_traits() {
        for mbti in Mbti::ALL {
            let opposite = Mbti::ALL[15 - mbti.index()];
            for (a, b) in type_traits(mbti).into_iter().zip(type_traits(opposite)) {
                assert!((a + b).abs() < 1e-12, "{mbti} {opposite}");
            }
        }
        let intj = type_traits(Mbti::parse("INTJ").unwrap());
        // −.74 + .10 − .19 − .15 on extraversion, times the half-normal mean.
        assert!((intj[Trait::Extraversion.index()] + 0.98 * HALF_NORMAL_MEAN).abs() < 1e-12);
    }
}
