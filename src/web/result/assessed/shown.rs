//! Levels as the page shows them. Sentences are decided on these numbers, never on hidden decimals.

use std::fmt;

use crate::norm::{Level, Word};

/// A percentile in whole numbers. The ends are shown as "<1" and ">99".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Percentile(u8);

impl Percentile {
    pub const MIDDLE: Percentile = Percentile(50);

    /// From 0 to 100; numbers outside count as the nearest end.
    pub fn of(percentile: f64) -> Percentile {
        // Whole and within 0 to 100 after rounding and clamping.
        Percentile(percentile.clamp(0.0, 100.0).round() as u8)
    }

    pub fn word(self) -> Word {
        Word::of(f64::from(self.0))
    }

    pub fn number(self) -> u8 {
        self.0
    }
}

impl fmt::Display for Percentile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => f.write_str("<1"),
            100 => f.write_str(">99"),
            between => between.fmt(f),
        }
    }
}

/// A level with its 90% band, as shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShownLevel {
    pub percentile: Percentile,
    pub low: Percentile,
    pub high: Percentile,
}

/// How clearly a level differs from the middle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Away from the middle, with the whole band on the same side.
    Clear,
    /// Away from the middle, but the band includes it.
    Leaning,
    /// Near the middle.
    Middle,
    /// The band covers nearly everything.
    Unknown,
}

impl ShownLevel {
    pub fn of(level: &Level) -> ShownLevel {
        ShownLevel {
            percentile: Percentile::of(level.percentile),
            low: Percentile::of(level.low),
            high: Percentile::of(level.high),
        }
    }

    pub fn word(&self) -> Word {
        self.percentile.word()
    }

    pub fn standing(&self) -> Standing {
        let whole = |percentile: Percentile| f64::from(percentile.0);
        let level =
            Level { percentile: whole(self.percentile), low: whole(self.low), high: whole(self.high) };
        match level.word() {
            _ if level.says_nothing() => Standing::Unknown,
            Word::Average => Standing::Middle,
            _ if level.reaches_middle() => Standing::Leaning,
            _ => Standing::Clear,
        }
    }

    /// Whether the band is narrow enough to say anything.
    pub fn is_known(&self) -> bool {
        self.standing() != Standing::Unknown
    }

    /// Whether the band includes the middle although the level is away from it.
    pub fn is_leaning(&self) -> bool {
        self.standing() == Standing::Leaning
    }

    /// "above average", "probably above average", or that nothing is known.
    pub fn said(&self) -> String {
        match self.standing() {
            Standing::Unknown => "not known".to_owned(),
            Standing::Leaning => format!("probably {}", self.word()),
            Standing::Clear | Standing::Middle => self.word().to_string(),
        }
    }

    /// "52 to 86".
    pub fn band(&self) -> String {
        format!("{} to {}", self.low, self.high)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(low: f64, percentile: f64, high: f64) -> ShownLevel {
        ShownLevel::of(&Level { percentile, low, high })
    }

    #[test]
    fn the_ends_are_never_reached() {
        let shown = [0.0, 0.4, 0.6, 49.5, 99.4, 99.6, 100.0].map(|p| Percentile::of(p).to_string());
        assert_eq!(shown, ["<1", "<1", "1", "50", "99", ">99", ">99"]);
    }

    #[test]
    fn the_shown_number_decides_the_word() {
        for (percentile, word) in
            [(90.4, Word::AboveAverage), (90.6, Word::High), (9.6, Word::BelowAverage), (70.4, Word::Average)]
        {
            assert_eq!(Percentile::of(percentile).word(), word, "{percentile}");
        }
    }

    #[test]
    fn a_band_across_the_middle_is_no_clear_level() {
        assert_eq!(level(60.0, 80.0, 95.0).standing(), Standing::Clear);
        assert_eq!(level(50.4, 80.0, 95.0).standing(), Standing::Leaning);
        assert_eq!(level(40.0, 60.0, 80.0).standing(), Standing::Middle);
        assert_eq!(level(8.0, 75.0, 99.0).standing(), Standing::Unknown);
    }
}
