//! The known name that was probably meant.

/// The nearest of the known names: at most two edits away, and fewer than half of the letters.
pub fn close_name<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let length = name.chars().count();
    known
        .filter(|candidate| candidate.chars().count().abs_diff(length) <= 2)
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
        .filter(|&(edits, candidate)| {
            edits > 0 && edits <= 2 && 2 * edits < length.max(candidate.chars().count())
        })
        .min()
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::close_name;

    #[test]
    fn suggests_what_is_near_and_nothing_else() {
        let known = ["softmax", "softplus", "exp", "tr"];
        let close = |name| close_name(name, known.into_iter());
        assert_eq!(close("sofmax"), Some("softmax"));
        assert_eq!(close("exq"), Some("exp"));
        assert_eq!(close("ab"), None);
        assert_eq!(close("softmax"), None);
        assert_eq!(close("sigmoid"), None);
    }
}
