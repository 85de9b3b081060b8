//! Copies a part in a plain form: the elements and attributes that calamine reads, each within its limits, and nothing else.
//!
//! calamine sets memory aside for what a file states of its own size, and stops at the first thing that it does not know.
//! So those statements are left out here, and what it would stop at is refused by its place in the file.

use std::collections::HashMap;
use std::io::Write;

use quick_xml::escape::{escape, minimal_escape};

use super::fault::Fault;
use super::kept::{Holds, Kept};
use super::limits;
use super::package::too_large;
use super::xml::{Token, Xml};

/// The attributes of an element, by their names without a namespace.
pub struct Attributes(Vec<(&'static str, String)>);

impl Attributes {
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    pub fn set(&mut self, name: &'static str, value: impl Into<String>) {
        self.0.retain(|(known, _)| *known != name);
        self.0.push((name, value.into()));
    }

    pub fn take(&mut self, name: &str) -> Option<String> {
        let at = self.0.iter().position(|(known, _)| *known == name)?;
        Some(self.0.swap_remove(at).1)
    }
}

/// What is to be changed, left out or refused while a part is copied.
pub trait Rules {
    /// Whether the element is kept.
    fn element(&mut self, _name: &str, _attributes: &mut Attributes) -> Result<bool, Fault> {
        Ok(true)
    }

    /// The text of an element. Without one, the element is left out.
    fn text(&mut self, _name: &str, text: String) -> Result<Option<String>, Fault> {
        Ok(Some(text))
    }
}

pub struct Copier<'t, 'a> {
    xml: Xml<'t>,
    rules: &'a mut dyn Rules,
    into: &'a mut dyn Write,
    /// How many more bytes the copy of the workbook may take.
    room: &'a mut u64,
    /// What is not yet passed on.
    held: String,
    counts: HashMap<&'static str, usize>,
    /// Bytes of the text that the current cell or entry holds so far.
    text: usize,
    place: &'a str,
}

impl<'t, 'a> Copier<'t, 'a> {
    /// Faults name the `place`. `room` is how many more bytes the copy of the workbook may take.
    pub fn new(
        text: &'t str,
        place: &'a str,
        rules: &'a mut dyn Rules,
        into: &'a mut dyn Write,
        room: &'a mut u64,
    ) -> Self {
        let xml = Xml::new(text, place);
        Copier { xml, rules, into, room, held: String::new(), counts: HashMap::new(), text: 0, place }
    }

    /// Copies the part. Whether its outermost element is this one; if not, nothing was copied.
    pub fn part(mut self, root: &Kept) -> Result<bool, Fault> {
        if self.xml.child()?.is_none_or(|element| element.local_name().as_ref() != root.name) {
            return Ok(false);
        }
        self.open(root, &Attributes(Vec::new()));
        self.inside(root)?;
        self.close(root);
        self.pass_on(0)?;
        Ok(true)
    }

    fn fault(&self, expected: String, found: &str) -> Fault {
        Fault::new(self.place, expected, found)
    }

    fn open(&mut self, kept: &Kept, attributes: &Attributes) {
        self.held.push('<');
        self.held.push_str(kept.name);
        for (name, value) in &attributes.0 {
            for piece in [" ", name, "=\"", &escape(value.as_str()), "\""] {
                self.held.push_str(piece);
            }
        }
        self.held.push_str(if kept.holds == Holds::Words { " xml:space=\"preserve\">" } else { ">" });
    }

    fn close(&mut self, kept: &Kept) {
        for piece in ["</", kept.name, ">"] {
            self.held.push_str(piece);
        }
    }

    /// Passes on what is held once it is more than `most` bytes.
    fn pass_on(&mut self, most: usize) -> Result<(), Fault> {
        if self.held.len() > most {
            let left = self.room.checked_sub(self.held.len() as u64);
            *self.room = left.ok_or_else(|| too_large("cells and texts of more"))?;
            let written = self.into.write_all(self.held.as_bytes());
            written
                .map_err(|error| self.fault("a part that can be copied".to_owned(), &error.to_string()))?;
            self.held.clear();
        }
        Ok(())
    }

    /// Copies what is inside the element that was opened last. Whether that was anything.
    fn inside(&mut self, kept: &Kept) -> Result<bool, Fault> {
        let mut any = false;
        while let Some(found) = self.xml.child()? {
            let name = found.local_name();
            let Some(child) = kept.inside.iter().find(|child| child.name == name.as_ref()) else {
                self.xml.skip()?;
                continue;
            };
            if let Some((most, what)) = child.most {
                let count = self.counts.entry(child.name).or_default();
                *count += 1;
                if *count > most {
                    return Err(self.fault(format!("at most {most} {what}"), "more"));
                }
            }
            let mut attributes = Attributes(Vec::new());
            for name in child.attributes {
                attributes.0.extend(self.xml.attribute(&found, name)?.map(|value| (*name, value)));
            }
            if self.rules.element(child.name, &mut attributes)? {
                any |= self.child(child, &attributes)?;
            } else {
                self.xml.skip()?;
            }
        }
        Ok(any)
    }

    /// Copies an element. Whether it is kept.
    fn child(&mut self, kept: &Kept, attributes: &Attributes) -> Result<bool, Fault> {
        if let Some((name, value)) = attributes.0.iter().find(|(_, v)| v.len() > limits::ATTRIBUTE_BYTES) {
            let most = format!("an attribute {name} of at most {} bytes", limits::ATTRIBUTE_BYTES);
            return Err(self.fault(most, &format!("{} bytes", value.len())));
        }
        let start = self.held.len();
        self.open(kept, attributes);
        let is_kept = match kept.holds {
            Holds::Text | Holds::Words => {
                let text = self.words()?;
                let text = self.rules.text(kept.name, text)?;
                text.map(|text| self.held.push_str(&minimal_escape(text))).is_some()
            }
            Holds::Elements | Holds::AnyElements => {
                // The runs of a text count together.
                if kept.name != "r" {
                    self.text = 0;
                }
                self.inside(kept)? || kept.holds == Holds::Elements
            }
        };
        if is_kept {
            self.close(kept);
            self.pass_on(limits::HELD_BYTES)?;
        } else {
            self.held.truncate(start);
        }
        Ok(is_kept)
    }

    /// The text of the element that was opened last, with that of elements inside.
    fn words(&mut self) -> Result<String, Fault> {
        let mut words = String::new();
        let mut depth = 0;
        loop {
            match self.xml.token()? {
                Token::Open(_) => depth += 1,
                Token::Close if depth > 0 => depth -= 1,
                Token::Close | Token::End => return Ok(words),
                Token::Text(text) => {
                    self.text += text.len();
                    if self.text > limits::TEXT_BYTES {
                        let most = format!("texts of at most {} bytes", limits::TEXT_BYTES);
                        return Err(self.fault(most, "a longer one"));
                    }
                    words.push_str(&text);
                }
            }
        }
    }
}
