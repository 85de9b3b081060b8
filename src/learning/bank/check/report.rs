//! The check's findings about a bank, as a table.

use std::fmt;

use crate::learning::bank::text::{LABEL_NAMES, LABELS};

/// Two texts with something in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// Question and line, such as "q03:12".
    pub first: String,
    pub second: String,
    /// The shared words, the text, or the skeleton.
    pub common: String,
}

/// Counts of the answers to one question.
#[derive(Clone, Debug, PartialEq)]
pub struct Balance {
    /// Such as "q03"; "free" and "statements" for the texts that answer no question.
    pub question: String,
    pub answers: usize,
    /// The number of answers without any label.
    pub unlabeled: usize,
    /// For each of [`LABEL_NAMES`], how many answers are labeled below and above 0.
    pub poles: [(usize, usize); LABELS],
    /// Labels that the question is tagged with and whose two poles differ by more than a third.
    pub uneven: Vec<&'static str>,
    /// Shares of answers with fewer than 8 words, 8 to 35 words, and more.
    pub lengths: [f64; 3],
}

/// How a group of texts is labeled, and how its labels correlate with length, which should be near zero.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// "all", "counter-examples", or a kind of counter-example.
    pub name: String,
    pub texts: usize,
    /// Texts without any label.
    pub unlabeled: usize,
    /// The mean of each of [`LABEL_NAMES`].
    pub means: [f64; LABELS],
    /// The correlation of each label with the number of words.
    pub with_length: [f64; LABELS],
}

/// What the check found; `Display` prints it.
#[derive(Clone, Debug, PartialEq)]
pub struct BankReport {
    pub answers: usize,
    /// Texts that share six words in a row, which is an error.
    pub shared: Vec<Pair>,
    pub near: Vec<Pair>,
    /// Texts that are equal after every content word is replaced by a blank.
    pub skeletons: Vec<Pair>,
    pub balance: Vec<Balance>,
    /// The whole bank, the counter-examples, and each kind of them.
    pub groups: Vec<Group>,
    /// Distinct words.
    pub vocabulary: usize,
    pub words: usize,
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>16} {:>5} {:>5}", self.name, self.texts, self.unlabeled)?;
        self.means.iter().zip(self.with_length).try_for_each(|(m, r)| write!(f, " {m:>5.2} {r:>5.2}"))?;
        writeln!(f)
    }
}

impl fmt::Display for BankReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} answers, {} words, {} distinct", self.answers, self.words, self.vocabulary)?;
        write!(f, "{:>10} {:>4} {:>4}", "", "n", "none")?;
        LABEL_NAMES.iter().try_for_each(|name| write!(f, " {name:>7}"))?;
        writeln!(f, "   <8  8-35  >35  uneven")?;
        let (begun, empty): (Vec<&Balance>, Vec<&Balance>) = self.balance.iter().partition(|b| b.answers > 0);
        for b in begun {
            write!(f, "{:>10} {:>4} {:>4}", b.question, b.answers, b.unlabeled)?;
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
            ("the same skeleton", &self.skeletons),
        ] {
            writeln!(f, "{title}: {}", pairs.len())?;
            for pair in pairs.iter().take(50) {
                writeln!(f, "  {} and {}: {}", pair.first, pair.second, pair.common)?;
            }
        }
        Ok(())
    }
}
