//! The lists for types and traits: figures, overlap, and the best and worst occupations.

use std::fmt::Write;

use crate::datasets::careers::Careers;
use crate::datasets::selection::{self, Chosen};
use crate::personality::{Mbti, Trait};

/// Every list: its name, the chosen occupations, the candidates.
pub fn named(careers: &Careers) -> impl Iterator<Item = (&'static str, &[Chosen], &[Chosen])> {
    let names = Mbti::ALL.map(Mbti::name).into_iter().chain(Trait::ALL.map(Trait::name));
    let lists = careers.lists.types.iter().chain(&careers.lists.traits);
    let all = names.zip(lists).zip(&careers.lists.candidates);
    all.map(|((name, list), candidates)| (name, list.as_slice(), candidates.as_slice()))
}

pub fn lists(careers: &Careers, out: &mut String) -> std::fmt::Result {
    writeln!(out, "## The lists\n")?;
    writeln!(
        out,
        "Mean fit in standard deviations above the average occupation; its share of the mean fit of the best candidates \
         regardless of groups and overlap (at least 95%); careers in each job zone; mean salary.\n"
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
            "| {name} | {} | {mean:.2} | {share:.1}% | {} | {salary} |",
            list.len(),
            zones.join(" | ")
        )?;
    }
    writeln!(out)
}

pub fn overlap(careers: &Careers, out: &mut String) -> std::fmt::Result {
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

pub fn best_and_worst(careers: &Careers, out: &mut String) -> std::fmt::Result {
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
