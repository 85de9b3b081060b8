//! The filters of [`Filters::parse`](crate::careers::Filters::parse) in the description of the JSON addresses.

use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ArrayBuilder, Type};
use utoipa::openapi::{ObjectBuilder, RefOr, Required, Schema};

use crate::careers::fields::{FIELDS, JOB_ZONES};
use crate::careers::filters::{Growth, MOST_PAGES, Sort};
use crate::careers::occupation::WorkValue;

/// The filters of a list of occupations.
pub struct ListQuery;

/// The filters of a ranking, which can also weigh wishes.
pub struct RankingQuery;

impl IntoParams for ListQuery {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        filters()
    }
}

impl IntoParams for RankingQuery {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let mut parameters = filters();
        parameters.extend(wishes());
        parameters
    }
}

fn filters() -> Vec<Parameter> {
    let zone = || whole(1, Some(JOB_ZONES.len()));
    let fields = FIELDS.map(|(code, name)| format!("{code} {}", name.to_lowercase())).join(", ");
    vec![
        query("q", "Words to search titles for, with typing errors. 120 characters count.", text()),
        query(
            "sort",
            "The order. `fit` is by name where nobody's fit is known, and `match` counts with `q` alone.",
            one_of([Sort::Fit, Sort::Salary, Sort::Match].map(Sort::name)),
        ),
        query("zone", "O*NET's job zones to show; may be repeated.", list(zone())),
        query("prep", "The highest job zone to show.", zone()),
        query(
            "salary",
            "The lowest mean wage to show, whole US dollars a year.",
            whole(0, Some(u32::MAX as usize)),
        ),
        query(
            "growth",
            "`steady`: employment is not projected to shrink. `fast`: it grows at least as fast as the average.",
            one_of([Growth::Steady, Growth::Fast].map(Growth::name)),
        ),
        query("field", &format!("A SOC major group: {fields}."), one_of(FIELDS.map(|(code, _)| code))),
        query("page", "Pages have 25 rows. A page after the last is the last.", whole(1, Some(MOST_PAGES))),
    ]
}

fn wishes() -> Vec<Parameter> {
    let values = WorkValue::ALL.map(WorkValue::parameter);
    vec![
        query(
            "value",
            "What matters to the person at work, the most important first; may be repeated. It changes the order alone.",
            list(one_of(values)),
        ),
        query(
            "weigh",
            "What else counts in the fit; may be repeated. It changes the order alone.",
            list(one_of(["pay", "growth"])),
        ),
        query(
            "likes",
            "The mean answers, from 1 to 5, to activities of the six interests in Holland's order, such as \
             2.5-4-1-3-3-2; `none` leaves out what is stored.",
            ObjectBuilder::new().schema_type(Type::String).pattern(Some(LIKES)),
        ),
    ]
}

/// Six numbers from 1 to 5, or none.
const LIKES: &str = r"^(none|([1-4](\.[0-9]+)?|5(\.0+)?)(-([1-4](\.[0-9]+)?|5(\.0+)?)){5})$";

fn query(name: &str, description: &str, schema: impl Into<RefOr<Schema>>) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Query)
        .required(Required::False)
        .description(Some(description))
        .schema(Some(schema))
        .build()
}

fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

fn one_of<const N: usize>(values: [&str; N]) -> ObjectBuilder {
    text().enum_values(Some(values))
}

fn whole(least: usize, most: Option<usize>) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(least)).maximum(most)
}

/// `name=a&name=b`, which is how OpenAPI writes a list by default.
fn list(of: ObjectBuilder) -> ArrayBuilder {
    ArrayBuilder::new().items(of)
}
