//! A vector for each SentencePiece piece, from the vectors of the WordPiece pieces that spell it.

use std::collections::HashMap;

/// For each SentencePiece piece, the mean of the vectors of the WordPiece pieces that spell it. `words` maps the
/// WordPiece vocabulary to rows in `vectors`. A piece that cannot be spelled gets the mean of all vectors.
pub fn piece_vectors(
    pieces: &[String],
    words: &HashMap<String, usize>,
    vectors: &[Vec<f32>],
) -> Vec<Vec<f32>> {
    let width = vectors.first().map_or(0, Vec::len);
    let mut mean = vec![0f32; width];
    for row in vectors {
        mean.iter_mut().zip(row).for_each(|(m, v)| *m += v / vectors.len() as f32);
    }
    let special = HashMap::from([("<pad>", "[PAD]"), ("<unk>", "[UNK]")]);
    let rows = pieces.iter().map(|piece| {
        let ids = match special
            .get(piece.as_str())
            .copied()
            .or(words.contains_key(piece).then_some(piece.as_str()))
        {
            Some(name) => words.get(name).map(|id| vec![*id]).unwrap_or_default(),
            None => spell(piece, words),
        };
        if ids.is_empty() {
            return mean.clone();
        }
        let mut row = vec![0f32; width];
        for id in &ids {
            row.iter_mut().zip(&vectors[*id]).for_each(|(r, v)| *r += v / ids.len() as f32);
        }
        row
    });
    rows.collect()
}

/// The WordPiece ids that spell a SentencePiece piece, longest match first; empty if it cannot be spelled. "▁" marks
/// the start of a word.
fn spell(piece: &str, words: &HashMap<String, usize>) -> Vec<usize> {
    let mut ids = Vec::new();
    let starts = piece.starts_with('▁');
    for (nth, part) in piece.split('▁').filter(|p| !p.is_empty()).enumerate() {
        let mut at = 0;
        while at < part.len() {
            let inside = at > 0 || (nth == 0 && !starts && part.starts_with(char::is_alphanumeric));
            let ends = part[at..].char_indices().map(|(i, c)| at + i + c.len_utf8()).collect::<Vec<_>>();
            let found = ends.iter().rev().find_map(|end| {
                let text = &part[at..*end];
                let marked = if inside { format!("##{text}") } else { text.to_string() };
                words.get(&marked).or_else(|| words.get(text)).map(|id| (*id, *end))
            });
            match found {
                Some((id, end)) => {
                    ids.push(id);
                    at = end;
                }
                None => return Vec::new(),
            }
        }
    }
    ids
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_gets_the_mean_of_the_vectors_that_spell_it() {
        let names = ["[PAD]", "[UNK]", "un", "##happy", "happy", "!"];
        let words: HashMap<String, usize> =
            names.iter().enumerate().map(|(i, n)| (n.to_string(), i)).collect();
        let vectors: Vec<Vec<f32>> = (0..6).map(|i| vec![i as f32]).collect();
        let pieces = ["<pad>", "▁happy", "happy", "▁unhappy", "!", "▁zzz"].map(String::from);
        let rows: Vec<f32> = piece_vectors(&pieces, &words, &vectors).into_iter().map(|r| r[0]).collect();
        // The last piece cannot be spelled.
        assert_eq!(rows[..5], [0.0, 4.0, 4.0, 2.5, 5.0]);
        assert!((rows[5] - 2.5).abs() < 1e-6);
    }
}
