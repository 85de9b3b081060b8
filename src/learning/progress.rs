//! A progress line for training and evaluation.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// Writes progress to standard error: one line that is overwritten on a terminal, or a line every half minute elsewhere.
#[derive(Debug)]
pub struct Progress {
    stage: String,
    first: usize,
    total: usize,
    started: Instant,
    written: Option<Instant>,
    terminal: bool,
    loss: Option<f64>,
}

impl Progress {
    /// For a stage of `total` steps that starts or resumes at step `first`.
    pub fn new(stage: &str, first: usize, total: usize) -> Progress {
        Progress {
            stage: stage.to_string(),
            first,
            total,
            started: Instant::now(),
            written: None,
            terminal: std::io::stderr().is_terminal(),
            loss: None,
        }
    }

    /// Reports a finished training step and its loss.
    pub fn step(&mut self, done: usize, loss: f32) {
        // A running mean over about 50 steps, since the loss varies from batch to batch.
        let weight = 1.0 / (done - self.first).clamp(1, 50) as f64;
        let before = self.loss.unwrap_or_default();
        self.loss = Some(before + weight * (f64::from(loss) - before));
        self.at(done, self.total);
    }

    /// Reports how much of the total is done.
    pub fn at(&mut self, done: usize, total: usize) {
        self.total = total;
        let pause = Duration::from_secs(if self.terminal { 1 } else { 30 });
        if done < self.total && self.written.unwrap_or(self.started).elapsed() < pause {
            return;
        }
        self.written = Some(Instant::now());
        let line = format!("{}: {}", self.stage, self.describe(done, self.started.elapsed()));
        // A failure to show progress is ignored.
        let _ = if self.terminal {
            let end = if done >= self.total { "\n" } else { "" };
            write!(std::io::stderr(), "\r\x1b[K{line}{end}")
        } else {
            writeln!(std::io::stderr(), "{line}")
        };
    }

    fn describe(&self, done: usize, spent: Duration) -> String {
        let width = 24;
        let filled = width * done / self.total.max(1);
        let bar: String = (0..width).map(|i| if i < filled { '=' } else { ' ' }).collect();
        let each = spent.as_secs_f64() / done.saturating_sub(self.first).max(1) as f64;
        let left = (each * self.total.saturating_sub(done) as f64).round() as u64;
        let loss = match self.loss {
            Some(loss) => format!("loss {loss:.4}, {:.2} steps/s, ", 1.0 / each),
            None => String::new(),
        };
        format!("[{bar}] {done}/{}, {loss}{}:{:02} left", self.total, left / 60, left % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_training_shows_step_loss_speed_and_time_left() {
        let progress = Progress { loss: Some(0.25), ..Progress::new("", 10, 200) };
        let line = progress.describe(50, Duration::from_secs(20));
        assert_eq!(line, "[======                  ] 50/200, loss 0.2500, 2.00 steps/s, 1:15 left");
    }

    #[test]
    fn an_evaluation_shows_how_much_is_done_and_the_time_left() {
        let line = Progress::new("", 0, 200).describe(50, Duration::from_secs(30));
        assert_eq!(line, "[======                  ] 50/200, 1:30 left");
        let nothing = Progress::new("", 0, 0).describe(0, Duration::ZERO);
        assert!(nothing.ends_with("0/0, 0:00 left"));
    }
}
