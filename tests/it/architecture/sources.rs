//! Which file under src uses items of which other file, read from the sources.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use syn::visit::Visit;

/// A path as written, without generic arguments, and the name it is known by afterwards.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Import {
    path: Vec<String>,
    /// The local name that a `use` declares; `None` for a path in an expression or a type.
    name: Option<String>,
    /// Whether it is a `pub use`, which forwards an item and depends on nothing.
    forwards: bool,
}

/// What one file imports, defines and declares, leaving out whatever is compiled for tests only.
#[derive(Default)]
pub struct Paths {
    pub found: BTreeSet<Import>,
    /// Names of the items that the file defines.
    defined: BTreeSet<String>,
    /// Names of the modules that it declares for tests only.
    test_modules: Vec<String>,
}

fn for_tests_only(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("test")
            || (attribute.path().is_ident("cfg")
                && attribute.parse_args::<syn::Path>().is_ok_and(|path| path.is_ident("test")))
    })
}

/// The attributes of an item, and the name that it defines.
fn described(item: &syn::Item) -> (&[syn::Attribute], Option<&syn::Ident>) {
    match item {
        syn::Item::Const(item) => (&item.attrs, Some(&item.ident)),
        syn::Item::Enum(item) => (&item.attrs, Some(&item.ident)),
        syn::Item::Fn(item) => (&item.attrs, Some(&item.sig.ident)),
        syn::Item::Impl(item) => (&item.attrs, None),
        syn::Item::Mod(item) => (&item.attrs, Some(&item.ident)),
        syn::Item::Static(item) => (&item.attrs, Some(&item.ident)),
        syn::Item::Struct(item) => (&item.attrs, Some(&item.ident)),
        syn::Item::Trait(item) => (&item.attrs, Some(&item.ident)),
        syn::Item::Type(item) => (&item.attrs, Some(&item.ident)),
        syn::Item::Use(item) => (&item.attrs, None),
        _ => (&[], None),
    }
}

impl Paths {
    fn tree(&mut self, tree: &syn::UseTree, before: &[String], forwards: bool) {
        let with = |name: String| before.iter().cloned().chain([name]).collect::<Vec<_>>();
        let mut add = |path: Vec<String>, name: String| {
            self.found.insert(Import { path, name: Some(name), forwards });
        };
        match tree {
            syn::UseTree::Path(path) => self.tree(&path.tree, &with(path.ident.to_string()), forwards),
            syn::UseTree::Name(name) if name.ident == "self" => {
                let last = before.last().cloned().unwrap_or_default();
                add(before.to_vec(), last);
            }
            syn::UseTree::Name(name) => add(with(name.ident.to_string()), name.ident.to_string()),
            syn::UseTree::Rename(rename) => {
                add(with(rename.ident.to_string()), rename.rename.to_string());
            }
            syn::UseTree::Glob(_) => add(with("*".into()), "*".into()),
            syn::UseTree::Group(group) => {
                for item in &group.items {
                    self.tree(item, before, forwards);
                }
            }
        }
    }

    /// Macros are not parsed, but paths in their tokens are `ident :: ident` all the same.
    fn tokens(&mut self, tokens: proc_macro2::TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut colons = 0;
        let end = |path: &mut Vec<String>, found: &mut BTreeSet<Import>| {
            if path.len() > 1 {
                found.insert(Import { path: std::mem::take(path), name: None, forwards: false });
            }
            path.clear();
        };
        for token in tokens {
            match token {
                proc_macro2::TokenTree::Ident(ident) => {
                    if colons != 2 {
                        end(&mut path, &mut self.found);
                    }
                    path.push(ident.to_string());
                    colons = 0;
                }
                proc_macro2::TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                other => {
                    end(&mut path, &mut self.found);
                    colons = 0;
                    if let proc_macro2::TokenTree::Group(group) = other {
                        self.tokens(group.stream());
                    }
                }
            }
        }
        end(&mut path, &mut self.found);
    }
}

impl<'ast> Visit<'ast> for Paths {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        let (attributes, name) = described(item);
        if !for_tests_only(attributes) {
            self.defined.extend(name.map(ToString::to_string));
            syn::visit::visit_item(self, item);
        } else if let syn::Item::Mod(module) = item {
            self.test_modules.push(module.ident.to_string());
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.tree(&item.tree, &[], !matches!(item.vis, syn::Visibility::Inherited));
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if segments.len() > 1 {
            self.found.insert(Import { path: segments, name: None, forwards: false });
        }
        syn::visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, makro: &'ast syn::Macro) {
        self.tokens(makro.tokens.clone());
    }
}

/// Reads one source text.
pub fn read(source: &str) -> syn::Result<Paths> {
    let mut paths = Paths::default();
    paths.visit_file(&syn::parse_file(source)?);
    Ok(paths)
}

/// All files of a crate by their module path, such as `web::page`, with their imports.
pub struct Sources {
    files: BTreeMap<String, Paths>,
}

impl Sources {
    pub fn of_this_crate() -> Sources {
        let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut texts = Vec::new();
        collect(&src, &src, &mut texts);
        let texts: Vec<(&str, &str)> = texts.iter().map(|(module, text)| (&**module, &**text)).collect();
        Sources::from_texts(&texts)
    }

    pub fn from_texts(texts: &[(&str, &str)]) -> Sources {
        let mut files: BTreeMap<String, Paths> = texts
            .iter()
            .map(|(module, text)| {
                let found = read(text).unwrap_or_else(|error| panic!("{module}: {error}"));
                ((*module).to_owned(), found)
            })
            .collect();
        let for_tests: Vec<String> = files
            .iter()
            .flat_map(|(module, paths)| paths.test_modules.iter().map(|name| joined(module, name)))
            .collect();
        files.retain(|module, _| {
            !for_tests.iter().any(|test| {
                module.strip_prefix(test).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
            })
        });
        Sources { files }
    }

    pub fn modules(&self) -> impl Iterator<Item = &String> {
        self.files.keys()
    }

    /// For each file, the top-level modules that its paths name: `models` for a path `crate::models::Precision`, wherever
    /// that type is defined.
    pub fn named_modules(&self) -> BTreeMap<String, BTreeSet<String>> {
        let named = |module: &str, paths: &Paths| {
            paths
                .found
                .iter()
                .filter(|import| import.path.first().is_some_and(|first| first == "crate"))
                .filter_map(|import| import.path.get(1))
                // What the crate in src/fused calls `crate` is that crate.
                .filter(|_| top(module) != "fused")
                .filter(|name| self.files.contains_key(*name))
                .cloned()
                .collect()
        };
        self.files.iter().map(|(module, paths)| (module.clone(), named(module, paths))).collect()
    }

    /// For each file, the other files that define what it uses.
    pub fn edges(&self) -> BTreeMap<String, BTreeSet<String>> {
        self.files
            .iter()
            .map(|(module, paths)| {
                let used = paths
                    .found
                    .iter()
                    .filter(|import| !import.forwards)
                    .filter_map(|import| self.definer(module, &import.path, 0))
                    .filter(|target| target != module)
                    .collect();
                (module.clone(), used)
            })
            .collect()
    }

    /// The file that defines what a path of this module names; `None` where it leads out of the crate.
    fn definer(&self, module: &str, path: &[String], depth: usize) -> Option<String> {
        if depth > 16 {
            return None;
        }
        let (first, rest) = path.split_first()?;
        match first.as_str() {
            // A crate of its own.
            "crate" if top(module) == "fused" => self.descend("fused", rest, depth),
            "crate" => self.descend("", rest, depth),
            "self" => self.descend(module, rest, depth),
            "super" => self.descend(parent(module), rest, depth),
            name => {
                let child = joined(module, name);
                if self.files.contains_key(&child) {
                    return self.descend(&child, rest, depth);
                }
                // A name that a `use` of this file declares: a module or a type.
                let declared = self.files.get(module)?.found.iter().find(|import| {
                    import.name.as_deref() == Some(name) && import.path.first().is_some_and(|f| f != name)
                })?;
                let whole: Vec<String> = declared.path.iter().chain(rest).cloned().collect();
                self.definer(module, &whole, depth + 1)
            }
        }
    }

    /// Follows a path from a module down to the file that defines its item, through re-exports.
    fn descend(&self, module: &str, rest: &[String], depth: usize) -> Option<String> {
        let here = if module.is_empty() { "lib" } else { module };
        let Some((first, deeper)) = rest.split_first() else {
            return self.files.contains_key(here).then(|| here.to_owned());
        };
        if first == "super" {
            return self.descend(parent(module), deeper, depth);
        }
        let child = joined(module, first);
        if self.files.contains_key(&child) {
            return self.descend(&child, deeper, depth);
        }
        let file = self.files.get(here)?;
        if file.defined.contains(first) {
            return Some(here.to_owned());
        }
        if let Some(forward) = file.found.iter().find(|i| i.name.as_ref() == Some(first)) {
            let whole: Vec<String> = forward.path.iter().chain(deeper).cloned().collect();
            if let Some(found) = self.definer(here, &whole, depth + 1) {
                return Some(found);
            }
        }
        for glob in file.found.iter().filter(|i| i.forwards && i.name.as_deref() == Some("*")) {
            let inside = &glob.path[..glob.path.len() - 1];
            let found = self.definer(here, inside, depth + 1);
            if found.as_ref().is_some_and(|found| self.files[found].defined.contains(first)) {
                return found;
            }
        }
        Some(here.to_owned())
    }
}

/// The module of the crate's root that holds a file.
pub fn top(module: &str) -> &str {
    module.split("::").next().unwrap()
}

fn parent(module: &str) -> &str {
    module.rsplit_once("::").map_or("", |(parent, _)| parent)
}

fn joined(module: &str, name: &str) -> String {
    if module.is_empty() || module == "lib" { name.to_owned() } else { format!("{module}::{name}") }
}

/// Every file under src by its module path.
fn collect(dir: &Path, src: &Path, texts: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, src, texts);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let inside = path.strip_prefix(src).unwrap().with_extension("");
            let mut names: Vec<_> =
                inside.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
            if names.last().is_some_and(|name| name == "mod") {
                names.pop();
            }
            texts.push((names.join("::"), fs::read_to_string(&path).unwrap()));
        }
    }
}
