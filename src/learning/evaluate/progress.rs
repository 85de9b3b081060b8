//! One line that says how far an evaluation is and how long the step will still take.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// Writes to standard error: a line that is written over on a terminal, one every half minute elsewhere.
pub struct Bar {
    stage: String,
    started: Instant,
    written: Option<Instant>,
    terminal: bool,
}

impl Bar {
    /// For a step of this name that begins now.
    pub fn new(stage: &str) -> Bar {
        Bar {
            stage: stage.to_owned(),
            started: Instant::now(),
            written: None,
            terminal: std::io::stderr().is_terminal(),
        }
    }

    /// Tells how much is done.
    pub fn show(&mut self, done: usize, total: usize) {
        let pause = if self.terminal { Duration::from_millis(200) } else { Duration::from_secs(30) };
        if done < total && self.written.unwrap_or(self.started).elapsed() < pause {
            return;
        }
        self.written = Some(Instant::now());
        let line = format!("{}: {}", self.stage, describe(done, total, self.started.elapsed()));
        // Progress that cannot be shown is no reason to stop.
        let _ = if self.terminal {
            let end = if done >= total { "\n" } else { "" };
            write!(std::io::stderr(), "\r\x1b[K{line}{end}")
        } else {
            writeln!(std::io::stderr(), "{line}")
        };
    }
}

fn describe(done: usize, total: usize, spent: Duration) -> String {
    let width = 24;
    let filled = width * done / total.max(1);
    let bar: String = (0..width).map(|i| if i < filled { '=' } else { ' ' }).collect();
    let left = spent.as_secs_f64() / done.max(1) as f64 * total.saturating_sub(done) as f64;
    let left = left.round() as u64;
    format!("[{bar}] {done}/{total}, {}:{:02} left", left / 60, left % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_tells_how_far_and_how_long() {
        let line = describe(50, 200, Duration::from_secs(30));
        assert_eq!(line, "[======                  ] 50/200, 1:30 left");
        assert!(describe(0, 0, Duration::ZERO).ends_with("0/0, 0:00 left"));
    }
}
