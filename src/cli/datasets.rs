//! `calling datasets`: build the spreadsheets and the catalogue from their sources, or check the ones that are there.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;

use crate::config::{Datasets, locate};
use crate::datasets;

/// What to do with the datasets folder.
#[derive(Subcommand, Debug)]
pub enum Work {
    /// Make both spreadsheets and the catalogue anew from the sources in the folder
    Build {
        #[command(flatten)]
        folder: Datasets,
        /// A copy of docs/CAREERS.md whose computed part is to be written anew
        #[arg(long, value_name = "FILE")]
        report: Option<PathBuf>,
    },
    /// Read the spreadsheets and the catalogue as the server would, and say what is in them
    Check {
        #[command(flatten)]
        folder: Datasets,
    },
}

/// Does it.
pub fn run(work: &Work) -> ExitCode {
    let (Work::Build { folder, .. } | Work::Check { folder }) = work;
    let found = locate(folder.datasets.as_deref(), "datasets", "--datasets", "CALLING_DATASETS");
    let dir = match found {
        Ok(dir) => dir,
        Err(error) => return super::wrong_setting(error),
    };
    match work {
        Work::Build { report, .. } => {
            let built = datasets::build(&dir).and_then(|careers| {
                if let Some(document) = report {
                    datasets::write_report(&careers, document)?;
                }
                Ok(careers)
            });
            match built {
                Ok(careers) => super::shown(super::print(&format!(
                    "{}: {} occupations; {} rows for the types, {} for the traits",
                    dir.display(),
                    careers.composed.occupations.len(),
                    careers.type_rows().len(),
                    careers.trait_rows().len()
                ))),
                Err(error) => super::failed(error),
            }
        }
        Work::Check { .. } => match datasets::check(&dir) {
            Ok(checked) => {
                let mut lines =
                    format!("{}: {}, {} occupations", dir.display(), checked.version, checked.occupations);
                for (name, careers) in checked.types.iter().map(|(mbti, n)| (mbti.name(), n)) {
                    lines.push_str(&format!("\n{name}: {careers} careers"));
                }
                for (name, careers) in checked.traits.iter().map(|(t, n)| (t.name(), n)) {
                    lines.push_str(&format!("\n{name}: {careers} careers"));
                }
                super::shown(super::print(&lines))
            }
            Err(error) => super::wrong_setting(error),
        },
    }
}
