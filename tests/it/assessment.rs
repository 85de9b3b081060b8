//! Assessments by the bundled pair: three readings on one scale, notices, named types, and reasons.

use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex};

use calling::internals::assessment::{
    Assessed, Assessment, Assessor, Naming, NoType, Notice, RatingPace, Standing, known,
};
use calling::internals::inference::{Known, Reading};
use calling::internals::learning::evaluation::reader::ModelReader;
use calling::internals::models::{LoadedModel, load};
use calling::internals::norm::Norm;
use calling::internals::personality::{Pair, Trait};
use calling::internals::survey::{Answers, Item, Keyed, Questionnaire, RawAnswers, compose};

/// The pair with the questionnaire that it was fitted to.
struct Bundled {
    questionnaire: Questionnaire,
    norm: Arc<Norm>,
    known: Known,
    models: Pair<LoadedModel>,
    assessor: Assessor,
}

static BUNDLED: LazyLock<Bundled> = LazyLock::new(|| {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let questionnaire = Questionnaire::load(&root.join("datasets/questionnaire.toml")).unwrap();
    let norm = Arc::new(Norm::load(&root.join("datasets/norm")).unwrap());
    let model = |name: &str| load(&root.join("models").join(name)).unwrap();
    Bundled {
        known: known(&questionnaire, &norm),
        assessor: Assessor::new(&questionnaire, norm.clone()),
        models: Pair { mbti: model("mbti"), big_five: model("big-five") },
        questionnaire,
        norm,
    }
});

/// The pair. It reads no window twice.
static READERS: LazyLock<Mutex<Pair<ModelReader<'static>>>> = LazyLock::new(|| {
    Mutex::new(BUNDLED.models.as_ref().map(|model| ModelReader::new(model, &BUNDLED.known)))
});

fn reading(text: &str) -> Reading {
    let mut readers = READERS.lock().unwrap();
    Pair { mbti: readers.mbti.reading(text).unwrap(), big_five: readers.big_five.reading(text).unwrap() }
}

fn assessed(text: &str) -> Assessed {
    BUNDLED.assessor.assess(&reading(text), RatingPace::default()).unwrap()
}

fn assessment(text: &str) -> Assessment {
    assessed(text).assessment
}

/// The text of a questionnaire with these ratings and answers; an empty answer skips its question.
fn composed(rating: impl Fn(usize, &Item) -> usize, answer: impl Fn(usize) -> String) -> String {
    let questionnaire = &BUNDLED.questionnaire;
    let mut raw = RawAnswers::default();
    for (place, item) in questionnaire.items.iter().enumerate() {
        raw.0.insert(item.id.clone(), rating(place, item).to_string());
    }
    for (place, question) in questionnaire.questions.iter().enumerate() {
        match answer(place) {
            words if words.is_empty() => raw.0.insert(question.skip_field(), "1".to_owned()),
            words => raw.0.insert(question.id.clone(), words),
        };
    }
    compose(questionnaire, &Answers::parse(questionnaire, &raw).unwrap()).text
}

/// Consistent ratings, neither alike nor along one key.
fn ordinary(place: usize, item: &Item) -> usize {
    let high = matches!(item.trait_, Trait::Agreeableness | Trait::Openness);
    let toward = [3, 4, 4, 3, 2][place % 5] + usize::from(high);
    if item.keyed == Keyed::Plus { toward } else { 6 - toward }
}

/// 26 different answers in plain words about their writer.
fn plain_answer(place: usize) -> String {
    const DOES: [&str; 13] = [
        "I usually get up early and make a list for the day before anything else happens",
        "I like to sit with two or three friends and talk until it is late",
        "I read the instructions first, because I hate to do a thing twice",
        "my sister says that I worry about people who do not worry about me",
        "I would rather walk by the river than go to a party with loud music",
        "when somebody is wrong I tell them, but I try to be kind about it",
        "I draw a little in the evenings, mostly birds and the house across the street",
        "I forget where my keys are about twice a week and then I run",
        "it took me a year to leave that job, and I am glad that I did",
        "I keep my desk clean and my head full of half finished plans",
        "I cried at the station, which surprised me more than anybody else",
        "they asked me to lead the group and I said yes before I had thought",
        "I have always wanted to see how bread is made in other countries",
    ];
    const WHEN: [&str; 2] = ["On most days", "If I am honest"];
    format!("{}, {}. That is how I am, number {place}.", WHEN[place % 2], DOES[place % 13])
}

const PARAGRAPH: &str = "I spent most of Saturday alone in the shed, sanding the legs of an old chair. Nobody called, and I \
    did not mind. Around four I wrote a list of what is left to do, crossed out half of it and felt lighter. My sister thinks \
    I plan too much. Perhaps she is right, but I sleep better when I know what tomorrow looks like.";

/// Texts that are not their writers' own words.
const OTHERS: [(&str, &str); 6] = [
    (
        "license",
        "Permission to use the Software is granted to any recipient of a copy, provided that this notice is kept in all \
         copies. The Software is delivered in its present state. The Licensor accepts no liability for loss of data, loss \
         of profit or any other damage that follows from its use, even where the Licensor was told of it. Redistribution \
         in binary form must name the version from which it was made. This agreement ends when the Licensee breaks any of \
         its terms. Each clause stands if another is held to be void.",
    ),
    (
        "manual",
        "Switch the machine off and pull the plug before opening the cover. Turn the screw on the left side until the \
         filter comes loose. Rinse the filter under warm water and let it dry for two hours. Do not use detergents. Push \
         the filter back until it clicks, close the cover and reset the counter by holding the round button for five \
         seconds. A red lamp shows that the tank is empty.",
    ),
    (
        "recipe",
        "Peel two onions and chop them finely. Heat the oil in a heavy pan and soften the onions for ten minutes. Add the \
         rice and stir until it is coated. Pour in a ladle of hot stock and wait until it is absorbed before adding the \
         next. After twenty minutes the rice is soft and still has some bite. Stir in butter and cheese, cover the pan and \
         serve after two minutes.",
    ),
    (
        "news",
        "The council voted on Tuesday to close the bridge for repairs until the end of March. Engineers had found cracks in \
         two of the pillars during an inspection in autumn. Buses will be sent over the northern crossing. A spokesman for \
         the traders said that the detour would cost shops a third of their customers. Work is expected to begin in \
         January and to cost four million.",
    ),
    (
        "code",
        "fn merge(left: &[u32], right: &[u32]) -> Vec<u32> { let mut out = Vec::new(); let (mut i, mut j) = (0, 0); while i \
         < left.len() && j < right.len() { if left[i] <= right[j] { out.push(left[i]); i += 1; } else { out.push(right[j]); \
         j += 1; } } out.extend(&left[i..]); out.extend(&right[j..]); out } fn sorted(values: &[u32]) -> Vec<u32> { if \
         values.len() < 2 { return values.to_vec(); } let (left, right) = values.split_at(values.len() / 2); \
         merge(&sorted(left), &sorted(right)) }",
    ),
    (
        "German",
        "Am Wochenende bin ich mit meinem Bruder an den See gefahren. Wir haben lange geredet und sind erst spät nach Hause \
         gekommen. Ich mag es, wenn der Tag keinen Plan hat. Am Montag war ich müde, aber gut gelaunt. Meine Schwester \
         findet, dass ich zu viel arbeite, und vielleicht hat sie recht.",
    ),
];

/// How certain the traits are: the mean standard deviation of their standard scores.
fn width(assessment: &Assessment) -> f64 {
    assessment.traits.iter().map(|standing| standing.score.sd).sum::<f64>() / 5.0
}

#[track_caller]
fn assert_noticed(what: &str, text: &str, is_it: impl Fn(&Notice) -> bool) {
    let found = assessment(text).notices;
    assert!(found.iter().any(is_it), "{what}: {found:?}");
}

#[test]
fn the_shares_and_the_intercept_sum_to_the_logits_of_the_reading() {
    let text = format!("{}\n\n{PARAGRAPH}", composed(ordinary, plain_answer));
    // Free text before the questionnaire, so that it is no part of the last answer.
    let text = format!("{PARAGRAPH}\n\n{text}");
    let read = reading(&text);
    let Assessed { assessment, shares } = BUNDLED.assessor.assess(&read, RatingPace::default()).unwrap();
    assert_eq!((shares.ratings.len(), shares.answers.len()), (60, 26));
    assert!(!shares.passages.is_empty());
    let parts = || {
        let ratings = shares.ratings.iter().map(|share| share.adds);
        let answers = shares.answers.iter().map(|share| share.adds);
        ratings.chain(answers).chain(shares.passages.iter().map(|share| share.adds))
    };
    for standing in &assessment.traits {
        let at = standing.trait_.index();
        let sum = parts().map(|adds| adds.traits[at]).sum::<f64>() + shares.intercept.traits[at];
        assert!((sum - shares.logits.traits[at]).abs() < 1e-9, "{}: {sum}", standing.trait_);
        let place =
            read.big_five.labels.iter().position(|label| Trait::parse(label) == Some(standing.trait_));
        assert_eq!(read.big_five.logits[place.unwrap()], shares.logits.traits[at]);
        assert!((standing.together.above - 1.0 / (1.0 + (-sum).exp())).abs() < 1e-12);
    }
    for (at, standing) in assessment.axes.iter().enumerate() {
        let sum = parts().map(|adds| adds.axes[at]).sum::<f64>() + shares.intercept.axes[at];
        assert!((sum - shares.logits.axes[at]).abs() < 1e-9, "{}: {sum}", standing.axis);
        assert!((standing.together.above - 1.0 / (1.0 + (-sum).exp())).abs() < 1e-12);
    }
    for passage in &shares.passages {
        assert!(text[passage.start..passage.end].starts_with(|c: char| c.is_uppercase()), "{passage:?}");
        assert!(passage.end <= PARAGRAPH.len(), "{passage:?}");
    }
    let json = serde_json::to_string(&shares).unwrap();
    assert!(!json.contains("shed") && !json.contains("friends"), "codes and places only");
}

#[test]
fn the_ratings_alone_are_the_key_and_the_norm() {
    let text = composed(ordinary, |_| String::new());
    let assessment = assessment(&text);
    assert_eq!(assessment.norm.name, BUNDLED.norm.name);
    assert_eq!((assessment.ground.words, assessment.ground.ratings), (0, 60));
    for standing in &assessment.traits {
        let ratings = standing.ratings.unwrap();
        assert!(standing.words.is_none(), "nothing was written");
        let (level, together) = (ratings.level, standing.together.level);
        assert!(level.low < level.percentile && level.percentile < level.high);
        assert!((level.percentile - together.percentile).abs() < 25.0, "{standing:?}");
        assert_eq!(ratings.above > 0.5, level.percentile > 50.0);
    }
}

#[test]
fn a_text_without_the_questionnaire_is_assessed_by_its_words_alone() {
    let assessment = assessment(PARAGRAPH);
    assert!(assessment.traits.iter().all(|standing| standing.ratings.is_none()));
    for standing in &assessment.traits {
        assert_eq!(standing.words, Some(standing.together), "there is nothing else");
    }
    let Naming::None { why: NoType::TooLittle { explained, needed } } = assessment.naming else {
        panic!("{:?}", assessment.naming)
    };
    assert!(explained < needed);
}

#[test]
fn an_assessment_survives_storing() {
    let Assessed { assessment, shares } = assessed(&composed(ordinary, plain_answer));
    let stored = serde_json::to_value(&assessment).unwrap();
    assert_eq!(stored["version"], 1);
    assert_eq!(serde_json::from_value::<Assessment>(stored).unwrap(), assessment);
    let stored = serde_json::to_string(&shares).unwrap();
    println!("shares: {} bytes", stored.len());
    assert_eq!(serde_json::from_str::<serde_json::Value>(&stored).unwrap()["version"], 1);
}

#[test]
fn models_that_do_not_weigh_evidence_give_no_assessment() {
    let mut read = reading(PARAGRAPH);
    read.mbti.evidence = None;
    assert!(BUNDLED.assessor.assess(&read, RatingPace::default()).is_none());
}

#[test]
fn ordinary_answers_give_no_notice() {
    assert_eq!(assessment(&composed(ordinary, plain_answer)).notices, []);
    assert_eq!(assessment(PARAGRAPH).notices, []);
}

#[test]
fn weak_words_are_noticed() {
    let few = |notice: &Notice| matches!(notice, Notice::FewWords { .. });
    assert_noticed("skipped", &composed(ordinary, |_| String::new()), few);
    assert_noticed("a sentence", "I like long walks and quiet evenings with my dog.", few);
    let noise = |notice: &Notice| matches!(notice, Notice::KeyboardNoise { .. });
    let struck =
        "fjdksl sdkfj wqoeiru zmxncb alskdj fhgjdk qpwoei rutyal skdjfh gnvmbc xhsgdj kfleow prtksd jhgfds";
    assert_noticed("keys", struck, noise);
    assert_noticed("the same keys", &composed(ordinary, |_| "asdf jkl asdf".to_owned()), noise);
    let repeated = |notice: &Notice| matches!(notice, Notice::Repeated { .. });
    assert_noticed("a paragraph thirty times", &[PARAGRAPH; 30].join("\n\n"), repeated);
    assert_noticed("one answer", &composed(ordinary, |_| plain_answer(0)), repeated);
    assert_noticed("one word", &composed(ordinary, |_| "yes yes".to_owned()), repeated);
}

#[test]
fn words_that_are_not_the_writers_own_are_noticed() {
    for (what, text) in OTHERS {
        let is_it = |notice: &Notice| match what {
            "German" | "code" => matches!(notice, Notice::NotEnglish { .. }),
            _ => matches!(notice, Notice::NotAboutWriter { .. }),
        };
        assert_noticed(what, text, is_it);
        // A sentence or two of it in each answer.
        let sentences: Vec<&str> = text.split_inclusive(". ").collect();
        let answer = |place: usize| format!("{} Part {place}.", sentences[place % sentences.len()]);
        let noticed = assessment(&composed(ordinary, answer)).notices;
        assert!(!noticed.is_empty(), "{what} as answers");
    }
}

#[test]
fn weak_ratings_are_noticed() {
    let alike = |notice: &Notice| matches!(notice, Notice::RatingsAlike { rating: 3, .. });
    assert_noticed("all 3", &composed(|_, _| 3, plain_answer), alike);
    let contradict = |notice: &Notice| matches!(notice, Notice::RatingsContradict { .. });
    let ends = |place: usize, _: &Item| [5, 1][place % 2];
    assert_noticed("ends in turn", &composed(ends, plain_answer), contradict);
    let agrees = |place: usize, _: &Item| [4, 5, 5][place % 3];
    assert_noticed("agrees with everything", &composed(agrees, plain_answer), contradict);
}

#[test]
fn the_weaker_the_ground_the_wider_the_bands() {
    let ordinary_width = width(&assessment(&composed(ordinary, plain_answer)));
    let ratings_only = width(&assessment(&composed(ordinary, |_| String::new())));
    let foreign = width(&assessment(&composed(ordinary, |place| format!("{} {place}", OTHERS[5].1))));
    let noise = width(&assessment(&composed(ordinary, |_| "asdf jkl asdf".to_owned())));
    let recipe = width(&assessment(&composed(ordinary, |place| format!("{} {place}", OTHERS[2].1))));
    let alike = width(&assessment(&composed(|_, _| 3, plain_answer)));
    let contradict = width(&assessment(&composed(|place, _| 1 + 4 * (place % 2), plain_answer)));
    println!(
        "width {ordinary_width:.3}, ratings only {ratings_only:.3}, foreign {foreign:.3}, noise {noise:.3}, recipe \
         {recipe:.3}, alike {alike:.3}, contradicting {contradict:.3}"
    );
    for weaker in [ratings_only, foreign, noise, recipe] {
        assert!(weaker > ordinary_width + 0.004, "{weaker} {ordinary_width}");
    }
    assert!(contradict > ordinary_width + 0.1 && alike > contradict + 0.1, "{alike} {contradict}");
}

#[test]
fn hurried_ratings_are_noticed_and_widen_the_bands() {
    let read = reading(&composed(ordinary, plain_answer));
    let at = |hurried| {
        let pace = RatingPace { ratings: 60, hurried };
        BUNDLED.assessor.assess(&read, pace).unwrap().assessment
    };
    let (slow, one_page, half, all) = (at(0), at(10), at(30), at(60));
    assert_eq!((&one_page, slow.notices.as_slice()), (&slow, [].as_slice()));
    assert_eq!(all.notices, [Notice::RatingsHurried { ratings: 60, hurried: 60 }]);
    assert!(width(&half) > 1.15 * width(&slow) && width(&all) > 1.5 * width(&slow));
    let band = |standing: &Standing| standing.level.high - standing.level.low;
    for trait_ in Trait::ALL {
        let (slow, all) = (slow.of(trait_), all.of(trait_));
        assert!(band(&all.together) > band(&slow.together), "{trait_}: {all:?} {slow:?}");
        let [slow, all] = [slow, all].map(|standing| standing.ratings.unwrap());
        assert!(band(&all) > band(&slow), "{trait_}: {all:?} {slow:?}");
        assert!((all.above - 0.5).abs() < (slow.above - 0.5).abs(), "{trait_}: {all:?} {slow:?}");
    }
}

#[test]
fn no_type_is_named_of_ratings_that_say_nothing() {
    let assessment = assessment(&composed(|_, _| 3, |_| "asdf jkl asdf".to_owned()));
    assert!(matches!(assessment.naming, Naming::None { why: NoType::TooLittle { .. } }), "{assessment:?}");
    for standing in assessment.traits {
        let ratings = standing.ratings.unwrap().level;
        assert!(ratings.high - ratings.low > 60.0, "{standing:?}");
    }
}
