//! `calling models`: checks a model's folder, or downloads the two public models.

use std::io::{IsTerminal, Write, stderr, stdout};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;

use super::outcome::{failed, shown};
use crate::models::{FetchProgress, HUB, PUBLIC_MODELS, check, fetch};
use crate::telemetry::sentence;

#[derive(Subcommand, Debug)]
pub enum Work {
    /// Load a model as the server would, and print its architecture, labels, sizes and hashes
    Check {
        /// Folder in Hugging Face's layout
        #[arg(value_name = "DIR")]
        dir: PathBuf,
    },
    /// Download two public models for types and traits, ready to serve
    Fetch {
        /// Folder to download to: DIR/mbti and DIR/big-five
        #[arg(value_name = "DIR", default_value = "models/public")]
        into: PathBuf,
        /// Address of Hugging Face's hub or a mirror
        #[arg(long, value_name = "URL", env = "HF_ENDPOINT", default_value = HUB)]
        endpoint: String,
    },
}

pub fn run(work: &Work) -> ExitCode {
    match work {
        Work::Check { dir } => match check(dir) {
            Ok(report) => shown(write!(stdout().lock(), "{report}")),
            Err(error) => failed(sentence(&error)),
        },
        Work::Fetch { into, endpoint } => {
            let mut meter = Meter::default();
            match fetch(into, endpoint, |step| meter.show(step)) {
                Ok(folders) => {
                    let options = PUBLIC_MODELS.iter().zip(&folders);
                    let options =
                        options.map(|(m, folder)| format!(" --{}-model {}", m.folder, folder.display()));
                    let line = options.collect::<String>();
                    shown(writeln!(stdout().lock(), "Serve with them: calling{line}"))
                }
                Err(error) => failed(sentence(&error)),
            }
        }
    }
}

/// Shows a download's progress: in a terminal a line that is overwritten, elsewhere a line per file.
#[derive(Default)]
struct Meter {
    name: String,
    bytes: u64,
    received: u64,
    shown: u64,
}

impl Meter {
    fn show(&mut self, step: FetchProgress) {
        let terminal = stderr().is_terminal();
        match step {
            FetchProgress::Started { repository, file, bytes } => {
                *self = Meter { name: format!("{repository}: {file}"), bytes, received: 0, shown: 0 };
                if !terminal {
                    eprintln!("{}, {:.1} MB", self.name, megabytes(bytes));
                }
            }
            FetchProgress::Received(more) => {
                self.received += more;
                let percent = (100 * self.received).checked_div(self.bytes).unwrap_or(100);
                if terminal && percent != self.shown {
                    self.shown = percent;
                    eprint!(
                        "\r{}  {:.1} of {:.1} MB  {percent} % ",
                        self.name,
                        megabytes(self.received),
                        megabytes(self.bytes)
                    );
                }
            }
            FetchProgress::Finished if terminal => eprintln!(),
            FetchProgress::Finished => {}
        }
    }
}

fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
