//! Finds occupations by title and tolerates typing errors.
//!
//! An inverted index over the words of some 51,000 titles. A query word matches the words that equal it, start with it,
//! or differ by one or two typing errors (optimal string alignment: insert, delete, replace, or swap neighbors).

use std::borrow::Cow;
use std::collections::HashMap;

use super::letters::Letters;

/// Further words of a query are ignored.
const MOST_WORDS: usize = 8;
/// The Jaro-Winkler similarity from which a word counts as similar.
const LEAST_ALIKE: f64 = 0.85;
/// Further characters of a query are ignored.
const LONGEST_QUERY: usize = 120;

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hit {
    /// Its index in the catalog.
    pub occupation: usize,
    /// How well its best title matches, 0 to 1.
    pub score: f64,
    /// The index of that title: 0 the everyday one, 1 O*NET's, then the others.
    pub title: usize,
    /// Whether no title contains the query's words and this one only resembles them.
    pub nearest: bool,
}

/// Immutable.
pub struct TitleIndex {
    /// Every distinct word, sorted.
    words: Vec<Box<str>>,
    /// For each word its letters, to rule out most words before computing a distance.
    letters: Vec<Letters>,
    /// For each word the titles that contain it.
    postings: Vec<Box<[u32]>>,
    /// For each title its occupation, its index among the occupation's titles, and its number of words.
    titles: Vec<(u16, u16, u8)>,
}

impl TitleIndex {
    /// Indexes the titles of every occupation, in the order of [`Hit::title`].
    pub fn new<'a, T: Iterator<Item = &'a str>>(occupations: impl Iterator<Item = T>) -> Self {
        let mut numbers: HashMap<String, u32> = HashMap::with_capacity(20_000);
        let mut postings: Vec<Vec<u32>> = Vec::with_capacity(20_000);
        let mut titles = Vec::with_capacity(60_000);
        for (o, all) in occupations.enumerate() {
            for (place, title) in all.enumerate() {
                let id = titles.len() as u32;
                let mut count = 0_u8;
                for_each_word(title, |word| {
                    count = count.saturating_add(1);
                    let number = match numbers.get(word) {
                        Some(number) => *number as usize,
                        None => {
                            numbers.insert(word.to_string(), postings.len() as u32);
                            postings.push(Vec::new());
                            postings.len() - 1
                        }
                    };
                    if postings[number].last() != Some(&id) {
                        postings[number].push(id);
                    }
                });
                titles.push((o as u16, place as u16, count));
            }
        }
        let mut order: Vec<(String, u32)> = numbers.into_iter().collect();
        order.sort_unstable();
        let mut index = TitleIndex {
            words: Vec::with_capacity(order.len()),
            letters: Vec::with_capacity(order.len()),
            postings: Vec::with_capacity(order.len()),
            titles,
        };
        for (word, number) in order {
            index.letters.push(Letters::of(&word));
            index.words.push(word.into_boxed_str());
            index.postings.push(std::mem::take(&mut postings[number as usize]).into_boxed_slice());
        }
        index
    }

    /// The occupations with the titles that contain the most words of the query, best match first, ties in the order of
    /// the catalog. An empty query finds nothing.
    pub fn find(&self, query: &str) -> Vec<Hit> {
        let mut asked: Vec<String> = Vec::new();
        let query: String = query.chars().take(LONGEST_QUERY).collect();
        for_each_word(&query, |word| {
            if asked.len() < MOST_WORDS && !asked.iter().any(|known| known == word) {
                asked.push(word.to_string());
            }
        });
        if asked.is_empty() {
            return Vec::new();
        }
        let mut found = self.matches(&asked, TitleIndex::similar);
        let nearest = found.iter().all(|(bits, _)| *bits == 0);
        if nearest {
            found = self.matches(&asked, TitleIndex::resembling);
        }
        self.best(asked.len(), found, nearest)
    }

    /// For each title: a bit per query word found in it, and the sum of the similarities.
    fn matches(
        &self,
        asked: &[String],
        words_like: impl Fn(&TitleIndex, &str) -> Vec<(usize, f32)>,
    ) -> Vec<(u8, f32)> {
        let mut found: Vec<(u8, f32)> = vec![(0, 0.0); self.titles.len()];
        for (bit, word) in asked.iter().enumerate() {
            let mut like = words_like(self, word);
            // Where a title contains several similar words, the most similar one counts.
            like.sort_by(|a, b| b.1.total_cmp(&a.1));
            for (i, similarity) in like {
                for title in &self.postings[i] {
                    let (bits, sum) = &mut found[*title as usize];
                    if *bits & (1 << bit) == 0 {
                        *bits |= 1 << bit;
                        *sum += similarity;
                    }
                }
            }
        }
        found
    }

    /// The best title of each occupation, among the titles with the most query words.
    fn best(&self, asked: usize, found: Vec<(u8, f32)>, nearest: bool) -> Vec<Hit> {
        let most = found.iter().map(|(bits, _)| bits.count_ones()).max().unwrap_or(0);
        if most == 0 {
            return Vec::new();
        }
        let mut hits: Vec<Hit> = Vec::new();
        for ((bits, sum), (occupation, place, words)) in found.into_iter().zip(&self.titles) {
            if bits.count_ones() < most {
                continue;
            }
            let asked = asked as f64;
            // Prefer short titles, and the everyday or O*NET title.
            let coverage = asked / f64::from(*words).max(asked);
            let own = if *place < 2 { 0.05 } else { 0.0 };
            let score = (f64::from(sum) / asked) * (0.6 + 0.35 * coverage) + own;
            let hit =
                Hit { occupation: usize::from(*occupation), score, title: usize::from(*place), nearest };
            // Titles are ordered by occupation.
            match hits.last_mut().filter(|known| known.occupation == hit.occupation) {
                Some(known) if score > known.score => *known = hit,
                Some(_) => {}
                None => hits.push(hit),
            }
        }
        hits.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.occupation.cmp(&b.occupation)));
        hits
    }

    /// Words that resemble this one, used when no closer match exists.
    fn resembling(&self, asked: &str) -> Vec<(usize, f32)> {
        let letters = Letters::of(asked);
        let beginning = |word: &str| asked.chars().zip(word.chars()).take_while(|(a, b)| a == b).count();
        self.words
            .iter()
            .zip(&self.letters)
            .enumerate()
            .filter(|(_, (word, of_word))| letters.alike_at_most(of_word, beginning(word)) >= LEAST_ALIKE)
            .map(|(i, (word, _))| (i, strsim::jaro_winkler(asked, word)))
            .filter(|(_, alike)| *alike >= LEAST_ALIKE)
            .map(|(i, alike)| (i, 0.5 * alike as f32))
            .collect()
    }

    /// Similar words with their similarity: 1 for the word itself, less for a prefix, less for typing errors.
    fn similar(&self, asked: &str) -> Vec<(usize, f32)> {
        let mut like = Vec::new();
        let from = self.words.partition_point(|word| &**word < asked);
        let mut exact = false;
        for (i, word) in self.words.iter().enumerate().skip(from).take_while(|(_, w)| w.starts_with(asked)) {
            exact |= word.len() == asked.len();
            let share = asked.len() as f32 / word.len() as f32;
            like.push((i, if share == 1.0 { 1.0 } else { 0.7 + 0.2 * share }));
        }
        let allowed = match asked.chars().count() {
            0..=3 => 0,
            4..=6 => 1,
            _ => 2,
        };
        // A word that occurs in titles is not a typing error.
        if exact || allowed == 0 {
            return like;
        }
        let letters = Letters::of(asked);
        for (i, (word, of_word)) in self.words.iter().zip(&self.letters).enumerate() {
            if letters.within(of_word, allowed) && !word.starts_with(asked) {
                let errors = strsim::osa_distance(asked, word) as u32;
                if errors <= allowed {
                    like.push((i, if errors == 1 { 0.8 } else { 0.6 }));
                }
            }
        }
        like
    }
}

/// Words that say nothing about the work.
const SMALL: [&str; 10] = ["a", "an", "and", "at", "for", "in", "of", "or", "the", "to"];

/// Calls `each` with every word except the small ones, in lower case and without a plural s.
fn for_each_word(text: &str, mut each: impl FnMut(&str)) {
    let lower = text.to_lowercase();
    let spaced = lower.split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '+' && c != '#');
    for word in spaced.map(|word| word.trim_matches('\'')).filter(|word| !word.is_empty()) {
        let word = word.strip_suffix("'s").unwrap_or(word);
        if !SMALL.contains(&word) {
            each(&singular(word));
        }
    }
}

/// The word without a plural ending, as far as endings tell: "secretaries" and "secretary" become one word.
fn singular(word: &str) -> Cow<'_, str> {
    if let Some(stem) = word.strip_suffix("ies").filter(|stem| stem.len() > 2) {
        return format!("{stem}y").into();
    }
    if let Some(stem) = word.strip_suffix("men").filter(|stem| stem.len() > 2) {
        return format!("{stem}man").into();
    }
    if ["sses", "ches", "shes", "xes"].iter().any(|end| word.ends_with(end)) {
        return word[..word.len() - 2].into();
    }
    match word.strip_suffix('s') {
        Some(stem) if stem.len() > 2 && !stem.ends_with(['s', 'u', 'i']) => stem.into(),
        _ => word.into(),
    }
}
