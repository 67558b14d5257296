//! Expressions that hold derivatives as goals: each derivative is derived, put in, and the whole simplified.

use entrywise::certificate::{self, Choices};
use entrywise::claim::Verdict;
use entrywise::derive::{Layout, Options};
use entrywise::{Derived, Source, Trials};

fn derive(text: &str, options: Options) -> Result<Derived, String> {
    let refusal = |errors: Vec<entrywise::diagnostic::Diagnostic>| errors[0].message.clone();
    let problem = entrywise::read(&Source::new("test", text)).map_err(refusal)?;
    entrywise::derive(problem, &options).map_err(refusal)
}

fn answers(text: &str) -> Vec<String> {
    let options = Options { open: true, ..Options::default() };
    derive(text, options).unwrap_or_else(|error| panic!("{text}: {error}")).answers()
}

const QUADRATIC: &str = "A : n x n symmetric; x, h, b : n; f = x'*A*x/2 - b'*x; g = sum(exp(x))";

/// Newton's method meets the solution of a quadratic in one step, and a quadratic is its own Taylor polynomial.
#[test]
fn of_a_quadratic() {
    assert_eq!(
        answers(&format!("{QUADRATIC}; derive x - solve(d2f/dx2, df/dx)")),
        ["x - solve(d2f/dx2, df/dx) = inv(A) * b"]
    );
    let taylor = "f + df/dx'*h + h'*d2f/dx2*h/2";
    let [answer] = &answers(&format!("{QUADRATIC}; derive {taylor}"))[..] else {
        panic!("one goal, one answer")
    };
    let (goal, value) = answer.split_once(" = ").unwrap();
    assert_eq!(goal, taylor);
    let claims = [
        (format!("{value} == (x + h)'*A*(x + h)/2 - b'*(x + h)"), Verdict::Proved),
        (format!("{value} == (x + h)'*A*(x + h)/2 - b'*x"), Verdict::Refuted),
    ];
    for (claim, expected) in claims {
        let source = Source::new("test", format!("{QUADRATIC}; verify {claim}"));
        let problem = entrywise::read(&source).unwrap();
        let trials = Trials { sizes: (2, 4), points: None, seed: 1 };
        assert_eq!(entrywise::verify(&problem, &trials).unwrap()[0].verdict(), expected, "{claim}");
    }
}

/// What is asked for is answered in the order of the file, and nothing else.
#[test]
fn answers_stand_in_the_order_of_the_goals() {
    let asked = "g + dg/dx'*h, df/dx, tr(d2g/dx2), dg/dx";
    assert_eq!(
        answers(&format!("{QUADRATIC}; derive {asked}")),
        ["g + dg/dx'*h = g + exp(x)' * h", "df/dx = A * x - b", "tr(d2g/dx2) = g", "dg/dx = exp(x)"]
    );
}

/// A step of gradient descent through an unknown loss, at any sizes and at given ones.
#[test]
fn a_step_of_gradient_descent() {
    let text = "X : N x D; W : D x M; c : scalar; Y = X*W; L = loss(Y); derive W - c*dL/dW";
    assert_eq!(answers(text), ["W - c*dL/dW = W - c * X' * dL/dY"]);
    let sized = text.replace("derive", "size N = 2, D = 3, M = 4; derive");
    let found = derive(&sized, Options::default()).unwrap();
    assert_eq!(found.answers(), ["W - c*dL/dW = W - c * X' * dL/dY"]);
    let inline = Options { open: true, inline: true, ..Options::default() };
    assert_eq!(
        derive(&format!("{QUADRATIC}; derive g - c*dg/dx'*h").replace("A :", "c : scalar; A :"), inline)
            .unwrap()
            .answers(),
        ["g - c*dg/dx'*h = sum(exp(x)) - c * exp(x)' * h"]
    );
}

#[test]
fn what_is_refused_says_why() {
    let refused = |text: &str| derive(text, Options { open: true, ..Options::default() }).err().unwrap();
    assert!(refused(&format!("{QUADRATIC}; derive df/dx[i]*b")).contains("bound by no sum"));
    assert!(refused(&format!("{QUADRATIC}; derive x + b")).contains("holds one"));
    assert!(refused("Y, X : n x m; Z = X .* Y; derive dZ/dX + X").contains("array of 4 axes"));
    let text = format!("{QUADRATIC}; derive x - df/dx");
    let layout = Options { open: true, layout: Some(Layout::Numerator), ..Options::default() };
    assert!(derive(&text, layout).err().unwrap().contains("--layout"));
    let found = derive(&text, Options { open: true, ..Options::default() }).unwrap();
    let choices = Choices { open: true, inline: false, sizes: Vec::new() };
    let error = certificate::write(&found.verified, &found.problem, &Source::new("test", text), &choices);
    assert!(error.err().unwrap().message.contains("--certificate"));
}
