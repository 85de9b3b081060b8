//! `calling models fetch` with a small hub of our own on the loopback address, and without a hub.

use std::error::Error;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;

use calling::internals::inference::check_folder;
use calling::internals::models::{FetchError, FetchProgress, PUBLIC_MODELS, fetch};

use super::references::fixture;

/// The fixture folder served in place of a public repository.
fn stands_in_for(repository: &str) -> PathBuf {
    match repository {
        "JanSt/albert-base-v2_mbti-classification" => fixture("albert-spiece"),
        "Minej/bert-base-personality" => fixture("bert-vocab-txt"),
        other => panic!("asked for {other}"),
    }
}

/// Answers one request as the hub does: with a list of files, or with a range of one file.
fn answer(stream: TcpStream) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let request = lines.next().transpose()?.unwrap_or_default();
    let mut from = 0;
    for line in lines.map_while(Result::ok).take_while(|line| !line.is_empty()) {
        if let Some(range) = line.to_ascii_lowercase().strip_prefix("range: bytes=") {
            from = range.split('-').next().and_then(|start| start.parse().ok()).unwrap_or(0);
        }
    }
    let path = request.split(' ').nth(1).unwrap_or_default();
    let mut stream = stream;
    if let Some(repository) = path.strip_prefix("/api/models/") {
        let repository = repository.trim_end_matches("/revision/main");
        let files: Vec<_> = std::fs::read_dir(stands_in_for(repository))?
            .filter_map(|entry| Some(serde_json::json!({"rfilename": entry.ok()?.file_name().to_str()?})))
            .collect();
        let body = serde_json::json!({"siblings": files, "sha": "0123"}).to_string();
        let length = body.len();
        return write!(
            stream,
            "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        );
    }
    let (repository, file) = path.trim_start_matches('/').split_once("/resolve/main/").unwrap_or_default();
    let content = std::fs::read(stands_in_for(repository).join(file))?;
    let (size, rest) = (content.len(), &content[from..]);
    write!(
        stream,
        "HTTP/1.1 206 Partial Content\r\nContent-Length: {}\r\nContent-Range: bytes {from}-{}/{size}\r\n\
         ETag: \"{file}-{size}\"\r\nX-Repo-Commit: 0123\r\nConnection: close\r\n\r\n",
        rest.len(),
        size - 1,
    )?;
    stream.write_all(rest)
}

#[test]
fn both_public_models_are_fetched_and_load() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            // The client closes the connection when it needs only the headers.
            answer(stream).ok();
        }
    });
    let into = tempfile::tempdir().unwrap();
    let mut started = Vec::new();
    let folders = fetch(into.path(), &endpoint, |step| {
        if let FetchProgress::Started { file, bytes, .. } = step {
            assert!(bytes > 0);
            started.push(file);
        }
    })
    .unwrap();
    assert_eq!(folders, [into.path().join("mbti"), into.path().join("big-five")]);
    for (folder, model) in folders.iter().zip(PUBLIC_MODELS) {
        let report = check_folder(folder).unwrap().report;
        assert_eq!(report.kind, model.kind);
        let original = stands_in_for(model.repository);
        for file in &report.files {
            assert_eq!(
                std::fs::read(folder.join(&file.name)).unwrap(),
                std::fs::read(original.join(&file.name)).unwrap()
            );
        }
    }
    for file in ["config.json", "pytorch_model.bin", "spiece.model", "model.safetensors", "vocab.txt"] {
        assert!(started.iter().any(|name| name == file), "no progress for {file}");
    }
    assert!(!into.path().join(".partial").exists());
}

#[test]
fn an_unreachable_hub_is_reported_in_one_sentence() {
    // Nothing listens on a port that was just free.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let into = tempfile::tempdir().unwrap();
    let endpoint = format!("http://127.0.0.1:{port}");
    let error = fetch(into.path(), &endpoint, |_| {}).unwrap_err();
    assert!(matches!(error, FetchError::Hub { .. }));
    assert_eq!(
        error.to_string(),
        format!(
            "could not get the list of files of JanSt/albert-base-v2_mbti-classification from {endpoint}; check that the \
             network is up and allows that address"
        )
    );
    assert!(error.source().is_some());
    assert!(!into.path().join("mbti").exists(), "nothing that looks like a model is left behind");
}
