//! `calling datasets`: check the spreadsheets and the catalog, or build them from their sources.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Subcommand;

#[cfg(feature = "training")]
use super::outcome::failed;
use super::outcome::{print, shown, wrong_setting};
use crate::careers::Catalog;
use crate::config::{Datasets, locate, option_name};
use crate::personality::{Mbti, Trait};

/// What to do with the datasets folder.
#[derive(Subcommand, Debug)]
pub enum Work {
    /// Build both spreadsheets and the catalog from the sources in the folder
    #[cfg(feature = "training")]
    Build(Build),
    /// Build both spreadsheets and the catalog from the sources in the folder (needs a build with the feature `training`)
    #[cfg(not(feature = "training"))]
    Build(super::unavailable::Arguments),
    /// Read the spreadsheets and the catalog as the server would, and print what is in them
    Check(Datasets),
}

/// Where the sources are, and whether to write the report too.
#[cfg(feature = "training")]
#[derive(clap::Args, Debug)]
pub struct Build {
    #[command(flatten)]
    folder: Datasets,
    /// Replace the computed part of this copy of docs/CAREERS.md
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

/// Builds or checks.
pub fn run(work: &Work) -> ExitCode {
    match work {
        #[cfg(feature = "training")]
        Work::Build(arguments) => {
            with_folder(&arguments.folder, |dir| build(dir, arguments.report.as_deref()))
        }
        #[cfg(not(feature = "training"))]
        Work::Build(_) => wrong_setting(super::unavailable::sentence("datasets build", "training")),
        Work::Check(folder) => with_folder(folder, check),
    }
}

fn with_folder(folder: &Datasets, work: impl FnOnce(&Path) -> ExitCode) -> ExitCode {
    let found: Result<PathBuf, _> =
        locate(folder.datasets.as_deref(), "datasets", || option_name!(Datasets, datasets));
    match found {
        Ok(dir) => work(&dir),
        Err(error) => wrong_setting(error),
    }
}

#[cfg(feature = "training")]
fn build(dir: &Path, report: Option<&Path>) -> ExitCode {
    use crate::datasets;

    let built = datasets::build(dir).and_then(|careers| {
        if let Some(document) = report {
            datasets::write_report(&careers, dir, document)?;
        }
        Ok(careers)
    });
    match built {
        Ok(careers) => shown(print(&format!(
            "{}: {} occupations; {} rows for the types, {} for the traits",
            dir.display(),
            careers.composed.occupations.len(),
            careers.type_rows().len(),
            careers.trait_rows().len()
        ))),
        Err(error) => failed(error),
    }
}

fn check(dir: &Path) -> ExitCode {
    let catalog = match Catalog::load(dir) {
        Ok(catalog) => catalog,
        Err(error) => return wrong_setting(error),
    };
    let occupations = catalog.occupations().len();
    let mut lines = format!("{}: {}, {occupations} occupations", dir.display(), catalog.version());
    for (file, sheet, careers) in catalog.sheets() {
        lines.push_str(&format!("\n{file}: sheet \"{sheet}\", {careers} careers"));
    }
    let types = Mbti::ALL.map(|mbti| (mbti.name(), catalog.of_type(mbti).len()));
    let traits = Trait::ALL.map(|t| (t.name(), catalog.of_trait(t).len()));
    for (name, careers) in types.into_iter().chain(traits) {
        lines.push_str(&format!("\n{name}: {careers} careers"));
    }
    shown(print(&lines))
}
