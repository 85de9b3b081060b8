//! Training examples: text with target values for the nine labels.

use rand::rngs::StdRng;
use rand::seq::SliceRandom;

use super::text::LABELS;

/// The output that a model should give for a text, in the units of the bank's labels and the order of
/// [`LABEL_NAMES`](super::text::LABEL_NAMES).
pub type Targets = [f32; LABELS];

/// Where an example comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A sentence for one of the five ratings of an item of the questionnaire.
    Rated,
    /// A keyed item of the International Personality Item Pool.
    Pool,
    /// A statement of the bank.
    Statement,
    /// An answer of the bank.
    Answer,
    /// A free text of the bank.
    Free,
    /// An everyday sentence or a question's lead-in, with targets of 0.
    Neutral,
}

impl Kind {
    pub const ALL: [Kind; 6] =
        [Kind::Rated, Kind::Pool, Kind::Statement, Kind::Answer, Kind::Free, Kind::Neutral];

    /// The weight of an example in the loss.
    pub fn weight(self) -> f32 {
        match self {
            Kind::Answer | Kind::Free => 1.0,
            Kind::Statement | Kind::Rated => 0.7,
            Kind::Pool | Kind::Neutral => 0.4,
        }
    }

    /// How often an epoch shows each example. Rated sentences are few, every submission holds 60 of them, and the five
    /// sentences of an item resemble each other. Shown once an epoch they were not learned (mean r with the targets .75
    /// after six epochs).
    pub fn repeats(self) -> usize {
        match self {
            Kind::Rated => 6,
            _ => 1,
        }
    }
}

/// A text with its targets.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// The words that a composed text puts before an answer; empty for other kinds.
    pub lead_in: String,
    pub text: String,
    pub targets: Targets,
    pub kind: Kind,
    /// Paraphrases, and the five sentences of one item, share a group. [`split_off`] keeps groups whole.
    pub group: String,
}

impl Example {
    pub(super) fn plain(kind: Kind, text: &str, targets: Targets, group: String) -> Example {
        Example { lead_in: String::new(), text: text.to_string(), targets, kind, group }
    }

    /// Lead-in and text, as the site composes them.
    pub fn composed(&self) -> String {
        if self.lead_in.is_empty() { self.text.clone() } else { format!("{} {}", self.lead_in, self.text) }
    }
}

/// Shuffles the groups and holds out every n-th (`every`). Returns the kept and the held-out examples. 0 holds out
/// nothing.
pub fn split_off(examples: Vec<Example>, every: usize, random: &mut StdRng) -> (Vec<Example>, Vec<Example>) {
    let mut groups: Vec<String> = examples.iter().map(|e| e.group.clone()).collect();
    groups.sort();
    groups.dedup();
    groups.shuffle(random);
    let held: std::collections::HashSet<String> =
        groups.into_iter().enumerate().filter(|(i, _)| every > 0 && i % every == 0).map(|(_, g)| g).collect();
    examples.into_iter().partition(|e| !held.contains(&e.group))
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn a_split_keeps_groups_whole() {
        let examples: Vec<Example> = (0..100)
            .map(|i| Example::plain(Kind::Statement, &i.to_string(), [0.0; LABELS], (i / 5).to_string()))
            .collect();
        let (kept, held) = split_off(examples, 5, &mut StdRng::seed_from_u64(1));
        assert_eq!((kept.len(), held.len()), (80, 20));
        assert!(held.iter().all(|h| kept.iter().all(|k| k.group != h.group)));
    }
}
