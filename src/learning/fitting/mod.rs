//! `calling train fit`: fits how a model's windows become estimates, the `evidence` part of calling.json. Weights do
//! not change.
//!
//! Everything is fitted on simulated respondents of the validation split. [`sample`] reads them, [`rated`] fits what
//! ratings say, [`words`] what written words say, both in mixtures of the outputs ([`mixing`]), and [`write`] puts both
//! into the model's folder.

mod mixing;
mod options;
mod rated;
mod sample;
mod words;
mod write;

use std::collections::BTreeMap;

use self::rated::{RatedSample, fit_rated};
use self::sample::{Sample, Windows};
use self::words::{Bound, Mixing, Written, fit_words};
use super::bank::{Split, load_answers};
use super::error::LearningError;
use super::evaluation::EvaluationError;
use super::evaluation::reader::ModelReader;
use super::people::{Respondent, Survey};
use super::training::{Figure, Report};
use crate::assessment::known;
use crate::models::evidence::{EvidenceSettings, Outputs, RatedSettings, WordSettings};
use crate::models::{CallingSettings, Classifier, LoadedModel, Windows as Cut, load_kind};
use crate::norm::Norm;
use crate::personality::{ModelKind, Trait};
use crate::survey::Questionnaire;

pub use options::FitOptions;

/// The highest squared correlation with a trait or axis that answers to our questions may reach, however many there
/// are. A judgment: in the simulation more answers would always add information, since simulated people choose each
/// answer by their traits alone. A correlation of .6 is about the agreement of a questionnaire with a person's close
/// friends, and higher than any published for people's words (`ORACLE` in src/learning/people/answering.rs names
/// studies).
const ANSWERS_LIMIT: f64 = 0.36;
/// The same for text that does not answer our questions: a correlation of about .25. A judgment from studies of essays,
/// whose words correlate .1 to .3 with the writer's questionnaires (Mairesse et al. 2007, *Journal of Artificial
/// Intelligence Research, 30*, 457-500; Pennebaker and King 1999, *Journal of Personality and Social Psychology,
/// 77*(6), 1296-1312).
const FREE_LIMIT: f64 = 0.06;
/// The number of windows of free text that reaches half of that limit: about a page that is entirely about its writer.
/// A judgment too. In the simulation it would take many more, because simulated people have no topics, which make a
/// person's windows alike.
const FREE_HALF: f64 = 8.0;

/// Fits both models and writes their calling.json.
///
/// # Errors
/// If something does not load, or a model's windows carry no information about one of its outputs.
pub fn fit(options: &FitOptions) -> Result<Report, EvaluationError> {
    let questionnaire = Questionnaire::load(&options.pair.questionnaire).map_err(LearningError::from)?;
    let norm = Norm::load(&options.pair.norm)?;
    let bank = load_answers(&options.pair.answers, &questionnaire).map_err(LearningError::from)?;
    let survey = Survey::new(&questionnaire, &norm, &bank, Split::Validation)?;
    let people: Vec<Respondent<'_>> =
        survey.respondents(options.pair.seed).take(options.respondents as usize).collect();
    let known = known(&questionnaire, &norm);
    let mut figures = Vec::new();
    let mut fitted = Vec::new();
    for (folder, kind) in
        [(&options.pair.big_five, ModelKind::BigFive), (&options.pair.mbti, ModelKind::Mbti)]
    {
        let model = load_kind(folder, kind, None)?;
        let settings = planning(model.settings());
        let model = model.with_settings(settings);
        let mut reader = ModelReader::new(&model, &known);
        let sample = Sample::read(&mut reader, &model, &survey, &norm, &people)?;
        let evidence = evidence(&model, &sample, &survey, &mut figures)?;
        fitted.push((folder, model.settings().clone(), evidence));
    }
    // Write both or none: a pair in which only one model weighs evidence would be confusing.
    for (folder, settings, evidence) in &fitted {
        write::write(folder, settings, evidence)?;
    }
    Ok(Report(figures))
}

/// Settings that cut texts as they will be cut with the fitted evidence.
fn planning(settings: &CallingSettings) -> CallingSettings {
    let nothing = RatedSettings {
        items: BTreeMap::new(),
        half: Trait::ALL.map(|trait_| (trait_, 1.0)).into(),
        outputs: BTreeMap::new(),
    };
    let evidence = EvidenceSettings { rated: nothing, answers: BTreeMap::new(), free: BTreeMap::new() };
    CallingSettings {
        windows: Cut::Answer,
        window_tokens: Some(settings.window_tokens.unwrap_or(CallingSettings::ANSWER_TOKENS)),
        typography: true,
        calibration: None,
        evidence: Some(evidence),
        ..settings.clone()
    }
}

fn evidence(
    model: &LoadedModel,
    sample: &Sample,
    survey: &Survey<'_>,
    figures: &mut Vec<Figure>,
) -> Result<EvidenceSettings, EvaluationError> {
    let rated = RatedSample {
        ids: survey.questionnaire.items.iter().map(|item| item.id.as_str()).collect(),
        items: &survey.structure.items,
        names: sample.outputs.names(),
        own: own_traits(&sample.outputs),
        centers: &sample.centers,
        values: &sample.rated,
        ratings: &sample.ratings,
        standings: &sample.standings,
    };
    let rated = fit_rated(&rated);
    let (name, names) = (model.name(), sample.outputs.names());
    for (output, reached) in &rated.reached {
        figures.push(Figure::new(format!("{name}, {output}: squared r of all rated sentences"), *reached));
    }
    let words = |people: &[Windows], mixing: Mixing, bound: Bound, what: &str, figures: &mut Vec<Figure>| {
        let mut found: BTreeMap<String, WordSettings> = BTreeMap::new();
        for (place, output) in names.iter().enumerate() {
            let written =
                Written::of(&names, people, &sample.standings, &rated.estimates[place], place, mixing);
            let fitted = fit_words(&written, bound).ok_or_else(|| EvaluationError::NothingToFit {
                model: name.clone(),
                what: what.to_owned(),
                output: output.clone(),
            })?;
            let mut figure = |of: &str, value| {
                figures.push(Figure::new(format!("{name}, {output}: {of} of {what}"), value));
            };
            figure("r in the simulation", fitted.correlation);
            figure("windows at which r was measured", fitted.amount);
            figure("center", fitted.settings.center);
            figure("slope", fitted.settings.slope);
            figure("half", fitted.settings.half);
            figure("limit", fitted.settings.limit);
            figure("overlap with ratings", fitted.settings.overlap);
            found.insert(output.clone(), fitted.settings);
        }
        Ok::<_, EvaluationError>(found)
    };
    Ok(EvidenceSettings {
        rated: rated.settings,
        answers: words(
            &sample.answers,
            Mixing::AllOutputs,
            Bound::Fitted { limit: ANSWERS_LIMIT },
            "answers",
            figures,
        )?,
        // A mixture would carry what simulated people's answers have in common over to text that answers no question.
        // With one, the seven characters of tests/it/truth stood in 9 of 12 stated orders, and in 10 without.
        free: words(
            &sample.free,
            Mixing::OwnOutput,
            Bound::Judged { limit: FREE_LIMIT, half: FREE_HALF },
            "free text",
            figures,
        )?,
    })
}

/// For each output, the one trait whose ratings count for it; none if all count.
fn own_traits(outputs: &Outputs) -> Vec<Option<Trait>> {
    match outputs {
        Outputs::Traits(traits) => traits.iter().copied().map(Some).collect(),
        Outputs::Axes(_) => vec![None; 4],
    }
}
