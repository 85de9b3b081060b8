//! How much each precision changes the probabilities of a pair of models, on composed texts of simulated respondents:
//!
//!     cargo run --release --features training --example precision [-- FOLDER-OF-THE-PAIR [TEXTS]]
//!
//! The default folder is models/ (it must contain big-five and mbti), the default number of texts 1000. Every text is read in
//! f32 and in each other way that this processor supports. The table compares the probabilities that the site shows
//! (five traits and 16 types per text) and their order.

use std::path::{Path, PathBuf};

use calling::internals::assessment::known;
use calling::internals::inference::{Wanted, Ways, choose, ways};
use calling::internals::learning::bank::{Split, load_answers};
use calling::internals::learning::evaluation::reader::{ModelReader, Prediction, Reader};
use calling::internals::learning::people::Survey;
use calling::internals::models::{Instructions, LoadedModel, Precision, load_with};
use calling::internals::norm::Norm;
use calling::internals::personality::Pair;
use calling::internals::survey::{ComposedText, Questionnaire};

type AnyError = Box<dyn std::error::Error>;

/// The respondents' seed, different from that of `calling evaluate`.
const SEED: u64 = 0x9EC1;

fn main() -> Result<(), AnyError> {
    let mut arguments = std::env::args().skip(1);
    let pair = PathBuf::from(arguments.next().unwrap_or_else(|| "models".to_owned()));
    let count = arguments.next().map_or(Ok(1000), |count| count.parse())?;
    let questionnaire = Questionnaire::load(Path::new("datasets/questionnaire.toml"))?;
    let norm = Norm::load(Path::new("datasets/norm"))?;
    let bank = load_answers(Path::new("datasets/answers"), &questionnaire)?;
    let texts: Vec<ComposedText> = Survey::new(&questionnaire, &norm, &bank, Split::Test)?
        .respondents(SEED)
        .take(count)
        .map(|respondent| respondent.composed)
        .collect();
    let instructions = Instructions::detect();
    println!("{count} texts, {instructions}, compared with f32");
    println!("| precision | 99.9th percentile | largest | same first type | same order of traits |");
    println!("| --- | ---: | ---: | ---: | ---: |");
    let ways = ways(&Wanted::default())?;
    let alone = |way| Ways { exact: way, others: Vec::new(), asked: true };
    let exact = read(&pair, &questionnaire, &texts, &alone(ways.exact))?;
    for way in &ways.others {
        // int8 is packed after a reading in f32, which records the outliers.
        let asked = match way.precision {
            Precision::Int8 => Ways { others: vec![*way], ..alone(ways.exact) },
            Precision::F32 | Precision::Bf16 => alone(*way),
        };
        println!("{}", compared(&way.formats(), &exact, &read(&pair, &questionnaire, &texts, &asked)?));
    }
    Ok(())
}

fn read(
    pair: &Path,
    questionnaire: &Questionnaire,
    texts: &[ComposedText],
    ways: &Ways,
) -> Result<Vec<Prediction>, AnyError> {
    let load = |name| {
        let (model, choice) = choose(
            ways,
            |way| load_with(&pair.join(name), Some(way)),
            LoadedModel::with_execution,
            LoadedModel::layer_time,
        )?;
        eprintln!("{name}: {choice}");
        Ok::<_, AnyError>(model)
    };
    let (big_five, mbti) = (load("big-five")?, load("mbti")?);
    let norm = Norm::load(Path::new("datasets/norm"))?;
    let known = known(questionnaire, &norm);
    let mut reader =
        Pair { big_five: ModelReader::new(&big_five, &known), mbti: ModelReader::new(&mbti, &known) };
    reader.prepare(&texts.iter().collect::<Vec<_>>(), &mut |_, _| {})?;
    texts.iter().map(|text| Ok(reader.read(text)?)).collect()
}

/// A text's probabilities of traits and of types.
fn probabilities(prediction: &Prediction) -> (Vec<f64>, Vec<f64>) {
    ((0..5).map(|trait_| prediction.trait_probability(trait_)).collect(), prediction.types.to_vec())
}

/// Indices in the order of their values, highest first.
fn order(values: &[f64]) -> Vec<usize> {
    let mut places: Vec<usize> = (0..values.len()).collect();
    places.sort_by(|a, b| values[*b].total_cmp(&values[*a]));
    places
}

/// One row of the table.
fn compared(precision: &str, exact: &[Prediction], found: &[Prediction]) -> String {
    let (mut differences, mut same_first, mut same_order) = (Vec::new(), 0, 0);
    for (exact, found) in exact.iter().zip(found) {
        let ((traits, types), (found_traits, found_types)) = (probabilities(exact), probabilities(found));
        let pairs = traits.iter().zip(&found_traits).chain(types.iter().zip(&found_types));
        differences.extend(pairs.map(|(a, b)| (a - b).abs()));
        same_first += usize::from(order(&types)[0] == order(&found_types)[0]);
        same_order += usize::from(order(&traits) == order(&found_traits));
    }
    differences.sort_by(f64::total_cmp);
    let rank = (differences.len() as f64 * 0.999).ceil() as usize;
    let share = |count: usize| 100.0 * count as f64 / exact.len() as f64;
    format!(
        "| {precision} | {:.4} | {:.4} | {:.1} % | {:.1} % |",
        differences[rank.clamp(1, differences.len()) - 1],
        differences[differences.len() - 1],
        share(same_first),
        share(same_order),
    )
}
