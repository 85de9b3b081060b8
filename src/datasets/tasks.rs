//! Orders an occupation's tasks: O*NET's release has no order of importance, so the most typical come first.
//!
//! A task is typical if it shares rare words with O*NET's description of the occupation: the cosine of their TF-IDF
//! vectors, with each task and each description as one document.

use std::collections::{BTreeMap, HashMap};

/// The most tasks stored for one occupation.
const MOST_TASKS: usize = 8;

/// The rarity of each word.
pub struct Rarity(HashMap<String, f64>);

impl Rarity {
    /// Over all tasks and descriptions.
    pub fn of<'a>(documents: impl Iterator<Item = &'a str>) -> Rarity {
        let mut counts: HashMap<String, f64> = HashMap::new();
        let mut total: f64 = 0.0;
        for document in documents {
            total += 1.0;
            for word in words(document).into_keys() {
                *counts.entry(word).or_default() += 1.0;
            }
        }
        Rarity(counts.into_iter().map(|(word, count)| (word, (total / count).ln())).collect())
    }

    /// The most typical tasks, most typical first, ties in the given order.
    pub fn most_typical(&self, description: &str, tasks: &[String]) -> Vec<String> {
        let description = self.vector(description);
        let mut ranked: Vec<(f64, &String)> =
            tasks.iter().map(|task| (cosine(&self.vector(task), &description), task)).collect();
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
        ranked.into_iter().take(MOST_TASKS).map(|(_, task)| task.clone()).collect()
    }

    fn vector(&self, text: &str) -> BTreeMap<String, f64> {
        let rarity = |word: &String| self.0.get(word).copied().unwrap_or(0.0);
        words(text).into_iter().map(|(word, count)| (word.clone(), count * rarity(&word))).collect()
    }
}

fn cosine(a: &BTreeMap<String, f64>, b: &BTreeMap<String, f64>) -> f64 {
    let length = |v: &BTreeMap<String, f64>| v.values().map(|x| x * x).sum::<f64>().sqrt();
    let product: f64 = a.iter().filter_map(|(word, x)| Some(x * b.get(word)?)).sum();
    product / (length(a) * length(b)).max(1e-9)
}

/// Words with their counts, in lower case and without a final s.
fn words(text: &str) -> BTreeMap<String, f64> {
    let mut counts = BTreeMap::new();
    for word in text.to_lowercase().split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        *counts.entry(word.strip_suffix('s').unwrap_or(word).to_owned()).or_insert(0.0) += 1.0;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tasks_that_share_rare_words_with_the_description_come_first() {
        let description = "Bake breads and cakes.";
        let tasks =
            ["Sweep the floor and the yard.", "Bake bread.", "Clean and sort tools."].map(String::from);
        let rarity = Rarity::of(tasks.iter().map(String::as_str).chain([description]));
        assert_eq!(rarity.most_typical(description, &tasks)[0], "Bake bread.");
    }
}
