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
    match count {
        0 => None,
        1 => Some("and one like it".to_owned()),
        2 => Some("and two like it".to_owned()),
        3 => Some("and three like it".to_owned()),
        more => Some(format!("and {more} like it")),
    }
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
}
