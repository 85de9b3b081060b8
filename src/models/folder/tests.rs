use std::path::PathBuf;

use serde_json::json;

use super::*;

fn written(content: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("config.json");
    std::fs::write(&path, content).unwrap();
    (dir, path)
}

#[test]
fn a_file_that_is_not_what_it_promises_is_named_in_words() {
    let refused = |content: &[u8]| {
        let (_dir, path) = written(content);
        let sentence = object(&path, "a model's configuration").unwrap_err().to_string();
        sentence.split_once("config.json").unwrap().1.to_owned()
    };
    assert!(
        refused(b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n").contains("Git LFS pointer")
    );
    assert!(refused("\u{feff}{}".as_bytes()).contains("byte-order mark"));
    assert!(refused(b" \n").contains("it is empty; expected a model's configuration"));
    assert!(refused(b"{\"a\": \"\xe9\"}").contains("byte 7 is not UTF-8"));
    assert_eq!(refused(b"[]"), " is not a model's configuration");
    let (dir, _) = written(b"");
    assert!(object(&dir.path().join("absent.json"), "anything").unwrap().is_none());
}

#[test]
fn values_of_another_type_are_refused_by_key_and_value() {
    let map = json!({"size": "32", "part": 1.5, "flag": null, "name": 3, "large": 1e30});
    let fields = Fields::new(PathBuf::from("config.json"), map.as_object().unwrap().clone());
    let refused = |error: ModelError| error.to_string();
    assert_eq!(
        refused(fields.size("size").unwrap_err()),
        "config.json: size is \"32\"; expected a whole number"
    );
    assert!(refused(fields.size("part").unwrap_err()).contains("part is 1.5"));
    assert!(refused(fields.flag("flag").unwrap_err()).contains("flag is null; expected true or false"));
    assert!(refused(fields.text("name").unwrap_err()).contains("name is 3"));
    assert_eq!(fields.number("large").unwrap(), Some(1e30));
    assert_eq!(fields.size("absent").unwrap(), None);
}

#[test]
fn keys_that_nobody_asked_for_are_unused() {
    let map = json!({"hidden_size": 32, "use_cache": true, "bos_token_id": null});
    let fields = Fields::new(PathBuf::from("config.json"), map.as_object().unwrap().clone());
    assert_eq!(fields.size("hidden_size").unwrap(), Some(32));
    assert_eq!(fields.unused(), ["use_cache"]);
}
