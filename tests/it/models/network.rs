//! Properties of the reference networks and the tokenizers.

use std::sync::LazyLock;

use calling::internals::models::{Classifier, Tokenizer, load};
use proptest::prelude::*;

use super::references::fixture;

#[test]
fn a_windows_logits_do_not_depend_on_the_rest_of_its_batch() {
    for name in ["bert-vocab-txt", "albert-spiece", "albert-groups-f16", "bert-cased"] {
        let model = load(&fixture(name)).unwrap();
        let texts = ["a", "I like tea.", "no plan", "I moved house nine times.", "", "I like tea."];
        let windows: Vec<Vec<u32>> =
            texts.iter().map(|text| model.window_ids(&model.encode(text).unwrap().ids)).collect();
        let together: Vec<&[u32]> = windows.iter().map(Vec::as_slice).collect();
        let together = model.logits(&together).unwrap();
        assert_eq!(together.len(), texts.len());
        for (window, together) in windows.iter().zip(&together) {
            let alone = model.logits(&[window]).unwrap().swap_remove(0);
            let difference = alone.iter().zip(together).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(difference <= 1e-5, "{name}: {difference}");
        }
        assert_ne!(together[0], together[1], "different windows, different logits");
    }
}

#[test]
fn impossible_windows_are_errors() {
    let model = load(&fixture("bert-cased")).unwrap();
    let sentence = |window: &[u32]| model.logits(&[window]).unwrap_err().to_string();
    assert!(sentence(&[]).contains("0 tokens"));
    assert!(sentence(&[1; 65]).contains("65 tokens"));
    assert!(sentence(&[2, 1_000_000, 3]).contains("token id 1000000"));
    assert!(model.logits(&[]).unwrap().is_empty());
}

static TOKENIZERS: LazyLock<[(&str, Tokenizer); 3]> = LazyLock::new(|| {
    ["bert-vocab-txt", "bert-cased", "albert-spiece"]
        .map(|name| (name, Tokenizer::read(&fixture(name), 1000).unwrap()))
});

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Offsets are within the text, on character boundaries and in order, so that a text can be sliced by them.
    #[test]
    fn offsets_can_slice_any_text(text in "(\\PC|[ \\t\\n\\u{0}\\u{301}\\u{200d}\\u{feff}İẞﬁ½'`\"(.–])*") {
        for (name, tokenizer) in TOKENIZERS.iter() {
            let encoding = tokenizer.encode(&text).unwrap();
            prop_assert_eq!(encoding.ids.len(), encoding.offsets.len());
            let mut start = 0;
            for range in encoding.offsets {
                prop_assert!(text.get(range.clone()).is_some(), "{}: {:?}", name, range);
                prop_assert!(range.start >= start, "{}: {:?}", name, range);
                start = range.start;
            }
        }
    }
}
