//! The computed part of docs/CAREERS.md.

use std::fmt::Write;

use super::careers::Careers;
use super::characters::CHARACTERS;
use super::measure::{self, SCATTER, Scatter};
use super::selection::{self, Chosen};
use super::weighting;
use crate::careers::Catalog;
use crate::careers::evidence::{ELEMENT, type_traits};
use crate::careers::occupation::{Occupation, Why};
use crate::personality::{Mbti, Trait};

/// Precedes the computed part of the document.
pub const BEGIN: &str = "<!-- From here on computed by `calling datasets build`; do not edit. -->";

/// For each list the SOC codes that common sense puts high, and low.
const EXPECTED: [(&str, &[&str], &[&str]); 21] = [
    (
        "Agreeableness",
        &["29-1141", "25-2021", "21-1012", "21-1014", "21-1021"],
        &["23-1011", "43-3011", "11-2022"],
    ),
    (
        "Extraversion",
        &["41-9022", "41-4012", "13-1121", "27-3031", "11-2022"],
        &["53-3032", "15-1252", "51-4041"],
    ),
    ("Conscientiousness", &["13-2011", "29-1051", "53-2021", "43-9081", "29-1141"], &["27-1013", "27-3043"]),
    (
        "Openness",
        &["27-3043", "27-1013", "19-2012", "17-1011", "19-3033"],
        &["53-7063", "43-5111", "51-9111"],
    ),
    ("Neuroticism", &["25-4011", "19-3093", "15-2041", "27-3042"], &[]),
    ("INTJ", &["15-2011", "15-1252", "19-2012", "17-1011", "23-1011"], &["39-9011", "41-2031"]),
    ("INTP", &["15-2011", "15-1252", "15-2021", "19-2012", "15-1221"], &["39-9011", "43-4051"]),
    ("ENTJ", &["11-1011", "11-1021", "23-1011", "13-1111"], &["51-9061"]),
    ("ENTP", &["11-2021", "23-1011", "27-2012", "15-1255"], &["43-3031"]),
    ("INFJ", &["21-1014", "19-3033", "19-3034", "27-3043"], &["41-2031"]),
    ("INFP", &["27-3043", "27-1013", "27-1024", "21-1014"], &["11-2022"]),
    ("ENFJ", &["25-2021", "25-2031", "21-1012", "13-1071"], &["51-4041"]),
    ("ENFP", &["27-3023", "27-3031", "27-2012", "21-1012"], &["43-3031"]),
    ("ISTJ", &["13-2011", "13-2053", "47-4011", "19-4031"], &["27-3031", "27-1013"]),
    ("ISFJ", &["29-1141", "29-1292", "29-2061", "43-3031"], &["11-2021"]),
    ("ESTJ", &["11-1021", "13-1041", "23-1023", "33-1012"], &["27-1013"]),
    ("ESFJ", &["29-1141", "31-9092", "43-4171", "25-2021"], &["19-2012"]),
    ("ISTP", &["49-3011", "49-3023", "51-4041", "53-2011"], &["25-2021"]),
    ("ISFP", &["27-1023", "27-1013", "35-1011", "29-2056"], &["11-2022"]),
    ("ESTP", &["41-4012", "33-3051", "29-2043", "47-1011"], &["15-2041"]),
    ("ESFP", &["53-2031", "39-5012", "39-9031", "39-9011"], &["15-2041"]),
];

/// The computed part of docs/CAREERS.md, [`BEGIN`] first.
pub fn tables(careers: &Careers, catalog: &Catalog) -> String {
    let mut out = format!("{BEGIN}\n\n");
    // Writing to a string cannot fail.
    let _ = write_tables(careers, catalog, &mut out);
    out
}

fn write_tables(careers: &Careers, catalog: &Catalog, out: &mut String) -> std::fmt::Result {
    simulated(catalog, out)?;
    characters(catalog, out)?;
    counts(careers, out)?;
    weights(careers, out)?;
    preparation(careers, out)?;
    expected_traits(out)?;
    lists(careers, out)?;
    overlap(careers, out)?;
    sanity(careers, out)?;
    best_and_worst(careers, out)
}

/// Every list: its name, the chosen occupations, the candidates.
fn named(careers: &Careers) -> impl Iterator<Item = (&'static str, &[Chosen], &[Chosen])> {
    let names = Mbti::ALL.map(Mbti::name).into_iter().chain(Trait::ALL.map(Trait::name));
    let lists = careers.lists.types.iter().chain(&careers.lists.traits);
    let all = names.zip(lists).zip(&careers.lists.candidates);
    all.map(|((name, list), candidates)| (name, list.as_slice(), candidates.as_slice()))
}

/// How the ranking behaves on simulated people.
fn simulated(catalog: &Catalog, out: &mut String) -> std::fmt::Result {
    writeln!(out, "## On simulated people\n")?;
    writeln!(
        out,
        "Rank of the own occupation: one simulated worker for each occupation, with traits (standard deviation {} of the \
         population's) and interests ({}) around the occupation's profile; the median share of the list that fits them \
         better. It checks consistency, not truth: the profiles that draw are those that rank. *As ranked* takes the trait \
         profile as the ranking has it. *As published* scales it to the differences between occupations that Anni, Vainik and \
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
fn characters(catalog: &Catalog, out: &mut String) -> std::fmt::Result {
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
    writeln!(out, "Mean predicted traits by job zone, before half of each is subtracted.\n")?;
    let traits = [Trait::Openness, Trait::Conscientiousness, Trait::Extraversion, Trait::Agreeableness];
    writeln!(out, "| job zones | {} |\n| --- |{}", traits.map(Trait::name).join(" | "), " ---: |".repeat(4))?;
    for (band, means) in ["1 and 2", "3", "4", "5"].into_iter().zip(&careers.links.preparation) {
        let cells = traits.map(|t| format!("{:.2}", means[t.index()])).join(" | ");
        writeln!(out, "| {band} | {cells} |")?;
    }
    writeln!(out)
}

fn expected_traits(out: &mut String) -> std::fmt::Result {
    writeln!(out, "## What is expected of each type\n")?;
    writeln!(out, "In standard deviations from the mean of all people.\n")?;
    let traits = [Trait::Openness, Trait::Conscientiousness, Trait::Extraversion, Trait::Agreeableness];
    writeln!(out, "| type | {} |\n| --- |{}", traits.map(Trait::name).join(" | "), " ---: |".repeat(4))?;
    for mbti in Mbti::ALL {
        let cells = traits.map(|t| format!("{:.2}", type_traits(mbti)[t.index()])).join(" | ");
        writeln!(out, "| {mbti} | {cells} |")?;
    }
    writeln!(out)
}

fn lists(careers: &Careers, out: &mut String) -> std::fmt::Result {
    writeln!(out, "## The lists\n")?;
    writeln!(
        out,
        "Mean fit in standard deviations above the average occupation; its share of the mean fit of the best candidates \
         regardless of groups and overlap (at least 95 %); careers in each job zone; mean salary.\n"
    )?;
    writeln!(out, "| list | careers | mean fit | share of best | zone 1 | 2 | 3 | 4 | 5 | mean salary |")?;
    writeln!(out, "| --- |{}", " ---: |".repeat(9))?;
    for (name, list, candidates) in named(careers) {
        let mean = list.iter().map(|(_, fit)| fit).sum::<f64>() / list.len() as f64;
        let share = 100.0 * careers.lists.share_of_best(list, candidates);
        let of = |chosen: &Chosen| &careers.composed.occupations[chosen.0];
        let zones: Vec<String> =
            (1..=5).map(|z| list.iter().filter(|c| of(c).job_zone == z).count().to_string()).collect();
        let salary = list.iter().map(|c| u64::from(of(c).pay.mean)).sum::<u64>() / list.len() as u64;
        writeln!(
            out,
            "| {name} | {} | {mean:.2} | {share:.1} % | {} | {salary} |",
            list.len(),
            zones.join(" | ")
        )?;
    }
    writeln!(out)
}

fn overlap(careers: &Careers, out: &mut String) -> std::fmt::Result {
    let lists = &careers.lists;
    writeln!(out, "## Overlap\n")?;
    writeln!(
        out,
        "Shared careers divided by all careers of two lists (Jaccard index), in percent. Types:\n"
    )?;
    matrix(out, &Mbti::ALL.map(Mbti::name), &lists.types)?;
    let mut far = (0.0, Mbti::ALL[0], Mbti::ALL[0]);
    let mut near = far;
    for a in Mbti::ALL {
        for b in Mbti::ALL.into_iter().skip(a.index() + 1) {
            let shared = selection::jaccard(&lists.types[a.index()], &lists.types[b.index()]);
            let widest = if selection::letters_apart(a, b) >= 2 { &mut far } else { &mut near };
            if shared > widest.0 {
                *widest = (shared, a, b);
            }
        }
    }
    writeln!(
        out,
        "\nLargest overlap of two types that differ in two or more letters: {} and {}, {:.2} (must stay below .50). Of two \
         types that differ in one letter: {} and {}, {:.2}. Traits:\n",
        far.1, far.2, far.0, near.1, near.2, near.0
    )?;
    matrix(out, &Trait::ALL.map(Trait::name), &lists.traits)?;
    writeln!(out)
}

fn matrix(out: &mut String, names: &[&str], lists: &[Vec<Chosen>]) -> std::fmt::Result {
    writeln!(out, "| | {} |", names.join(" | "))?;
    writeln!(out, "| --- |{}", " ---: |".repeat(names.len()))?;
    for (i, name) in names.iter().enumerate() {
        write!(out, "| {name} |")?;
        for (j, other) in lists.iter().enumerate() {
            match j.cmp(&i) {
                std::cmp::Ordering::Less => write!(out, " |")?,
                std::cmp::Ordering::Equal => write!(out, " - |")?,
                std::cmp::Ordering::Greater => {
                    write!(out, " {:.0} |", 100.0 * selection::jaccard(&lists[i], other))?;
                }
            }
        }
        writeln!(out)?;
    }
    Ok(())
}

fn sanity(careers: &Careers, out: &mut String) -> std::fmt::Result {
    writeln!(out, "## Against common sense\n")?;
    writeln!(
        out,
        "The rank of careers that common sense puts high (or low) for a type or trait, among the occupations that may be on \
         the list. The best (or lowest) third agrees, the middle third half agrees, the rest disagrees.\n"
    )?;
    writeln!(
        out,
        "| list | expected | career | rank | on the list | |\n| --- | --- | --- | ---: | --- | --- |"
    )?;
    let mut verdicts = [0; 3];
    for (of, high, low) in EXPECTED {
        let Some((_, list, candidates)) = named(careers).find(|(name, ..)| *name == of) else { continue };
        let both = high.iter().map(|soc| (soc, true)).chain(low.iter().map(|soc| (soc, false)));
        for (soc, high) in both {
            let Some(at) = careers.composed.occupations.iter().position(|o| o.soc == *soc) else { continue };
            let title = &careers.composed.occupations[at].title;
            let expected = if high { "high" } else { "low" };
            let Some(place) = candidates.iter().position(|(i, _)| *i == at) else {
                verdicts[2] += 1;
                writeln!(out, "| {of} | {expected} | {title} | not eligible | no | **disagrees** |")?;
                continue;
            };
            let share = (place as f64 + 0.5) / candidates.len() as f64;
            let third = ((if high { share } else { 1.0 - share }) * 3.0) as usize;
            verdicts[third] += 1;
            let verdict = ["agrees", "half agrees", "**disagrees**"][third];
            let on = if list.iter().any(|(i, _)| *i == at) { "yes" } else { "no" };
            let place = format!("{} of {}", place + 1, candidates.len());
            writeln!(out, "| {of} | {expected} | {title} | {place} | {on} | {verdict} |")?;
        }
    }
    let [agrees, half, disagrees] = verdicts;
    writeln!(out, "\n{agrees} agree, {half} half agree, {disagrees} disagree.\n")
}

fn best_and_worst(careers: &Careers, out: &mut String) -> std::fmt::Result {
    writeln!(out, "## The ten best and the ten worst\n")?;
    writeln!(
        out,
        "By fit, in standard deviations above the average occupation, among the occupations that may be on the list. The \
         tables on the site are sorted by salary.\n"
    )?;
    for (name, list, candidates) in named(careers) {
        let row =
            |chosen: &Chosen| format!("{} ({:.2})", careers.composed.occupations[chosen.0].title, chosen.1);
        let best: Vec<String> = list.iter().take(10).map(row).collect();
        let worst: Vec<String> = candidates.iter().rev().take(10).map(row).collect();
        writeln!(out, "### {name}\n\nBest: {}.\n\nWorst: {}.\n", best.join("; "), worst.join("; "))?;
    }
    Ok(())
}
