//! `calling train check-answers`: duplicates in the bank, and how balanced its labels and lengths are.

mod report;

use std::collections::{BTreeMap, HashMap, HashSet};

use super::text::{BankAnswer, CounterExample, Genre, LABEL_NAMES, LABELS, StandaloneText, tagged};
use crate::learning::numerics::correlation;
use crate::survey::Questionnaire;
use report::Group;
pub use report::{Balance, BankReport, Pair};

/// No two texts may share this many words in a row.
const RUN: usize = 6;
/// Two texts are near-duplicates if their sets of word pairs have a larger Jaccard similarity than this.
const NEAR: f64 = 0.35;

/// The function words that a skeleton keeps.
const FUNCTION_WORDS: &str = "a about after again all also am an and any are as at be because been before but by can could did do \
    does done down each for from get go got had has have he her here him his how i if in into is it its just like me more \
    most much my no not now of off on one only or other our out over own she so some such than that the their them then \
    there these they thing things this those to too up us very was way we well went were what when where which while who \
    why will with would you your i'm i'd i've it's don't didn't";

fn words(text: &str) -> Vec<String> {
    let lower = text.to_lowercase().replace('’', "'");
    let kept = |c: char| c.is_alphanumeric() || c == '\'';
    lower
        .split(|c: char| !kept(c))
        .map(|w| w.trim_matches('\''))
        .filter(|w| !w.is_empty())
        .map(String::from)
        .collect()
}

fn place(answer: &BankAnswer) -> String {
    format!("{}:{}", answer.question, answer.line)
}

/// A standalone text as an answer to a question with the name of its file.
fn as_answer(standalone: &StandaloneText) -> BankAnswer {
    BankAnswer {
        question: name(standalone.genre).to_string(),
        line: standalone.line,
        text: standalone.text.clone(),
        labels: standalone.labels,
        kind: standalone.kind,
    }
}

fn name(genre: Genre) -> &'static str {
    genre.file().trim_end_matches(".jsonl")
}

/// Checks answers and standalone texts together.
pub fn check(
    answers: &[BankAnswer],
    standalone: &[StandaloneText],
    questionnaire: &Questionnaire,
) -> BankReport {
    let bank: Vec<BankAnswer> = answers.iter().cloned().chain(standalone.iter().map(as_answer)).collect();
    let bank = bank.as_slice();
    let texts: Vec<Vec<String>> = bank.iter().map(|a| words(&a.text)).collect();
    let vocabulary: HashSet<&String> = texts.iter().flatten().collect();
    BankReport {
        answers: bank.len(),
        shared: shared_runs(bank, &texts, questionnaire),
        near: near_duplicates(bank, &texts),
        skeletons: same_skeletons(bank, &texts),
        balance: questionnaire
            .questions
            .iter()
            .map(|q| balance(&q.id, tagged(&q.traits, &q.axes), bank, &texts))
            .chain(
                Genre::ALL
                    .map(|genre| balance(name(genre), (0..LABELS).collect(), bank, &texts))
                    .into_iter()
                    .filter(|balance| balance.answers > 0),
            )
            .collect(),
        groups: groups(bank, &texts),
        vocabulary: vocabulary.len(),
        words: texts.iter().map(Vec::len).sum(),
    }
}

fn shared_runs(bank: &[BankAnswer], texts: &[Vec<String>], questionnaire: &Questionnaire) -> Vec<Pair> {
    let mut of_question: HashMap<&str, HashSet<Vec<String>>> = HashMap::new();
    for question in &questionnaire.questions {
        let own = [&question.prompt, &question.hint, &question.lead_in];
        let runs = own.iter().flat_map(|t| words(t).windows(RUN).map(<[String]>::to_vec).collect::<Vec<_>>());
        of_question.insert(&question.id, runs.collect());
    }
    let mut seen: HashMap<&[String], usize> = HashMap::new();
    let mut pairs: BTreeMap<(usize, usize), String> = BTreeMap::new();
    for (i, text) in texts.iter().enumerate() {
        for run in text.windows(RUN) {
            if of_question.get(bank[i].question.as_str()).is_some_and(|own| own.contains(run)) {
                continue;
            }
            let first = *seen.entry(run).or_insert(i);
            if first != i {
                pairs.entry((first, i)).or_insert_with(|| run.join(" "));
            }
        }
    }
    let name = |((first, second), common): ((usize, usize), String)| Pair {
        first: place(&bank[first]),
        second: place(&bank[second]),
        common,
    };
    pairs.into_iter().map(name).collect()
}

fn near_duplicates(bank: &[BankAnswer], texts: &[Vec<String>]) -> Vec<Pair> {
    let pairs_of = |text: &[String]| -> HashSet<(String, String)> {
        text.windows(2).map(|w| (w[0].clone(), w[1].clone())).collect()
    };
    let sets: Vec<HashSet<(String, String)>> = texts.iter().map(|t| pairs_of(t)).collect();
    let mut places: HashMap<&(String, String), Vec<usize>> = HashMap::new();
    let mut found = Vec::new();
    for (i, set) in sets.iter().enumerate() {
        let mut common: HashMap<usize, usize> = HashMap::new();
        for pair in set {
            for other in places.get(pair).into_iter().flatten() {
                *common.entry(*other).or_default() += 1;
            }
        }
        let mut near: Vec<usize> = common
            .into_iter()
            .filter(|(other, shared)| {
                let all = (set.len() + sets[*other].len() - shared) as f64;
                set.len() >= 3 && *shared as f64 / all > NEAR
            })
            .map(|(other, _)| other)
            .collect();
        near.sort_unstable();
        found.extend(near.into_iter().map(|other| Pair {
            first: place(&bank[other]),
            second: place(&bank[i]),
            common: bank[i].text.clone(),
        }));
        for pair in set {
            places.entry(pair).or_default().push(i);
        }
    }
    found
}

fn same_skeletons(bank: &[BankAnswer], texts: &[Vec<String>]) -> Vec<Pair> {
    let kept: HashSet<&str> = FUNCTION_WORDS.split_whitespace().collect();
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut found = Vec::new();
    for (i, text) in texts.iter().enumerate() {
        let skeleton: Vec<&str> =
            text.iter().map(|w| if kept.contains(w.as_str()) { w } else { "_" }).collect();
        // Short texts are left out, because nearly every one has the skeleton of another.
        if skeleton.iter().filter(|w| **w != "_").count() < 4 {
            continue;
        }
        let skeleton = skeleton.join(" ");
        match seen.get(&skeleton) {
            Some(first) => {
                found.push(Pair { first: place(&bank[*first]), second: place(&bank[i]), common: skeleton })
            }
            None => {
                seen.insert(skeleton, i);
            }
        }
    }
    found
}

/// Counts the answers to the question `id`; `expected` are the labels that should be balanced.
fn balance(id: &str, expected: Vec<usize>, bank: &[BankAnswer], texts: &[Vec<String>]) -> Balance {
    let own: Vec<usize> = (0..bank.len()).filter(|i| bank[*i].question == id).collect();
    let mut poles = [(0, 0); LABELS];
    let mut lengths = [0u32; 3];
    let mut unlabeled = 0;
    for i in &own {
        let labels = bank[*i].labels.all();
        for (pole, label) in poles.iter_mut().zip(labels) {
            pole.0 += usize::from(label < 0);
            pole.1 += usize::from(label > 0);
        }
        unlabeled += usize::from(labels == [0; LABELS]);
        let group = match texts[*i].len() {
            0..8 => 0,
            8..=35 => 1,
            _ => 2,
        };
        lengths[group] += 1;
    }
    let lengths = lengths.map(|count| f64::from(count) / own.len().max(1) as f64);
    let uneven = expected.into_iter().filter(|label| {
        let (below, above) = poles[*label];
        below.abs_diff(above) * 3 > below.max(above)
    });
    let uneven = if own.is_empty() { Vec::new() } else { uneven.map(|l| LABEL_NAMES[l]).collect() };
    Balance { question: id.to_string(), answers: own.len(), unlabeled, poles, uneven, lengths }
}

fn groups(bank: &[BankAnswer], texts: &[Vec<String>]) -> Vec<Group> {
    let group = |name: String, belongs: &dyn Fn(&BankAnswer) -> bool| {
        let own: Vec<usize> = (0..bank.len()).filter(|i| belongs(&bank[*i])).collect();
        let lengths: Vec<f64> = own.iter().map(|i| texts[*i].len() as f64).collect();
        let labels: [Vec<f64>; LABELS] =
            std::array::from_fn(|l| own.iter().map(|i| f64::from(bank[*i].labels.all()[l])).collect());
        Group {
            name,
            texts: own.len(),
            unlabeled: own.iter().filter(|i| bank[**i].labels.all() == [0; LABELS]).count(),
            means: labels.each_ref().map(|l| l.iter().sum::<f64>() / own.len().max(1) as f64),
            with_length: labels.map(|l| correlation(&l, &lengths)),
        }
    };
    let kinds =
        CounterExample::ALL.map(|kind| group(format!("{kind:?}").to_lowercase(), &|a| a.kind == Some(kind)));
    let mut all = vec![
        group("all".to_string(), &|_| true),
        group("counter-examples".to_string(), &|a| a.kind.is_some()),
    ];
    all.extend(kinds.into_iter().filter(|kind| kind.texts > 0));
    all
}

#[cfg(test)]
mod tests;
