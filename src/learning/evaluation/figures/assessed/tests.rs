use serde_json::json;

use super::*;

/// Somebody whose bands all reach from `low` to `high`.
fn assessment(low: f64, high: f64, chance: f64, notices: serde_json::Value) -> Assessment {
    let standing = json!({ "percentile": (low + high) / 2.0, "low": low, "high": high, "above": chance });
    let traits = Trait::ALL.map(|trait_| {
        let score = json!({ "mean": 0.0, "sd": 1.0 });
        json!({ "trait": trait_, "ratings": standing, "words": null, "together": standing, "score": score })
    });
    let axes = Axis::ALL.map(|axis| json!({ "axis": axis, "words": null, "together": standing }));
    let named = json!({ "kind": "one", "type": Mbti::ALL[0], "chance": chance });
    let norm = json!({ "name": "n", "version": "1", "people": "people" });
    let ground = json!({ "words": 100, "ratings": 60, "explained": 0.3 });
    let all = json!({
        "version": 1, "norm": norm, "traits": traits, "axes": axes, "naming": named, "notices": notices, "ground": ground,
    });
    serde_json::from_value(all).unwrap()
}

fn truth(people: usize) -> Truth {
    Truth {
        traits: vec![[0.0; 5]; people],
        axes: vec![[0.0; 4]; people],
        types: vec![Mbti::ALL[0]; people],
        ..Truth::default()
    }
}

fn of<'a>(all: &'a [Figure], kind: Kind, name: &str) -> &'a Figure {
    all.iter().find(|figure| figure.kind == kind && figure.of == name).unwrap()
}

#[test]
fn a_band_holds_where_the_persons_percentile_lies_in_it() {
    let mut people = vec![assessment(40.0, 60.0, 0.5, json!([])); 9];
    people.push(assessment(51.0, 60.0, 0.5, json!([])));
    let mut all = Vec::new();
    let level = |low, high| Level { percentile: (low + high) / 2.0, low, high };
    let rater = |low| Rater { traits: [0.0; 5], levels: [level(low, 60.0); 5] };
    let mut raters: Vec<Rater> = (0..9).map(|_| rater(40.0)).collect();
    raters.push(rater(51.0));
    assessed(&truth(10), &people, &raters, 1, &mut all);
    for name in ["Openness, ratings", "Openness, together", "E/I, together"] {
        let figure = of(&all, Kind::Band, name);
        assert!((figure.value - 0.9).abs() < 1e-12, "{figure:?}");
        assert!((figure.beside[0].value - 18.9).abs() < 1e-9, "{figure:?}");
    }
    assert!(!all.iter().any(|figure| figure.of == "Openness, words" || figure.of == "E/I, ratings"));
}

#[test]
fn people_with_a_notice_are_counted_once_and_each_kind_by_itself() {
    let both = json!([
        { "kind": "few_words", "words": 3, "wanted": 100 },
        { "kind": "not_english", "common": 0.1 },
    ]);
    let people = [assessment(0.0, 100.0, 0.5, both), assessment(0.0, 100.0, 0.5, json!([]))];
    let mut all = Vec::new();
    assessed(&truth(2), &people, &[], 1, &mut all);
    let figure = of(&all, Kind::FalseNotice, "");
    assert_eq!(figure.value, 0.5);
    let kinds: Vec<(&str, f64)> = figure.beside.iter().map(|b| (b.name.as_str(), b.value)).collect();
    assert_eq!(kinds, [("few words", 0.5), ("not English", 0.5)]);
}

#[test]
fn a_named_type_is_right_where_it_is_the_persons() {
    let mut truth = truth(4);
    truth.types[3] = Mbti::ALL[5];
    let people = vec![assessment(0.0, 100.0, 0.7, json!([])); 4];
    let mut all = Vec::new();
    assessed(&truth, &people, &[], 1, &mut all);
    let figure = of(&all, Kind::Named, "one type");
    assert_eq!(figure.value, 0.75);
    assert!((figure.beside[0].value - 0.7).abs() < 1e-12 && figure.beside[1].value == 1.0, "{figure:?}");
}
