use std::path::Path;

use super::*;

fn bundled() -> Norm {
    Norm::load(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/datasets/norm"))).unwrap()
}

#[test]
fn the_bundled_norm_covers_every_item_of_the_questionnaire() {
    let norm = bundled();
    assert_eq!(norm.name, "open-psychometrics 2012");
    let ids: Vec<String> = (1..=60).map(|number| format!("r{number:02}")).collect();
    assert_eq!(norm.items.iter().map(|item| item.id.clone()).collect::<Vec<_>>(), ids);
    let count = |status| norm.items.iter().filter(|item| item.status == status).count();
    assert_eq!([count(Status::Observed), count(Status::Linked), count(Status::Imputed)], [16, 30, 14]);
    assert_eq!(norm.respondents.correlations[0][1], -0.3);
}

#[test]
fn a_percentile_is_interpolated_between_tabled_scores() {
    let norm = bundled();
    let scale = norm.scale(Trait::Extraversion, ItemSet::Statements);
    // percentiles.csv: 0.0 is at 0.2, 2.5 at 0.7.
    assert_eq!(scale.percentile(0.0), (0.2, 0.1));
    let (between, _) = scale.percentile(1.25);
    assert!((between - 0.45).abs() < 1e-12, "{between}");
    assert_eq!(scale.percentile(-5.0), scale.percentile(0.0));
    assert_eq!(scale.percentile(200.0), scale.percentile(100.0));
}

#[test]
fn a_band_holds_its_level_and_widens_with_the_error_of_measurement() {
    let norm = bundled();
    for trait_ in Trait::ALL {
        for set in [ItemSet::Statements, ItemSet::All] {
            let scale = norm.scale(trait_, set);
            for score in (0..=100).map(f64::from) {
                let level = scale.level(score);
                assert!(level.low <= level.percentile && level.percentile <= level.high, "{level:?}");
                assert!(level.low >= 0.0 && level.high <= 100.0);
                let wider = Scale { sem: 2.0 * scale.sem, ..scale.clone() }.level(score);
                assert!(wider.low <= level.low && wider.high >= level.high);
            }
        }
    }
}

#[test]
fn the_example_of_the_norm_is_reproduced() {
    // Conscientiousness 60 on 12 items, give or take 10 points, lies between the 29th and the 69th percentile.
    let scale = bundled().scale(Trait::Conscientiousness, ItemSet::All).clone();
    let (low, high) = (scale.percentile(50.0).0, scale.percentile(70.0).0);
    assert!((27.0..=31.0).contains(&low) && (67.0..=71.0).contains(&high), "{low} {high}");
}

#[test]
fn words_change_at_the_stated_percentiles_in_whole_numbers() {
    let words: Vec<&str> = [0.0, 9.4, 9.6, 29.4, 29.6, 70.4, 70.6, 90.4, 90.6, 100.0]
        .map(|percentile| Word::of(percentile).name())
        .to_vec();
    assert_eq!(
        words,
        [
            "low",
            "low",
            "below average",
            "below average",
            "average",
            "average",
            "above average",
            "above average",
            "high",
            "high"
        ]
    );
}

#[test]
fn a_fault_is_named_with_file_line_and_column() {
    let source = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/datasets/norm"));
    let broken = |file: &str, change: &dyn Fn(String) -> String| {
        let folder = tempfile::tempdir().unwrap();
        for name in ["norm.toml", "traits.csv", "percentiles.csv", "items.csv", "correlations.csv"] {
            let text = std::fs::read_to_string(source.join(name)).unwrap();
            let text = if name == file { change(text) } else { text };
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        Norm::load(folder.path()).unwrap_err().to_string()
    };
    let status = broken("items.csv", &|text| text.replacen("linked", "guessed", 1));
    assert!(
        status.ends_with(
            "items.csv, line 2, column status: expected observed, linked or imputed, found guessed"
        ),
        "{status}"
    );
    let pair = broken("correlations.csv", &|text| text.replace("simulator", "other"));
    assert!(pair.contains("correlations.csv: expected a row of kind simulator"), "{pair}");
    let scale = broken("traits.csv", &|text| text.replace("statements_8", "statements_9"));
    assert!(scale.contains("a row for statements_8 and Extraversion"), "{scale}");
    let key = broken("norm.toml", &|text| text.replace("extremes_sd", "extremes"));
    assert!(key.contains("norm.toml") && key.contains("extremes"), "{key}");
    let number = broken("percentiles.csv", &|text| text.replacen("0.2", "many", 1));
    assert!(number.contains("percentiles.csv"), "{number}");
}
