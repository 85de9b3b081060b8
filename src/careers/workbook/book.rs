//! Makes a workbook that calamine reads safely: the parts that it needs, under names of ours, each as `copy` leaves it.

use std::collections::HashMap;
use std::io::{Cursor, Write};

use calamine::{Reader, Xlsx};
use zip::CompressionMethod;
use zip::write::{SimpleFileOptions, ZipWriter};

use super::copy::{Attributes, Copier, Rules};
use super::fault::Fault;
use super::kept::{self, Kept};
use super::package::{Package, resolved};
use super::rules::Cells;
use super::{limits, words};

/// A copy of a workbook, as calamine reads it.
pub type Workbook = Xlsx<Cursor<Vec<u8>>>;

pub struct Tab {
    pub name: String,
    pub visible: bool,
    /// The name of its part in the file.
    pub part: String,
    /// What the sheet is called in faults.
    pub place: String,
    /// What the copy calls it, or why it has no copy.
    pub copied: Result<String, Fault>,
}

/// A link from one part to another.
struct Link {
    /// The last step of its type's address: "worksheet", "styles". The transitional and the strict form differ before.
    kind: String,
    part: String,
}

/// The workbook's copy, and its sheets with cells in the order of their tabs.
pub fn read(package: &mut Package<'_>) -> Result<(Workbook, Vec<Tab>), Fault> {
    let root = links(package, "_rels/.rels", "")?;
    let workbook = root
        .into_values()
        .find(|link| link.kind == "officeDocument")
        .map_or_else(|| "xl/workbook.xml".to_owned(), |link| link.part);
    if !package.has(&workbook) {
        return Err(Fault::of_file("an .xlsx workbook", "a zip archive without a workbook"));
    }
    let (folder, name) = workbook.rsplit_once('/').map_or(("", workbook.as_str()), |(f, n)| (f, n));
    let base = if folder.is_empty() { String::new() } else { format!("{folder}/") };
    let links = links(package, &format!("{base}_rels/{name}.rels"), &base)?;

    let mut parts = Parts::new(package);
    let mut sheets = Sheets { links: &links, part: &workbook, tabs: Vec::new(), kinds: Vec::new() };
    parts.copy(&workbook, &workbook, &kept::WORKBOOK, "a workbook", &mut sheets, "xl/workbook.xml")?;
    let Sheets { mut tabs, kinds, .. } = sheets;
    parts.link("_rels/.rels", &[("officeDocument", "xl/workbook.xml".to_owned())])?;
    let linked: Vec<(&str, String)> =
        kinds.iter().enumerate().map(|(number, kind)| (*kind, format!("{number}.xml"))).collect();
    parts.link("xl/_rels/workbook.xml.rels", &linked)?;
    let mut texts = Texts(0);
    let shared: [(&str, &Kept, &str, &mut dyn Rules); 2] = [
        ("sharedStrings", &kept::TEXTS, "a table of texts", &mut texts),
        ("styles", &kept::STYLES, "a table of styles", &mut Everything),
    ];
    for (kind, root, what, rules) in shared {
        let link = links.values().find(|link| link.kind == kind && parts.package.has(&link.part));
        if let Some(Link { part, .. }) = link {
            parts.copy(part, part, root, what, rules, &format!("xl/{kind}.xml"))?;
        }
    }
    for tab in tabs.iter_mut().filter(|tab| tab.visible) {
        if let Ok(number) = &tab.copied {
            let copy = format!("xl/{number}.xml");
            let mut cells = Cells::new(&tab.place, texts.0);
            // A sheet behind the one with careers is no matter.
            let copied =
                parts.copy(&tab.part, &tab.place, &kept::SHEET, "a sheet with cells", &mut cells, &copy);
            if let Err(fault) = copied {
                tab.copied = Err(fault);
            }
        }
    }
    let workbook = Xlsx::new(Cursor::new(parts.finish()?));
    let workbook = workbook.map_err(|error| Fault::of_file("an .xlsx workbook", error.to_string()))?;
    Ok((workbook, tabs))
}

/// The copy, a zip archive in memory.
struct Parts<'p, 'a> {
    package: &'p mut Package<'a>,
    zip: ZipWriter<Cursor<Vec<u8>>>,
    /// How many more bytes it may take.
    room: u64,
}

impl<'p, 'a> Parts<'p, 'a> {
    fn new(package: &'p mut Package<'a>) -> Self {
        // A buffer that grew would need twice the memory for a moment. Every cell and row states its place in the copy.
        let expected = package.size().saturating_mul(2).min(limits::UNPACKED_BYTES) as usize;
        let zip = ZipWriter::new(Cursor::new(Vec::with_capacity(expected)));
        Parts { package, zip, room: limits::UNPACKED_BYTES }
    }

    fn file(&mut self, name: &str) -> Result<(), Fault> {
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        self.zip.start_file(name, options).map_err(|error| unwritten(&error))
    }

    /// Writes links, which are called r0, r1 and so on.
    fn link(&mut self, name: &str, links: &[(&str, String)]) -> Result<(), Fault> {
        self.file(name)?;
        let mut text = String::from("<Relationships>");
        for (number, (kind, part)) in links.iter().enumerate() {
            text.push_str(&format!(
                r#"<Relationship Id="r{number}" Type="/relationships/{kind}" Target="{part}"/>"#
            ));
        }
        text.push_str("</Relationships>");
        self.zip.write_all(text.as_bytes()).map_err(|error| unwritten(&error))
    }

    /// Copies a part to the name `to`. Faults name the `place`, and say that it should be `what`.
    fn copy(
        &mut self,
        part: &str,
        place: &str,
        root: &Kept,
        what: &str,
        rules: &mut dyn Rules,
        to: &str,
    ) -> Result<(), Fault> {
        let text = self.package.text(part)?;
        self.file(to)?;
        let named = if part == place { part.to_owned() } else { format!("{place} ({part})") };
        let fault = match Copier::new(&text, &named, rules, &mut self.zip, &mut self.room).part(root) {
            Ok(true) => return Ok(()),
            Ok(false) if part == place => Fault::new(place, what, "something else"),
            Ok(false) => Fault::new(place, what, format!("something else in {part}")),
            Err(fault) => fault,
        };
        self.zip.abort_file().map_err(|error| unwritten(&error))?;
        Err(fault)
    }

    fn finish(self) -> Result<Vec<u8>, Fault> {
        self.zip.finish().map(Cursor::into_inner).map_err(|error| unwritten(&error))
    }
}

fn unwritten(error: &dyn std::error::Error) -> Fault {
    Fault::of_file("a workbook that can be copied", error.to_string())
}

/// Keeps everything.
struct Everything;

impl Rules for Everything {}

/// Counts the texts of the table.
struct Texts(usize);

impl Rules for Texts {
    fn element(&mut self, name: &str, _: &mut Attributes) -> Result<bool, Fault> {
        self.0 += usize::from(name == "si");
        Ok(true)
    }
}

/// Finds the sheets, and gives their copies numbers for names and links.
struct Sheets<'a> {
    links: &'a HashMap<String, Link>,
    part: &'a str,
    tabs: Vec<Tab>,
    /// The kind of each sheet, those without cells among them.
    kinds: Vec<&'static str>,
}

impl Rules for Sheets<'_> {
    fn element(&mut self, element: &str, attributes: &mut Attributes) -> Result<bool, Fault> {
        if element != "sheet" {
            return Ok(true);
        }
        let name = attributes.take("name").unwrap_or_default();
        let state = attributes.take("state");
        let link = attributes.get("id").and_then(|id| self.links.get(id)).ok_or_else(|| {
            let found = format!("none for the sheet \"{name:.80}\"");
            Fault::new(self.part, "a part for each sheet", found)
        })?;
        let number = self.kinds.len();
        // Charts and dialogs have sheets of their own.
        let has_cells = link.kind == "worksheet";
        self.kinds.push(if has_cells { "worksheet" } else { "chartsheet" });
        if has_cells {
            self.tabs.push(Tab {
                place: format!("sheet \"{}\"", words::shortened(&name)),
                name,
                visible: !matches!(state.as_deref(), Some("hidden" | "veryHidden")),
                part: link.part.clone(),
                copied: Ok(number.to_string()),
            });
        }
        attributes.set("name", number.to_string());
        attributes.set("id", format!("r{number}"));
        Ok(true)
    }
}

/// The links of a part, by their names. None where the file of links is missing.
fn links(package: &mut Package<'_>, part: &str, base: &str) -> Result<HashMap<String, Link>, Fault> {
    let mut links = HashMap::new();
    if !package.has(part) {
        return Ok(links);
    }
    let text = package.text(part)?;
    let mut xml = super::xml::Xml::new(&text, part);
    xml.child()?;
    while let Some(element) = xml.child()? {
        let id = xml.attribute(&element, "Id")?;
        let kind = xml.attribute(&element, "Type")?;
        let target = xml.attribute(&element, "Target")?;
        if let (Some(id), Some(kind), Some(target)) = (id, kind, target) {
            let kind = kind.rsplit('/').next().unwrap_or_default().to_owned();
            links.insert(id, Link { kind, part: resolved(base, &target) });
        }
        xml.skip()?;
        if links.len() > limits::SHEETS {
            let most = format!("at most {} relationships", limits::SHEETS);
            return Err(Fault::new(part, most, "more"));
        }
    }
    Ok(links)
}
