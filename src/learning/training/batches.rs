//! The batches of a training run: examples augmented, shuffled, and sorted into rows of similar length.
//!
//! A row depends only on the seed and its number, counted from the start of the training. So a run that was stopped
//! resumes with the same rows.

use std::cell::RefCell;

use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use unicode_segmentation::UnicodeSegmentation;

use crate::learning::bank::{Example, Kind, Targets};
use crate::learning::numerics::mix;

/// Probabilities of changing examples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Augmentation {
    /// The probability that an answer loses its lead-in, as in an essay.
    pub without_lead_in: f64,
    /// The probability that an answer is cut to a run of its sentences.
    pub excerpt: f64,
    /// The probability that a second example is appended, and after it a third. Their targets are added up.
    pub joined: f64,
}

/// A text to train on.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub text: String,
    pub targets: Targets,
    /// The weight in the loss.
    pub weight: f32,
    /// Whether no token may be masked.
    pub verbatim: bool,
}

/// The number of batches that are sorted by length together, to reduce padding.
const BLOCK: usize = 16;

/// Endless batches. Within an epoch every example begins a row, [`Kind::repeats`] times.
#[derive(Debug)]
pub struct Batches<'a> {
    examples: &'a [Example],
    /// The indices in `examples` of an epoch's examples.
    epoch: Vec<usize>,
    augmentation: Augmentation,
    rows: usize,
    seed: u64,
    /// The number of the last block and its batches.
    block: RefCell<Option<(usize, Vec<Vec<Row>>)>>,
}

impl<'a> Batches<'a> {
    /// Batches of `rows` rows. There must be at least one example.
    pub fn new(examples: &'a [Example], augmentation: Augmentation, rows: usize, seed: u64) -> Batches<'a> {
        let epoch = examples.iter().enumerate();
        let epoch = epoch.flat_map(|(nth, example)| std::iter::repeat_n(nth, example.kind.repeats()));
        Batches { examples, epoch: epoch.collect(), augmentation, rows, seed, block: RefCell::new(None) }
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
        let count = self.epoch.len();
        let first = number * BLOCK * self.rows;
        let (mut epoch, mut order) = (usize::MAX, Vec::new());
        let mut rows: Vec<Row> = (first..first + BLOCK * self.rows)
            .map(|position| {
                if position / count != epoch {
                    epoch = position / count;
                    order.clone_from(&self.epoch);
                    order.shuffle(&mut StdRng::seed_from_u64(mix(!self.seed, epoch)));
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

    /// Augments an example. A rated sentence is never changed, since the site always reads it alone.
    fn draw(&self, nth: usize, random: &mut StdRng) -> Row {
        let example = &self.examples[nth];
        let verbatim = example.kind == Kind::Rated;
        let mut row = Row {
            text: example.text.clone(),
            targets: example.targets,
            weight: example.kind.weight(),
            verbatim,
        };
        if verbatim {
            return row;
        }
        if matches!(example.kind, Kind::Answer | Kind::Free) && random.random_bool(self.augmentation.excerpt)
        {
            excerpt(&mut row, random);
        }
        if !example.lead_in.is_empty() && !random.random_bool(self.augmentation.without_lead_in) {
            row.text = format!("{} {}", example.lead_in, row.text);
        }
        for _ in 0..2 {
            if !random.random_bool(self.augmentation.joined) {
                break;
            }
            let other = &self.examples[random.random_range(0..self.examples.len())];
            let second = if random.random_bool(0.5) { other.composed() } else { other.text.clone() };
            row.text = format!("{} {second}", row.text);
            row.targets.iter_mut().zip(other.targets).for_each(|(sum, more)| *sum += more);
        }
        row
    }
}

/// Cuts the text to a random run of its sentences. The shorter the run, the lower its targets, because the removed
/// sentences carried information too.
fn excerpt(row: &mut Row, random: &mut StdRng) {
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
    row.targets.iter_mut().for_each(|target| *target *= 0.3 + 0.7 * share);
    row.weight *= 0.7;
    row.text = run;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn examples(count: usize) -> Vec<Example> {
        let example = |i: usize| Example {
            lead_in: "Well:".to_string(),
            text: format!("Number {i} it is. It was here. And there it went."),
            targets: [i as f32; 9],
            kind: Kind::Answer,
            group: String::new(),
        };
        (0..count).map(example).collect()
    }

    const PLAIN: Augmentation = Augmentation { without_lead_in: 0.0, excerpt: 0.0, joined: 0.0 };

    #[test]
    fn an_epoch_shows_every_example_once() {
        let examples = examples(64);
        let batches = Batches::new(&examples, PLAIN, 4, 2);
        let mut seen: Vec<f32> =
            (0..16).flat_map(|step| batches.batch(step)).map(|row| row.targets[0]).collect();
        seen.sort_by(f32::total_cmp);
        assert_eq!(seen, (0..64).map(|i| i as f32).collect::<Vec<_>>());
        assert!(batches.batch(3).iter().all(|row| row.text.starts_with("Well: Number")));
    }

    #[test]
    fn rated_sentences_are_repeated_and_never_changed() {
        let mut examples = examples(20);
        examples[7].kind = Kind::Rated;
        examples[7].lead_in.clear();
        let augmentation = Augmentation { without_lead_in: 0.5, excerpt: 0.9, joined: 0.9 };
        let epoch = 19 + Kind::Rated.repeats();
        let batches = Batches::new(&examples, augmentation, epoch, 2);
        // Rows are sorted within a block, so only a whole block has known counts.
        let rows: Vec<Row> = (0..BLOCK).flat_map(|step| batches.batch(step)).collect();
        let rated: Vec<&Row> = rows.iter().filter(|row| row.verbatim).collect();
        assert_eq!(rated.len(), BLOCK * Kind::Rated.repeats());
        assert!(rated.iter().all(|row| row.text == examples[7].text && row.targets == examples[7].targets));
    }

    #[test]
    fn a_batch_does_not_depend_on_the_batches_drawn_before() {
        let examples = examples(50);
        let augmentation = Augmentation { without_lead_in: 0.5, excerpt: 0.5, joined: 0.3 };
        let (one, other) =
            (Batches::new(&examples, augmentation, 8, 2), Batches::new(&examples, augmentation, 8, 2));
        let late = one.batch(40);
        (0..40).for_each(|step| drop(other.batch(step)));
        assert_eq!(other.batch(40), late);
        assert_ne!(Batches::new(&examples, augmentation, 8, 3).batch(40), late);
    }

    #[test]
    fn targets_of_joined_examples_are_added_and_those_of_an_excerpt_lowered() {
        let examples = examples(20);
        let joined = Batches::new(&examples, Augmentation { joined: 0.5, ..PLAIN }, 8, 2);
        for row in (0..16).flat_map(|step| joined.batch(step)) {
            let numbers = row.text.split("Number ").skip(1);
            let sum: f32 = numbers.map(|n| n[..n.find(' ').unwrap()].parse::<f32>().unwrap()).sum();
            assert_eq!(row.targets[4], sum, "{}", row.text);
        }
        let excerpts =
            Batches::new(&examples[5..6], Augmentation { excerpt: 1.0, without_lead_in: 1.0, ..PLAIN }, 8, 2);
        let rows: Vec<Row> = (0..16).flat_map(|step| excerpts.batch(step)).collect();
        assert!(rows.iter().any(|row| row.text == "It was here." && row.targets[0] < 4.0));
        assert!(rows.iter().all(|row| !row.text.contains("Well:") && !row.text.is_empty()));
    }
}
