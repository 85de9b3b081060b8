//! How the ranking behaves on simulated people and on invented characters.

use std::fmt::Write;

use crate::careers::Catalog;
use crate::datasets::characters::CHARACTERS;
use crate::datasets::measure::{self, SCATTER, Scatter};

/// How the ranking behaves on simulated people.
pub fn simulated(catalog: &Catalog, out: &mut String) -> std::fmt::Result {
    writeln!(out, "## On simulated people\n")?;
    writeln!(
        out,
        "Rank of a worker's own occupation: one simulated worker for each occupation, with traits (standard deviation {} of the \
         population's) and interests ({}) around the occupation's profile; the median share of the list that fits them \
         better. It checks consistency, not truth: the workers are drawn from the profiles that rank. *As ranked* takes the trait \
         profile as the ranking uses it. *As published* scales it to the differences between occupations that Anni, Vainik and \
         Mõttus (2025) measured: a standard deviation of {} between occupations where people's is 1.\n",
        SCATTER.traits,
        SCATTER.interests,
        measure::PUBLISHED
    )?;
    writeln!(out, "| scatter | traits, as ranked | traits, as published | with interests, as published |")?;
    writeln!(out, "| --- | ---: | ---: | ---: |")?;
    for (name, factor) in [("25% less", 0.75), ("as above", 1.0), ("25% more", 1.25)] {
        let scatter = Scatter { traits: factor * SCATTER.traits, interests: factor * SCATTER.interests };
        let ranked = measure::own_rank(catalog, scatter, 1.0);
        let published = measure::own_rank(catalog, scatter, measure::PUBLISHED);
        writeln!(out, "| {name} | {:.2} | {:.2} | {:.2} |", ranked.traits, published.traits, published.both)?;
    }
    writeln!(
        out,
        "\nFirst pages of 500 people whose traits and interests are drawn at random. A rank is one more than the number \
         of occupations that fit better by more than the error of the difference, so several share rank 1.\n"
    )?;
    writeln!(out, "| figure | traits alone | with interests |\n| --- | ---: | ---: |")?;
    let [alone, both] = [false, true].map(|interests| measure::first_pages(catalog, interests));
    for (name, of) in [
        (
            "share of the first 25 rows that give the commonest reason, mean",
            (|pages| pages.commonest_reason) as fn(&measure::FirstPages) -> f64,
        ),
        ("share of the first 25 rows without a strong reason, mean", |pages| pages.without_reason),
        ("share of the first 25 rows that share rank 1, mean", |pages| pages.rank_one),
        ("different occupations among the first ten", |pages| pages.distinct as f64),
    ] {
        let digits = if of(&both) > 1.0 { 0 } else { 2 };
        writeln!(out, "| {name} | {:.digits$} | {:.digits$} |", of(&alone), of(&both))?;
    }
    writeln!(out)
}

/// The first ten careers of twelve people.
pub fn characters(catalog: &Catalog, out: &mut String) -> std::fmt::Result {
    writeln!(out, "## Twelve people\n")?;
    writeln!(
        out,
        "The first ten careers of twelve invented people, for anyone to judge: by traits alone, then with interests. Similar \
         occupations are folded, and only work that the person would prepare for is listed.\n"
    )?;
    for character in &CHARACTERS {
        writeln!(out, "### {} (up to job zone {})\n", character.who, character.job_zone)?;
        for (name, interests) in [("Traits alone", false), ("With interests", true)] {
            writeln!(out, "{name}: {}.\n", character.first_ten(catalog, interests).join("; "))?;
        }
    }
    Ok(())
}
