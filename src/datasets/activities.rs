//! The activities of the part on interests: from datasets/sources/riasec_markers.csv to datasets/interests.csv, which is
//! compiled into the program.

use serde::{Deserialize, Serialize};

use crate::personality::Interest;

/// The file that the program asks from.
pub const INTERESTS_FILE: &str = "interests.csv";
/// Activities of each interest in the marker scales.
const OF_EACH: usize = 8;

/// A row of riasec_markers.csv, and of [`INTERESTS_FILE`].
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Marker {
    /// The first letter of the interest and a number from 1 to 8: "R1".
    pub id: String,
    pub interest: Interest,
    /// "Lay brick or tile".
    pub activity: String,
}

/// What is wrong with the marker scales.
#[derive(Debug, thiserror::Error)]
pub enum MarkersError {
    #[error("riasec_markers.csv: {interest} has the activities {found:?}, expected {expected:?}")]
    Scale { interest: Interest, found: Vec<String>, expected: Vec<String> },
    #[error("cannot make {INTERESTS_FILE}: {0}")]
    Csv(#[from] csv::Error),
}

/// [`INTERESTS_FILE`], in the order of the source.
///
/// # Errors
/// If an interest does not have its eight activities, numbered from 1.
pub fn file(markers: &[Marker]) -> Result<Vec<u8>, MarkersError> {
    for interest in Interest::ALL {
        let of_interest = markers.iter().filter(|marker| marker.interest == interest);
        let found: Vec<String> = of_interest.map(|marker| marker.id.clone()).collect();
        let expected: Vec<String> = (1..=OF_EACH).map(|n| format!("{}{n}", &interest.name()[..1])).collect();
        if found != expected {
            return Err(MarkersError::Scale { interest, found, expected });
        }
    }
    let mut writer = csv::Writer::from_writer(Vec::new());
    for marker in markers {
        writer.serialize(marker)?;
    }
    Ok(writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn markers() -> Vec<Marker> {
        let marker = |interest: Interest, n: usize| Marker {
            id: format!("{}{n}", &interest.name()[..1]),
            interest,
            activity: "Sort, label and store".to_owned(),
        };
        Interest::ALL.into_iter().flat_map(|i| (1..=OF_EACH).map(move |n| marker(i, n))).collect()
    }

    #[test]
    fn complete_scales_become_a_file_that_reads_back() {
        let written = file(&markers()).unwrap();
        let read: Vec<Marker> = csv::Reader::from_reader(written.as_slice())
            .into_deserialize()
            .collect::<Result<_, _>>()
            .unwrap();
        assert_eq!(read, markers());
    }

    #[test]
    fn an_incomplete_scale_is_refused() {
        let mut missing = markers();
        missing.remove(20);
        let said = file(&missing).unwrap_err().to_string();
        assert!(said.contains("Artistic") && said.contains("\"A4\""), "{said}");
        let mut twice = markers();
        twice[1].id = "R1".to_owned();
        assert!(file(&twice).is_err());
    }
}
