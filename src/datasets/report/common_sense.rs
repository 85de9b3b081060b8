//! Compares the lists with what common sense expects.

use std::fmt::Write;

use super::lists::named;
use crate::datasets::careers::Careers;

/// For each list, the SOC codes that should rank high, and those that should rank low.
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

pub fn ranks(careers: &Careers, out: &mut String) -> std::fmt::Result {
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
