//! What a cell may hold, and how the others are refused.

use super::{Parts, SHEET, inline};

/// The pay of row 3 as a cell of the sheet.
fn pay(xml: &str) -> Result<u32, String> {
    let parts = Parts::new().cell("D3", &xml.replace("<c", "<c r=\"D3\""));
    parts.read().map(|sheet| sheet.rows[1].salary_usd).map_err(|_| {
        let said = parts.refused();
        let place = "sheet \"Jobs\", cell D3 (row 3, column \"Average Salary (USD)\"): expected yearly pay from 10000 to 1000000 dollars, found ";
        said.strip_prefix(place).unwrap_or_else(|| panic!("{said}")).to_owned()
    })
}

#[test]
fn pay_is_taken_as_people_write_it() {
    for (cell, dollars) in [
        ("<c><v>61000</v></c>", 61_000),
        ("<c s=\"5\"><v>61000.49</v></c>", 61_000),
        ("<c t=\"n\"><v>6.1E4</v></c>", 61_000),
        ("<c><f>B2*2080</f><v>61000</v></c>", 61_000),
        ("<c t=\"str\"><f>TEXT(B2,0)</f><v>61000</v></c>", 61_000),
        ("<c t=\"inlineStr\"><is><t>61000</t></is></c>", 61_000),
        ("<c t=\"inlineStr\"><is><t>$61,000</t></is></c>", 61_000),
        ("<c t=\"inlineStr\"><is><t>\u{200B}61\u{A0}000 USD </t></is></c>", 61_000),
        ("<c t=\"inlineStr\"><is><r><t>61</t></r><r><t>000</t></r></is></c>", 61_000),
        ("<c><v>10000</v></c>", 10_000),
        ("<c><v>1000000</v></c>", 1_000_000),
    ] {
        assert_eq!(pay(cell), Ok(dollars), "{cell}");
    }
}

#[test]
fn what_is_no_yearly_pay_is_refused_by_what_it_is() {
    for (cell, found) in [
        ("<c><v>41.5</v></c>", "41.5, which looks like pay by the hour or in thousands"),
        ("<c><v>3500</v></c>", "3500, which looks like pay by the week or month"),
        ("<c><v>-61000</v></c>", "-61000"),
        ("<c><v>0</v></c>", "0"),
        ("<c><v>1000001</v></c>", "1000001"),
        ("<c><v>1E300</v></c>", "1e300"),
        ("<c/>", "an empty cell"),
        ("<c s=\"5\"></c>", "an empty cell"),
        ("<c t=\"inlineStr\"><is><t>about 50k</t></is></c>", "\"about 50k\""),
        ("<c t=\"inlineStr\"><is><t>85.000,00</t></is></c>", "\"85.000,00\""),
        ("<c t=\"inlineStr\"><is><t>$41.50/h</t></is></c>", "\"$41.50/h\""),
        ("<c t=\"inlineStr\"><is><t>\u{200B}</t></is></c>", "a cell without visible text with U+200B"),
        ("<c s=\"1\"><v>85000</v></c>", "the date 2132-09-19 (the number 85000 in a date format)"),
        ("<c s=\"2\"><v>85000</v></c>", "the date 2132-09-19 (the number 85000 in a date format)"),
        ("<c s=\"1\"><v>85000000</v></c>", "a date (the number 85000000 in a date format)"),
        ("<c s=\"2\"><v>0.5</v></c>", "a time of day (the number 0.5 in a time format)"),
        ("<c s=\"3\"><v>0.85</v></c>", "the percentage 85 % (0.85 as a number)"),
        ("<c s=\"4\"><v>61000</v></c>", "a length of time (the number 61000 in a time format)"),
        ("<c t=\"d\"><v>2024-05-01</v></c>", "the date 2024-05-01"),
        ("<c t=\"b\"><v>1</v></c>", "the logical value TRUE"),
        ("<c t=\"e\"><v>#N/A</v></c>", "the error #N/A"),
        ("<c t=\"e\"><v>#SPILL!</v></c>", "the error #SPILL!"),
        ("<c t=\"e\"><v>Err:502</v></c>", "\"Err:502\""),
        ("<c t=\"e\"><f>1/0</f><v>#DIV/0!</v></c>", "the error #DIV/0!, computed by a formula (=1/0)"),
        ("<c><f>B2*2</f><v>0</v></c>", "0, computed by a formula (=B2*2)"),
    ] {
        assert_eq!(pay(cell), Err(found.to_owned()), "{cell}");
    }
}

/// No program writes these. Excel calls such a file damaged, wherever the cell stands.
#[test]
fn a_cell_that_does_not_hold_what_it_states_is_refused_by_its_name() {
    for (cell, expected) in [
        ("<c r=\"B3\"><v>NaN</v></c>", "a number, found \"NaN\""),
        ("<c r=\"B3\"><v>1E999</v></c>", "a number, found \"1E999\""),
        ("<c r=\"B3\" t=\"n\"><v>ten</v></c>", "a number, found \"ten\""),
        ("<c r=\"B3\" t=\"b\"><v>7</v></c>", "0 or 1 in a cell for logical values, found \"7\""),
        ("<c r=\"B3\" t=\"x\"><v>1</v></c>", "a cell of a type that workbooks have, found \"x\""),
    ] {
        // Behind C3 it would stand out of order.
        let text = Parts::new().text(SHEET).replace("<c r=\"C3\"", &format!("{cell}<c r=\"C3\""));
        let said = Parts::new().set(SHEET, text).refused();
        assert_eq!(said, format!("sheet \"Jobs\", cell B3: expected {expected}"));
    }
}

#[test]
fn a_formula_that_was_never_computed_is_no_zero() {
    for cell in [
        "<c><f>B2*2</f></c>",
        "<c><f>B2*2</f><v></v></c>",
        "<c><f>B2*2</f><v/></c>",
        "<c t=\"n\"><f>B2*2</f><v/></c>",
    ] {
        let found = "a formula (=B2*2) whose value was never computed: open the file in a spreadsheet program and save it";
        assert_eq!(pay(cell), Err(found.to_owned()), "{cell}");
    }
    let shared = "<c><f t=\"shared\" si=\"4294967295\"/></c>";
    assert!(pay(shared).unwrap_err().starts_with("a formula whose value was never computed"));
}

#[test]
fn days_are_counted_as_the_workbook_counts_them() {
    let parts = Parts::new()
        .replace("xl/workbook.xml", "<sheets>", "<workbookPr date1904=\"1\"/><sheets>")
        .cell("D3", "<c r=\"D3\" s=\"1\"><v>85000</v></c>");
    assert!(parts.refused().contains("the date 2136-09-20 "), "{}", parts.refused());
}

/// What is said of row 3's type, or of its career.
fn said_of(column: char, xml: &str) -> String {
    let cell = format!("{column}3");
    let said = Parts::new().cell(&cell, xml).refused();
    let name = if column == 'A' { "Type" } else { "Career" };
    let place = format!("sheet \"Jobs\", cell {cell} (row 3, column \"{name}\"): expected ");
    said.strip_prefix(&place).unwrap_or_else(|| panic!("{said}")).to_owned()
}

#[test]
fn types_are_read_without_regard_to_what_is_invisible() {
    for text in [
        " Neuroticism ",
        "NEUROTICISM",
        "Neuro\u{200B}ticism\u{FEFF}",
        "\u{A0}Neuroticism\n",
        "Neuro\u{AD}ticism",
    ] {
        let sheet = Parts::new().cell("A3", &inline("A3", text)).read();
        assert!(sheet.is_ok(), "{text:?}: {sheet:?}");
    }
    let said = |text: &str| said_of('A', &inline("A3", text));
    let expected = "one of the five traits, found ";
    assert_eq!(said("Honesty"), format!("{expected}\"Honesty\""));
    // A Greek N.
    assert_eq!(said("\u{39D}euroticism"), format!("{expected}\"\u{39D}euroticism\" with U+039D"));
    assert_eq!(said("Total\u{200B}"), format!("{expected}\"Total\" with U+200B"));
    assert_eq!(said("  "), format!("{expected}an empty cell"));
    assert_eq!(said_of('A', "<c r=\"A3\" t=\"e\"><v>#REF!</v></c>"), format!("{expected}the error #REF!"));
}

#[test]
fn a_career_is_a_title_in_words() {
    let title = |text: &str| {
        Parts::new().cell("C3", &inline("C3", text)).read().map(|sheet| sheet.rows[1].career.clone())
    };
    assert_eq!(title(" Far \u{A0} below\u{200B}_x000D_\n "), Ok("Far below".to_owned()));
    assert_eq!(title("Café _x0041_nd _xylophone_"), Ok("Café And _xylophone_".to_owned()));
    let said = |text: &str| said_of('C', &inline("C3", text));
    assert_eq!(said("\u{200B}"), "a title, found a cell without visible text with U+200B");
    assert_eq!(said("12345"), "a title, found \"12345\"");
    assert_eq!(said("—"), "a title, found \"—\"");
    assert_eq!(said("#N/A"), "a title, found the error #N/A");
    assert_eq!(
        said("Bell_x0007_ringer"),
        "a title of printable characters, found \"BellU+0007ringer\", which contains U+0007"
    );
    assert_eq!(
        said("Caf\u{FFFD}"),
        "a title of printable characters, found \"CafU+FFFD\", which contains U+FFFD"
    );
    let long = format!("a title of at most 200 characters, found \"{}… (32767 characters)\"", "x".repeat(60));
    assert_eq!(said(&"x".repeat(32_767)), long);
    assert_eq!(said_of('C', "<c r=\"C3\"><v>7</v></c>"), "a title, found 7");
    assert_eq!(said_of('C', "<c r=\"C3\" t=\"b\"><v>0</v></c>"), "a title, found the logical value FALSE");
    assert_eq!(said_of('C', "<c r=\"C3\" t=\"e\"><v>#NAME?</v></c>"), "a title, found the error #NAME?");
    assert!(
        said_of('C', "<c r=\"C3\"><f>A1</f></c>")
            .starts_with("a title, found a formula (=A1) whose value was")
    );
}

#[test]
fn a_text_that_the_workbook_lacks_is_named() {
    let said = Parts::new().cell("C3", "<c r=\"C3\" t=\"s\"><v>5</v></c>").refused();
    assert_eq!(said, "sheet \"Jobs\", cell C3: expected the number of one of 5 texts, found \"5\"");
    let parts = Parts::new().without("xl/sharedStrings.xml");
    assert_eq!(
        parts.refused(),
        "sheet \"Jobs\", cell C2: expected the number of one of 0 texts, found \"0\""
    );
}

#[test]
fn codes_fits_and_reasons_may_be_left_out_and_are_judged_where_they_are() {
    let with = |cell: &str, xml: &str| {
        let mut parts = Parts::new();
        for (column, name) in [("E", "SOC code"), ("F", "fit"), ("G", "Reason")] {
            parts = parts.cell(&format!("{column}1"), &inline(&format!("{column}1"), name));
        }
        parts.cell(cell, xml)
    };
    let row = |cell: &str, xml: &str| with(cell, xml).read().unwrap().rows.remove(1);
    assert_eq!(row("E3", &inline("E3", "15-2011")).soc.as_deref(), Some("15-2011"));
    assert_eq!(row("E3", &inline("E3", "15-2011.00")).soc.as_deref(), Some("15-2011"));
    assert_eq!(row("E3", &inline("E3", " ")).soc, None);
    assert_eq!(row("F3", "<c r=\"F3\"><v>-1.5</v></c>").fit, Some(-1.5));
    assert_eq!(row("G3", &inline("G3", "asks  for care")).reason.as_deref(), Some("asks for care"));
    let said = |cell: &str, xml: &str| with(cell, xml).refused();
    let end = |said: String| said.split_once("): ").unwrap().1.to_owned();
    assert_eq!(
        end(said("E3", "<c r=\"E3\"><v>152011</v></c>")),
        "expected a SOC code such as 15-2011, found 152011"
    );
    assert_eq!(end(said("F3", "<c r=\"F3\"><v>11</v></c>")), "expected a fit from -10 to 10, found 11");
    let date = "expected a fit from -10 to 10, found the date 1900-03-01 (the number 61 in a date format)";
    assert_eq!(end(said("F3", "<c r=\"F3\" s=\"1\"><v>61</v></c>")), date);
    assert_eq!(end(said("G3", "<c r=\"G3\"><v>1</v></c>")), "expected a reason in words, found 1");
}
