//! A text prepared for the forward pass: without typography if the model needs that, and cut into windows.

use std::ops::Range;
use std::sync::Arc;

use super::plan::{Known, PlannedWindow, RatingFacts, TextFacts, WindowSource, plan};
use super::typography::Plain;
use super::window;
use crate::models::{Classifier, Encoding};

/// The position of a window in the text, and its weight.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadWindow {
    /// Its bytes in the original text.
    pub bytes: Range<usize>,
    pub source: WindowSource,
    /// 0 to 1.
    pub weight: f64,
}

/// A text cut into a model's windows.
pub struct Prepared {
    /// The token ids of each window, special tokens included.
    pub windows: Vec<Vec<u32>>,
    /// The number of each window's tokens, special tokens excluded.
    pub content: Vec<usize>,
    pub cut: Cut,
}

/// What is known about a text after cutting, apart from the windows' tokens.
#[derive(Clone, Debug)]
pub struct Cut {
    /// The share of the text that is inside a window, 0 to 1. Repeated sentences count as read.
    pub share_read: f64,
    /// Only for models whose calling.json weighs evidence.
    pub planned: Option<Planned>,
}

/// The windows of a [`super::plan`], as positions in the original text.
#[derive(Clone, Debug)]
pub struct Planned {
    pub windows: Vec<ReadWindow>,
    pub facts: TextFacts,
    pub ratings: RatingFacts,
    /// Each rated item once, with its rating.
    pub given: Vec<(Arc<str>, u8)>,
}

/// A text as a model reads it: without typography if the model needs that.
pub struct Readable {
    original: Arc<str>,
    plain: Option<Plain>,
}

impl Readable {
    pub fn new(model: &dyn Classifier, original: Arc<str>) -> Readable {
        let plain = model.settings().typography.then(|| Plain::new(&original));
        Readable { original, plain }
    }

    /// The text to tokenize.
    pub fn text(&self) -> &str {
        self.plain.as_ref().map_or(&*self.original, |plain| &plain.text)
    }
}

impl Prepared {
    /// Cuts a tokenized text into windows. The encoding is that of [`Readable::text`].
    pub fn new(model: &dyn Classifier, readable: &Readable, encoding: &Encoding, known: &Known) -> Prepared {
        let tokens = encoding.ids.len().min(encoding.offsets.len());
        let offsets = &encoding.offsets[..tokens];
        let text = readable.text();
        let ids = |range: &Range<usize>| model.window_ids(&encoding.ids[range.clone()]);
        if let Some(plain) = readable.plain.as_ref().filter(|_| model.settings().evidence.is_some()) {
            let plan = plan(text, offsets, model.window_capacity(), known);
            let bytes = |range: &Range<usize>| {
                let ends = offsets.get(range.start).zip(offsets.get(range.end.saturating_sub(1)));
                ends.map_or(0..0, |(first, last)| plain.original(first.start..last.end))
            };
            let window = |window: &PlannedWindow| ReadWindow {
                bytes: bytes(&window.tokens),
                source: window.source.clone(),
                weight: window.weight,
            };
            let planned = Planned {
                windows: plan.windows.iter().map(window).collect(),
                facts: plan.facts,
                ratings: plan.ratings,
                given: plan.given,
            };
            return Prepared {
                windows: plan.windows.iter().map(|window| ids(&window.tokens)).collect(),
                content: plan.windows.iter().map(|window| window.tokens.len()).collect(),
                cut: Cut { share_read: window::share_read(text, offsets), planned: Some(planned) },
            };
        }
        let ranges =
            window::cut(text, offsets, model.settings().windows, model.window_capacity(), known.sentences());
        Prepared {
            windows: ranges.iter().map(ids).collect(),
            content: ranges.iter().map(ExactSizeIterator::len).collect(),
            cut: Cut {
                share_read: window::share_read(text, ranges.iter().flat_map(|r| &offsets[r.clone()])),
                planned: None,
            },
        }
    }
}
