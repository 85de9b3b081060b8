//! A line chart with its table. Pure.

const LEFT: f64 = 54.0;
const RIGHT: f64 = 350.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 130.0;

/// How a chart's numbers are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// Of one, written as percent. The scale ends at 100%.
    Share,
    Count,
    Bytes,
}

/// Values over time, drawn in a view box of 360 by 160. A value that is missing is a gap in the line.
pub(super) struct Chart {
    /// Unique on the page, for the elements that belong together.
    pub(super) id: String,
    pub(super) title: String,
    /// The parts of the line between gaps, each with at least two points.
    pub(super) lines: Vec<String>,
    /// Single values between gaps.
    pub(super) dots: Vec<(String, String)>,
    /// The scale: the height of each mark, and its text.
    pub(super) scale: Vec<(String, String)>,
    pub(super) first: String,
    pub(super) last: String,
    pub(super) rows: Vec<Row>,
    pub(super) slot_name: &'static str,
}

/// A row of the table.
pub(super) struct Row {
    pub(super) time: String,
    pub(super) value: String,
}

impl Chart {
    /// `times` and `values` are of the same length.
    pub(super) fn new(
        id: impl Into<String>,
        title: impl Into<String>,
        unit: Unit,
        slot_name: &'static str,
        times: &[String],
        values: &[Option<f64>],
    ) -> Chart {
        let rows = times.iter().zip(values).map(|(time, value)| Row {
            time: time.clone(),
            value: value.map_or_else(|| "no data".to_owned(), |value| unit.write(value)),
        });
        let highest = unit.highest(values);
        let scale =
            [0.0, 0.5, 1.0].map(|share| (at(BOTTOM - share * (BOTTOM - TOP)), unit.write(share * highest)));
        let Drawn { lines, dots } = draw(values, highest);
        Chart {
            id: id.into(),
            title: title.into(),
            lines,
            dots,
            scale: scale.into(),
            first: times.first().cloned().unwrap_or_default(),
            last: times.last().cloned().unwrap_or_default(),
            rows: rows.rev().collect(),
            slot_name,
        }
    }
}

impl Unit {
    pub(super) fn write(self, value: f64) -> String {
        match self {
            Unit::Share => format!("{:.1}%", value * 100.0),
            Unit::Count if value.fract().abs() < 1e-9 => format!("{value:.0}"),
            Unit::Count => format!("{value:.1}"),
            Unit::Bytes => bytes(value),
        }
    }

    /// The end of the scale.
    fn highest(self, values: &[Option<f64>]) -> f64 {
        if self == Unit::Share {
            return 1.0;
        }
        let most = values.iter().flatten().copied().fold(2.0, f64::max);
        let power = 10f64.powf(most.log10().floor());
        let steps = [1.0, 2.0, 4.0, 6.0, 8.0, 10.0];
        steps.into_iter().map(|step| step * power).find(|end| *end >= most).unwrap_or(most)
    }
}

/// Bytes in the largest unit that leaves a number above one.
pub(super) fn bytes(value: f64) -> String {
    let mut value = value;
    for unit in ["B", "kB", "MB"] {
        if value < 1000.0 {
            return if unit == "B" { format!("{value:.0} B") } else { format!("{value:.1} {unit}") };
        }
        value /= 1000.0;
    }
    format!("{value:.1} GB")
}

#[derive(Default)]
struct Drawn {
    lines: Vec<String>,
    dots: Vec<(String, String)>,
}

fn draw(values: &[Option<f64>], highest: f64) -> Drawn {
    let step = (RIGHT - LEFT) / (values.len().max(2) - 1) as f64;
    let mut drawn = Drawn::default();
    let mut points: Vec<(f64, f64)> = Vec::new();
    for (place, value) in values.iter().chain([&None]).enumerate() {
        match value {
            Some(value) => {
                let share = (value / highest).clamp(0.0, 1.0);
                points.push((LEFT + place as f64 * step, BOTTOM - share * (BOTTOM - TOP)));
            }
            None => {
                drawn.end(&points);
                points.clear();
            }
        }
    }
    drawn
}

impl Drawn {
    /// Ends a part of the line.
    fn end(&mut self, points: &[(f64, f64)]) {
        match points {
            [] => {}
            [(x, y)] => self.dots.push((at(*x), at(*y))),
            points => {
                let points: Vec<String> =
                    points.iter().map(|(x, y)| format!("{},{}", at(*x), at(*y))).collect();
                self.lines.push(points.join(" "));
            }
        }
    }
}

fn at(place: f64) -> String {
    format!("{place:.1}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(unit: Unit, values: &[Option<f64>]) -> Chart {
        let times: Vec<String> = (0..values.len()).map(|minute| minute.to_string()).collect();
        Chart::new("c", "A chart", unit, "minute", &times, values)
    }

    #[test]
    fn gaps_are_gaps_in_the_line_and_said_in_the_table() {
        let drawn =
            chart(Unit::Count, &[Some(1.0), Some(2.0), None, Some(3.0), None, None, Some(4.0), Some(4.5)]);
        assert_eq!((drawn.lines.len(), drawn.dots.len()), (2, 1));
        assert!(
            drawn.lines[0].starts_with("54.0,") && drawn.lines[1].contains(" 350.0,"),
            "{:?}",
            drawn.lines
        );
        let said: Vec<&str> = drawn.rows.iter().map(|row| row.value.as_str()).collect();
        assert_eq!(said, ["4.5", "4", "no data", "no data", "3", "no data", "2", "1"], "the latest first");
        let empty = chart(Unit::Count, &[None, None]);
        assert!(empty.lines.is_empty() && empty.dots.is_empty());
    }

    #[test]
    fn the_scale_ends_at_a_round_number_and_percent_at_one_hundred() {
        let end = |unit: Unit, most: f64| chart(unit, &[Some(most), None]).scale[2].1.clone();
        assert_eq!(end(Unit::Share, 0.02), "100.0%");
        assert_eq!(end(Unit::Count, 0.0), "2");
        assert_eq!(end(Unit::Count, 31.0), "40");
        assert_eq!(end(Unit::Bytes, 5_100_000.0), "6.0 MB");
    }

    #[test]
    fn bytes_are_written_in_a_unit_that_fits() {
        assert_eq!(
            [0.0, 999.0, 1000.0, 2.5e6, 7e9].map(bytes),
            ["0 B", "999 B", "1.0 kB", "2.5 MB", "7.0 GB"]
        );
    }
}
