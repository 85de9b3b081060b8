//! The text, with how much each passage counted. Pure.

use std::ops::Range;

/// A passage of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Passage<'a> {
    pub text: &'a str,
    /// How much it counted, 0 to 3: from less than half of an average passage to more than three times.
    pub weight: u8,
}

/// Marks the passages of each paragraph. `counted` has the bytes of a passage and how much it counted, 0 or more.
/// Ranges that overlap an earlier one, or are not on character boundaries, are left unmarked.
pub fn paragraphs<'a>(text: &'a str, counted: &[(Range<usize>, f64)]) -> Vec<Vec<Passage<'a>>> {
    let mut counted: Vec<_> = counted.iter().filter(|(range, _)| text.get(range.clone()).is_some()).collect();
    counted.sort_by_key(|(range, _)| range.start);
    let mean = counted.iter().map(|(_, amount)| amount).sum::<f64>() / counted.len().max(1) as f64;
    let mut passages: Vec<Passage<'a>> = Vec::with_capacity(counted.len() * 2 + 1);
    let mut end = 0;
    let mut push = |range: Range<usize>, weight| {
        passages.extend(text.get(range).filter(|text| !text.is_empty()).map(|text| Passage { text, weight }));
    };
    for (range, amount) in counted {
        if range.start < end {
            continue;
        }
        push(end..range.start, 0);
        push(range.clone(), weight(*amount, mean));
        end = range.end;
    }
    push(end..text.len(), 0);
    split(passages)
}

fn weight(amount: f64, mean: f64) -> u8 {
    match amount / mean {
        ratio if ratio.is_nan() || ratio < 0.5 => 0,
        ratio if ratio < 1.5 => 1,
        ratio if ratio < 3.0 => 2,
        _ => 3,
    }
}

/// Paragraphs end at empty lines.
fn split(passages: Vec<Passage<'_>>) -> Vec<Vec<Passage<'_>>> {
    let mut paragraphs = vec![Vec::new()];
    for passage in passages {
        for (place, text) in passage.text.split("\n\n").enumerate() {
            if place > 0 {
                paragraphs.push(Vec::new());
            }
            if let Some(paragraph) = paragraphs.last_mut().filter(|_| !text.is_empty()) {
                paragraph.push(Passage { text, ..passage });
            }
        }
    }
    paragraphs.retain(|paragraph| !paragraph.is_empty());
    paragraphs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_stands_in_the_paragraphs_once_and_in_order() {
        let text = "One two. Three.\n\nFour: five\n\nsix. Seven";
        let counted = [(0..8, 4.0), (17..32, 0.5), (20..25, 9.0), (60..70, 1.0)];
        let shown = paragraphs(text, &counted);
        let joined: Vec<String> =
            shown.iter().map(|p| p.iter().map(|passage| passage.text).collect()).collect();
        assert_eq!(joined, ["One two. Three.", "Four: five", "six. Seven"]);
        assert_eq!(shown[0][0], Passage { text: "One two.", weight: 1 });
        assert_eq!(shown[1][0].weight, 0);
    }

    #[test]
    fn what_counted_nothing_is_not_marked() {
        assert_eq!(paragraphs("a b", &[(0..3, 0.0)]), [[Passage { text: "a b", weight: 0 }]]);
    }
}
