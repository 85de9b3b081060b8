//! The columns of a ranking's CSV that say about an occupation what its page says. Pure.

use crate::careers::education;
use crate::careers::fields::{self, EDUCATION_LEVELS};
use crate::careers::occupation::{Occupation, WorkValue};

/// A column with the cell of an occupation.
pub struct Column {
    pub name: String,
    pub cell: Box<dyn Fn(&Occupation) -> String>,
}

impl Column {
    fn new(name: impl Into<String>, cell: impl Fn(&Occupation) -> String + 'static) -> Column {
        Column { name: name.into(), cell: Box::new(cell) }
    }
}

/// The columns of schema 4, named after the fields of an occupation's JSON. What is not known is an empty cell.
pub fn details() -> Vec<Column> {
    let mut columns = vec![
        Column::new("median_salary_usd", |o| o.pay.median().to_string()),
        Column::new("salary_p25_usd", |o| o.pay.percentiles[1].to_string()),
        Column::new("salary_p75_usd", |o| o.pay.percentiles[3].to_string()),
        Column::new("salary_rse_pct", |o| o.pay.mean_rse.to_string()),
        Column::new("field", |o| fields::field(o.major_group()).unwrap_or_default().to_owned()),
        Column::new("employment", |o| o.pay.employment.to_string()),
        Column::new("self_employed_pct", |o| known(o.outlook.self_employed_pct)),
        Column::new("typical_education", |o| o.outlook.education.clone()),
        Column::new("typical_experience", |o| o.outlook.experience.clone()),
        Column::new("typical_training", |o| o.outlook.training.clone()),
    ];
    columns.extend(EDUCATION_LEVELS.into_iter().enumerate().map(|(level, name)| {
        Column::new(joined("required_education", name), move |o| known(o.education.map(|all| all[level])))
    }));
    columns.push(Column::new("education_disagreement", |o| known(education::disagreement(o))));
    columns.extend(WorkValue::ALL.map(|value| {
        let extent = move |o: &Occupation| o.values.as_ref().map(|values| values.extent[value.index()]);
        Column::new(joined("work_value", value.name()), move |o| known(extent(o)))
    }));
    columns.extend([
        Column::new("work_values_year", |o| known(o.values.as_ref().map(|values| values.year))),
        Column::new("tasks", |o| list(&o.tasks)),
        Column::new("technology", |o| list(&o.technology)),
        Column::new("in_demand", |o| o.in_demand.to_string()),
        Column::new("related", |o| list(&o.related)),
    ]);
    columns
}

fn known(value: Option<impl ToString>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

/// A list in one cell. No entry of the bundled catalog has this separator.
fn list(entries: &[String]) -> String {
    entries.join(" | ")
}

/// "required_education_bachelors_degree".
fn joined(group: &str, name: &str) -> String {
    let letters = name.to_lowercase().replace('\'', "");
    format!("{group}_{}", letters.replace(|letter: char| !letter.is_ascii_alphanumeric(), "_"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;
    use crate::careers::Catalog;

    fn catalog() -> Catalog {
        Catalog::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets")).unwrap()
    }

    fn cell(o: &Occupation, name: &str) -> String {
        let column = details().into_iter().find(|column| column.name == name).expect(name);
        (column.cell)(o)
    }

    #[test]
    fn columns_have_names_of_their_own_in_a_fixed_order() {
        let names: Vec<String> = details().into_iter().map(|column| column.name).collect();
        let place = |name: &str| names.iter().position(|known| known == name).expect(name);
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
        assert_eq!((place("median_salary_usd"), place("field")), (0, 4));
        assert_eq!(place("required_education_bachelors_degree"), 15);
        assert_eq!(place("required_education_post_doctoral_training"), 21);
        assert_eq!(place("work_value_working_conditions"), 24);
        assert_eq!((place("tasks"), names.len()), (30, 34));
    }

    #[test]
    fn cells_say_what_the_catalog_says() {
        let catalog = catalog();
        let nurse = catalog.by_soc("29-1141").unwrap();
        assert_eq!(cell(nurse, "field"), "Health care");
        assert_eq!(cell(nurse, "median_salary_usd"), nurse.pay.percentiles[2].to_string());
        assert_eq!(cell(nurse, "typical_education"), nurse.outlook.education);
        let bachelor = nurse.education.unwrap()[5].to_string();
        assert_eq!(cell(nurse, "required_education_bachelors_degree"), bachelor);
        let independence = nurse.values.as_ref().unwrap().extent[5].to_string();
        assert_eq!(cell(nurse, "work_value_independence"), independence);
        assert_eq!(cell(nurse, "work_values_year"), nurse.values.as_ref().unwrap().year.to_string());
        for o in catalog.occupations() {
            let tasks = cell(o, "tasks");
            let tasks: Vec<&str> = tasks.split(" | ").filter(|task| !task.is_empty()).collect();
            assert_eq!(tasks, o.tasks, "{}", o.soc);
            let technology = cell(o, "technology");
            let names: Vec<&str> = technology.split(" | ").filter(|name| !name.is_empty()).collect();
            assert_eq!(names, o.technology, "{}", o.soc);
        }
    }

    #[test]
    fn what_is_not_known_is_empty() {
        let catalog = catalog();
        let mut o = catalog.by_soc("29-1141").unwrap().clone();
        (o.education, o.values, o.outlook.self_employed_pct) = (None, None, None);
        for name in ["required_education_some_college", "work_value_support", "work_values_year"] {
            assert_eq!(cell(&o, name), "", "{name}");
        }
        assert_eq!((cell(&o, "self_employed_pct"), cell(&o, "education_disagreement")), Default::default());
    }
}
