//! From a stored record to what its page shows. The columns hold JSON as written when the reading finished, so the page shows
//! the same numbers and careers as long as the record exists.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::assessed::{self, AssessedView};
use super::best::BestCareers;
use super::charts::{AxisSplit, Bars, Ring};
use super::facts::{FACTS, Fact, Measure, Write};
use super::view::{CareerTable, KeyedView, ReadingView, share_read};
use super::words::in_words;
use crate::assessment::{ASSESSMENT_VERSION, Assessment, KeyedResult};
use crate::careers::{Catalog, Filters, Person};
use crate::descriptions::Descriptions;
use crate::personality::{Mbti, ModelKind, Pair, Profile, Trait};
use crate::records::SharedRecord;
use crate::survey::KeyedScores;
use crate::web::address;
use crate::web::numbers::percent;
use crate::web::state::AppState;

/// What a record is shown with.
pub struct On<'a> {
    pub catalog: &'a Catalog,
    pub descriptions: &'a Descriptions,
}

impl<'a> On<'a> {
    pub fn of(state: &'a AppState) -> On<'a> {
        On { catalog: &state.catalog, descriptions: &state.descriptions }
    }
}

/// Tells which traits are below the middle.
struct Below<'a> {
    profile: &'a Profile,
    assessment: Option<&'a Assessment>,
}

impl Below<'_> {
    /// Whether the name is that of a trait with a probability below one half, or a level below the middle.
    fn is_below(&self, name: &str) -> bool {
        Trait::parse(name).is_some_and(|trait_| {
            let level = self.assessment.map(|assessment| assessment.of(trait_).together.level);
            self.profile.traits[trait_.index()] < 0.5 || level.is_some_and(assessed::is_below_middle)
        })
    }
}

/// A finished record has a column that cannot be shown, which is a fault of ours.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the stored {column} cannot be shown: {problem}")]
pub struct Unshowable {
    column: &'static str,
    problem: String,
}

/// A record, without what only its owner may see.
pub struct Stored<'a>(pub &'a SharedRecord);

impl Stored<'_> {
    /// What the owner's page and the shared page both show. `base` is the path under which each career has a page of its
    /// own; see [`BestCareers::new`]. `person` is [`Stored::person`], with interests where they count.
    ///
    /// # Errors
    /// If a column is missing or malformed.
    pub fn shown(
        &self,
        on: &On<'_>,
        person: &Person,
        filters: &Filters,
        base: Option<&str>,
    ) -> Result<(ReadingView, BestCareers), Unshowable> {
        let best = BestCareers::new(on.catalog, person, filters, base);
        Ok((self.view(on, &best.titles())?, best))
    }

    /// What the assessment says, if there is one.
    ///
    /// # Errors
    /// If a column is missing or malformed.
    pub fn assessed(&self, on: &On<'_>) -> Result<Option<AssessedView>, Unshowable> {
        let profile = self.profile()?;
        let view = |assessment: &Assessment| AssessedView::new(assessment, &profile, on.descriptions, &[]);
        Ok(self.assessment()?.as_ref().map(view))
    }

    /// # Errors
    /// If a column is missing or malformed.
    pub fn view(&self, on: &On<'_>, careers: &[&str]) -> Result<ReadingView, Unshowable> {
        let profile = self.profile()?;
        let assessment = self.assessment()?;
        let below = Below { profile: &profile, assessment: assessment.as_ref() };
        let axes = AxisSplit::of_reading(&profile);
        let measure = Measure::of(self.both("calibrated"));
        Ok(ReadingView {
            assessed: assessment
                .as_ref()
                .map(|assessment| AssessedView::new(assessment, &profile, on.descriptions, careers)),
            words: in_words(&profile, &axes, measure, self.0.source),
            measure,
            interim: self.interim(),
            bars: Bars::of_reading(&profile),
            ring: Ring::new(&profile),
            axes,
            keyed: self.keyed()?,
            careers: self.career_tables(&below, on.catalog),
            below_middle: self.below_middle(&below),
            share_read: share_read(self.0.share_read.unwrap_or(0.0), self.0.source),
            facts: self.facts(),
            versions: self.versions(),
        })
    }

    /// The stored probabilities.
    ///
    /// # Errors
    /// If a type or a trait has no number.
    pub fn profile(&self) -> Result<Profile, Unshowable> {
        let mut profile = Profile { types: [0.0; 16], traits: [0.0; 5] };
        for mbti in Mbti::ALL {
            profile.types[mbti.index()] = number("result_mbti", self.0.result_mbti.as_ref(), mbti.name())?;
        }
        for trait_ in Trait::ALL {
            profile.traits[trait_.index()] =
                number("result_big_five", self.0.result_big_five.as_ref(), trait_.name())?;
        }
        Ok(profile)
    }

    /// The assessment; `None` for results by models that do not weigh evidence, for those from before there was one, and
    /// for those of another version.
    ///
    /// # Errors
    /// If the column is malformed.
    pub fn assessment(&self) -> Result<Option<Assessment>, Unshowable> {
        // Another program's version of it says nothing here.
        let known = |stored: &&Value| stored["version"] == ASSESSMENT_VERSION;
        parsed("assessment", self.0.assessment.as_ref().filter(known))
    }

    /// Whom careers are matched to: the assessment's levels, or what the probabilities alone say.
    ///
    /// # Errors
    /// If a column is missing or malformed.
    pub fn person(&self) -> Result<Person, Unshowable> {
        Ok(match self.assessment()? {
            Some(assessment) => Person::you(assessment.traits.map(|standing| standing.score)),
            None => Person::of_profile(&self.profile()?),
        })
    }

    fn keyed(&self) -> Result<Option<KeyedView>, Unshowable> {
        if self.0.keyed_scores.is_none() {
            return Ok(None);
        }
        match keyed_scores(self.0.keyed_scores.as_ref()) {
            Some(StoredKeyed::Normed(result)) => Ok(Some(KeyedView::normed(&result))),
            Some(StoredKeyed::Scores(scores)) => Ok(Some(KeyedView::by_scale(&scores))),
            None => Err(Unshowable { column: "keyed_scores", problem: "not five scores".to_owned() }),
        }
    }

    /// The names of stored tables whose trait is below the middle.
    fn below_middle(&self, below: &Below<'_>) -> Vec<String> {
        let tables = careers(self.0.career_data.as_ref()).into_iter().map(|(name, _)| name);
        tables.filter(|name| below.is_below(name)).collect()
    }

    /// The tables for two types and two traits, each with the number that the charts show. A trait below the middle has none.
    fn career_tables(&self, below: &Below<'_>, catalog: &Catalog) -> Vec<CareerTable> {
        let profile = below.profile;
        let table = |(name, careers): (String, Vec<(String, u64)>)| {
            let share = Mbti::parse(&name)
                .map(|mbti| profile.types[mbti.index()])
                .or_else(|| Trait::parse(&name).map(|trait_| profile.traits[trait_.index()]));
            let page = |career: &str| catalog.by_title(career).map(|o| address::occupation(&o.soc));
            CareerTable::new(name, share.map(percent).unwrap_or_default(), careers).linked(page)
        };
        let tables = careers(self.0.career_data.as_ref()).into_iter();
        tables.filter(|(name, _)| !below.is_below(name)).map(table).collect()
    }

    /// A fact about one model, from whichever column has it.
    fn fact(&self, model: &str, name: &str) -> Option<&Value> {
        [self.0.models.as_ref(), self.0.reading.as_ref()]
            .into_iter()
            .flatten()
            .find_map(|column| column.get(model)?.get(name))
    }

    fn both(&self, name: &str) -> bool {
        ModelKind::ALL.iter().all(|model| self.fact(model.name(), name) == Some(&Value::Bool(true)))
    }

    /// Whether a model behind the reading is marked as interim.
    pub fn interim(&self) -> bool {
        ModelKind::ALL.iter().any(|model| self.fact(model.name(), "interim") == Some(&Value::Bool(true)))
    }

    fn facts(&self) -> Vec<Fact> {
        let written = |model: &str, name: &str, write: Write| {
            self.fact(model, name).map_or_else(|| "not stated".to_owned(), write)
        };
        FACTS
            .iter()
            .map(|&(name, field, write)| Fact {
                name,
                models: Pair::from_fn(|model| written(model.name(), field, write)),
            })
            .filter(|fact| fact.models.as_ref().into_array().iter().any(|fact| *fact != "not stated"))
            .collect()
    }

    fn versions(&self) -> String {
        let careers = self.0.data_version.as_deref().unwrap_or("not stated");
        match self.0.questionnaire_version.as_deref() {
            Some(version) => format!("Questionnaire version {version}; careers and wages version {careers}."),
            None => {
                format!("Text sent without the questionnaire; careers and wages version {careers}.")
            }
        }
    }
}

/// A column that may be empty.
///
/// # Errors
/// If it is malformed.
pub fn parsed<T: DeserializeOwned>(
    column: &'static str,
    stored: Option<&Value>,
) -> Result<Option<T>, Unshowable> {
    let malformed = |error: serde_json::Error| Unshowable { column, problem: error.to_string() };
    stored.map(T::deserialize).transpose().map_err(malformed)
}

fn number(column: &'static str, stored: Option<&Value>, label: &str) -> Result<f64, Unshowable> {
    let found = stored.and_then(|scores| scores.get(label)).and_then(Value::as_f64);
    found
        .filter(|value| value.is_finite())
        .ok_or_else(|| Unshowable { column, problem: format!("no number for {label}") })
}

/// The stored keyed scores: with levels, or the scores alone in results from before there was a norm.
#[derive(Deserialize)]
#[serde(untagged)]
pub enum StoredKeyed {
    Normed(Box<KeyedResult>),
    Scores(KeyedScores),
}

impl StoredKeyed {
    pub fn scores(&self) -> &KeyedScores {
        match self {
            StoredKeyed::Normed(result) => &result.scores,
            StoredKeyed::Scores(scores) => scores,
        }
    }
}

/// The stored keyed scores; `None` if there are none or they are malformed.
pub fn keyed_scores(stored: Option<&Value>) -> Option<StoredKeyed> {
    StoredKeyed::deserialize(stored?).ok()
}

/// The stored careers, in the layout of the JSON interface: `{"MBTI": [{"INFP": [{"Career": …,
/// "Average Salary (USD)": …}, …]}, …], "big_5": […]}`. Entries without a career or a salary are skipped.
pub fn careers(stored: Option<&Value>) -> Vec<(String, Vec<(String, u64)>)> {
    let career = |row: &Value| {
        let salary = row.get("Average Salary (USD)")?.as_u64()?;
        Some((row.get("Career")?.as_str()?.to_owned(), salary))
    };
    let groups = ["MBTI", "big_5"].into_iter().filter_map(|key| stored?.get(key)?.as_array());
    groups
        .flatten()
        .filter_map(Value::as_object)
        .flatten()
        .map(|(name, rows)| {
            (name.clone(), rows.as_array().into_iter().flatten().filter_map(career).collect())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use chrono::Utc;
    use serde_json::json;

    use super::*;
    use crate::personality::Axis;
    use crate::records::Source;

    fn record(assessment: Option<Value>) -> SharedRecord {
        let numbers = |names: Vec<&str>, number: f64| {
            Value::Object(names.into_iter().map(|name| (name.to_owned(), json!(number))).collect())
        };
        SharedRecord {
            id: 1,
            source: Source::Questionnaire,
            questionnaire_version: None,
            questionnaire_hash: None,
            keyed_scores: None,
            result_mbti: Some(numbers(Mbti::ALL.iter().map(|mbti| mbti.name()).collect(), 0.0625)),
            result_big_five: Some(numbers(Trait::ALL.iter().map(|trait_| trait_.name()).collect(), 0.9)),
            career_data: None,
            models: None,
            data_version: None,
            reading: None,
            assessment,
            share_read: None,
            shared_interests: None,
            created_at: Utc::now(),
            finished_at: None,
        }
    }

    fn assessment() -> Value {
        let standing = json!({"percentile": 84.1, "low": 60.0, "high": 96.0, "above": 0.9});
        let of_trait = |trait_: Trait| {
            let score = json!({"mean": 1.0, "sd": 0.4});
            json!({"trait": trait_, "ratings": standing, "words": null, "together": standing, "score": score})
        };
        let of_axis = |axis: Axis| json!({"axis": axis, "words": null, "together": standing});
        json!({
            "version": 1,
            "norm": {"name": "people", "version": "1", "people": "some people"},
            "traits": Trait::ALL.map(of_trait),
            "axes": Axis::ALL.map(of_axis),
            "naming": {"kind": "one", "type": "INFP", "chance": 0.6561},
            "notices": [{"kind": "few_words", "words": 3, "wanted": 40}],
            "ground": {"words": 3, "ratings": 60, "explained": 0.3},
        })
    }

    #[test]
    fn careers_are_matched_with_the_assessed_levels_and_how_firmly_they_are_known() {
        let person = Stored(&record(Some(assessment()))).person().unwrap();
        assert!(person.traits.iter().all(|estimate| (estimate.mean, estimate.sd) == (1.0, 0.4)));
    }

    #[test]
    fn results_without_an_assessment_and_those_with_another_version_go_by_their_chances() {
        let by_chances = Stored(&record(None)).person().unwrap();
        let mut another = assessment();
        another["version"] = json!(2);
        another["traits"] = json!("in another form");
        assert_eq!(Stored(&record(Some(another))).person().unwrap(), by_chances);
        assert!(by_chances.traits.iter().all(|estimate| estimate.sd == 0.5 && estimate.mean > 0.6));
    }

    #[test]
    fn a_malformed_assessment_is_named() {
        let mut malformed = assessment();
        malformed["axes"] = json!([]);
        let error = Stored(&record(Some(malformed))).person().unwrap_err();
        assert!(error.to_string().contains("assessment"), "{error}");
    }
}
