//! How much an occupation demands of each work style and offers of each interest, compared with other occupations.
//!
//! These are the only figures about the work itself: pages show them, matching uses them, and reasons name them.

use serde::{Deserialize, Serialize};

use super::evidence::{ELEMENT, ELEMENTS, SURVEYED, SURVEYED_STYLES, element_index};
use super::occupation::Occupation;
use crate::personality::Interest;

/// Figures are limited to this many standard deviations, so that no single rating decides.
const FARTHEST: f64 = 3.0;

/// The weight of the surveyed rating where a style has both ratings; the newer rating has the rest. The newer one
/// covers every occupation, and the published correlations with traits belong to it. A choice.
const SURVEYED_SHARE: f64 = 1.0 / 3.0;

/// Standard deviations above the average occupation, by element.
pub type Figures = [f64; ELEMENTS];

/// Means and standard deviations over the catalog, which turn ratings into figures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scale {
    /// By element, for the newer ratings.
    pub mean: [f64; ELEMENTS],
    pub sd: [f64; ELEMENTS],
    /// For the surveyed ratings, in the order of [`SURVEYED`].
    pub surveyed_mean: [f64; SURVEYED_STYLES],
    pub surveyed_sd: [f64; SURVEYED_STYLES],
    /// By element, for the combination of both. It is smaller than 1, because the two ratings agree only in part.
    pub combined_sd: [f64; ELEMENTS],
}

impl Scale {
    /// Computed over these occupations, rounded to the five decimals that the catalog file stores.
    pub fn over(occupations: &[Occupation]) -> Scale {
        let mut scale = Scale {
            mean: [0.0; ELEMENTS],
            sd: [1.0; ELEMENTS],
            surveyed_mean: [0.0; SURVEYED_STYLES],
            surveyed_sd: [1.0; SURVEYED_STYLES],
            combined_sd: [1.0; ELEMENTS],
        };
        for element in 0..ELEMENTS {
            let ratings = occupations.iter().map(|o| o.ratings[element]);
            (scale.mean[element], scale.sd[element]) = mean_and_sd(ratings);
        }
        for place in 0..SURVEYED_STYLES {
            let ratings = occupations.iter().filter_map(|o| Some(o.surveyed.as_ref()?[place]));
            (scale.surveyed_mean[place], scale.surveyed_sd[place]) = mean_and_sd(ratings);
        }
        let figures: Vec<Figures> = occupations.iter().map(|o| scale.combined(o)).collect();
        for element in 0..ELEMENTS {
            scale.combined_sd[element] = mean_and_sd(figures.iter().map(|f| f[element])).1;
        }
        scale
    }

    /// The occupation's figures.
    pub fn figures(&self, occupation: &Occupation) -> Figures {
        let mut figures = self.combined(occupation);
        for (figure, sd) in figures.iter_mut().zip(self.combined_sd) {
            *figure = (*figure / sd).clamp(-FARTHEST, FARTHEST);
        }
        figures
    }

    fn combined(&self, occupation: &Occupation) -> Figures {
        let mut figures = [0.0; ELEMENTS];
        for (element, figure) in figures.iter_mut().enumerate() {
            *figure = (occupation.ratings[element] - self.mean[element]) / self.sd[element];
        }
        let Some(surveyed) = &occupation.surveyed else { return figures };
        for (place, (style, _)) in SURVEYED.iter().enumerate() {
            let Some(element) = element_index(style) else { continue };
            let standard = (surveyed[place] - self.surveyed_mean[place]) / self.surveyed_sd[place];
            figures[element] = (1.0 - SURVEYED_SHARE) * figures[element] + SURVEYED_SHARE * standard;
        }
        figures
    }
}

/// Mean and standard deviation, rounded to five decimals. The deviation is 1 where nothing varies.
pub fn mean_and_sd(values: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
    let n = values.clone().count().max(1) as f64;
    let mean = values.clone().sum::<f64>() / n;
    let variance = values.map(|value| (value - mean) * (value - mean)).sum::<f64>() / n;
    (rounded(mean), if variance > 0.0 { rounded(variance.sqrt()) } else { 1.0 })
}

/// Rounds to five decimals.
pub fn rounded(value: f64) -> f64 {
    (value * 1e5).round() / 1e5
}

/// How a figure compares with the average occupation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Compared {
    /// At least two standard deviations below.
    FarBelow,
    /// At least one standard deviation below.
    Below,
    Average,
    /// At least one standard deviation above.
    Above,
    /// At least two standard deviations above.
    FarAbove,
}

impl Compared {
    pub fn of(figure: f64) -> Compared {
        match figure {
            f if f >= 2.0 => Compared::FarAbove,
            f if f >= 1.0 => Compared::Above,
            f if f > -1.0 => Compared::Average,
            f if f > -2.0 => Compared::Below,
            _ => Compared::FarBelow,
        }
    }

    /// "far above average".
    pub fn name(self) -> &'static str {
        match self {
            Compared::FarBelow => "far below average",
            Compared::Below => "below average",
            Compared::Average => "average",
            Compared::Above => "above average",
            Compared::FarAbove => "far above average",
        }
    }
}

/// The element that rates an interest.
pub fn element_of(interest: Interest) -> usize {
    ELEMENT.len() - Interest::ALL.len() + interest.index()
}

/// The interest that an element rates.
pub fn interest_of(element: usize) -> Option<Interest> {
    Interest::ALL.into_iter().find(|interest| element_of(*interest) == element)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_change_at_whole_standard_deviations() {
        let name = |figure| Compared::of(figure).name();
        assert_eq!(
            [-2.0, -1.5, -0.99, 0.99, 1.0, 2.4].map(name),
            [
                "far below average",
                "below average",
                "average",
                "average",
                "above average",
                "far above average"
            ]
        );
    }

    #[test]
    fn interests_are_the_last_six_elements() {
        for interest in Interest::ALL {
            assert_eq!(ELEMENT[element_of(interest)].name, interest.name());
            assert_eq!(ELEMENT[element_of(interest)].plain, interest.plain());
            assert_eq!(interest_of(element_of(interest)), Some(interest));
        }
        assert_eq!(interest_of(0), None);
    }
}
