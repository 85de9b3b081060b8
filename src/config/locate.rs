//! Finds the folders of models and datasets.

use std::path::{Path, PathBuf};

/// No folder is set, and none exists in the default places.
#[derive(Debug, thiserror::Error)]
#[error("{option} is not set and there is no folder {}", alternatives(.places))]
pub struct NotFound {
    option: String,
    places: Vec<PathBuf>,
}

fn alternatives(places: &[PathBuf]) -> String {
    places.iter().map(|place| place.display().to_string()).collect::<Vec<_>>().join(" or ")
}

/// The folder in the setting, whether it exists or not. Without a setting, the first of two folders that exists:
/// `relative` in the working directory, or `relative` next to the program. `option` is the setting's name in messages.
pub fn locate(
    setting: Option<&Path>,
    relative: &str,
    option: impl FnOnce() -> String,
) -> Result<PathBuf, NotFound> {
    if let Some(path) = setting {
        return Ok(path.to_owned());
    }
    let mut places = vec![PathBuf::from(relative)];
    if let Ok(program) = std::env::current_exe()
        && let Some(folder) = program.parent()
    {
        places.push(folder.join(relative));
    }
    match places.iter().find(|place| place.is_dir()) {
        Some(place) => Ok(place.clone()),
        None => Err(NotFound { option: option(), places }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn option() -> String {
        "--mbti-model (CALLING_MBTI_MODEL)".to_owned()
    }

    #[test]
    fn a_setting_is_taken_as_it_is() {
        let found = locate(Some(Path::new("/nowhere/at/all")), "models/mbti", option);
        assert_eq!(found.unwrap(), Path::new("/nowhere/at/all"));
    }

    #[test]
    fn without_a_setting_the_error_names_every_place_searched() {
        let error = locate(None, "no/such/folder", option).unwrap_err();
        let sentence = error.to_string();
        assert!(sentence.starts_with("--mbti-model (CALLING_MBTI_MODEL)"), "{sentence}");
        assert_eq!(sentence.matches("no/such/folder").count(), 2, "{sentence}");
    }
}
