//! Where models and datasets are found: by setting, else in the working directory, else beside the executable.

use std::path::{Path, PathBuf};

/// No folder was named, and none stood where one is looked for.
#[derive(Debug, thiserror::Error)]
#[error("{option} ({variable}) is not set and there is no folder {}", tried(.places))]
pub struct NotFound {
    option: &'static str,
    variable: &'static str,
    places: Vec<PathBuf>,
}

fn tried(places: &[PathBuf]) -> String {
    places.iter().map(|p| p.display().to_string()).collect::<Vec<_>>().join(" or ")
}

/// Finds a folder. A setting is taken as it is, right or wrong; without one the first of `relative` under the working
/// directory and `relative` beside the executable that exists.
pub fn locate(
    setting: Option<&Path>,
    relative: &str,
    option: &'static str,
    variable: &'static str,
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
        None => Err(NotFound { option, variable, places }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_is_taken_as_it_is() {
        let found = locate(Some(Path::new("/nowhere/at/all")), "models/mbti", "--mbti-model", "M");
        assert_eq!(found.unwrap(), Path::new("/nowhere/at/all"));
    }

    #[test]
    fn what_was_not_found_is_named_with_every_place_tried() {
        let error = locate(None, "no/such/folder", "--mbti-model", "CALLING_MBTI_MODEL").unwrap_err();
        let sentence = error.to_string();
        assert!(sentence.starts_with("--mbti-model (CALLING_MBTI_MODEL)"), "{sentence}");
        assert_eq!(sentence.matches("no/such/folder").count(), 2, "{sentence}");
    }
}
