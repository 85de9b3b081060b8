//! Lists and counts in words.

/// "a", "a and b", "a, b, and c".
pub fn list<S: AsRef<str>>(words: &[S]) -> String {
    let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
    match words.as_slice() {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [first, second] => format!("{first} and {second}"),
        [rest @ .., last] => format!("{}, and {last}", rest.join(", ")),
    }
}

/// How many similar careers a row stands for: "and three like it", or nothing.
pub fn like_it(count: usize) -> Option<String> {
    const SMALL: [&str; 9] = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
    let place = count.checked_sub(1)?;
    let number = SMALL.get(place).map_or_else(|| count.to_string(), |word| (*word).to_owned());
    Some(format!("and {number} like it"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_of_a_list_is_joined_with_and() {
        assert_eq!(list(&["a"]), "a");
        assert_eq!(list(&["a", "b"]), "a and b");
        assert_eq!(list(&["a", "b", "c"]), "a, b, and c");
    }

    #[test]
    fn a_row_of_several_says_how_many_more_it_stands_for() {
        assert_eq!(like_it(0), None);
        assert_eq!(like_it(1).unwrap(), "and one like it");
        assert_eq!(like_it(9).unwrap(), "and nine like it");
        assert_eq!(like_it(10).unwrap(), "and 10 like it");
    }
}
