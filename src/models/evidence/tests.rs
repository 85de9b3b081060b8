use super::*;
use crate::personality::LOGISTIC;

const OUTPUT: &str = "Extraversion";

/// Two items of extraversion and one of openness, which says nothing about extraversion.
fn settings() -> EvidenceSettings {
    let item = |trait_, center| RatedItem { trait_, centers: BTreeMap::from([(OUTPUT.to_owned(), center)]) };
    let words = |limit| {
        let settings =
            WordSettings { of: Mixture::new(), center: 0.5, slope: 0.4, half: 3.0, limit, overlap: 1.0 };
        BTreeMap::from([(OUTPUT.to_owned(), settings)])
    };
    EvidenceSettings {
        rated: RatedSettings {
            items: BTreeMap::from([
                ("r01".to_owned(), item(Trait::Extraversion, 1.0)),
                ("r02".to_owned(), item(Trait::Extraversion, -1.0)),
                ("r03".to_owned(), item(Trait::Openness, 0.0)),
            ]),
            half: Trait::ALL.into_iter().map(|trait_| (trait_, 2.0)).collect(),
            outputs: BTreeMap::from([(
                OUTPUT.to_owned(),
                BTreeMap::from([(
                    Trait::Extraversion,
                    Gain { of: Mixture::new(), weight: 0.6, covariance: 1.5 },
                )]),
            )]),
        },
        answers: words(0.3),
        free: words(0.06),
    }
}

fn window<'a>(source: Source<'a>, values: &'a [f64]) -> EvidenceWindow<'a> {
    EvidenceWindow { source, weight: 1.0, values }
}

fn reading(windows: &[EvidenceWindow<'_>], trust: Trust) -> OutputReading {
    read(&settings(), &[OUTPUT.to_owned()], windows, trust).remove(0)
}

#[test]
fn a_reading_is_recomputed_by_hand() {
    let windows = [
        window(Source::Rated("r01"), &[3.0]),
        window(Source::Rated("r02"), &[0.0]),
        window(Source::Rated("r03"), &[9.0]),
        window(Source::Answer, &[1.3]),
    ];
    let read = reading(&windows, Trust::FULL);
    // Ratings: mean (2 + 1) / 2 = 1.5 of two items, 2 / (2 + 2) = .5 known: m = .6 * .5 * 1.5, R = .6 * 1.5 * .5.
    let (m1, r1) = (0.45, 0.45);
    // Answers: R = .3 / 4, m = R / .4 * .8.
    let r2 = 0.075;
    let m2 = r2 / 0.4 * 0.8;
    let precision = 1.0 + r1 / (1.0 - r1) + r2 / (1.0 - r2);
    let mean = (m1 / (1.0 - r1) + m2 / (1.0 - r2)) / precision;
    assert!((read.estimate.mean - mean).abs() < 1e-12);
    assert!((read.estimate.sd - precision.powf(-0.5)).abs() < 1e-12);
    assert!((read.estimate.logit() - LOGISTIC * mean * precision.sqrt()).abs() < 1e-12);
    assert_eq!(read.shares[2], 0.0, "an item of another trait adds nothing");
}

/// Two outputs, whose values are mixed, and words that say in part what ratings say.
fn mixing() -> (EvidenceSettings, [String; 2]) {
    let outputs = [OUTPUT, "Openness"].map(String::from);
    let mixture = |weights: [f64; 2]| -> Mixture { outputs.iter().cloned().zip(weights).collect() };
    let mut settings = settings();
    for item in settings.rated.items.values_mut() {
        item.centers.insert("Openness".to_owned(), 2.0);
    }
    let gain = settings.rated.outputs.get_mut(OUTPUT).unwrap().get_mut(&Trait::Extraversion).unwrap();
    (gain.of, gain.covariance) = (mixture([1.0, 0.5]), 0.9);
    for (words, overlap) in [(&mut settings.answers, 1.6), (&mut settings.free, 1.2)] {
        let words = words.get_mut(OUTPUT).unwrap();
        (words.of, words.overlap) = (mixture([1.0, -0.25]), overlap);
    }
    for words in [&mut settings.answers, &mut settings.free] {
        words.insert("Openness".to_owned(), words[OUTPUT].clone());
    }
    settings.rated.outputs.insert("Openness".to_owned(), BTreeMap::new());
    (settings, outputs)
}

#[test]
fn a_mixed_reading_is_recomputed_by_hand() {
    let (settings, outputs) = mixing();
    assert_eq!(settings.fault(&outputs), None);
    let windows = [
        window(Source::Rated("r01"), &[3.0, 4.0]),
        window(Source::Rated("r03"), &[9.0, 9.0]),
        window(Source::Answer, &[1.3, -0.4]),
    ];
    let read = super::read(&settings, &outputs, &windows, Trust::FULL).remove(0);
    // Ratings: 1 * (3 - 1) + .5 * (4 - 2) = 3 of one item, 1 / (1 + 2) known: z = .6 / 3 * 3, R = .6 * .9 / 3.
    let (z1, r1): (f64, f64) = (0.6, 0.18);
    // Answers: 1 * 1.3 - .25 * -.4 = 1.4, R = .3 / 4, z = R / .4 * (1.4 - .5).
    let r2 = 0.075;
    let z2 = r2 / 0.4 * 0.9;
    // The normal equations: variances R, covariance 1.6 r1 r2.
    let shared = 1.6 * r1 * r2;
    let rest = r1 * r2 - shared * shared;
    let (b1, b2) = ((r1 * r2 - shared * r2) / rest, (r1 * r2 - shared * r1) / rest);
    assert!((b1 * r1 + b2 * shared - r1).abs() < 1e-12 && (b1 * shared + b2 * r2 - r2).abs() < 1e-12);
    assert!((read.estimate.mean - (b1 * z1 + b2 * z2)).abs() < 1e-12, "{read:?}");
    assert!((read.estimate.sd.powi(2) - (1.0 - b1 * r1 - b2 * r2)).abs() < 1e-12, "{read:?}");
}

#[test]
fn what_words_and_ratings_both_say_counts_less() {
    let (overlapping, outputs) = mixing();
    let mut apart = overlapping.clone();
    apart.answers.get_mut(OUTPUT).unwrap().overlap = 1.0;
    let windows = [window(Source::Rated("r01"), &[5.0, 4.0]), window(Source::Answer, &[2.0, 0.0])];
    let [less, more] = [&overlapping, &apart]
        .map(|settings| super::read(settings, &outputs, &windows, Trust::FULL).remove(0).estimate);
    assert!(less.sd > more.sd && less.mean < more.mean, "{less:?} {more:?}");
    // Alone, either says the same.
    let [less, more] = [&overlapping, &apart]
        .map(|settings| super::read(settings, &outputs, &windows[1..], Trust::FULL).remove(0).estimate);
    assert_eq!(less, more);
}

#[test]
fn items_that_only_correct_others_say_nothing_alone() {
    let mut settings = settings();
    let gains = settings.rated.outputs.get_mut(OUTPUT).unwrap();
    gains.insert(Trait::Openness, Gain { of: Mixture::new(), weight: 0.4, covariance: -0.01 });
    assert_eq!(settings.fault(&[OUTPUT.to_owned()]), None);
    let read = |windows: &[EvidenceWindow<'_>]| {
        super::read(&settings, &[OUTPUT.to_owned()], windows, Trust::FULL).remove(0).estimate
    };
    assert_eq!(read(&[window(Source::Rated("r03"), &[5.0])]), crate::personality::Estimate::NOTHING);
    let alone = read(&[window(Source::Rated("r01"), &[5.0])]);
    let corrected = read(&[window(Source::Rated("r01"), &[5.0]), window(Source::Rated("r03"), &[5.0])]);
    assert!(corrected.mean > alone.mean && corrected.sd > alone.sd);
}

#[test]
fn shares_sum_to_the_logit() {
    let windows = [
        window(Source::Rated("r01"), &[3.0, 1.0]),
        window(Source::Rated("r01"), &[-2.0, 0.5]),
        window(Source::Answer, &[1.3, 2.0]),
        EvidenceWindow { source: Source::Answer, weight: 0.25, values: &[-4.0, 3.0] },
        window(Source::Free, &[2.0, -1.0]),
    ];
    let (settings, outputs) = mixing();
    for trust in [Trust::FULL, Trust::WORDS, Trust::RATED, Trust { rated: 0.3, answers: 0.7, free: 0.1 }] {
        for read in super::read(&settings, &outputs, &windows, trust) {
            let sum: f64 = read.shares.iter().sum();
            assert!((sum - read.estimate.logit()).abs() < 1e-12, "{trust:?}: {sum} {read:?}");
        }
    }
}

#[test]
fn no_amount_of_text_exceeds_the_limit() {
    let values = [0.9];
    let mut last = 0.0;
    for count in [1, 10, 100, 10_000] {
        let windows = vec![window(Source::Free, &values); count];
        let read = reading(&windows, Trust::FULL);
        let bound: f64 = 1.0 - 0.06;
        assert!(read.estimate.sd > bound.sqrt(), "{count}: {read:?}");
        assert!(read.estimate.mean > last && read.estimate.mean < 0.06, "{count}: {}", read.estimate.mean);
        last = read.estimate.mean;
    }
}

#[test]
fn an_item_that_is_rated_twice_counts_once() {
    let once = reading(&[window(Source::Rated("r01"), &[2.0])], Trust::FULL);
    let twice =
        reading(&[window(Source::Rated("r01"), &[3.0]), window(Source::Rated("r01"), &[1.0])], Trust::FULL);
    assert!((once.estimate.mean - twice.estimate.mean).abs() < 1e-12);
    assert_eq!(once.estimate.sd, twice.estimate.sd);
}

#[test]
fn the_order_of_windows_does_not_matter() {
    let mut windows = vec![
        window(Source::Rated("r02"), &[3.0]),
        window(Source::Answer, &[1.3]),
        window(Source::Free, &[-2.0]),
        window(Source::Rated("r01"), &[0.1]),
    ];
    let forward = reading(&windows, Trust::FULL).estimate;
    windows.reverse();
    assert!((forward.mean - reading(&windows, Trust::FULL).estimate.mean).abs() < 1e-12);
}

#[test]
fn nothing_read_is_the_norm_group() {
    for windows in [&[][..], &[EvidenceWindow { source: Source::Free, weight: 0.0, values: &[5.0] }][..]] {
        assert_eq!(reading(windows, Trust::FULL).estimate, crate::personality::Estimate::NOTHING);
    }
}

#[test]
fn settings_that_make_no_sense_are_named() {
    let outputs = [OUTPUT.to_owned()];
    assert_eq!(settings().fault(&outputs), None);
    let fault = |change: &dyn Fn(&mut EvidenceSettings)| {
        let mut changed = settings();
        change(&mut changed);
        changed.fault(&outputs).unwrap().0
    };
    assert!(
        fault(&|s| {
            s.rated.half.insert(Trait::Openness, 0.0);
        })
        .contains("half of Openness is 0")
    );
    assert!(fault(&|s| s.answers.clear()).contains("evidence.answers of Extraversion"));
    let limit = |s: &mut EvidenceSettings| s.free.get_mut(OUTPUT).unwrap().limit = 1.0;
    assert!(fault(&limit).contains("evidence.free"));
    let center = |s: &mut EvidenceSettings| s.rated.items.get_mut("r02").unwrap().centers.clear();
    assert!(fault(&center).contains("r02 has no center for Extraversion"));
    let gain = |s: &mut EvidenceSettings| {
        s.rated.outputs.get_mut(OUTPUT).unwrap().get_mut(&Trait::Extraversion).unwrap().weight = 2.0;
    };
    assert!(fault(&gain).contains("explain 3 of its variance"));
    let overlap = |s: &mut EvidenceSettings| s.answers.get_mut(OUTPUT).unwrap().overlap = 2.1;
    assert!(fault(&overlap).contains("overlap of evidence.answers with the ratings of Extraversion"));
    let below = |s: &mut EvidenceSettings| s.free.get_mut(OUTPUT).unwrap().overlap = 0.9;
    assert!(fault(&below).contains("evidence.free"));
    let unknown = |s: &mut EvidenceSettings| {
        s.free.get_mut(OUTPUT).unwrap().of.insert("EI".to_owned(), 0.5);
    };
    assert!(fault(&unknown).contains("mixes in 0.5 times EI"), "{}", fault(&unknown));
}
