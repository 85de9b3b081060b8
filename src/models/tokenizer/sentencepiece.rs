//! Reads the few fields of a SentencePiece model (spiece.model, a protobuf message) that tokenizing needs. A protobuf
//! crate and a code generator would be more to maintain.
//!
//! Field numbers are those of sentencepiece_model.proto in github.com/google/sentencepiece. Unknown fields are skipped,
//! as protobuf requires.

/// A piece's role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PieceType {
    /// Part of a word.
    Normal,
    /// Stands for text that no piece covers.
    Unknown,
    /// [CLS] and the like, which the model itself never produces from text.
    Control,
    /// Always a separate piece, wherever it occurs in a text.
    UserDefined,
    /// Unused pieces and bytes.
    Other,
}

/// One entry of the vocabulary. Its id is its position.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Piece {
    pub(super) text: String,
    /// Log probability, in f64 as in transformers.
    pub(super) score: f64,
    pub(super) kind: PieceType,
}

/// The fields of a SentencePiece model that we read.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct SentencePieceModel {
    pub(super) pieces: Vec<Piece>,
    /// TrainerSpec.model_type. 1 is Unigram and the default.
    pub(super) model_type: u64,
    /// NormalizerSpec.precompiled_charsmap: a double-array trie of replacements.
    pub(super) charsmap: Vec<u8>,
}

/// Why the bytes are not a SentencePiece model.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(super) enum ProtobufError {
    #[error("the message ends inside a field, at byte {0}")]
    Truncated(usize),
    #[error("field {field} has wire type {wire}, which SentencePiece does not use")]
    WireType { field: u64, wire: u64 },
    #[error("piece {0} is not UTF-8")]
    NotUtf8(usize),
    #[error("there are no pieces")]
    Empty,
    #[error("model_type is {0}; only 1 (Unigram) is supported")]
    NotUnigram(u64),
}

impl SentencePieceModel {
    /// Parses a ModelProto.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, ProtobufError> {
        let mut model = SentencePieceModel { model_type: 1, ..Default::default() };
        for field in Fields::new(bytes) {
            match field? {
                (1, Value::Bytes(piece)) => {
                    let piece = parse_piece(piece, model.pieces.len())?;
                    model.pieces.push(piece);
                }
                (2, Value::Bytes(trainer)) => {
                    for field in Fields::new(trainer) {
                        if let (3, Value::Integer(model_type)) = field? {
                            model.model_type = model_type;
                        }
                    }
                }
                (3, Value::Bytes(normalizer)) => {
                    for field in Fields::new(normalizer) {
                        if let (2, Value::Bytes(charsmap)) = field? {
                            model.charsmap = charsmap.to_vec();
                        }
                    }
                }
                _ => {}
            }
        }
        match (model.pieces.is_empty(), model.model_type) {
            (true, _) => Err(ProtobufError::Empty),
            (false, 1) => Ok(model),
            (false, other) => Err(ProtobufError::NotUnigram(other)),
        }
    }
}

fn parse_piece(bytes: &[u8], place: usize) -> Result<Piece, ProtobufError> {
    let mut piece = Piece { text: String::new(), score: 0.0, kind: PieceType::Normal };
    for field in Fields::new(bytes) {
        match field? {
            (1, Value::Bytes(text)) => {
                piece.text = String::from_utf8(text.to_vec()).map_err(|_| ProtobufError::NotUtf8(place))?;
            }
            (2, Value::Fixed32(bits)) => piece.score = f64::from(f32::from_bits(bits)),
            (3, Value::Integer(kind)) => {
                piece.kind = match kind {
                    1 => PieceType::Normal,
                    2 => PieceType::Unknown,
                    3 => PieceType::Control,
                    4 => PieceType::UserDefined,
                    _ => PieceType::Other,
                };
            }
            _ => {}
        }
    }
    Ok(piece)
}

enum Value<'a> {
    Integer(u64),
    Bytes(&'a [u8]),
    Fixed32(u32),
    Fixed64,
}

/// Iterates over the fields of one protobuf message; ends after the first error.
struct Fields<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Fields<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Fields { bytes, at: 0 }
    }

    fn varint(&mut self) -> Result<u64, ProtobufError> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = *self.bytes.get(self.at).ok_or(ProtobufError::Truncated(self.at))?;
            self.at += 1;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(ProtobufError::Truncated(self.at))
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], ProtobufError> {
        let end = self.at.checked_add(length).ok_or(ProtobufError::Truncated(self.at))?;
        let taken = self.bytes.get(self.at..end).ok_or(ProtobufError::Truncated(self.at))?;
        self.at = end;
        Ok(taken)
    }

    fn field(&mut self) -> Result<(u64, Value<'a>), ProtobufError> {
        let key = self.varint()?;
        let (field, wire) = (key >> 3, key & 7);
        let value = match wire {
            0 => Value::Integer(self.varint()?),
            1 => {
                self.take(8)?;
                Value::Fixed64
            }
            2 => {
                let length = usize::try_from(self.varint()?).unwrap_or(usize::MAX);
                Value::Bytes(self.take(length)?)
            }
            5 => {
                let four = self.take(4)?;
                Value::Fixed32(u32::from_le_bytes([four[0], four[1], four[2], four[3]]))
            }
            _ => return Err(ProtobufError::WireType { field, wire }),
        };
        Ok((field, value))
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u64, Value<'a>), ProtobufError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.bytes.len() {
            return None;
        }
        let field = self.field();
        if field.is_err() {
            self.at = self.bytes.len();
        }
        Some(field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Field 1 (pieces): "<unk>" of type 2, then "▁a" with score -1.5. Field 2 (trainer): model_type 1, and an unknown field.
    /// Field 3 (normalizer): a charsmap of two bytes.
    fn message() -> Vec<u8> {
        let unknown = [&[0x0a, 5][..], b"<unk>", &[0x18, 2]].concat();
        let a = [&[0x0a, 4][..], "▁a".as_bytes(), &[0x15], &(-1.5f32).to_le_bytes()].concat();
        [
            &[0x0a, unknown.len() as u8][..],
            &unknown,
            &[0x0a, a.len() as u8],
            &a,
            &[0x12, 5, 0x18, 1, 0x20, 0xff, 0x01],
            &[0x1a, 4, 0x12, 2, 7, 8],
        ]
        .concat()
    }

    #[test]
    fn pieces_scores_types_and_charsmap_are_read() {
        let model = SentencePieceModel::parse(&message()).unwrap();
        assert_eq!(model.pieces.len(), 2);
        assert_eq!(model.pieces[0].kind, PieceType::Unknown);
        assert_eq!(model.pieces[1], Piece { text: "▁a".into(), score: -1.5, kind: PieceType::Normal });
        assert_eq!(model.charsmap, [7, 8]);
    }

    #[test]
    fn a_message_cut_anywhere_inside_a_field_is_an_error_and_never_a_panic() {
        let whole = message();
        for cut in 0..whole.len() {
            // A cut between two fields leaves a shorter but well-formed message.
            let well_formed = cut > 0 && Fields::new(&whole[..cut]).all(|field| field.is_ok());
            assert_eq!(SentencePieceModel::parse(&whole[..cut]).is_ok(), well_formed, "cut at {cut}");
        }
    }

    #[test]
    fn other_models_than_unigram_are_refused() {
        let mut bpe = message();
        let place = bpe.windows(2).position(|w| w == [0x18, 1]).unwrap();
        bpe[place + 1] = 2;
        assert_eq!(SentencePieceModel::parse(&bpe), Err(ProtobufError::NotUnigram(2)));
        assert_eq!(SentencePieceModel::parse(&[]), Err(ProtobufError::Empty));
    }
}
