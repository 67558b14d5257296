//! The command from outside. This binary never uses the algebra session itself: a process that holds it and
//! waits for another that needs it would wait for ever.

#[path = "support/command.rs"]
mod support;

use std::process::{Command, Output, Stdio};

use support::fed;

fn entrywise(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_entrywise"))
        .args(arguments)
        .env("NO_COLOR", "1")
        .env_remove("SYMBOLICA_HIDE_BANNER")
        .output()
        .unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

const LAYER: &str = "grammar/examples/linear_layer.ew";

#[test]
fn every_rejected_program_has_its_error() {
    let programs = every_program_has_its_error("rejected", 2);
    assert!(programs > 40);
}

#[test]
fn every_underivable_program_has_its_error() {
    let programs = every_program_has_its_error("underivable", 3);
    assert!(programs > 3);
}

/// Snapshots what each program of a directory of `tests/` is refused with; the number of programs.
fn every_program_has_its_error(directory: &str, code: i32) -> usize {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(format!("../snapshots/{directory}"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        let entries = std::fs::read_dir(format!("tests/{directory}")).unwrap();
        let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        for path in &paths {
            let output = entrywise(&["derive", path.to_str().unwrap()]);
            assert!(output.stdout.is_empty(), "{}: {}", path.display(), stdout(&output));
            assert_eq!(output.status.code(), Some(code), "{}: {}", path.display(), stderr(&output));
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            insta::assert_snapshot!(name, stderr(&output));
        }
        paths.len()
    })
}

#[test]
fn expr_prints_one_line_a_goal() {
    let output = entrywise(&["derive", LAYER, "--open", "--format", "expr"]);
    let text = stdout(&output);
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(lines, ["dL/dX = dL/dY * W'", "dL/dW = X' * dL/dY"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stderr.is_empty());
}

#[test]
fn the_trace_goes_to_standard_error_only() {
    let plain = entrywise(&["derive", LAYER, "--open", "--format", "expr"]);
    let traced = entrywise(&["derive", LAYER, "--open", "--format", "expr", "--trace"]);
    assert_eq!(traced.status.code(), Some(0), "{}", stderr(&traced));
    assert_eq!(plain.stdout, traced.stdout);
    // `Y = X * W` is in the fourth line; a step of each gradient collapses by a rule of the catalogue.
    let trace = stderr(&traced);
    for (section, rule) in [("dL/dX", "collapse-product-nt"), ("dL/dW", "collapse-product-tn")] {
        let line = trace.lines().find(|line| line.starts_with(section) && line.contains(rule));
        assert!(line.is_some_and(|line| line.ends_with(" 4:1")), "{trace}");
    }
    // How much is told changes nothing in it.
    let short = entrywise(&["derive", LAYER, "--open", "--steps", "none", "--trace"]);
    assert_eq!(stderr(&short), trace);
    // A program that has no name for the loss's argument: the place is that of the argument.
    let unnamed = entrywise(&[
        "derive",
        "-e",
        "X : N x D; W : D x M; L = loss(X*W); derive dL/dX",
        "--open",
        "--trace",
    ]);
    assert!(stderr(&unnamed).lines().any(|line| line.contains("chain-rule") && line.ends_with(" 1:32")));
    let refused = entrywise(&["derive", "-e", "X : N x D; derive dL/dX", "--trace"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(!stderr(&refused).contains("chain-rule"));
}

#[test]
fn the_notice_goes_to_standard_error_only() {
    let output = entrywise(&["derive", LAYER]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(!stdout(&output).contains("Symbolica"));
    assert!(stderr(&output).contains("non-commercial"));
    assert!(stdout(&entrywise(&["--version"])).contains("non-commercial"));
}

#[test]
fn parallel_runs_take_turns() {
    let children: Vec<_> = (0..16)
        .map(|_| {
            Command::new(env!("CARGO_BIN_EXE_entrywise"))
                .args(["derive", LAYER])
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()
                .unwrap()
        })
        .collect();
    let outputs: Vec<Output> = children.into_iter().map(|child| child.wait_with_output().unwrap()).collect();
    assert!(outputs.iter().all(|output| output.status.success()));
    assert!(outputs.iter().all(|output| output.stdout == outputs[0].stdout && !output.stdout.is_empty()));
}

#[test]
fn hostile_input_is_answered_or_refused() {
    let nested =
        format!("X : n x n\nY = {}X{}\nL = loss(Y)\nderive dL/dX\n", "(".repeat(10_000), ")".repeat(10_000));
    let long_sum = format!("X : n x n\nY = X{}\nL = loss(Y)\nderive dL/dX\n", " + X".repeat(250_000));
    let long_name = format!("{} : n x n\n", "a".repeat(1_000_000));
    for input in
        [nested.as_bytes(), long_sum.as_bytes(), long_name.as_bytes(), b"\xff\xfe", b"", b"\0", b"'\"[[[("]
    {
        let output = fed(&["derive", "-"], input);
        let code = output.status.code();
        assert!(matches!(code, Some(0 | 2 | 3)), "{code:?}: {}", stderr(&output));
        if code != Some(0) {
            assert!(output.stdout.is_empty());
            assert!(!output.stderr.is_empty());
        }
    }
}

#[test]
fn usage_errors_end_with_2() {
    for arguments in [
        &["derive"][..],
        &["derive", LAYER, "--size", "N=0"],
        &["derive", LAYER, "--size", "Q=2"],
        &["derive", LAYER, "--steps", "few"],
        &["nothing"],
        &["derive", "no/such/file.ew"],
    ] {
        let output = entrywise(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn a_closed_pipe_is_no_panic() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_entrywise"))
        .args(["derive", LAYER, "--size", "N=12,D=12,M=12", "--full", "--format", "latex"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(!stderr(&output).contains("panic"));
}

#[test]
fn output_goes_to_a_file_whole() {
    let folder = std::env::temp_dir().join(format!("entrywise-output-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("out.md");
    let output = entrywise(&["derive", LAYER, "--format", "markdown", "--output", path.to_str().unwrap()]);
    assert!(output.status.success() && output.stdout.is_empty());
    let direct = entrywise(&["derive", LAYER, "--format", "markdown"]);
    assert_eq!(std::fs::read(&path).unwrap(), direct.stdout);
    // A wrong input leaves the file as it was.
    let failed = entrywise(&["derive", "-e", "nonsense", "--output", path.to_str().unwrap()]);
    assert_eq!(failed.status.code(), Some(2));
    assert_eq!(std::fs::read(&path).unwrap(), direct.stdout);
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn collapse_finds_the_product() {
    let cases = [
        (
            "[g[1,1] w[1,1] + g[1,2] w[1,2], g[1,1] w[2,1] + g[1,2] w[2,2], g[1,1] w[3,1] + g[1,2] w[3,2]; \
          g[2,1] w[1,1] + g[2,2] w[1,2], g[2,1] w[2,1] + g[2,2] w[2,2], g[2,1] w[3,1] + g[2,2] w[3,2]]",
            "g * w'",
        ),
        (
            "[a[1,1] b[1,1], a[1,2] b[1,2], a[1,3] b[1,3]; a[2,1] b[2,1], a[2,2] b[2,2], a[2,3] b[2,3]]",
            "a .* b",
        ),
        ("[u[1] v[1], u[1] v[2], u[1] v[3]; u[2] v[1], u[2] v[2], u[2] v[3]]", "u * v'"),
        (
            "[a[1,1] + b[1,1], a[2,1] + b[1,2]; a[1,2] + b[2,1], a[2,2] + b[2,2]; a[1,3] + b[3,1], a[2,3] + b[3,2]]",
            "a' + b",
        ),
    ];
    for (matrix, expected) in cases {
        let output = entrywise(&["collapse", "-e", matrix]);
        assert_eq!(stdout(&output).lines().next(), Some(expected), "{matrix}\n{}", stderr(&output));
    }
    let none = entrywise(&["collapse", "-e", "[a[1,1] b[2,2], a[1,2]; a[2,1], a[2,2] b[1,1] b[1,1]]"]);
    assert_eq!(none.status.code(), Some(3));
    assert!(none.stdout.is_empty());
}

/// Numbers, single entries, one row or column, a pattern on the diagonal: each by hand.
#[test]
fn collapse_of_small_and_sparse_matrices() {
    let cases = [
        ("[2*x[1]; 2*x[2]]", "2 * x"),
        ("[x]", "x"),
        ("[x[1]]", "x"),
        ("[3]", "3"),
        ("[5; 5; 5]", "5 * ones(3)"),
        ("[0, 0; 0, 0; 0, 0]", "zeros(3, 2)"),
        ("[a[4,2] - a[4,2], 0, 0]", "zeros(1, 3)"),
        ("[a[1],a[2];a[1],a[2];a[1],a[2]]", "ones(3) * a'"),
        ("[x[1]*x[1]+x[2]*x[2]]", "x' * x"),
        ("[a[1,1] b[1,1] c[1,1], a[1,2] b[1,2] c[1,2]]", "a .* b .* c"),
        ("[a[1,1] b[1,1]; a[2,1] b[1,1]]", "a * b"),
        ("[1,0;0,1]", "eye(2)"),
        ("[3*c,0,0;0,3*c,0;0,0,3*c]", "3 * c * eye(3)"),
        ("[a[1,1],0;0,a[2,2]]", "diag(diagvec(a))"),
        ("[2*x[1],0,0;0,2*x[2],0;0,0,2*x[3]]", "2 * diag(x)"),
        ("[x[1] y[1],0;0,x[2] y[2]]", "diag(x .* y)"),
        ("[a[1,1]+a[2,2],0;0,a[1,1]+a[2,2]]", "tr(a) * eye(2)"),
        ("[1+a[1,1],a[2,1];a[1,2],1+a[2,2]]", "a' + eye(2)"),
        ("[a[1,1] - x[1],a[1,2];a[2,1],a[2,2] - x[2]]", "a - diag(x)"),
        // The diagonal of a product of a 2 x 3 and a 3 x 2 matrix.
        (
            "[a[1,1] b[1,1] + a[1,2] b[2,1] + a[1,3] b[3,1], 0; \
              0, a[2,1] b[1,2] + a[2,2] b[2,2] + a[2,3] b[3,2]]",
            "diag(diagvec(a * b))",
        ),
    ];
    for (matrix, expected) in cases {
        let output = entrywise(&["collapse", "-e", matrix]);
        assert_eq!(stdout(&output).lines().next(), Some(expected), "{matrix}\n{}", stderr(&output));
        assert!(stdout(&output).contains("# multiplied back"), "{matrix}");
    }
}

#[test]
fn collapse_answers_or_says_that_nothing_fits() {
    let cases = [
        ("[1,0,0;0,1,0]", 3, "found no matrix expression that fits"),
        ("[1,2;3,4]", 3, "found no matrix expression that fits"),
        ("[1,0;0,2]", 3, "found no matrix expression that fits"),
        ("[a[1,1],0;0,a[1,1]+1]", 3, "found no matrix expression that fits"),
        ("[a[1,1],0,0;0,a[2,2],0]", 3, "found no matrix expression that fits"),
        ("[a[9999999,1] b[1,1]]", 3, "found no matrix expression that fits"),
        ("[a[4000000000,1] b[1,4000000000] c[4000000000]]", 3, "found no matrix expression that fits"),
        ("[(x[1]+x[2]+x[3])^12]", 3, "found no matrix expression that fits"),
        ("[a[9999999999,1]]", 2, "an index of an entry is a whole number from 1 to 4294967295"),
        ("[a[0,1]]", 2, "an index of an entry is a whole number from 1 to 4294967295"),
        ("[a[1.5]]", 2, "an index of an entry is a whole number from 1 to 4294967295"),
        ("[a[i,1]]", 2, "literal indices"),
    ];
    for (matrix, code, message) in cases {
        let output = entrywise(&["collapse", "-e", matrix]);
        assert_eq!(output.status.code(), Some(code), "{matrix}");
        assert!(output.stdout.is_empty(), "{matrix}");
        assert!(stderr(&output).contains(message), "{matrix}\n{}", stderr(&output));
    }
    let cubes = entrywise(&["collapse", "-e", "[x[1]^3 + x[2]^3]"]);
    let lines = ["sum(x.^3)", "# x : 2 x 1", "# multiplied back: every entry is equal"];
    assert_eq!(stdout(&cubes).lines().collect::<Vec<_>>(), lines);
    assert_eq!(cubes.status.code(), Some(0));
}

#[test]
fn check_lists_shapes() {
    let output = entrywise(&["check", LAYER]);
    let text = stdout(&output);
    assert!(text.contains("Y : N x M") && text.contains("derive dL/dX"), "{text}");
}

#[test]
fn completions_are_a_script() {
    for shell in ["bash", "zsh", "fish"] {
        assert!(stdout(&entrywise(&["completions", shell])).contains("entrywise"));
    }
}
