//! The Dockerfile, compose.yml and the systemd unit name files, settings and commands: each of them exists.

use std::collections::BTreeSet;
use std::path::Path;

use crate::harness::{calling, output};

fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(name: &str) -> String {
    std::fs::read_to_string(project().join(name)).unwrap()
}

/// The Dockerfile's instructions, continued lines joined.
fn instructions() -> Vec<String> {
    let joined = read("Dockerfile").replace("\\\n", " ");
    let lines = joined.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

fn help() -> String {
    String::from_utf8(output(&mut calling(&["--help"])).stdout).unwrap()
}

/// Every `CALLING_…` and `DATABASE_URL` in a text.
fn variables(text: &str) -> BTreeSet<String> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .filter(|word| word.starts_with("CALLING_") || *word == "DATABASE_URL")
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_file_that_the_image_is_made_of_is_there_and_not_ignored() {
    let ignored = read(".dockerignore");
    let ignored: BTreeSet<&str> = ignored.lines().filter(|line| !line.starts_with('#')).collect();
    let mut copied = 0;
    for instruction in instructions() {
        let Some(arguments) = instruction.strip_prefix("COPY ") else { continue };
        if arguments.starts_with("--from=build") {
            continue;
        }
        let mut words: Vec<&str> = arguments.split(' ').collect();
        words.pop();
        for source in words {
            assert!(project().join(source).exists(), "COPY {source}: there is no such file");
            assert!(!ignored.contains(source), "COPY {source}: .dockerignore leaves it out");
            copied += 1;
        }
    }
    assert!(copied >= 6, "only {copied} files are copied");
    // What cargo build reads.
    for needed in
        ["Cargo.toml", "Cargo.lock", "build.rs", "src", "templates", "static", "migrations", "benches"]
    {
        assert!(project().join(needed).exists(), "{needed}");
        assert!(!ignored.contains(needed), ".dockerignore leaves out {needed}");
    }
}

#[test]
fn what_one_stage_takes_from_another_was_put_there() {
    let instructions = instructions();
    let taken: Vec<&str> = instructions
        .iter()
        .filter_map(|line| line.strip_prefix("COPY --from=build ")?.split(' ').next())
        .collect();
    assert_eq!(taken, ["/opt/calling/calling"]);
    let build = instructions.iter().find(|line| line.contains("cargo build --release")).unwrap();
    assert!(build.contains("install -D target/release/calling /opt/calling/calling"), "{build}");
    for feature in ["postgres-tls", "fetch"] {
        assert!(
            build.contains(feature) && read("Cargo.toml").contains(&format!("\n{feature} = [")),
            "{feature}"
        );
    }
}

#[test]
fn the_image_listens_everywhere_is_not_root_and_is_health_checked_by_the_program_itself() {
    let instructions = instructions();
    let find = |start: &str| instructions.iter().filter(|line| line.starts_with(start)).collect::<Vec<_>>();
    assert_eq!(find("USER "), ["USER 10001:10001"]);
    assert!(find("ENV ")[0].contains("CALLING_LISTEN=0.0.0.0:8080"));
    assert_eq!(find("EXPOSE "), ["EXPOSE 8080"]);
    assert_eq!(find("ENTRYPOINT "), ["ENTRYPOINT [\"/opt/calling/calling\"]"]);
    assert!(find("HEALTHCHECK ")[0].ends_with("CMD [\"/opt/calling/calling\", \"healthcheck\"]"));
    for subcommand in ["healthcheck", "serve"] {
        assert!(output(&mut calling(&[subcommand, "--help"])).status.success(), "{subcommand}");
    }
}

#[test]
fn every_setting_that_is_named_is_one() {
    let help = help();
    for file in ["Dockerfile", "compose.yml", "deploy/calling.service"] {
        let named = variables(&read(file));
        assert!(!named.is_empty(), "{file} names no setting");
        for variable in named {
            // compose.yml's own, for the ports on the host.
            let own = ["CALLING_PORT", "CALLING_PROXY_PORT"].contains(&variable.as_str());
            let known = own || help.contains(&format!("[env: {variable}"));
            assert!(known, "{file} names {variable}, which calling --help does not");
        }
    }
}

#[test]
fn the_unit_and_the_image_agree_on_where_everything_is() {
    let unit = read("deploy/calling.service");
    for line in [
        "ExecStart=/opt/calling/calling serve",
        "StateDirectory=calling",
        "WorkingDirectory=/var/lib/calling",
        "Environment=DATABASE_URL=sqlite:///var/lib/calling/calling.db",
        // A wrong setting must not cause endless restarts.
        "RestartPreventExitStatus=2",
    ] {
        assert!(unit.lines().any(|found| found == line), "{line} is missing");
    }
    // The install lines in its head name files that exist or are built.
    assert!(unit.contains("install -D target/release/calling /opt/calling/calling && cp -r models datasets"));
    assert!(unit.contains("cp deploy/calling.service"));
}

#[test]
fn compose_starts_the_app_once_the_database_is_healthy_and_keeps_its_files() {
    let compose = read("compose.yml");
    for expected in [
        "build: .",
        "condition: service_healthy",
        "DATABASE_URL: postgres://calling:${POSTGRES_PASSWORD:-calling}@db/calling",
        "POSTGRES_PASSWORD: ${POSTGRES_PASSWORD:-calling}",
        "- database:/var/lib/postgresql/data",
        "pg_isready",
        ":8080\"",
    ] {
        assert!(compose.contains(expected), "{expected} is missing");
    }
}

/// Models are trained again now and then. NOTICE must describe those that are shipped.
#[test]
fn the_notice_tells_what_became_of_the_encoder() {
    let config: serde_json::Value = serde_json::from_str(&read("models/mbti/config.json")).unwrap();
    let layers = ["num_hidden_layers", "num_hidden_groups"].map(|size| config[size].as_u64().unwrap());
    let told = match layers {
        [3, 3] => "cut to three of the layers",
        other => panic!("NOTICE has no words yet for {other:?} layers and groups"),
    };
    let notice = read("NOTICE").split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(notice.contains(told), "NOTICE does not say {told:?}");
}

#[test]
fn ci_runs_what_everybody_runs() {
    for script in ["test.sh", ".ci/run"] {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(project().join(script)).unwrap().permissions().mode();
        assert!(mode & 0o111 != 0, "{script} cannot be run");
    }
    assert!(read(".ci/run").contains("exec ./test.sh"));
}
