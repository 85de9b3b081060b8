//! Starting, wrong settings, and stopping.

use std::net::TcpListener;
use std::process::Command;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::harness::{BIG_FIVE_MODEL, DATASETS, Process, Site, calling, output};

/// Runs the program in an empty folder with one wrong setting. Returns the sentence it prints.
fn refused(adjust: impl FnOnce(&mut Command)) -> String {
    let folder = TempDir::new().unwrap();
    let mut command = calling(&[]);
    command.env("CALLING_LISTEN", "127.0.0.1:0");
    command.current_dir(&folder);
    adjust(&mut command);
    let output = output(&mut command);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert_eq!(said.trim_end().lines().count(), 1, "not a single line: {said}");
    assert!(output.stdout.is_empty());
    let left: Vec<_> = std::fs::read_dir(&folder).unwrap().collect();
    assert!(left.is_empty(), "left behind: {left:?}");
    said
}

#[test]
fn a_wrong_address_is_reported_with_what_was_expected() {
    let said = refused(|command| {
        command.args(["--listen", "localhost"]);
    });
    assert!(said.contains("--listen (CALLING_LISTEN)") && said.contains("127.0.0.1:8080"), "{said}");
}

#[test]
fn a_wrong_value_in_the_environment_is_reported_with_its_variable() {
    let said = refused(|command| {
        command.env("CALLING_TRUSTED_PROXIES", "10.0.0.0/8,example.org");
    });
    assert!(said.contains("CALLING_TRUSTED_PROXIES") && said.contains("example.org"), "{said}");
}

#[test]
fn a_port_in_use_is_reported() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let said = refused(|command| {
        command.env("CALLING_LISTEN", &address);
    });
    assert!(said.contains(&address) && said.contains("in use"), "{said}");
}

#[test]
fn a_folder_without_a_questionnaire_is_reported() {
    let elsewhere = TempDir::new().unwrap();
    let said = refused(|command| {
        command.env("CALLING_DATASETS", elsewhere.path());
    });
    let file = elsewhere.path().join("questionnaire.toml");
    assert!(said.contains("--datasets (CALLING_DATASETS)"), "{said}");
    assert!(said.contains(file.to_str().unwrap()), "{said}");
}

#[test]
fn an_unknown_database_is_refused_without_a_file_left_behind_or_a_password_shown() {
    let said = refused(|command| {
        command.env("DATABASE_URL", "mysql://user:hunter2@db/calling");
    });
    assert!(said.contains("--database-url (DATABASE_URL)") && said.contains("postgres://"), "{said}");
    assert!(!said.contains("hunter2"), "{said}");
}

#[test]
fn database_addresses_that_can_never_work_stop_the_start() {
    for (address, reason) in [
        ("postgres://u:hunter2@127.0.0.1:5432/d?schema=public", "does not know: schema"),
        (
            "postgres://u:hunter2@127.0.0.1:5432/d?pgbouncer=true&connection_limit=5",
            "does not know: pgbouncer",
        ),
        ("postgres://u:hunter2@127.0.0.1:5432/d?sslmode=no-verify", "sslmode must be"),
        ("postgres://u:hunter2@127.0.0.1:abc/d", "port"),
        ("postgres://u:hunter2@127.0.0.1:5432/d\n", "line break"),
        ("postgres://u:hunter2/@127.0.0.1:5432/d", "write / as %2F"),
        ("sqlite://calling.db?mode=rwc", "parameters"),
    ] {
        let said = refused(|command| {
            command.env("DATABASE_URL", address);
        });
        assert!(said.contains("--database-url (DATABASE_URL)") && said.contains(reason), "{said}");
        assert!(!said.contains("hunter2"), "{said}");
    }
}

#[cfg(unix)]
#[actix_web::test]
async fn the_sqlite_files_are_closed_to_other_users() {
    use std::os::unix::fs::PermissionsExt;
    let folder = TempDir::new().unwrap();
    let modes = || -> Vec<(String, u32)> {
        let files = std::fs::read_dir(&folder).unwrap().map(Result::unwrap);
        let mode = |file: &std::fs::DirEntry| file.metadata().unwrap().permissions().mode() & 0o777;
        files.map(|file| (file.file_name().into_string().unwrap(), mode(&file))).collect()
    };
    // Wait until the write-ahead log exists.
    let opened = async |server: &Process| {
        while !folder.path().join("calling.db-wal").exists() {
            reqwest::get(format!("http://{}/ready", server.address)).await.unwrap();
        }
    };
    let started = server(&folder);
    opened(&started).await;
    let made = modes();
    assert!(made.len() >= 3 && made.iter().all(|(_, mode)| *mode == 0o600), "{made:?}");
    started.kill();
    // As an earlier version left them.
    for (file, _) in &made {
        let open = std::fs::Permissions::from_mode(0o644);
        std::fs::set_permissions(folder.path().join(file), open).unwrap();
    }
    let started = server(&folder);
    opened(&started).await;
    // The killed server's own file is deleted, not closed, at some moment after the start.
    let dead: Vec<&String> =
        made.iter().map(|(file, _)| file).filter(|file| file.contains("-worker-")).collect();
    let closed: Vec<_> = modes().into_iter().filter(|(file, _)| !dead.contains(&file)).collect();
    assert!(closed.len() >= 3 && closed.iter().all(|(_, mode)| *mode == 0o600), "{closed:?}");
    started.kill();
}

#[test]
fn a_folder_without_a_model_is_reported() {
    let elsewhere = TempDir::new().unwrap();
    let said = refused(|command| {
        command.env("CALLING_MBTI_MODEL", elsewhere.path());
    });
    assert!(said.contains("--mbti-model (CALLING_MBTI_MODEL)"), "{said}");
    assert!(said.contains(elsewhere.path().to_str().unwrap()) && said.contains("config.json"), "{said}");
}

#[test]
fn swapped_models_are_refused() {
    let said = refused(|command| {
        command.env("CALLING_MBTI_MODEL", BIG_FIVE_MODEL);
    });
    assert!(said.contains("--mbti-model (CALLING_MBTI_MODEL)") && said.contains("swapped"), "{said}");
}

#[test]
fn a_file_that_is_no_spreadsheet_is_reported() {
    let datasets = TempDir::new().unwrap();
    for file in ["questionnaire.toml", "occupations.jsonl", "5-big-traits-career.xlsx"] {
        std::fs::copy(format!("{DATASETS}/{file}"), datasets.path().join(file)).unwrap();
    }
    std::fs::create_dir(datasets.path().join("norm")).unwrap();
    for file in ["norm.toml", "items.csv", "traits.csv", "percentiles.csv", "correlations.csv"] {
        std::fs::copy(format!("{DATASETS}/norm/{file}"), datasets.path().join("norm").join(file)).unwrap();
    }
    std::fs::write(datasets.path().join("MBTI-career.xlsx"), "Type,Career\n").unwrap();
    let said = refused(|command| {
        command.env("CALLING_DATASETS", datasets.path());
    });
    assert!(said.contains("--datasets (CALLING_DATASETS)") && said.contains("MBTI-career.xlsx"), "{said}");
}

#[test]
fn without_a_setting_every_place_searched_is_reported() {
    let said = refused(|command| {
        command.env_remove("CALLING_DATASETS");
    });
    assert!(said.contains("--datasets (CALLING_DATASETS)") && said.contains(" or "), "{said}");
}

#[test]
fn a_precision_that_the_processor_lacks_is_reported_with_those_it_has() {
    let said = refused(|command| {
        command.args(["--instructions", "portable", "--precision", "bf16"]);
    });
    assert!(said.contains("--precision (CALLING_PRECISION) is bf16"), "{said}");
    assert!(
        said.contains("cannot compute in bf16 with portable instructions") && said.contains("f32"),
        "{said}"
    );
}

#[test]
fn an_unknown_precision_is_reported_with_the_known_ones() {
    let said = refused(|command| {
        command.env("CALLING_PRECISION", "fp8");
    });
    assert!(said.contains("--precision (CALLING_PRECISION) is \"fp8\""), "{said}");
    assert!(said.contains("auto or f32 or bf16 or int8"), "{said}");
}

#[test]
fn a_metrics_address_in_use_stops_the_start() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let said = refused(|command| {
        command.env("CALLING_METRICS_LISTEN", &address);
    });
    assert!(said.contains("--metrics-listen (CALLING_METRICS_LISTEN)") && said.contains(&address), "{said}");
    let said = refused(|command| {
        command.args(["--metrics-listen", "somewhere"]);
    });
    assert!(said.contains("--metrics-listen") && said.contains("or off"), "{said}");
}

#[test]
fn help_shows_settings_with_their_variables_and_defaults() {
    let output = output(&mut calling(&["--help"]));
    let help = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success());
    for expected in [
        "--listen <ADDRESS:PORT>",
        "CALLING_LISTEN",
        "[default: 127.0.0.1:8080]",
        "DATABASE_URL",
        "[default: sqlite://calling.db]",
        "CALLING_MBTI_MODEL",
        "CALLING_BIG_FIVE_MODEL",
        "CALLING_DATASETS",
        "CALLING_PUBLIC_URL",
        "CALLING_TRUSTED_PROXIES",
        // The default of --deadline: less than the 60 seconds after which load balancers close a connection.
        "[default: 55]",
    ] {
        assert!(help.contains(expected), "{expected} is missing from\n{help}");
    }
}

#[test]
fn help_never_shows_the_database_password() {
    let mut command = calling(&["--help"]);
    let output = output(command.env("DATABASE_URL", "postgres://user:hunter2@db/calling"));
    assert!(!String::from_utf8(output.stdout).unwrap().contains("hunter2"));
}

/// A running server in an empty folder, as a child process.
fn server(folder: &TempDir) -> Process {
    let mut command = calling(&["--listen", "127.0.0.1:0"]);
    command.current_dir(folder);
    Process::start(&mut command)
}

#[test]
fn healthcheck_succeeds_while_the_server_runs() {
    let folder = TempDir::new().unwrap();
    let server = server(&folder);
    let address = server.address.to_string();
    assert!(output(&mut calling(&["healthcheck", "--listen", &address])).status.success());
    server.kill();
    let gone = output(&mut calling(&["healthcheck", "--listen", &address]));
    assert_eq!(gone.status.code(), Some(1));
    assert!(String::from_utf8(gone.stderr).unwrap().contains("did not answer"));
}

#[test]
fn sigterm_stops_an_idle_server_at_once() {
    let folder = TempDir::new().unwrap();
    let server = server(&folder);
    server.terminate();
    let (code, took, log) = server.ended();
    assert_eq!(code, Some(0), "{log}");
    assert!(took < Duration::from_secs(3), "took {took:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn the_server_uses_no_huge_pages() {
    let folder = TempDir::new().unwrap();
    let server = server(&folder);
    // Linux reports this since 5.0.
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.id())).unwrap();
    let huge = status.lines().find_map(|line| line.strip_prefix("THP_enabled:")).map(str::trim);
    assert_eq!(huge, Some("0"), "{status}");
}

#[actix_web::test]
async fn a_compressed_page_is_not_delayed_until_the_client_acknowledges_its_head() {
    let site = Site::start(&[]);
    let mut took = Vec::new();
    for turn in 0..50 {
        let start = Instant::now();
        let asked = site.client.get(site.url("/privacy")).header("accept-encoding", "gzip");
        let answer = asked.send().await.unwrap();
        assert_eq!(answer.headers()["content-encoding"], "gzip");
        answer.bytes().await.unwrap();
        // A new connection acknowledges at once, an older one after 40 ms.
        if turn >= 30 {
            took.push(start.elapsed());
        }
    }
    took.sort_unstable();
    assert!(took[10] < Duration::from_millis(30), "{took:?}");
}
