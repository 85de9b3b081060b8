//! What each step of a training reads: examples joined, cut and mixed, in rows of similar length.
//!
//! Everything follows from the seed and the row's number, counted from the start of the training, so that a training that
//! was stopped goes on with the rows that it would have read.

use std::cell::RefCell;

use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use unicode_segmentation::UnicodeSegmentation;

use super::examples::{Example, Kind, Says};

/// How examples are changed before they are read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Habits {
    /// How often an answer is read without its lead-in, as an essay is.
    pub bare: f64,
    /// How often only a run of an answer's sentences is read.
    pub cut: f64,
    /// How often a second piece follows, and then a third: what both say adds up.
    pub joined: f64,
}

/// A text to learn from.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// As read.
    pub text: String,
    /// What it says.
    pub says: Says,
    /// How much it counts.
    pub weight: f32,
    /// Whether it is read word for word, with none blotted out.
    pub verbatim: bool,
}

/// Batches whose rows are sorted by length together: long enough to waste little on padding.
const BLOCK: usize = 16;

/// Batches of rows, without end: every round brings each example first as often as its kind has places.
#[derive(Debug)]
pub struct Rounds<'a> {
    examples: &'a [Example],
    /// Which example each place of a round brings.
    places: Vec<usize>,
    habits: Habits,
    rows: usize,
    seed: u64,
    /// The block that was drawn last, and its batches.
    block: RefCell<Option<(usize, Vec<Vec<Row>>)>>,
}

impl<'a> Rounds<'a> {
    /// Batches of `rows` rows. There must be an example at least.
    pub fn new(examples: &'a [Example], habits: Habits, rows: usize, seed: u64) -> Rounds<'a> {
        let places = examples.iter().enumerate();
        let places = places.flat_map(|(nth, example)| std::iter::repeat_n(nth, example.kind.places()));
        Rounds { examples, places: places.collect(), habits, rows, seed, block: RefCell::new(None) }
    }

    /// The batch of a step, counted from 0.
    pub fn batch(&self, step: usize) -> Vec<Row> {
        let (number, place) = (step / BLOCK, step % BLOCK);
        let mut kept = self.block.borrow_mut();
        match &*kept {
            Some((known, batches)) if *known == number => batches[place].clone(),
            _ => {
                let batches = self.draw_block(number);
                let batch = batches[place].clone();
                *kept = Some((number, batches));
                batch
            }
        }
    }

    fn draw_block(&self, number: usize) -> Vec<Vec<Row>> {
        let count = self.places.len();
        let first = number * BLOCK * self.rows;
        let (mut round, mut order) = (usize::MAX, Vec::new());
        let mut rows: Vec<Row> = (first..first + BLOCK * self.rows)
            .map(|position| {
                if position / count != round {
                    round = position / count;
                    order.clone_from(&self.places);
                    order.shuffle(&mut StdRng::seed_from_u64(mix(!self.seed, round)));
                }
                let mut random = StdRng::seed_from_u64(mix(self.seed, position));
                self.draw(order[position % count], &mut random)
            })
            .collect();
        rows.sort_by_key(|row| row.text.len());
        let mut batches: Vec<Vec<Row>> = rows.chunks(self.rows).map(<[Row]>::to_vec).collect();
        batches.shuffle(&mut StdRng::seed_from_u64(mix(self.seed ^ 0xB10C, number)));
        batches
    }

    /// The example, changed as the habits have it; a rated sentence as it stands, for so the site reads it.
    fn draw(&self, nth: usize, random: &mut StdRng) -> Row {
        let example = &self.examples[nth];
        let verbatim = example.kind == Kind::Rated;
        let mut row =
            Row { text: example.text.clone(), says: example.says, weight: example.kind.weight(), verbatim };
        if verbatim {
            return row;
        }
        if matches!(example.kind, Kind::Answer | Kind::Free) && random.random_bool(self.habits.cut) {
            cut(&mut row, random);
        }
        if !example.lead_in.is_empty() && !random.random_bool(self.habits.bare) {
            row.text = format!("{} {}", example.lead_in, row.text);
        }
        for _ in 0..2 {
            if !random.random_bool(self.habits.joined) {
                break;
            }
            let other = &self.examples[random.random_range(0..self.examples.len())];
            let second = if random.random_bool(0.5) { other.composed() } else { other.text.clone() };
            row.text = format!("{} {second}", row.text);
            row.says.iter_mut().zip(other.says).for_each(|(sum, more)| *sum += more);
        }
        row
    }
}

/// Leaves a run of the text's sentences. The rest said something too: the shorter the run, the less is it trusted to say
/// what the whole says.
fn cut(row: &mut Row, random: &mut StdRng) {
    let sentences: Vec<&str> = row.text.split_sentence_bounds().collect();
    if sentences.len() < 2 {
        return;
    }
    let first = random.random_range(0..sentences.len());
    let last = random.random_range(first..sentences.len());
    let run = sentences[first..=last].concat().trim().to_string();
    if run.is_empty() {
        return;
    }
    let share = run.len() as f32 / row.text.len() as f32;
    row.says.iter_mut().for_each(|says| *says *= 0.3 + 0.7 * share);
    row.weight *= 0.7;
    row.text = run;
}

/// A number for each step, from the seed, that shares no pattern with those of other steps (SplitMix64).
pub fn mix(seed: u64, step: usize) -> u64 {
    let mut z = seed.wrapping_add((step as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn examples(count: usize) -> Vec<Example> {
        let example = |i: usize| Example {
            lead_in: "Well:".to_string(),
            text: format!("Number {i} it is. It was here. And there it went."),
            says: [i as f32; 9],
            kind: Kind::Answer,
            group: String::new(),
        };
        (0..count).map(example).collect()
    }

    const PLAIN: Habits = Habits { bare: 0.0, cut: 0.0, joined: 0.0 };

    #[test]
    fn a_round_brings_every_example_once() {
        let examples = examples(64);
        let rounds = Rounds::new(&examples, PLAIN, 4, 2);
        let mut seen: Vec<f32> = (0..16).flat_map(|step| rounds.batch(step)).map(|row| row.says[0]).collect();
        seen.sort_by(f32::total_cmp);
        assert_eq!(seen, (0..64).map(|i| i as f32).collect::<Vec<_>>());
        assert!(rounds.batch(3).iter().all(|row| row.text.starts_with("Well: Number")));
    }

    #[test]
    fn rated_sentences_come_often_and_as_they_stand() {
        let mut examples = examples(20);
        examples[7].kind = Kind::Rated;
        examples[7].lead_in.clear();
        let habits = Habits { bare: 0.5, cut: 0.9, joined: 0.9 };
        let round = 19 + Kind::Rated.places();
        let rounds = Rounds::new(&examples, habits, round, 2);
        // A block is sorted as a whole, so it is counted as a whole.
        let rows: Vec<Row> = (0..BLOCK).flat_map(|step| rounds.batch(step)).collect();
        let rated: Vec<&Row> = rows.iter().filter(|row| row.verbatim).collect();
        assert_eq!(rated.len(), BLOCK * Kind::Rated.places());
        assert!(rated.iter().all(|row| row.text == examples[7].text && row.says == examples[7].says));
    }

    #[test]
    fn a_step_reads_the_same_whatever_was_read_before() {
        let examples = examples(50);
        let habits = Habits { bare: 0.5, cut: 0.5, joined: 0.3 };
        let (one, other) = (Rounds::new(&examples, habits, 8, 2), Rounds::new(&examples, habits, 8, 2));
        let late = one.batch(40);
        (0..40).for_each(|step| drop(other.batch(step)));
        assert_eq!(other.batch(40), late);
        assert_ne!(Rounds::new(&examples, habits, 8, 3).batch(40), late);
    }

    #[test]
    fn what_joined_pieces_say_adds_up_and_a_part_says_less() {
        let examples = examples(20);
        let joined = Rounds::new(&examples, Habits { joined: 0.5, ..PLAIN }, 8, 2);
        for row in (0..16).flat_map(|step| joined.batch(step)) {
            let numbers = row.text.split("Number ").skip(1);
            let sum: f32 = numbers.map(|n| n[..n.find(' ').unwrap()].parse::<f32>().unwrap()).sum();
            assert_eq!(row.says[4], sum, "{}", row.text);
        }
        let cut = Rounds::new(&examples[5..6], Habits { cut: 1.0, bare: 1.0, ..PLAIN }, 8, 2);
        let rows: Vec<Row> = (0..16).flat_map(|step| cut.batch(step)).collect();
        assert!(rows.iter().any(|row| row.text == "It was here." && row.says[0] < 4.0));
        assert!(rows.iter().all(|row| !row.text.contains("Well:") && !row.text.is_empty()));
    }
}
