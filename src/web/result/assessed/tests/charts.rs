//! Headings, texts, charts and tables, compared with the figures.

use super::super::AssessedView;
use super::{Check, DESCRIPTIONS, whole};
use crate::assessment::{Assessment, Naming, NoType};
use crate::norm::Word;
use crate::personality::shown;
use crate::web::numbers::percent;

/// Headings, texts and charts of the levels.
pub fn check_levels(assessment: &Assessment, view: &AssessedView, html: &str, check: Check<'_>) {
    for row in &view.traits {
        let [low, at, high] = whole(assessment, row.trait_);
        let word = match at {
            at if at < 10.0 => Word::Low,
            at if at < 30.0 => Word::BelowAverage,
            at if at <= 70.0 => Word::Average,
            at if at <= 90.0 => Word::AboveAverage,
            _ => Word::High,
        };
        let (name, text) = (row.name(), DESCRIPTIONS.level_text(row.trait_, word));
        check(
            row.text.life == text.life && row.text.work == text.work,
            format!("the text for {name} at {at}"),
        );
        let known = low > 10.0 || high < 90.0;
        let expected = match word {
            _ if !known => "not known".to_owned(),
            Word::Average => word.to_string(),
            _ if low <= 50.0 && high >= 50.0 => format!("probably {word}"),
            _ => word.to_string(),
        };
        let heading = format!("{name}</a>: {expected}</h3>");
        check(row.word() == expected && html.contains(&heading), format!("{heading} at {low}, {at}, {high}"));
        check(row.chance == percent(assessment.of(row.trait_).together.above), format!("chance for {name}"));
        let marks = &row.marks;
        let [x, from, width] =
            [&marks.together, &marks.band_x, &marks.band_width].map(|x| x.parse::<f64>().unwrap());
        let is_at = |x: f64, percentile: f64| (x - 10.0 - 3.0 * percentile).abs() < 1e-6;
        check(is_at(x, at) && is_at(from, low) && is_at(from + width, high), format!("the chart for {name}"));
    }
}

/// The four letters, in the table and in the sentence on which type is named.
pub fn check_axes(assessment: &Assessment, view: &AssessedView, check: Check<'_>) {
    let little = matches!(assessment.naming, Naming::None { why: NoType::TooLittle { .. } });
    for (standing, row) in assessment.axes.iter().zip(&view.axes) {
        let above = standing.together.above;
        let (first, second) = standing.axis.poles();
        let letters = standing.axis.letters();
        let either = format!("{} or {}", letters.0, letters.1);
        let expected = match shown(above) {
            0.5 => either.as_str(),
            above if above > 0.5 => second,
            _ => first,
        };
        check(row.leans_to() == expected, format!("{above} leans to {}", row.leans_to()));
        let percents = [&row.first_percent, &row.second_percent];
        check(percents == [&percent(1.0 - above), &percent(above)], format!("{above}: {percents:?}"));
        let close = shown(above.max(1.0 - above)) < 0.6;
        check(row.close == close, format!("{above} is close: {}", row.close));
        check(view.named.contains(&either) == (close && !little), format!("{above}: {}", view.named));
    }
}
