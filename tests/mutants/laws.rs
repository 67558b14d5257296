//! Laws of scalar functions with a mistake in them: the checker has the first word on a claim, so that a wrong law can
//! take a proof away, and never makes a claim wrong.

use std::path::Path;

use entrywise::claim::Verdict;
use entrywise::rule::{Catalogue, Law};
use entrywise::syntax::ast::{Expr, ExprKind, Name, ProductOp, Sign};
use entrywise::{Source, Trials};

const TRIALS: Trials = Trials { sizes: (1, 3), points: Some(2), seed: 3 };

/// Claims of the corpus about a function, each with its declarations.
fn claims(file: &str, function: &Name) -> Vec<String> {
    let text = std::fs::read_to_string(Path::new("tests/corpus").join(file)).unwrap();
    let lines: Vec<&str> = text.lines().map(|line| line.split('#').next().unwrap_or("").trim_end()).collect();
    let (claims, declared): (Vec<&str>, Vec<&str>) =
        lines.into_iter().filter(|line| !line.is_empty()).partition(|line| line.starts_with("verify "));
    let about =
        |claim: &&str| claim.contains(&format!("{function}(")) || claim.contains(&format!("{function}'("));
    claims.into_iter().filter(about).map(|claim| format!("{}\n{claim}", declared.join("\n"))).collect()
}

fn verdict(program: &str, catalogue: &Catalogue) -> Verdict {
    let problem = entrywise::read(&Source::new("test", program))
        .unwrap_or_else(|errors| panic!("{program}: {errors:?}"));
    entrywise::verify_with(&problem, &TRIALS, catalogue).unwrap()[0].verdict()
}

/// The right side negated, doubled, one more, and with another function in the place of one.
fn mutants(law: &Law) -> Vec<Law> {
    let right = &law.right;
    let doubled = Expr::product(Expr::natural(2), ProductOp::Times, right.clone());
    let more = ExprKind::Sum(vec![(Sign::Plus, right.clone()), (Sign::Plus, Expr::natural(1))]).into();
    let mut sides = vec![ExprKind::Negate(Box::new(right.clone())).into(), doubled, more];
    sides.extend(["sin", "exp"].into_iter().filter_map(|function| exchanged(right, function)));
    sides.into_iter().filter(|side| side != right).map(|right| Law { right, ..law.clone() }).collect()
}

fn exchanged(expr: &Expr, by: &str) -> Option<Expr> {
    if let ExprKind::Call { arguments, .. } = &expr.kind {
        return Some(Expr::call(by, arguments.clone()));
    }
    let changed = expr.map_children(&|child| exchanged(child, by).unwrap_or_else(|| child.clone()));
    (changed != *expr).then_some(changed)
}

#[test]
fn a_wrong_law_makes_no_claim_wrong() {
    let shipped = Catalogue::shipped();
    let (mut count, mut met) = (0, 0);
    let mut quiet: Vec<String> = Vec::new();
    for (place, law) in shipped.laws.iter().enumerate() {
        let about = |files: &[&str]| -> Vec<String> {
            files.iter().flat_map(|file| claims(file, &law.function)).collect()
        };
        let truths = about(&[
            "true/functions.ew",
            "true/domain.ew",
            "true/inverse_determinant.ew",
            "true/spectral.ew",
            "true/kronecker.ew",
        ]);
        let falsehoods = about(&[
            "false/functions.ew",
            "false/inverse_determinant.ew",
            "false/spectral.ew",
            "false/kronecker.ew",
        ]);
        let proved: Vec<bool> =
            truths.iter().map(|claim| verdict(claim, shipped) == Verdict::Proved).collect();
        let mut used = false;
        for mutant in mutants(law) {
            count += 1;
            let mut catalogue = shipped.clone();
            catalogue.laws[place] = mutant.clone();
            let mut noticed = false;
            for (claim, proved) in truths.iter().zip(&proved) {
                let found = verdict(claim, &catalogue);
                assert!(found < Verdict::Refuted, "{}: {claim}: {found:?}", mutant.text());
                noticed |= *proved && found == Verdict::Checked;
            }
            for claim in &falsehoods {
                // A proof of what evaluates differently is an internal failure, told as unchecked.
                let found = verdict(claim, &catalogue);
                assert!(found >= Verdict::Refuted, "{}: {claim}: {found:?}", mutant.text());
                noticed |= found == Verdict::Unchecked;
            }
            met += usize::from(noticed);
            used |= noticed;
        }
        if !used {
            quiet.push(law.name.to_string());
        }
    }
    println!("{count} mutants, {met} take a proof away or prove what is false");
    // A law without a claim that needs it could be wrong unnoticed.
    assert!(quiet.is_empty(), "{quiet:?}");
}
