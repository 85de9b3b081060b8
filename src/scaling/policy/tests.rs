use proptest::prelude::*;

use super::*;

fn raw(values: [&str; 6]) -> RawPolicy {
    let [grow, shrink, expand, shrink_ratio, least, most] = values.map(str::to_owned);
    RawPolicy { grow, shrink, expand, shrink_ratio, least, most }
}

fn fields(values: [&str; 6]) -> Vec<&'static str> {
    let faults = Policy::parse(&raw(values)).err().unwrap_or_default();
    faults.iter().map(|fault| fault.field.id()).collect()
}

#[test]
fn each_wrong_value_is_refused_at_its_field() {
    for (values, wrong) in [
        (["65", "25", "2", ".1", "1", "8"], &[][..]),
        ([" 65 ", "25.5", "1.5", "0.1", "3", "3"], &[]),
        (["100", "25", "2", ".1", "1", "1000"], &[]),
        (["100.1", "25", "2", ".1", "1", "8"], &["grow"]),
        (["NaN", "25", "2", ".1", "1", "8"], &["grow"]),
        (["65", "65", "2", ".1", "1", "8"], &["shrink"]),
        (["65", "0", "2", ".1", "1", "8"], &["shrink"]),
        (["65", "-1", "2", ".1", "1", "8"], &["shrink"]),
        (["65", "25", "1", ".1", "1", "8"], &["expand"]),
        (["65", "25", "inf", ".1", "1", "8"], &["expand"]),
        (["65", "25", "2", "0", "1", "8"], &["shrink_ratio"]),
        (["65", "25", "2", "1", "1", "8"], &["shrink_ratio"]),
        (["65", "25", "2", ".1", "0", "8"], &["least"]),
        (["65", "25", "2", ".1", "1.5", "8"], &["least"]),
        (["65", "25", "2", ".1", "4", "3"], &["most"]),
        (["65", "25", "2", ".1", "1", "1001"], &["most"]),
        (["0", "25", "", "much", "1", "-8"], &["expand", "shrink_ratio", "most"]),
        (["0", "101", "1", "2", "0", "0"], &["grow", "shrink", "expand", "shrink_ratio", "least", "most"]),
    ] {
        assert_eq!(fields(values), wrong, "{values:?}");
    }
}

#[test]
fn a_fault_says_what_was_found_and_what_was_expected() {
    let faults = Policy::parse(&raw(["65", "70", "2", ".1", "1", "8"])).unwrap_err();
    let said = faults[0].to_string();
    assert_eq!(said, "Shrink below is 70; expected a number above 0 and below 65, the value to grow above.");
    let faults = Policy::parse(&raw(["65", "25", "", ".1", "1", "8"])).unwrap_err();
    assert_eq!(faults[0].to_string(), "Expand ratio is empty; expected a number above 1.");
}

#[test]
fn what_would_swing_for_ever_is_refused_with_the_reason() {
    // Four servers at 60% become twelve at 20%.
    let faults = Policy::parse(&raw(["60", "30", "3", ".1", "1", "20"])).unwrap_err();
    let said = faults[0].to_string();
    assert!(said.contains("Expand ratio is 3") && said.contains("leaves 20% for each"), "{said}");
    let faults = Policy::parse(&raw(["50", "30", "1.5", ".6", "1", "20"])).unwrap_err();
    let said = faults[0].to_string();
    assert!(said.contains("Shrink ratio is 0.6") && said.contains("above 50%"), "{said}");
    // Exactly at the threshold is not beyond it.
    assert!(Policy::parse(&raw(["50", "25", "2", ".1", "1", "20"])).is_ok());
    assert!(Policy::parse(&raw(["49.9", "25", "2", ".1", "1", "20"])).is_err());
}

#[test]
fn a_single_server_is_the_smallest_step_and_refuses_no_policy() {
    // One server at 50% becomes two at 25%, and there is no smaller step from one.
    let policy = Policy::parse(&raw(["50", "30", "1.2", ".1", "1", "8"])).unwrap();
    assert_eq!(policy.small_swing(), Some(1));
    assert_eq!(Policy::default().small_swing(), None);
    let policy = Policy::parse(&raw(["50", "30", "1.2", ".1", "2", "8"])).unwrap();
    assert_eq!(policy.small_swing(), None);
}

#[test]
fn a_step_is_rounded_up_and_stays_within_the_bounds() {
    let policy = Policy::parse(&raw(["65", "25", "1.1", ".1", "2", "100"])).unwrap();
    assert_eq!([2, 10, 11, 70, 99].map(|from| policy.grown(from)), [3, 11, 13, 77, 100]);
    assert_eq!([2, 3, 10, 11, 70].map(|from| policy.shrunk(from)), [2, 2, 9, 9, 63]);
}

#[test]
fn stored_numbers_are_checked_like_typed_ones() {
    let policy = Policy::default();
    let stored = serde_json::to_string(&policy).unwrap();
    assert_eq!(serde_json::from_str::<Policy>(&stored).unwrap(), policy);
    let wrong = stored.replace("65", "20");
    let error = serde_json::from_str::<Policy>(&wrong).unwrap_err().to_string();
    assert!(error.contains("Shrink below is 25; expected"), "{error}");
}

proptest! {
    /// The definition, computed in another way: for each number of servers beyond the smallest step.
    #[test]
    fn exactly_what_the_definition_names_is_refused(
        grow in 1u32..=100, below in 1u32..100, expand in 11u32..50, ratio in 1u32..100, least in 1u32..20, more in 0u32..60,
    ) {
        let shrink = below.min(grow.saturating_sub(1)).max(1);
        prop_assume!(shrink < grow);
        let most = least + more;
        let typed = [
            grow.to_string(), shrink.to_string(), format!("{}", f64::from(expand) / 10.0),
            format!("{}", f64::from(ratio) / 100.0), least.to_string(), most.to_string(),
        ];
        let swings = (least..=most).any(|n| {
            // In whole numbers: the step is n (expand - 10) / 10 and n ratio / 100, rounded up.
            let grown = (n + (n * (expand - 10)).div_ceil(10)).min(most);
            let shrunk = n.saturating_sub((n * ratio).div_ceil(100)).max(least);
            (grown > n + 1 && grow * n < shrink * grown) || (shrunk + 1 < n && shrink * n > grow * shrunk)
        });
        let [a, b, c, d, e, f] = &typed;
        let parsed = Policy::parse(&raw([a, b, c, d, e, f]));
        prop_assert_eq!(parsed.is_err(), swings, "{:?}", parsed);
    }

    #[test]
    fn whatever_is_typed_is_a_policy_or_a_fault(values in proptest::array::uniform6("[-+.0-9eNainf ]{0,6}")) {
        let [a, b, c, d, e, f] = &values;
        match Policy::parse(&raw([a, b, c, d, e, f])) {
            Ok(policy) => {
                prop_assert!(0.0 < policy.shrink() && policy.shrink() < policy.grow() && policy.grow() <= 100.0);
                prop_assert!(policy.expand() > 1.0 && policy.shrink_ratio() > 0.0 && policy.shrink_ratio() < 1.0);
                prop_assert!(1 <= policy.least() && policy.least() <= policy.most());
                prop_assert_eq!(Policy::parse(&policy.raw()), Ok(policy));
            }
            Err(faults) => prop_assert!(!faults.is_empty()),
        }
    }
}
