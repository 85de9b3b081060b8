//! What is wrong with the bank of answers, and how even it is: the check behind `calling train check-answers`.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;

use super::answers::{BankAnswer, Genre, Kind, LABEL_NAMES, LooseText, tagged};
use super::statistics::correlation;
use crate::survey::Questionnaire;

/// Words in a row that no two answers may share.
const RUN: usize = 6;
/// Answers that share more than this of their pairs of neighbouring words are near-duplicates.
const NEAR: f64 = 0.35;

/// Two answers and what they have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// "q03:12", question and line.
    pub first: String,
    /// The other.
    pub second: String,
    /// The words, or the frame.
    pub common: String,
}

/// One question's numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Balance {
    /// "q03"; "free" and "statements" for the texts that answer no question.
    pub question: String,
    /// How many answers there are.
    pub answers: usize,
    /// How many have no label at all.
    pub unlabelled: usize,
    /// For each of [`LABEL_NAMES`] the answers below and above 0.
    pub poles: [(usize, usize); 9],
    /// Tagged labels whose poles differ by more than a third.
    pub uneven: Vec<&'static str>,
    /// Shares of answers with fewer than 8 words, 8 to 35, and more.
    pub lengths: [f64; 3],
}

/// How one group of texts is labelled, and how its labels go with length, which should tell nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// "all", "counter-examples", or a kind of counter-example.
    pub name: String,
    /// How many texts there are.
    pub texts: usize,
    /// How many have no label at all.
    pub unlabelled: usize,
    /// Mean of each of [`LABEL_NAMES`].
    pub means: [f64; 9],
    /// Correlation of each label with the number of words.
    pub with_length: [f64; 9],
}

/// The whole bank's numbers. `Display` prints them for reading.
#[derive(Clone, Debug, PartialEq)]
pub struct BankReport {
    /// Answers in all.
    pub answers: usize,
    /// Words in a row that two answers share: not allowed.
    pub shared: Vec<Pair>,
    /// Answers that say nearly the same in nearly the same words.
    pub near: Vec<Pair>,
    /// Answers of the same frame: alike once every word but the small ones is taken out.
    pub frames: Vec<Pair>,
    /// Question by question.
    pub balance: Vec<Balance>,
    /// The whole bank, the counter-examples, and each kind of them.
    pub groups: Vec<Group>,
    /// Different words.
    pub vocabulary: usize,
    /// Words in all.
    pub words: usize,
}

/// The small words that are left when those that carry a label are taken out.
const SMALL: &str = "a about after again all also am an and any are as at be because been before but by can could did do \
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

/// A text that answers no question, as if it answered one that is named after its file.
fn as_answer(loose: &LooseText) -> BankAnswer {
    BankAnswer {
        question: name(loose.genre).to_string(),
        line: loose.line,
        text: loose.text.clone(),
        labels: loose.labels,
        kind: loose.kind,
    }
}

fn name(genre: Genre) -> &'static str {
    genre.file().trim_end_matches(".jsonl")
}

/// Checks the whole bank, and the texts beside it that answer no question.
pub fn check(bank: &[BankAnswer], loose: &[LooseText], questionnaire: &Questionnaire) -> BankReport {
    let bank: Vec<BankAnswer> = bank.iter().cloned().chain(loose.iter().map(as_answer)).collect();
    let bank = bank.as_slice();
    let texts: Vec<Vec<String>> = bank.iter().map(|a| words(&a.text)).collect();
    let vocabulary: HashSet<&String> = texts.iter().flatten().collect();
    BankReport {
        answers: bank.len(),
        shared: shared_runs(bank, &texts, questionnaire),
        near: near_duplicates(bank, &texts),
        frames: same_frames(bank, &texts),
        balance: questionnaire
            .questions
            .iter()
            .map(|q| balance(&q.id, tagged(&q.traits, &q.axes), bank, &texts))
            .chain(
                [Genre::Free, Genre::Statement]
                    .map(|genre| balance(name(genre), (0..9).collect(), bank, &texts))
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

fn same_frames(bank: &[BankAnswer], texts: &[Vec<String>]) -> Vec<Pair> {
    let small: HashSet<&str> = SMALL.split_whitespace().collect();
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut found = Vec::new();
    for (i, text) in texts.iter().enumerate() {
        let frame: Vec<&str> =
            text.iter().map(|w| if small.contains(w.as_str()) { w } else { "_" }).collect();
        // Of short answers nearly all are some other's frame.
        if frame.iter().filter(|w| **w != "_").count() < 4 {
            continue;
        }
        let frame = frame.join(" ");
        match seen.get(&frame) {
            Some(first) => {
                found.push(Pair { first: place(&bank[*first]), second: place(&bank[i]), common: frame })
            }
            None => {
                seen.insert(frame, i);
            }
        }
    }
    found
}

/// The numbers of the question with this id; `expected` are the labels whose poles should be even.
fn balance(id: &str, expected: Vec<usize>, bank: &[BankAnswer], texts: &[Vec<String>]) -> Balance {
    let own: Vec<usize> = (0..bank.len()).filter(|i| bank[*i].question == id).collect();
    let mut poles = [(0, 0); 9];
    let mut lengths = [0u32; 3];
    let mut unlabelled = 0;
    for i in &own {
        let labels = bank[*i].labels.all();
        for (pole, label) in poles.iter_mut().zip(labels) {
            pole.0 += usize::from(label < 0);
            pole.1 += usize::from(label > 0);
        }
        unlabelled += usize::from(labels == [0; 9]);
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
    Balance { question: id.to_string(), answers: own.len(), unlabelled, poles, uneven, lengths }
}

fn groups(bank: &[BankAnswer], texts: &[Vec<String>]) -> Vec<Group> {
    let group = |name: String, of_it: &dyn Fn(&BankAnswer) -> bool| {
        let own: Vec<usize> = (0..bank.len()).filter(|i| of_it(&bank[*i])).collect();
        let lengths: Vec<f64> = own.iter().map(|i| texts[*i].len() as f64).collect();
        let labels: [Vec<f64>; 9] =
            std::array::from_fn(|l| own.iter().map(|i| f64::from(bank[*i].labels.all()[l])).collect());
        Group {
            name,
            texts: own.len(),
            unlabelled: own.iter().filter(|i| bank[**i].labels.all() == [0; 9]).count(),
            means: labels.each_ref().map(|l| l.iter().sum::<f64>() / own.len().max(1) as f64),
            with_length: labels.map(|l| correlation(&l, &lengths)),
        }
    };
    let kinds = Kind::ALL.map(|kind| group(format!("{kind:?}").to_lowercase(), &|a| a.kind == Some(kind)));
    let mut all = vec![
        group("all".to_string(), &|_| true),
        group("counter-examples".to_string(), &|a| a.kind.is_some()),
    ];
    all.extend(kinds.into_iter().filter(|kind| kind.texts > 0));
    all
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>16} {:>5} {:>5}", self.name, self.texts, self.unlabelled)?;
        self.means.iter().zip(self.with_length).try_for_each(|(m, r)| write!(f, " {m:>5.2} {r:>5.2}"))?;
        writeln!(f)
    }
}

impl fmt::Display for BankReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} answers, {} words, {} different", self.answers, self.words, self.vocabulary)?;
        write!(f, "{:>10} {:>4} {:>4}", "", "n", "none")?;
        LABEL_NAMES.iter().try_for_each(|name| write!(f, " {name:>7}"))?;
        writeln!(f, "   <8  8-35  >35  uneven")?;
        let (begun, empty): (Vec<&Balance>, Vec<&Balance>) = self.balance.iter().partition(|b| b.answers > 0);
        for b in begun {
            write!(f, "{:>10} {:>4} {:>4}", b.question, b.answers, b.unlabelled)?;
            for (below, above) in b.poles {
                write!(f, " {:>7}", format!("{below}-/{above}+"))?;
            }
            let [short, middle, long] = b.lengths.map(|share| (share * 100.0).round());
            writeln!(f, "  {short:>3}%  {middle:>3}% {long:>3}%  {}", b.uneven.join(" "))?;
        }
        if !empty.is_empty() {
            let names: Vec<&str> = empty.iter().map(|b| b.question.as_str()).collect();
            writeln!(f, "no answers yet: {}", names.join(" "))?;
        }
        write!(f, "{:>16} {:>5} {:>5}", "mean, r(words)", "n", "none")?;
        LABEL_NAMES.iter().try_for_each(|name| write!(f, " {name:>11}"))?;
        writeln!(f)?;
        self.groups.iter().try_for_each(|group| group.fmt(f))?;
        for (title, pairs) in [
            ("six words in a row shared (not allowed)", &self.shared),
            ("near-duplicates", &self.near),
            ("the same frame", &self.frames),
        ] {
            writeln!(f, "{title}: {}", pairs.len())?;
            for pair in pairs.iter().take(50) {
                writeln!(f, "  {} and {}: {}", pair.first, pair.second, pair.common)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learning::answers::{Labels, load_bank, load_loose};

    fn questionnaire() -> Questionnaire {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/datasets/questionnaire.toml");
        Questionnaire::load(std::path::Path::new(path)).unwrap()
    }

    fn answer(question: &str, line: usize, text: &str, extraversion: i8) -> BankAnswer {
        let labels = Labels { traits: [extraversion, 0, 0, 0, 0], axes: [0; 4] };
        BankAnswer { question: question.to_string(), line, text: text.to_string(), labels, kind: None }
    }

    #[test]
    fn six_shared_words_are_found_across_questions_but_not_those_of_the_question() {
        let bank = [
            answer("q03", 1, "I stayed by the door and counted minutes.", -2),
            answer("q08", 4, "Mostly I stayed by the door and waited.", -2),
            answer("q08", 5, "After a long day among people I sleep.", 0),
            answer("q08", 6, "After a long day among people: tea.", 0),
        ];
        let report = check(&bank, &[], &questionnaire());
        assert_eq!(report.shared.len(), 1, "{:?}", report.shared);
        assert_eq!((report.shared[0].first.as_str(), report.shared[0].second.as_str()), ("q03:1", "q08:4"));
        assert_eq!(report.shared[0].common, "i stayed by the door and");
    }

    #[test]
    fn no_two_texts_of_the_bundled_bank_share_six_words() {
        let folder = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/datasets/answers"));
        let (bank, loose) = (load_bank(folder, &questionnaire()).unwrap(), load_loose(folder).unwrap());
        let report = check(&bank, &loose, &questionnaire());
        assert!(report.answers > 1000 && report.shared.is_empty(), "{:?}", report.shared);
    }

    #[test]
    fn frames_and_near_duplicates_are_found() {
        let bank = [
            answer("q10", 1, "I like to dance with them and I would paint on my own.", 1),
            answer("q10", 2, "I like to cook with them and I would read on my own.", 1),
            answer("q10", 3, "Cards with the neighbours; the garden for myself.", 0),
            answer("q10", 4, "Cards with the neighbours, and the garden for myself.", 0),
        ];
        let report = check(&bank, &[], &questionnaire());
        assert!(report.frames.iter().any(|p| p.first == "q10:1" && p.second == "q10:2"));
        assert!(report.near.iter().any(|p| p.first == "q10:3" && p.second == "q10:4"));
    }

    #[test]
    fn labels_that_go_with_length_show_in_their_group() {
        let mut bank: Vec<BankAnswer> =
            (0..6).map(|i| answer("q10", i, &"word ".repeat(i + 1), [-1, 1][i % 2])).collect();
        for (i, label) in [(1, -2), (9, 2)] {
            let long = answer("q10", i, &"mine ".repeat(i), label);
            bank.push(BankAnswer { kind: Some(Kind::Style), ..long });
        }
        let report = check(&bank, &[], &questionnaire());
        let names: Vec<&str> = report.groups.iter().map(|g| g.name.as_str()).collect();
        assert_eq!(names, ["all", "counter-examples", "style"]);
        let style = &report.groups[2];
        assert_eq!((style.texts, style.means[0]), (2, 0.0));
        assert!(style.with_length[0] > 0.99 && report.groups[0].with_length[0] < 0.9);
    }

    #[test]
    fn uneven_poles_are_named() {
        let bank: Vec<BankAnswer> =
            (0..9).map(|i| answer("q10", i, &format!("number {i}"), if i < 7 { 2 } else { -1 })).collect();
        let report = check(&bank, &[], &questionnaire());
        let balance = report.balance.iter().find(|b| b.question == "q10").unwrap();
        assert_eq!(balance.poles[0], (2, 7));
        assert_eq!(balance.uneven, ["E"]);
        assert_eq!(balance.lengths, [1.0, 0.0, 0.0]);
    }
}
