//! The laws of `grammar/rules.ew` that speak of primitives of matrices, against code that knows neither the laws nor the
//! engine.

use entrywise::rule::{Catalogue, Law, Pattern};
use entrywise::syntax::ast::{Expr, ExprKind, Name};

#[allow(dead_code)]
mod support;

use support::evaluate::Scope;
use support::point::Point;
use support::program::{Program, Sizes};
use support::scalars::scalar;
use support::value::Value;

/// What a law's letters are declared as.
fn declared(law: &Law) -> Vec<String> {
    let matrix = |letter: &Name| format!("{letter} : size_ x size_");
    match &law.pattern {
        Pattern::Transpose(a) | Pattern::Cancel(a) => vec![matrix(a)],
        Pattern::Composite(inner, v) if &**inner == "diag" => vec![format!("{v} : size_")],
        Pattern::Composite(_, a) => vec![matrix(a)],
        Pattern::Scaled(c, a) => vec![format!("{c} : scalar"), matrix(a)],
        Pattern::Product(a, b) => vec![matrix(a), matrix(b)],
        Pattern::Kronecker(a, b) => vec![matrix(a), format!("{b} : other_ x other_")],
        Pattern::Raised(a, _) => vec![matrix(a)],
        other => panic!("{other:?} is no pattern of a matrix"),
    }
}

/// A side with its whole number, the size and the identity matrix put in.
fn put_in(side: &Expr, law: &Law, whole: usize, size: usize) -> Expr {
    match &side.kind {
        ExprKind::Name(name) if matches!(&law.pattern, Pattern::Raised(_, k) if k == name) => {
            Expr::natural(whole)
        }
        ExprKind::Name(name) if law.side.as_ref() == Some(name) => Expr::natural(size),
        ExprKind::Call { function, .. } if &*function.name == "eye" => {
            Expr::call("eye", vec![Expr::natural(size)])
        }
        _ => side.map_children(&|child| put_in(child, law, whole, size)),
    }
}

/// At how many points the sides of a law were compared, and at how many they differ.
fn compared(law: &Law, left: &Expr, right: &Expr) -> (usize, usize) {
    let program = Program::parse(&declared(law).join("; ")).unwrap();
    let (mut met, mut differ) = (0, 0);
    for seed in 0..12 {
        let size = 2 + seed % 3;
        let sizes = Sizes::from([("size_".into(), size), ("other_".into(), size + 1)]);
        let point = Point::draw(&program, &sizes, seed as u64).unwrap();
        let value = |side: &Expr| -> Value {
            let side = put_in(side, law, 1 + seed % 4, size);
            Scope::global(&point).expr(&side).unwrap_or_else(|error| panic!("{}: {error}", law.text()))
        };
        let (left, right) = (value(left), value(right));
        let largest = left.largest().max(right.largest());
        if !largest.is_finite() || largest > 1e4 {
            continue;
        }
        met += 1;
        let distance = left.zip(&right, |left, right| left - right).map(|distance| distance.largest());
        differ += usize::from(!distance.is_ok_and(|distance| distance < 1e-8 * (1.0 + largest)));
    }
    (met, differ)
}

fn laws() -> Vec<&'static Law> {
    Catalogue::shipped().laws.iter().filter(|law| scalar(&law.function).is_none()).collect()
}

#[test]
fn every_law_is_true() {
    assert!(laws().len() > 14);
    for law in laws() {
        let (met, differ) = compared(law, &law.left(), &law.right);
        assert!(met >= 6, "{}: {met} points", law.text());
        assert_eq!(differ, 0, "{}", law.text());
    }
}

/// The test above can fail: each law with a mistake in it is found to be false.
#[test]
fn a_mistake_in_a_law_is_found() {
    let text = std::fs::read_to_string("grammar/rules.ew").unwrap();
    let planted = [
        ("inv(A)'", "inv(A)", "inverse-transpose"),
        ("= inv(B) * inv(A)", "= inv(A) * inv(B)", "inverse-product"),
        ("= inv(A) / c", "= c * inv(A)", "inverse-scaled"),
        ("= kron(inv(A), inv(B))", "= kron(inv(B), inv(A))", "inverse-kronecker"),
        ("= inv(A)^k", "= inv(A)^(k+1)", "inverse-power"),
        ("= expm(-A)", "= expm(A)", "inverse-exponential"),
        ("= diag(1 ./ v)", "= diag(v)", "inverse-diagonal"),
        ("= 1 / det(A)", "= det(A)", "determinant-inverse"),
        ("= det(A) * det(B)", "= det(A) + det(B)", "determinant-product"),
        ("= c^n * det(A)", "= c * det(A)", "determinant-scaled"),
        ("= det(A)^k", "= k * det(A)", "determinant-power"),
        ("= exp(tr(A))", "= exp(sum(A))", "determinant-exponential"),
        ("= diag(exp(v))", "= diag(v)", "exponential-diagonal"),
    ];
    for (right, wrong, name) in planted {
        let line = text.lines().find(|line| line.starts_with(&format!("law {name}:"))).unwrap();
        let changed = line.replacen(right, wrong, 1);
        assert_ne!(changed, line, "{name}");
        let mutant = Law::parse(&changed).unwrap_or_else(|| panic!("{changed}"));
        assert!(compared(&mutant, &mutant.left(), &mutant.right).1 > 0, "{changed}");
    }
}

/// The conditions of a law say what its letters are; without them it is none.
#[test]
fn letters_of_laws_are_what_is_stated() {
    for line in [
        "law wrong: det(c*A) = c^n * det(A) for c scalar",
        "law wrong: det(c*A) = c^n * det(A) for c scalar, A n x m",
        "law wrong: det(A^k) = det(A)^k",
        "law wrong: det(A^k) = det(B)^k for k integer",
    ] {
        assert!(Law::parse(line).is_none(), "{line}");
    }
}
