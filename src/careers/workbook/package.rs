//! A workbook is a zip archive of XML files, its parts. They are unpacked one at a time, and never beyond what the
//! archive declares, which itself is within a limit.

use std::collections::HashMap;
use std::io::{Cursor, Read};

use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive};

use super::fault::Fault;
use super::{kinds, limits};

const WORKBOOK: &str = "an .xlsx workbook";

pub struct Package<'a> {
    zip: ZipArchive<Cursor<&'a [u8]>>,
    /// By name as [`normalized`] gives it.
    parts: HashMap<String, usize>,
    /// Bytes of all parts once unpacked, as the archive declares.
    declared: u64,
    /// Bytes unpacked so far. A part that is read twice counts twice.
    unpacked: u64,
}

impl<'a> Package<'a> {
    /// Reads the archive's directory and holds it to the limits. Nothing is unpacked.
    pub fn open(bytes: &'a [u8]) -> Result<Self, Fault> {
        if let Some(kind) = kinds::by_first_bytes(bytes) {
            return Err(Fault::of_file(WORKBOOK, kind));
        }
        let too_many = |found: u64| {
            let most = format!("a workbook of at most {} parts", limits::PARTS);
            Fault::of_file(most, format!("a zip archive of {found} files"))
        };
        if let Some(claimed) = claimed_parts(bytes).filter(|claimed| *claimed > limits::PARTS as u64) {
            return Err(too_many(claimed));
        }
        let damaged = |error: ZipError| Fault::of_file(WORKBOOK, format!("a damaged zip archive ({error})"));
        let mut zip = ZipArchive::new(Cursor::new(bytes)).map_err(damaged)?;
        if zip.len() > limits::PARTS {
            return Err(too_many(zip.len() as u64));
        }
        let mut parts = HashMap::with_capacity(zip.len());
        let mut declared = 0_u64;
        for i in 0..zip.len() {
            let part = zip.by_index_raw(i).map_err(damaged)?;
            declared = declared.saturating_add(part.size());
            let name = normalized(&String::from_utf8_lossy(part.name_raw()));
            if parts.insert(name.clone(), i).is_some() {
                return Err(Fault::of_file(WORKBOOK, format!("two parts of the name {name:.80}")));
            }
        }
        if zip.has_duplicate_names() {
            return Err(Fault::of_file(WORKBOOK, "two parts of one name"));
        }
        let package = Package { zip, parts, declared, unpacked: 0 };
        if declared > limits::UNPACKED_BYTES {
            return Err(too_large(&format!("{declared} bytes")));
        }
        if let Some(kind) = kinds::by_parts(|name| package.has(name)) {
            return Err(Fault::of_file(WORKBOOK, kind));
        }
        Ok(package)
    }

    pub fn has(&self, name: &str) -> bool {
        self.parts.contains_key(&normalized(name))
    }

    /// Bytes of all parts once unpacked. It is within the limit.
    pub fn size(&self) -> u64 {
        self.declared
    }

    /// A part as text. Parts are UTF-8, or UTF-16 with a byte-order mark.
    pub fn text(&mut self, name: &str) -> Result<String, Fault> {
        let bytes = self.unpack(name)?;
        let not_text = |found: &str| Fault::new(name, "text in UTF-8 or UTF-16", found);
        let units = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
            let units: Vec<u16> = bytes.as_chunks::<2>().0.iter().map(|pair| unit(*pair)).collect();
            String::from_utf16(&units).map_err(|_| not_text("text that is no UTF-16"))
        };
        match bytes.as_slice() {
            [0xFF, 0xFE, rest @ ..] => units(rest, u16::from_le_bytes),
            [0xFE, 0xFF, rest @ ..] => units(rest, u16::from_be_bytes),
            [0xEF, 0xBB, 0xBF, rest @ ..] => {
                String::from_utf8(rest.to_vec()).map_err(|_| not_text("other bytes"))
            }
            _ => String::from_utf8(bytes).map_err(|error| {
                not_text(&format!("other bytes from byte {}", error.utf8_error().valid_up_to()))
            }),
        }
    }

    fn unpack(&mut self, name: &str) -> Result<Vec<u8>, Fault> {
        let damaged = |found: String| Fault::new(name, "a readable part of the workbook", found);
        let index = *self.parts.get(&normalized(name)).ok_or_else(|| damaged("no such part".into()))?;
        let (encrypted, packing, declared) = {
            let raw = self.zip.by_index_raw(index).map_err(|error| damaged(error.to_string()))?;
            (raw.encrypted(), raw.compression(), raw.size())
        };
        if encrypted {
            return Err(damaged("a part protected by a password".into()));
        }
        if !matches!(packing, CompressionMethod::Stored | CompressionMethod::Deflated) {
            return Err(damaged("a part packed in a way that workbooks do not use".into()));
        }
        if self.unpacked.saturating_add(declared) > limits::UNPACKED_BYTES {
            return Err(too_large("parts that refer to each other again and again"));
        }
        let part = self.zip.by_index(index).map_err(|error| damaged(error.to_string()))?;
        // A buffer that grew would need twice the memory for a moment.
        let mut bytes = Vec::with_capacity(declared as usize);
        // The zip crate refuses more than declared too.
        part.take(declared + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| damaged(format!("damaged data ({error})")))?;
        self.unpacked += bytes.len() as u64;
        if bytes.len() as u64 == declared {
            Ok(bytes)
        } else {
            Err(damaged(format!("{} bytes where the archive declares {declared}", bytes.len())))
        }
    }
}

pub fn too_large(found: &str) -> Fault {
    Fault::of_file(format!("a workbook that unpacks to at most {} bytes", limits::UNPACKED_BYTES), found)
}

/// The most files that a zip64 record of the archive claims. The zip crate would set memory aside for as many; the older
/// record can claim 65,535 only.
fn claimed_parts(bytes: &[u8]) -> Option<u64> {
    const LOCATOR: &[u8] = b"PK\x06\x07";
    const RECORD: &[u8] = b"PK\x06\x06";
    if !bytes.windows(LOCATOR.len()).any(|window| window == LOCATOR) {
        return None;
    }
    // The number stands 32 bytes after the record's beginning.
    let records = bytes.windows(40).filter(|window| window.starts_with(RECORD));
    records.filter_map(|record| record.last_chunk().map(|number| u64::from_le_bytes(*number))).max()
}

/// Names of parts are compared without regard to case. Some programs write backslashes, or begin with a slash.
fn normalized(name: &str) -> String {
    name.replace('\\', "/").trim_start_matches('/').to_lowercase()
}

/// The name of the part that `target` leads to from a part in the folder `base`, which is empty or ends with a slash.
pub fn resolved(base: &str, target: &str) -> String {
    let target = target.replace('\\', "/");
    let whole = if target.starts_with('/') { target } else { format!("{base}{target}") };
    let mut steps: Vec<&str> = Vec::new();
    for step in whole.split('/') {
        match step {
            "" | "." => {}
            ".." => {
                steps.pop();
            }
            step => steps.push(step),
        }
    }
    steps.join("/")
}
