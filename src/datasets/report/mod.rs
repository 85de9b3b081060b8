//! The computed part of docs/CAREERS.md.

mod common_sense;
mod lists;
mod people;

use std::fmt::Write;

use super::careers::Careers;
use super::selection;
use super::weighting;
use crate::careers::Catalog;
use crate::careers::evidence::{ELEMENT, type_traits};
use crate::careers::occupation::{Occupation, Why};
use crate::personality::{Mbti, Trait};

/// The line before the computed part of the document.
pub const BEGIN: &str = "<!-- From here on computed by `calling datasets build`; do not edit. -->";

/// The computed part of docs/CAREERS.md, starting with [`BEGIN`].
pub fn tables(careers: &Careers, catalog: &Catalog) -> String {
    let mut out = format!("{BEGIN}\n\n");
    // Writing to a string cannot fail.
    let _ = write_tables(careers, catalog, &mut out);
    out
}

fn write_tables(careers: &Careers, catalog: &Catalog, out: &mut String) -> std::fmt::Result {
    people::simulated(catalog, out)?;
    people::characters(catalog, out)?;
    counts(careers, out)?;
    weights(careers, out)?;
    preparation(careers, out)?;
    expected_traits(out)?;
    lists::lists(careers, out)?;
    lists::overlap(careers, out)?;
    common_sense::ranks(careers, out)?;
    lists::best_and_worst(careers, out)
}

fn counts(careers: &Careers, out: &mut String) -> std::fmt::Result {
    let occupations = &careers.composed.occupations;
    let left_out = |why| careers.composed.left_out.iter().filter(|left_out| left_out.why == why).count();
    let with = |has: &dyn Fn(&Occupation) -> bool| occupations.iter().filter(|o| has(o)).count();
    writeln!(out, "## Counts\n")?;
    writeln!(out, "| what | occupations |\n| --- | ---: |")?;
    let rows = [
        ("six-digit O*NET occupations", occupations.len() + careers.composed.left_out.len()),
        ("left out: residual groups (\"All Other\")", left_out(Why::Residual)),
        ("left out: BLS does not cover them", left_out(Why::NotCovered)),
        ("left out: no annual wage", left_out(Why::NoAnnualWage)),
        ("left out: no ratings", left_out(Why::NoRatings)),
        ("in the catalog", occupations.len()),
        ("with a wage published only for a wider group", with(&|o| o.pay.wider_group.is_some())),
        ("with surveyed work styles", with(&|o| o.surveyed.is_some())),
        ("with work values", with(&|o| o.values.is_some())),
        ("with technology in demand", with(&|o| o.in_demand > 0)),
        ("with required education", with(&|o| o.education.is_some())),
        ("large enough for the lists, with a precise enough wage", with(&Occupation::is_common)),
        (
            "that meet the conditions of the list for neuroticism",
            with(&|o| selection::calm_and_sound(o, &careers.links)),
        ),
    ];
    for (what, count) in rows {
        writeln!(out, "| {what} | {count} |")?;
    }
    let titles: usize = occupations.iter().map(|o| 2 + o.titles.lines().count()).sum();
    writeln!(out, "\nThey can be found by {titles} titles. ")?;
    writeln!(out, "The median of their median wages is {} dollars a year.\n", careers.links.median_wage)
}

fn weights(careers: &Careers, out: &mut String) -> std::fmt::Result {
    writeln!(out, "## Weights\n")?;
    writeln!(
        out,
        "For each rating and trait the correlation (measured, with its support) and the resulting weight. A dash means \
         that the correlation is below {} and counts as 0. A weight of 0 means that other ratings cover it.\n",
        weighting::WEAKEST_LINK
    )?;
    let traits = [Trait::Openness, Trait::Conscientiousness, Trait::Extraversion, Trait::Agreeableness];
    writeln!(out, "| rating | {} |", traits.map(|t| format!("{t}: r | weight")).join(" | "))?;
    writeln!(out, "| --- |{}", " ---: | ---: |".repeat(4))?;
    for (i, element) in ELEMENT.iter().enumerate() {
        write!(out, "| {} |", element.name)?;
        for t in traits {
            let r = weighting::correlation(i, t);
            if r == 0.0 {
                write!(out, " - | |")?;
            } else {
                write!(out, " {r:.2} | {:.2} |", careers.links.weight[t.index()][i] + 0.0)?;
            }
        }
        writeln!(out)?;
    }
    write!(out, "| **implied validity** |")?;
    for t in traits {
        write!(out, " | **{:.2}** |", careers.links.validity[t.index()])?;
    }
    writeln!(
        out,
        "\n\nImplied validity is the correlation of the weighted ratings with the measured trait means, as the published \
         correlations imply it. It is in-sample: for new occupations it would be lower.\n"
    )
}

fn preparation(careers: &Careers, out: &mut String) -> std::fmt::Result {
    writeln!(out, "## Preparation\n")?;
    writeln!(out, "Mean predicted traits by job zone, before half of it is subtracted.\n")?;
    let traits = [Trait::Openness, Trait::Conscientiousness, Trait::Extraversion, Trait::Agreeableness];
    writeln!(out, "| job zones | {} |\n| --- |{}", traits.map(Trait::name).join(" | "), " ---: |".repeat(4))?;
    for (band, means) in ["1 and 2", "3", "4", "5"].into_iter().zip(&careers.links.preparation) {
        let cells = traits.map(|t| format!("{:.2}", means[t.index()])).join(" | ");
        writeln!(out, "| {band} | {cells} |")?;
    }
    writeln!(out)
}

fn expected_traits(out: &mut String) -> std::fmt::Result {
    writeln!(out, "## Expected traits of each type\n")?;
    writeln!(out, "In standard deviations from the mean of all people.\n")?;
    let traits = [Trait::Openness, Trait::Conscientiousness, Trait::Extraversion, Trait::Agreeableness];
    writeln!(out, "| type | {} |\n| --- |{}", traits.map(Trait::name).join(" | "), " ---: |".repeat(4))?;
    for mbti in Mbti::ALL {
        let cells = traits.map(|t| format!("{:.2}", type_traits(mbti)[t.index()])).join(" | ");
        writeln!(out, "| {mbti} | {cells} |")?;
    }
    writeln!(out)
}
