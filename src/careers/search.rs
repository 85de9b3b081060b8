//! Titles → occupations: every title that O*NET lists leads to its occupation, typing errors forgiven.
//!
//! An inverted index over the words of some 56,000 titles. A word of the query finds the words it equals, begins, or is
//! one or two typing errors away from (strsim's optimal string alignment: a letter more, less, wrong, or two swapped).

use std::collections::HashMap;

/// Words of a query beyond these are not looked at.
const MOST_WORDS: usize = 8;
/// Nor are characters of it beyond these.
const LONGEST_QUERY: usize = 120;

/// A found occupation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hit {
    /// Its place in the catalogue.
    pub occupation: usize,
    /// How well its best title matches, 0 to 1.
    pub score: f64,
    /// Which of its titles that is: 0 its own, 1 O*NET's, from 2 up the other titles in their order.
    pub title: usize,
}

/// The index; built once, immutable.
pub struct TitleIndex {
    /// Every distinct word, sorted.
    words: Vec<Box<str>>,
    /// For each word the letters in it, a bit each: a cheap first sieve for typing errors.
    letters: Vec<u32>,
    /// For each word the titles that hold it.
    postings: Vec<Box<[u32]>>,
    /// For each title its occupation, its place among that one's titles, and how many words it has.
    titles: Vec<(u16, u16, u8)>,
}

impl TitleIndex {
    /// Indexes every title of every occupation: for each its own, O*NET's, then the others.
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
            index.letters.push(letters(&word));
            index.words.push(word.into_boxed_str());
            index.postings.push(std::mem::take(&mut postings[number as usize]).into_boxed_slice());
        }
        index
    }

    /// The occupations with a title that holds every word of the query, best match first, ties by the catalogue's
    /// order; if no title holds every word, those with titles that hold the most of them. An empty query finds nothing.
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
        // For each title the words of the query found in it, a bit each, and the sum of how well.
        let mut found: Vec<(u8, f32)> = vec![(0, 0.0); self.titles.len()];
        for (bit, word) in asked.iter().enumerate() {
            let mut like = self.like(word);
            // The likest first: it is the one that counts where a title holds several.
            like.sort_by(|a, b| b.1.total_cmp(&a.1));
            for (i, likeness) in like {
                for title in &self.postings[i] {
                    let (bits, sum) = &mut found[*title as usize];
                    if *bits & (1 << bit) == 0 {
                        *bits |= 1 << bit;
                        *sum += likeness;
                    }
                }
            }
        }
        let most = found.iter().map(|(bits, _)| bits.count_ones()).max().unwrap_or(0);
        if most == 0 {
            return Vec::new();
        }
        let mut hits: Vec<Hit> = Vec::new();
        for ((bits, sum), (occupation, place, words)) in found.into_iter().zip(&self.titles) {
            if bits.count_ones() < most {
                continue;
            }
            let asked = asked.len() as f64;
            // A title of just these words before one of many more; an own title before another.
            let coverage = asked / f64::from(*words).max(asked);
            let own = if *place < 2 { 0.05 } else { 0.0 };
            let score = (f64::from(sum) / asked) * (0.6 + 0.35 * coverage) + own;
            let hit = Hit { occupation: usize::from(*occupation), score, title: usize::from(*place) };
            // Titles stand in the order of their occupations.
            match hits.last_mut().filter(|known| known.occupation == hit.occupation) {
                Some(known) if score > known.score => *known = hit,
                Some(_) => {}
                None => hits.push(hit),
            }
        }
        hits.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.occupation.cmp(&b.occupation)));
        hits
    }

    /// The words like this one and how like: 1 for itself, less for words it begins, less for typing errors.
    fn like(&self, asked: &str) -> Vec<(usize, f32)> {
        let mut like = Vec::new();
        let from = self.words.partition_point(|word| &**word < asked);
        let mut exact = false;
        for (i, word) in self.words.iter().enumerate().skip(from).take_while(|(_, w)| w.starts_with(asked)) {
            exact |= word.len() == asked.len();
            let share = asked.len() as f32 / word.len() as f32;
            like.push((i, if share == 1.0 { 1.0 } else { 0.7 + 0.2 * share }));
        }
        let forgiven = match asked.chars().count() {
            0..=3 => 0,
            4..=6 => 1,
            _ => 2,
        };
        // A word that stands in titles as it was typed is no typing error.
        if exact || forgiven == 0 {
            return like;
        }
        let bits = letters(asked);
        for (i, word) in self.words.iter().enumerate() {
            let differing = (self.letters[i] ^ bits).count_ones() as usize;
            if differing <= 2 * forgiven
                && word.len().abs_diff(asked.len()) <= forgiven
                && !word.starts_with(asked)
            {
                let errors = strsim::osa_distance(asked, word);
                if errors <= forgiven {
                    like.push((i, if errors == 1 { 0.8 } else { 0.6 }));
                }
            }
        }
        like
    }
}

/// Small words that say nothing about the work.
const SMALL: [&str; 10] = ["a", "an", "and", "at", "for", "in", "of", "or", "the", "to"];

/// Calls back with each word: lower case, without a plural s, small words left out.
fn for_each_word(text: &str, mut each: impl FnMut(&str)) {
    let lower = text.to_lowercase();
    let spaced = lower.split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '+' && c != '#');
    for word in spaced.map(|word| word.trim_matches('\'')).filter(|word| !word.is_empty()) {
        let word = word.strip_suffix("'s").unwrap_or(word);
        let singular = match word.strip_suffix('s') {
            Some(stem) if stem.len() > 2 && !stem.ends_with(['s', 'u', 'i']) => stem,
            _ => word,
        };
        if !SMALL.contains(&word) {
            each(singular);
        }
    }
}

/// The letters a to z of a word, a bit each.
fn letters(word: &str) -> u32 {
    word.bytes().filter(u8::is_ascii_lowercase).fold(0, |bits, b| bits | 1 << (b - b'a'))
}
