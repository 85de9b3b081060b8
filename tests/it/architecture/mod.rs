//! Imports point one way: between the modules as docs/ARCHITECTURE.md draws them, and between the files inside each module.

mod sources;

use std::collections::{BTreeMap, BTreeSet};

use sources::{Sources, read, top};

/// Modules that any other may import.
const LEAVES: [&str; 3] = ["config", "telemetry", "metrics"];

/// What each module may import, besides the leaves and itself: a line a module.
const ALLOWED: &str = "
cli: startup web accounts submissions assessment norm survey inference models personality careers records datasets learning
startup: web mail accounts submissions statistics assessment descriptions norm survey inference models personality careers records scaling
web: accounts submissions statistics assessment descriptions norm survey inference models personality careers records scaling
statistics: assessment personality
submissions: assessment norm survey inference models personality careers records
assessment: survey inference norm personality
survey: personality
inference: models personality
models: personality fused
fused:
careers: norm personality
personality:
norm: personality
descriptions: norm personality
records: careers personality scaling
scaling:
accounts:
mail: records
datasets: careers personality
learning: assessment norm survey inference models personality
config:
telemetry:
metrics:
";

/// Files of the crate root, which may import anything.
const ROOT: [&str; 3] = ["lib", "main", "internals"];

/// The groups of files that import each other in a cycle, directly or through others.
fn cycles(edges: &BTreeMap<String, BTreeSet<String>>) -> Vec<Vec<String>> {
    let reachable = |from: &str| {
        let mut seen = BTreeSet::new();
        let mut open = vec![from.to_owned()];
        while let Some(at) = open.pop() {
            for next in edges.get(&at).into_iter().flatten() {
                if seen.insert(next.clone()) {
                    open.push(next.clone());
                }
            }
        }
        seen
    };
    let all: BTreeMap<&String, BTreeSet<String>> = edges.keys().map(|file| (file, reachable(file))).collect();
    let mut found = BTreeSet::new();
    for (file, reached) in &all {
        if reached.contains(*file) {
            let group: Vec<String> = reached
                .iter()
                .filter(|other| all.get(other).is_some_and(|back| back.contains(*file)))
                .cloned()
                .collect();
            found.insert(group);
        }
    }
    found.into_iter().collect()
}

#[test]
fn modules_import_one_way() {
    let sources = Sources::of_this_crate();
    let lines = ALLOWED.trim().lines().map(|line| line.split_once(':').unwrap());
    let allowed: BTreeMap<&str, Vec<&str>> =
        lines.map(|(module, imports)| (module, imports.split_whitespace().collect())).collect();
    assert!(sources.modules().count() > allowed.len(), "too few files under src");
    let mut wrong = BTreeSet::new();
    for (from, imports) in sources.named_modules() {
        let module = top(&from);
        if ROOT.contains(&module) {
            continue;
        }
        let may = allowed.get(module).unwrap_or_else(|| panic!("{module} is not in the list of modules"));
        for import in imports.iter().map(String::as_str) {
            if import != module && !LEAVES.contains(&import) && !may.contains(&import) {
                wrong.insert(format!("{from} imports {import}"));
            }
        }
    }
    assert!(wrong.is_empty(), "against the direction of docs/ARCHITECTURE.md: {wrong:#?}");
}

#[test]
fn files_of_a_module_import_one_way() {
    let found = cycles(&Sources::of_this_crate().edges());
    assert!(found.is_empty(), "files that import each other in a circle: {found:#?}");
}

#[test]
fn imports_are_found_in_every_form() {
    let sources = Sources::from_texts(&[
        ("lib", "mod web; mod records; mod models;"),
        ("records", "mod store; mod row; pub use store::Store; pub use row::{Row as Line, *};"),
        ("records::store", "pub struct Store; pub fn open() {}"),
        ("records::row", "pub struct Row; pub struct Other;"),
        ("models", "pub mod labels; pub fn load() {}"),
        ("models::labels", "pub struct Labels;"),
        (
            "web",
            "use crate::{records::{Store, Line}, models::labels}; // use crate::comment;
             #[cfg(test)] mod tests { use crate::nothing::X; }
             fn a() -> labels::Labels { tracing::info!(x = crate::models::load()); super::records::Other }",
        ),
    ]);
    let found = sources.edges();
    assert_eq!(
        found["web"].iter().map(String::as_str).collect::<Vec<_>>(),
        ["models", "models::labels", "records::row", "records::store"]
    );
    assert!(found["records"].is_empty(), "a re-export is no dependency: {:?}", found["records"]);
    assert_eq!(read("use a::b; fn f() { c::d::e(); }").unwrap().found.len(), 2);
}

#[test]
fn a_circle_through_a_re_export_is_found() {
    let sources = Sources::from_texts(&[
        ("records", "mod leases; mod submit; pub use leases::Lease; pub use submit::Span;"),
        ("records::leases", "use super::Span; pub struct Lease;"),
        ("records::submit", "use super::leases::Lease; pub struct Span;"),
    ]);
    assert_eq!(cycles(&sources.edges()), [["records::leases", "records::submit"]]);
}
