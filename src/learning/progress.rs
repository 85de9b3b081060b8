//! One line that says how far a training is and how long it will still take.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// Writes progress to standard error: a line that is written over on a terminal, one every half minute elsewhere.
#[derive(Debug)]
pub struct Progress {
    stage: String,
    first: usize,
    steps: usize,
    started: Instant,
    written: Option<Instant>,
    terminal: bool,
    loss: f64,
}

impl Progress {
    /// For a stage of `steps` steps that begins (or goes on) at step `first`.
    pub fn new(stage: &str, first: usize, steps: usize) -> Progress {
        let terminal = std::io::stderr().is_terminal();
        Progress {
            stage: stage.to_string(),
            first,
            steps,
            started: Instant::now(),
            written: None,
            terminal,
            loss: 0.0,
        }
    }

    /// Tells that a step is done, and its loss.
    pub fn step(&mut self, done: usize, loss: f32) {
        // A running mean over about fifty steps: single batches jump.
        let weight = 1.0 / (done - self.first).clamp(1, 50) as f64;
        self.loss += weight * (f64::from(loss) - self.loss);
        let pause = Duration::from_secs(if self.terminal { 1 } else { 30 });
        if done < self.steps && self.written.is_some_and(|w| w.elapsed() < pause) {
            return;
        }
        self.written = Some(Instant::now());
        let made = (done - self.first).max(1) as f64;
        let each = self.started.elapsed().as_secs_f64() / made;
        let left = each * self.steps.saturating_sub(done) as f64;
        let line = format!("{}: {}", self.stage, describe(done, self.steps, self.loss, each, left));
        // Progress that cannot be shown is no reason to stop a training.
        let _ = if self.terminal {
            let end = if done >= self.steps { "\n" } else { "" };
            write!(std::io::stderr(), "\r\x1b[K{line}{end}")
        } else {
            writeln!(std::io::stderr(), "{line}")
        };
    }
}

fn describe(done: usize, steps: usize, loss: f64, each: f64, left: f64) -> String {
    let width = 24;
    let filled = width * done / steps.max(1);
    let bar: String = (0..width).map(|i| if i < filled { '=' } else { ' ' }).collect();
    let left = left.round() as u64;
    format!(
        "[{bar}] {done}/{steps}, loss {loss:.4}, {:.2} steps/s, {}:{:02} left",
        1.0 / each,
        left / 60,
        left % 60
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_tells_step_loss_speed_and_time_left() {
        let line = describe(50, 200, 0.25, 0.5, 75.0);
        assert_eq!(line, "[======                  ] 50/200, loss 0.2500, 2.00 steps/s, 1:15 left");
    }
}
