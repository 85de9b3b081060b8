//! Generates docs/QUESTIONNAIRE.md.

use std::fmt::Write;

use crate::personality::{Axis, Trait};

use super::answers::Rating;
use super::items::{Item, ItemKind, Keyed};
use super::questionnaire::Questionnaire;

const INTRODUCTION: &str = "\
Generated from `datasets/questionnaire.toml` by `Questionnaire::to_markdown`; a test fails when the two differ.

A respondent rates 40 statements and 20 adjectives from 1, \"totally inaccurate\", to 5, \"totally accurate\", and answers
or skips 26 open questions. In the composed text each rating becomes the sentence printed beside it here, and each open
answer follows its question's lead-in.

Each of the five traits has eight statements and four adjectives. Half of them are keyed toward the trait (+) and half
away from it (-), on every page too. An item keyed away counts as 6 minus its rating.

## Credit

The statements come from the International Personality Item Pool (<https://ipip.ori.org>), which is in the public
domain. Their wording is the pool's, and their numbers in it are given. Goldberg, L. R., Johnson,
J. A., Eber, H. W., Hogan, R., Ashton, M. C., Cloninger, C. R., & Gough, H. G. (2006). The international personality
item pool and the future of public-domain personality measures. *Journal of Research in Personality, 40*, 84-96. The
statements are our own selection from the 120-item IPIP-NEO and the Big-Five factor markers, not one of the pool's published scales:
statements of the scale Emotional Stability are keyed toward its opposite pole, Neuroticism, and two statements of the
scale Intellect count toward Openness. We wrote the adjectives, the sentences and the open questions.
";

impl Questionnaire {
    /// The questionnaire as Markdown: items with their sentences, questions with what they may show, and the number of
    /// questions for each trait and axis.
    pub fn to_markdown(&self) -> String {
        let mut out = format!(
            "# The questionnaire\n\n{INTRODUCTION}\nVersion {}, SHA-256 `{}`.\n",
            self.version, self.hash
        );
        for (page, items) in self.rating_pages().into_iter().enumerate() {
            let kind = match items.first().map(|item| item.kind) {
                Some(ItemKind::Adjective) => "adjectives",
                _ => "statements",
            };
            push(&mut out, format_args!("\n## Rating page {}: {kind}\n", page + 1));
            for item in items {
                push_item(&mut out, item);
            }
        }
        for (page, questions) in self.open_pages().into_iter().enumerate() {
            push(&mut out, format_args!("\n## Open page {}\n", page + 1));
            for question in questions {
                let mut shows: Vec<&str> = question.traits.iter().map(|t| t.name()).collect();
                shows.extend(question.axes.iter().map(|a| a.name()));
                push(
                    &mut out,
                    format_args!(
                        "\n### {}. {}\n\n*{}*\n\nLead-in: {}\n\nMay show: {}.\n",
                        question.id,
                        question.prompt,
                        question.hint,
                        question.lead_in,
                        shows.join(", ")
                    ),
                );
            }
        }
        out.push_str("\n## What the questions may show\n\n| Trait or axis | Questions |\n| --- | ---: |\n");
        for trait_ in Trait::ALL {
            let count = self.questions.iter().filter(|q| q.traits.contains(&trait_)).count();
            push(&mut out, format_args!("| {trait_} | {count} |\n"));
        }
        for axis in Axis::ALL {
            let count = self.questions.iter().filter(|q| q.axes.contains(&axis)).count();
            push(&mut out, format_args!("| {} | {count} |\n", axis));
        }
        out
    }
}

fn push_item(out: &mut String, item: &Item) {
    let key = match item.keyed {
        Keyed::Plus => '+',
        Keyed::Minus => '-',
    };
    let pool = match &item.ipip_id {
        Some(id) => format!(", pool {}", id.replace(';', " and ")),
        None => String::new(),
    };
    push(out, format_args!("\n### {}. {}\n\n{} ({key}){pool}\n\n", item.id, item.text, item.trait_));
    for (rating, sentence) in Rating::ALL.into_iter().zip(&item.sentences) {
        push(out, format_args!("{}. {sentence}\n", rating.value()));
    }
}

fn push(out: &mut String, words: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = out.write_fmt(words);
}

#[cfg(test)]
mod tests {
    use super::super::questionnaire::tests::bundled;

    /// `UPDATE_DOCS=1 cargo test --lib survey::markdown` rewrites the file.
    #[test]
    fn the_committed_document_is_the_generated_one() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/QUESTIONNAIRE.md");
        let generated = bundled().to_markdown();
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(path, &generated).unwrap();
        }
        let committed = std::fs::read_to_string(path).unwrap();
        assert!(committed == generated, "docs/QUESTIONNAIRE.md is out of date: run with UPDATE_DOCS=1");
    }

    #[test]
    fn every_sentence_and_question_is_printed() {
        let questionnaire = bundled();
        let printed = questionnaire.to_markdown();
        for item in &questionnaire.items {
            for sentence in &item.sentences {
                assert_eq!(printed.matches(sentence.as_str()).count(), 1, "{sentence}");
            }
        }
        for question in &questionnaire.questions {
            assert!(printed.contains(&question.prompt) && printed.contains(&question.lead_in));
        }
    }
}
