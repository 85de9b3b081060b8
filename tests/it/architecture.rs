//! Data flows one way through the modules: what imports what is read from the sources.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Leaves that anyone may import.
const LEAVES: [&str; 3] = ["config", "telemetry", "metrics"];

/// What each module may import beside the leaves and itself.
const ALLOWED: [(&str, &[&str]); 16] = [
    (
        "cli",
        &[
            "startup",
            "web",
            "submissions",
            "survey",
            "inference",
            "models",
            "personality",
            "careers",
            "records",
            "datasets",
            "learning",
        ],
    ),
    (
        "startup",
        &["web", "submissions", "survey", "inference", "models", "personality", "careers", "records"],
    ),
    ("web", &["submissions", "survey", "inference", "models", "personality", "careers", "records"]),
    ("submissions", &["survey", "inference", "models", "personality", "careers", "records"]),
    ("survey", &["personality"]),
    ("inference", &["models", "personality"]),
    ("models", &["personality", "fused"]),
    ("fused", &[]),
    ("careers", &["personality"]),
    ("personality", &[]),
    ("records", &[]),
    ("datasets", &["careers", "personality"]),
    ("learning", &["survey", "inference", "models", "personality"]),
    ("config", &[]),
    ("telemetry", &[]),
    ("metrics", &[]),
];

fn rust_files(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

/// The top-level module that a file under src/ belongs to.
fn module_of(file: &Path, src: &Path) -> String {
    let inside = file.strip_prefix(src).unwrap();
    let first = inside.components().next().unwrap().as_os_str().to_string_lossy();
    first.trim_end_matches(".rs").to_string()
}

/// The modules named behind `crate::` in code, comments left out: `use crate::a::b` and `crate::a::b` in a line, and the
/// names in `use crate::{a, b::c}`.
fn imports(source: &str) -> BTreeSet<String> {
    let code: String =
        source.lines().map(|line| line.split("//").next().unwrap_or("")).collect::<Vec<_>>().join("\n");
    let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let mut found = BTreeSet::new();
    for rest in code.split("crate::").skip(1) {
        match rest.strip_prefix('{') {
            None => drop(found.insert(word(rest))),
            Some(group) => {
                let (mut depth, mut start) = (1, true);
                for (at, c) in group.char_indices() {
                    match c {
                        '{' => depth += 1,
                        '}' => depth -= 1,
                        ',' if depth == 1 => start = true,
                        c if start && depth == 1 && !c.is_whitespace() => {
                            found.insert(word(&group[at..]));
                            start = false;
                        }
                        _ => {}
                    }
                    if depth == 0 {
                        break;
                    }
                }
            }
        }
    }
    found.retain(|name| !name.is_empty());
    found
}

#[test]
fn imports_point_one_way() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let allowed: BTreeMap<_, _> = ALLOWED.into_iter().collect();
    let mut files = Vec::new();
    rust_files(&src, &mut files);
    assert!(files.len() > ALLOWED.len(), "only {} files under src", files.len());
    let mut wrong = Vec::new();
    for file in files {
        let module = module_of(&file, &src);
        if module == "main" || module == "lib" {
            continue;
        }
        let may =
            allowed.get(module.as_str()).unwrap_or_else(|| panic!("{module} is not in the list of modules"));
        for import in imports(&fs::read_to_string(&file).unwrap()) {
            let known = allowed.contains_key(import.as_str());
            if known
                && import != module
                && !LEAVES.contains(&import.as_str())
                && !may.contains(&import.as_str())
            {
                wrong.push(format!("{} imports {import}", file.strip_prefix(&src).unwrap().display()));
            }
        }
    }
    assert!(wrong.is_empty(), "against the direction of docs/ARCHITECTURE.md: {wrong:#?}");
}

#[test]
fn imports_are_found_in_every_form() {
    let source = "use crate::web::x;\nuse crate::{records::{Store, Row}, survey};\nlet a = crate::models::load();\n// crate::cli";
    let found: Vec<_> = imports(source).into_iter().collect();
    assert_eq!(found, ["models", "records", "survey", "web"]);
}
