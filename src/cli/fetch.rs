//! `calling models fetch`: downloads the two public models and shows the progress of each file.

use std::io::{IsTerminal, Write, stderr, stdout};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::outcome::{failed, shown};
use crate::models::{FetchProgress, HUB, PUBLIC_MODELS, fetch};
use crate::telemetry::sentence;

#[derive(Args, Debug)]
pub struct Arguments {
    /// Folder to download to: DIR/mbti and DIR/big-five
    #[arg(value_name = "DIR", default_value = "models/public")]
    into: PathBuf,
    /// Address of Hugging Face's hub or a mirror
    #[arg(long, value_name = "URL", env = "HF_ENDPOINT", default_value = HUB)]
    endpoint: String,
}

pub fn run(arguments: &Arguments) -> ExitCode {
    let mut meter = Meter::default();
    match fetch(&arguments.into, &arguments.endpoint, |step| meter.show(step)) {
        Ok(folders) => {
            let options = PUBLIC_MODELS.iter().zip(&folders);
            let options = options.map(|(m, folder)| format!(" --{}-model {}", m.folder, folder.display()));
            let line = options.collect::<String>();
            shown(writeln!(stdout().lock(), "Serve with them: calling{line}"))
        }
        Err(error) => failed(sentence(&error)),
    }
}

/// Shows a download's progress: one line that is overwritten in a terminal, one line per file elsewhere.
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
                        "\r{}  {:.1} of {:.1} MB  {percent}% ",
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
