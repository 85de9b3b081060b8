//! The page of an occupation against the catalog.

use std::path::Path;

use scraper::{Html, Selector};

use super::*;

fn catalog() -> Catalog {
    Catalog::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets")).unwrap()
}

fn preview(url: &str) -> Preview {
    Preview { url: url.to_owned(), image: String::new() }
}

#[test]
fn the_chart_and_the_table_beside_it_say_the_same() {
    let catalog = catalog();
    let nurse = catalog.by_soc("29-1141").unwrap();
    let html = OccupationPage::new(&catalog, nurse, preview("/careers/29-1141")).render().unwrap();
    let page = Html::parse_document(&html);
    let select = |css: &str| page.select(&Selector::parse(css).unwrap()).collect::<Vec<_>>();
    let text = |css: &str| select(css).iter().flat_map(|e| e.text()).collect::<String>();
    assert_eq!(text("h1"), "Registered nurse");
    let chart = text("figure svg");
    for (_, amount) in
        PayChart::new(nurse).rows.iter().filter(|(name, _)| name.contains("10%") || *name == "Mean")
    {
        assert!(chart.contains(amount.as_str()), "{chart}: {amount}");
    }
    assert!(text("table").contains("$101,420"), "the mean wage of May 2025");
    assert_eq!(select("link[rel=canonical]")[0].attr("href"), Some("/careers/29-1141"));
    assert_eq!(select("#alike a").len(), SIMILAR);
}

/// Reasons use an element's plain name and these words of comparison.
#[test]
fn the_page_compares_every_figure_in_the_words_of_the_reasons() {
    let catalog = catalog();
    for occupation in catalog.occupations().iter().step_by(40) {
        let html = OccupationPage::new(&catalog, occupation, preview("/")).render().unwrap();
        let page = Html::parse_document(&html);
        let select = |css: &str| Selector::parse(css).unwrap();
        let rows: Vec<String> = page
            .select(&select("#asks ~ .pair tbody tr"))
            .map(|row| row.text().collect::<Vec<_>>().join("|"))
            .collect();
        assert_eq!(rows.len(), ELEMENT.len());
        let figures = catalog.figures(&occupation.soc).unwrap().figures;
        for (element, figure) in ELEMENT.iter().zip(figures) {
            let row = rows.iter().find(|row| row.contains(&format!("|{}|", element.plain))).unwrap();
            assert!(row.ends_with(&format!("|{}", Compared::of(figure).name())), "{row} {figure}");
        }
    }
}

/// The names in a sentence that lists them after a colon.
fn listed(sentence: &str) -> Vec<&str> {
    let (_, names) = sentence.split_once(": ").unwrap();
    names.strip_suffix('.').unwrap().split(", ").collect()
}

#[test]
fn tasks_and_technology_stand_on_the_page_as_the_catalog_has_them() {
    let catalog = catalog();
    let (mut with_tasks, mut in_demand, mut others) = (0, 0, 0);
    for occupation in catalog.occupations() {
        let html = OccupationPage::new(&catalog, occupation, preview("")).render().unwrap();
        let page = Html::parse_document(&html);
        let texts = |css: &str| -> Vec<String> {
            let one = |element: scraper::ElementRef<'_>| element.text().collect::<String>();
            page.select(&Selector::parse(css).unwrap()).map(one).collect()
        };
        // The catalog has the most typical task first.
        assert_eq!(texts("section[aria-labelledby=day] li"), occupation.tasks, "{}", occupation.title);
        let said = texts("section[aria-labelledby=day] p");
        let after = |begin: &str| said.iter().find(|p| p.starts_with(begin)).map(|p| listed(p));
        let (wanted, other) = occupation.technology.split_at(occupation.in_demand);
        let shown = after("Software and tools that employers ask for here: ").unwrap_or_default();
        assert_eq!(shown, wanted, "{}", occupation.title);
        let shown = after("Also used, and in demand in general: ").unwrap_or_default();
        assert_eq!(shown, other, "{}", occupation.title);
        with_tasks += usize::from(!occupation.tasks.is_empty());
        in_demand += usize::from(!wanted.is_empty());
        others += usize::from(!other.is_empty());
    }
    assert!(with_tasks == 768 && in_demand > 300 && others > 300, "{with_tasks} {in_demand} {others}");
}

#[test]
fn every_occupation_has_a_page_that_says_if_the_pay_is_that_of_a_wider_group() {
    let catalog = catalog();
    for occupation in catalog.occupations() {
        let html = OccupationPage::new(&catalog, occupation, preview("")).render().unwrap();
        let wider = occupation.pay.wider_group.is_some();
        assert_eq!(html.contains("publishes pay only for a wider group"), wider, "{}", occupation.title);
    }
}

#[test]
fn a_description_is_one_sentence_or_cut_after_a_word() {
    assert_eq!(first_sentence("Bake bread. Sell it.", 150), "Bake bread.");
    assert_eq!(first_sentence("Bake bread, rolls, and cakes.", 20), "Bake bread, rolls…");
}
