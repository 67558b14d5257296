//! The layers of ARCHITECTURE.md, held by what the sources import.

use std::path::{Path, PathBuf};

fn sources(path: &Path, found: &mut Vec<PathBuf>) {
    if path.is_dir() {
        for entry in std::fs::read_dir(path).unwrap() {
            sources(&entry.unwrap().path(), found);
        }
    } else if path.extension().is_some_and(|extension| extension == "rs") {
        found.push(path.to_path_buf());
    }
}

/// The modules of the crate that a file names.
fn imports(path: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(path).unwrap();
    let code: String =
        text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    code.split("crate::")
        .skip(1)
        .map(|rest| rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect())
        .collect()
}

fn module(path: &Path) -> String {
    let first = path.strip_prefix("src").unwrap().components().next().unwrap();
    first.as_os_str().to_string_lossy().trim_end_matches(".rs").to_string()
}

/// Each module with the modules it may import; what is not listed may import anything.
const LAYERS: [(&str, &[&str]); 29] = [
    ("beside", &[]),
    ("source", &[]),
    ("suggest", &[]),
    ("syntax", &["source", "diagnostic", "suggest"]),
    ("shape", &["syntax"]),
    ("diagnostic", &["source", "shape"]),
    ("problem", &["source", "shape", "syntax"]),
    ("dependence", &["problem", "syntax"]),
    ("index", &["shape", "syntax"]),
    ("matrix", &["index", "shape", "syntax"]),
    ("fold", &["index"]),
    ("simplify", &["fold", "index"]),
    ("shorten", &["index"]),
    ("rule", &["check", "problem", "index", "matrix", "shape", "syntax", "source", "diagnostic"]),
    ("check", &["syntax", "shape", "problem", "diagnostic", "source", "suggest", "expand"]),
    ("collapse", &["index", "matrix", "rule", "shape", "syntax"]),
    (
        "expand",
        &[
            "collapse",
            "dependence",
            "differentiate",
            "fold",
            "index",
            "matrix",
            "problem",
            "rule",
            "shape",
            "syntax",
        ],
    ),
    ("differentiate", &["dependence", "index", "problem", "rule", "shape", "syntax", "expand"]),
    ("algebra", &["beside", "diagnostic", "syntax"]),
    ("explicit", &["algebra", "diagnostic", "expand", "index", "problem", "shape", "syntax"]),
    ("formulas", &["algebra", "diagnostic", "problem", "source", "syntax"]),
    ("matcher", &["algebra", "index", "shape"]),
    ("derivation", &["shape", "source", "syntax"]),
    ("verify", &["beside", "derivation", "problem", "shape", "syntax", "diagnostic"]),
    (
        "prove",
        &[
            "dependence",
            "differentiate",
            "expand",
            "fold",
            "index",
            "problem",
            "rule",
            "shape",
            "simplify",
            "syntax",
        ],
    ),
    (
        "claim",
        &[
            "check",
            "dependence",
            "derivation",
            "differentiate",
            "expand",
            "index",
            "problem",
            "prove",
            "rule",
            "shape",
            "simplify",
            "source",
            "syntax",
            "verify",
        ],
    ),
    (
        "certificate",
        &["check", "derivation", "diagnostic", "problem", "rule", "shape", "source", "syntax", "verify"],
    ),
    ("notation", &["problem", "syntax", "shape"]),
    ("render", &["notation", "derivation", "problem", "syntax", "verify", "shape", "source"]),
];

#[test]
fn modules_import_downwards() {
    let mut files = Vec::new();
    sources(Path::new("src"), &mut files);
    assert!(files.len() > 40);
    for path in files {
        // Unit tests may reach further.
        if path.file_name().is_some_and(|name| name == "tests.rs") {
            continue;
        }
        let own = module(&path);
        let Some((_, allowed)) = LAYERS.iter().find(|(name, _)| *name == own) else { continue };
        for import in imports(&path) {
            assert!(
                import == own || allowed.contains(&import.as_str()),
                "{} imports `{import}`, which is not below `{own}`",
                path.display()
            );
        }
    }
}

#[test]
fn one_module_knows_symbolica() {
    let mut files = Vec::new();
    sources(Path::new("src"), &mut files);
    for path in files {
        let text = std::fs::read_to_string(&path).unwrap();
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        let names = code.filter(|line| line.contains("symbolica::")).count();
        assert!(names == 0 || module(&path) == "algebra", "{} knows Symbolica", path.display());
    }
}

#[test]
fn files_are_small() {
    let mut files = Vec::new();
    sources(Path::new("src"), &mut files);
    for path in files {
        let lines = std::fs::read_to_string(&path).unwrap().lines().count();
        assert!(lines <= 600, "{} has {lines} lines", path.display());
    }
}
