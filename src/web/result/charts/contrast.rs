//! The colors of the stylesheet, compared as WCAG 2.2 compares them (1.4.11: at least 3 to 1 for graphics).

use super::ring::Family;

const SHEET: &str = include_str!("../../../../static/site.css");

/// The values of a custom property in the order of the sheet: light, dark and, if it has another one, on printed paper.
fn values(property: &str) -> Vec<&'static str> {
    let named = format!("--{property}:");
    let found = SHEET.match_indices(&named).map(|(place, _)| &SHEET[place + named.len()..]);
    found.map(|rest| rest.split([';', '}']).next().unwrap_or_default()).collect()
}

/// Linear red, green and blue of "#faf7f2", or of "#fff", where each digit stands for two.
fn of_hex(color: &str) -> [f64; 3] {
    let digits: Vec<u8> =
        color[1..].chars().map(|digit| u8::try_from(digit.to_digit(16).unwrap()).unwrap()).collect();
    let step = digits.len() / 3;
    [0, 1, 2].map(|place| {
        let value = f64::from(16 * digits[step * place] + digits[step * place + step - 1]) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    })
}

/// Linear red, green and blue of oklch(lightness chroma hue), by Ottosson's matrices; clipped to what a screen has.
fn of_oklch(lightness: f64, chroma: f64, hue: f64) -> [f64; 3] {
    let (a, b) = (chroma * hue.to_radians().cos(), chroma * hue.to_radians().sin());
    let l = (lightness + 0.3963377774 * a + 0.2158037573 * b).powi(3);
    let m = (lightness - 0.1055613458 * a - 0.0638541728 * b).powi(3);
    let s = (lightness - 0.0894841775 * a - 1.2914855480 * b).powi(3);
    [
        4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
        -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
        -0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s,
    ]
    .map(|value| value.clamp(0.0, 1.0))
}

fn contrast(a: [f64; 3], b: [f64; 3]) -> f64 {
    let luminance = |[r, g, b]: [f64; 3]| 0.2126 * r + 0.7152 * g + 0.0722 * b;
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[test]
fn black_on_white_and_a_known_color_come_out_right() {
    assert!((contrast(of_hex("#000000"), of_hex("#ffffff")) - 21.0).abs() < 1e-9);
    // CSS Color 4: oklch(0.628 0.2577 29.23) is red.
    let red = of_oklch(0.62796, 0.25768, 29.234);
    assert!(red[0] > 0.999 && red[1] < 0.001 && red[2] < 0.001, "{red:?}");
}

#[test]
fn every_slice_of_the_ring_stands_out_from_the_paper_in_both_themes() {
    let mut slices = 0;
    let papers = values("paper");
    assert_eq!(papers.len(), 3, "light, dark, printed: {papers:?}");
    // What is printed has the light theme's colors.
    for (paper, theme) in papers.into_iter().map(of_hex).zip([0, 1, 0]) {
        for family in Family::ALL {
            let class = format!(".{}{{--c:", family.class());
            let rest = SHEET.split_once(&class).unwrap_or_else(|| panic!("{class} is missing")).1;
            let (chroma, hue) = rest.split_once('}').unwrap().0.split_once(' ').unwrap();
            for tint in 0..4 {
                assert!(
                    SHEET.contains(&format!(".t{tint}{{fill:oklch(var(--t{tint}) var(--c))}}")),
                    "t{tint}"
                );
                let tints = values(&format!("t{tint}"));
                assert_eq!(tints.len(), 2, "light and dark: {tints:?}");
                let lightness = tints[theme].parse().unwrap();
                let slice = of_oklch(lightness, chroma.parse().unwrap(), hue.parse().unwrap());
                let contrast = contrast(slice, paper);
                assert!(contrast >= 3.0, "{} t{tint} in theme {theme}: {contrast:.2}", family.name());
                slices += 1;
            }
        }
    }
    assert_eq!(slices, 48);
}
