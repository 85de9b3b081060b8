//! The engine `command`: a program that gets the desired number of servers as its only argument, without a shell.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::engine::{Described, Engine, EngineError, PolicyKept, Removal, Said};
use super::policy::Policy;

/// How long the program may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// Bytes of its standard error that are kept at most.
const MOST_SAID: u64 = 8 * 1024;

/// Runs a program.
#[derive(Debug)]
pub struct Command {
    program: PathBuf,
    patience: Duration,
    /// Held while the program runs, so that two numbers are never set at once.
    one_at_a_time: Mutex<()>,
}

impl Command {
    /// The program is looked up each time it runs, so this does not fail.
    pub fn new(program: &Path) -> Command {
        Command { program: program.to_owned(), patience: PATIENCE, one_at_a_time: Mutex::default() }
    }

    fn run(&self, servers: u32) -> Result<(), EngineError> {
        let _alone = self.one_at_a_time.lock().unwrap_or_else(PoisonError::into_inner);
        let mut command = std::process::Command::new(&self.program);
        command.arg(servers.to_string()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        // Calling's settings hold secrets, and a server that the program starts has settings of its own.
        for (name, _) in std::env::vars_os() {
            if name.to_str().is_none_or(|name| name.starts_with("CALLING_") || name == "DATABASE_URL") {
                command.env_remove(name);
            }
        }
        let mut child = command.spawn().map_err(EngineError::NotStarted)?;
        let said = child.stderr.take().map(|pipe| {
            // Read to the end: a full pipe would block the program.
            std::thread::spawn(move || {
                let mut said = String::new();
                let read = pipe.take(MOST_SAID).read_to_string(&mut said);
                read.map_or_else(|error| error.to_string(), |_| said)
            })
        });
        let status = self.wait(&mut child)?;
        if status.success() {
            return Ok(());
        }
        // A child of the program may still hold the pipe open, so this does not wait for its end.
        let said = said.filter(|reader| reader.is_finished()).and_then(|reader| reader.join().ok());
        let last = said.as_deref().unwrap_or_default().trim().lines().last().unwrap_or_default();
        Err(EngineError::Failed { status, said: Said(last.to_owned()) })
    }

    /// Waits for the program's end, and kills it if it takes longer than `patience`.
    fn wait(&self, child: &mut Child) -> Result<ExitStatus, EngineError> {
        let until = Instant::now() + self.patience;
        loop {
            match child.try_wait().map_err(EngineError::NotStarted)? {
                Some(status) => return Ok(status),
                None if Instant::now() < until => std::thread::sleep(Duration::from_millis(20)),
                None => {
                    child.kill().and_then(|()| child.wait()).map_err(EngineError::NotStarted)?;
                    return Err(EngineError::TooSlow(self.patience));
                }
            }
        }
    }
}

impl Engine for Command {
    fn describe(&self) -> Result<Described, EngineError> {
        let what = "the program of --scale-program".to_owned();
        Ok(Described { what, desired: None, bounds: None, algorithm: None })
    }

    fn set_desired(&self, servers: u32) -> Result<(), EngineError> {
        self.run(servers)
    }

    /// The program takes a number only, so it cannot remove a particular server.
    fn remove(&self, _server: &str) -> Result<Removal, EngineError> {
        Ok(Removal::ByServer)
    }

    fn set_policy(&self, _policy: &Policy) -> Result<PolicyKept, EngineError> {
        Ok(PolicyKept::BoundsOnly)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::telemetry::sentence;

    fn program(folder: &tempfile::TempDir, script: &str) -> Command {
        let path = folder.path().join("scale; exit 9");
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        Command::new(&path)
    }

    #[test]
    fn the_program_gets_the_number_as_its_one_argument_and_no_secret() {
        let folder = tempfile::tempdir().unwrap();
        let said = folder.path().join("said");
        let engine =
            program(&folder, &format!("echo \"$#:$1:$DATABASE_URL\" >> {}; env >&2", said.display()));
        engine.set_desired(3).unwrap();
        engine.set_desired(0).unwrap();
        assert_eq!(std::fs::read_to_string(said).unwrap(), "1:3:\n1:0:\n");
    }

    #[test]
    fn a_failure_is_told_in_words_and_the_log_has_what_the_program_said() {
        let folder = tempfile::tempdir().unwrap();
        let error = program(&folder, "echo first >&2; echo no room >&2; exit 3").set_desired(2).unwrap_err();
        assert_eq!(error.to_string(), "the program ended with exit status: 3");
        let missing = Command::new(&folder.path().join("nothing")).set_desired(2).unwrap_err();
        assert!(sentence(&missing).contains("No such file"), "{}", sentence(&missing));
    }

    #[test]
    fn a_program_that_hangs_is_ended() {
        let folder = tempfile::tempdir().unwrap();
        let mut engine = program(&folder, "exec sleep 600");
        engine.patience = Duration::from_millis(200);
        let error = engine.set_desired(2).unwrap_err();
        assert!(matches!(error, EngineError::TooSlow(_)), "{error}");
    }
}
