//! Pages of `docs/` that are made from what the engine prints.

use std::path::Path;

/// Fails where a page is not what it would be made to now; with `INSTA_UPDATE=always` writes it, as snapshots are.
#[allow(dead_code)] // not every test that takes the support holds a page
pub fn hold(path: &str, text: &str) {
    let known = std::fs::read_to_string(path).unwrap_or_default();
    if known == text {
        return;
    }
    if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        std::fs::create_dir_all(Path::new(path).parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
        return;
    }
    let differs = text.lines().zip(known.lines()).position(|(new, old)| new != old);
    let at = differs.unwrap_or_else(|| known.lines().count().min(text.lines().count()));
    let line = |text: &str| text.lines().nth(at).unwrap_or("(ends)").to_string();
    panic!(
        "{path} is stale at line {}:\n  {}\nwould be\n  {}\nUpdate it by INSTA_UPDATE=always cargo test, and read the difference",
        at + 1,
        line(&known),
        line(text)
    );
}
