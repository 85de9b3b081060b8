//! Turns a stored record into its page. The columns hold the JSON that was written when the reading finished, so the
//! page shows the same numbers and careers as long as the record exists.

use serde_json::Value;

use super::assessed::{self, AssessedView};
use super::best::BestCareers;
use super::charts::{AxisSplit, Bars, Ring};
use super::columns::{StoredKeyed, Unshowable, careers, keyed_scores, number, parsed};
use super::facts::{FACTS, Fact, Measure, Write};
use super::view::{CareerTable, InCatalog, KeyedView, ReadingView, share_read};
use super::words::in_words;
use crate::assessment::{ASSESSMENT_VERSION, Assessment};
use crate::careers::{Catalog, Filters, Person};
use crate::descriptions::Descriptions;
use crate::personality::{Mbti, ModelKind, Pair, Profile, Trait};
use crate::records::SharedRecord;
use crate::web::address;
use crate::web::numbers::percent;
use crate::web::state::AppState;

/// The data needed to show a record.
pub struct On<'a> {
    pub catalog: &'a Catalog,
    pub descriptions: &'a Descriptions,
}

impl<'a> On<'a> {
    pub fn of(state: &'a AppState) -> On<'a> {
        On { catalog: &state.catalog, descriptions: &state.descriptions }
    }
}

/// Decides which traits are below the middle.
struct Below<'a> {
    profile: &'a Profile,
    assessment: Option<&'a Assessment>,
}

impl Below<'_> {
    /// Whether the name is a trait with a probability below one half, or a level below the middle.
    fn is_below(&self, name: &str) -> bool {
        Trait::parse(name).is_some_and(|trait_| {
            let level = self.assessment.map(|assessment| assessment.of(trait_).together.level);
            self.profile.traits[trait_.index()] < 0.5 || level.is_some_and(assessed::is_below_middle)
        })
    }
}

/// A record without the parts that only its owner may see.
pub struct Stored<'a>(pub &'a SharedRecord);

impl Stored<'_> {
    /// The part that the owner's page and the shared page have in common. `base` is the path under which each career
    /// has its own page; see [`BestCareers::new`]. `person` is [`Stored::person`], with interests if they count.
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

    /// The assessment as the page shows it, if there is one.
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

    /// The assessment; `None` for results by models that do not weigh evidence, for results from before assessments
    /// existed, and for other versions of it.
    ///
    /// # Errors
    /// If the column is malformed.
    pub fn assessment(&self) -> Result<Option<Assessment>, Unshowable> {
        // An assessment of another version is ignored.
        let known = |stored: &&Value| stored["version"] == ASSESSMENT_VERSION;
        parsed("assessment", self.0.assessment.as_ref().filter(known))
    }

    /// The person to match careers with: from the assessment's levels, or from the probabilities alone.
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

    /// The tables for two types and two traits, each with the number that the charts show. A trait below the middle has
    /// none.
    fn career_tables(&self, below: &Below<'_>, catalog: &Catalog) -> Vec<CareerTable> {
        let profile = below.profile;
        let table = |(name, careers): (String, Vec<(String, u64)>)| {
            let share = Mbti::parse(&name)
                .map(|mbti| profile.types[mbti.index()])
                .or_else(|| Trait::parse(&name).map(|trait_| profile.traits[trait_.index()]));
            let known = |career: &str| {
                catalog.by_title(career).map(|o| InCatalog {
                    page: address::occupation(&o.soc),
                    mean: o.pay.mean,
                    caution: o.pay.caution(),
                })
            };
            CareerTable::new(name, share.map(percent).unwrap_or_default(), careers).linked(known)
        };
        let tables = careers(self.0.career_data.as_ref()).into_iter();
        tables.filter(|(name, _)| !below.is_below(name)).map(table).collect()
    }

    /// A fact about one model, from the column that has it.
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

#[cfg(test)]
mod tests;
