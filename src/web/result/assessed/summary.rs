//! The result in one paragraph. Pure. Says nothing that the shown numbers do not.

use super::phrases::than_most;
use super::shown::Standing;
use super::traits::TraitRow;
use crate::assessment::Ground;
use crate::web::numbers::grouped;
use crate::web::words::list;

/// "60 ratings and 1,060 words of yours".
fn stands_on(ground: &Ground) -> String {
    let counted = |count: usize, one: &str| {
        let plural = if count == 1 { "" } else { "s" };
        format!("{} {one}{plural}", grouped(count as u64))
    };
    match (ground.ratings, ground.words) {
        (0, 0) => "no ratings and no words".to_owned(),
        (ratings, 0) => counted(ratings, "rating"),
        (0, words) => format!("{} of yours", counted(words, "word")),
        (ratings, words) => format!("{} and {} of yours", counted(ratings, "rating"), counted(words, "word")),
    }
}

/// A summary of the traits, the most certain first: one sentence for each [`Standing`] that occurs.
pub fn traits(ground: &Ground, rows: &[TraitRow]) -> String {
    let of = |standing| rows.iter().filter(move |row| row.together.standing() == standing);
    let phrases = |standing| -> Vec<&str> {
        of(standing).filter_map(|row| than_most(row.trait_, row.together.word())).collect()
    };
    let names =
        |standing| list(&of(standing).map(|row| row.trait_.name().to_lowercase()).collect::<Vec<_>>());
    let from = format!("From {}", stands_on(ground));
    let (clear, leaning) = (phrases(Standing::Clear), phrases(Standing::Leaning));
    let mut said = match (clear.as_slice(), leaning.as_slice()) {
        ([], []) if of(Standing::Middle).next().is_none() => {
            format!("{from}: this is too little to say where you stand on any of the five traits.")
        }
        ([], []) => format!("{from}: none of the five traits stands clearly away from the middle."),
        ([], leaning) => format!(
            "{from}: nothing is certain, but you are probably {} than most people in the comparison group.",
            list(leaning)
        ),
        (clear, []) => format!("{from}: you are {} than most people in the comparison group.", list(clear)),
        (clear, leaning) => format!(
            "{from}: you are {} than most people in the comparison group, and probably, though less surely, {}.",
            list(clear),
            list(leaning)
        ),
    };
    if of(Standing::Middle).next().is_some() {
        said += &format!(" On {} you are near the middle.", names(Standing::Middle));
    }
    let unknown = of(Standing::Unknown).count();
    if unknown > 0 && unknown < rows.len() {
        said += &format!(" About {} this says too little.", names(Standing::Unknown));
    }
    said
}
