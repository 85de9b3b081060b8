//! The parts of XML that workbooks use, over quick-xml: elements, attributes, text. No document types, no entities of
//! one's own, no endless nesting.

use std::borrow::Cow;

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::fault::Fault;
use super::limits;

pub struct Xml<'a> {
    reader: Reader<&'a [u8]>,
    /// What a fault names.
    place: String,
    depth: usize,
}

/// The beginning or end of an element, or text.
pub enum Token<'a> {
    Open(BytesStart<'a>),
    Close,
    Text(Cow<'a, str>),
    End,
}

impl<'a> Xml<'a> {
    pub fn new(text: &'a str, place: impl Into<String>) -> Self {
        let mut reader = Reader::from_str(text);
        reader.config_mut().expand_empty_elements = true;
        Xml { reader, place: place.into(), depth: 0 }
    }

    fn fault(&self, found: impl Into<String>) -> Fault {
        let at = self.reader.error_position().max(self.reader.buffer_position());
        Fault::new(&self.place, "well-formed XML", format!("{} before byte {at}", found.into()))
    }

    pub fn token(&mut self) -> Result<Token<'a>, Fault> {
        loop {
            match self.reader.read_event() {
                Ok(Event::Start(element)) => {
                    self.depth += 1;
                    if self.depth > limits::DEPTH {
                        return Err(self.fault(format!("elements nested more than {} deep", limits::DEPTH)));
                    }
                    return Ok(Token::Open(element));
                }
                Ok(Event::End(_)) => {
                    self.depth = self.depth.saturating_sub(1);
                    return Ok(Token::Close);
                }
                Ok(Event::Text(text)) => return Ok(Token::Text(text.xml10_content())),
                Ok(Event::CData(text)) => return Ok(Token::Text(text.xml10_content())),
                Ok(Event::GeneralRef(reference)) => match reference.resolve_char_ref() {
                    Ok(Some(character)) => return Ok(Token::Text(character.to_string().into())),
                    Ok(None) => match quick_xml::escape::resolve_predefined_entity(&reference) {
                        Some(text) => return Ok(Token::Text(text.into())),
                        None => return Err(self.fault("an entity that XML does not know")),
                    },
                    Err(error) => return Err(self.fault(error.to_string())),
                },
                Ok(Event::DocType(_)) => return Err(self.fault("a document type declaration")),
                Ok(Event::Eof) if self.depth > 0 => return Err(self.fault("the end inside an element")),
                Ok(Event::Eof) => return Ok(Token::End),
                // Empty elements arrive as a beginning and an end.
                Ok(Event::Empty(_) | Event::Comment(_) | Event::PI(_) | Event::Decl(_)) => {}
                Err(error) => return Err(self.fault(error.to_string())),
            }
        }
    }

    /// The next element inside the current one, or None at its end. Text between elements is skipped.
    pub fn child(&mut self) -> Result<Option<BytesStart<'a>>, Fault> {
        loop {
            match self.token()? {
                Token::Open(element) => return Ok(Some(element)),
                Token::Close | Token::End => return Ok(None),
                Token::Text(_) => {}
            }
        }
    }

    /// Skips the rest of the element that was opened last.
    pub fn skip(&mut self) -> Result<(), Fault> {
        let within = self.depth;
        while self.depth >= within && self.depth > 0 {
            self.token()?;
        }
        Ok(())
    }

    /// The value of an attribute, by its name without a namespace.
    pub fn attribute(&self, element: &BytesStart<'_>, name: &str) -> Result<Option<String>, Fault> {
        // Without the check for repeated names, which takes quadratic time.
        for attribute in element.attributes().with_checks(false) {
            let attribute = attribute.map_err(|error| self.fault(error.to_string()))?;
            if attribute.key.local_name().as_ref() == name {
                let value = attribute.normalized_value(XmlVersion::Implicit1_0);
                return value.map(|v| Some(v.into_owned())).map_err(|error| self.fault(error.to_string()));
            }
        }
        Ok(None)
    }
}
