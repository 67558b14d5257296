//! Mutants that no derivation can be refused for, each with its reason, which the test confirms.

/// Why a mutant is equivalent.
pub enum Reason {
    /// It states a true equation: evaluated at random numbers and unequal sizes. How it is the rule's.
    True(&'static str),
    /// The named rule is tried before it and takes whatever it would take: its equation is never used.
    After(&'static str),
}
use Reason::{After, True};

pub const SURVIVORS: &[(&str, Reason)] = &[
    ("rule collapse-frobenius: sum(i) sum(j) A[i,j] B[i,j] = tr(B * A')", True("tr(A*B) is tr(B*A)")),
    ("rule collapse-frobenius: sum(i) sum(j) A[i,j] B[i,j] = tr((A' * B)')", True("tr(A') is tr(A)")),
    (
        "rule collapse-frobenius: sum(i) sum(j) B[i,j] A[i,j] = tr(A' * B)",
        True("the left side is symmetric in A and B"),
    ),
    ("rule collapse-frobenius-t: sum(i) sum(j) A[i,j] B[j,i] = tr(B * A)", True("tr(A*B) is tr(B*A)")),
    ("rule collapse-frobenius-t: sum(i) sum(j) A[i,j] B[j,i] = tr((A * B)')", True("tr(A') is tr(A)")),
    (
        "rule collapse-frobenius-t: sum(i) sum(j) B[i,j] A[j,i] = tr(A * B)",
        True("i and j are exchanged with A and B"),
    ),
    ("rule collapse-frobenius-t: sum(i) sum(j) A[j,i] B[j,i] = tr(A * B)", After("collapse-frobenius")),
    ("rule collapse-frobenius-t: sum(i) sum(j) A[i,j] B[i,j] = tr(A * B)", After("collapse-frobenius")),
    ("rule collapse-total-matrix: sum(i) sum(j) A[i,j] = sum(A')", True("sum(A') is sum(A)")),
    ("rule collapse-total-matrix: sum(i) sum(j) A[j,i] = sum(A)", True("sum(A') is sum(A)")),
    (
        "rule collapse-diagonal-product: sum(k) A[i,k] B[k,i] = (diagvec((A * B)'))[i]",
        True("diagvec(A') is diagvec(A)"),
    ),
    ("rule collapse-inner: sum(i) v[i] u[i] = u' * v", True("u'*v is v'*u")),
    ("rule collapse-trace: sum(i) A[i,i] = tr(A')", True("tr(A') is tr(A)")),
    ("rule collapse-matvec-t: sum(k) A[i,k] v[k] = (A' * v)[i]", After("collapse-matvec")),
    ("rule collapse-product-nt: sum(k) A[k,i] B[j,k] = (A * B')[i,j]", After("collapse-product")),
    ("rule collapse-product-nt: sum(k) A[i,k] B[k,j] = (A * B')[i,j]", After("collapse-product")),
    ("rule collapse-product-tn: sum(k) A[i,k] B[k,j] = (A' * B)[i,j]", After("collapse-product")),
    ("rule collapse-product-tn: sum(k) A[k,i] B[j,k] = (A' * B)[i,j]", After("collapse-product")),
    ("rule collapse-total: sum(k) v[k] = colsum(v)", True("a column has one column sum")),
    ("rule collapse-total: sum(k) v[k] = sum(v')", True("sum(v') is sum(v)")),
    ("rule collapse-row-sums: sum(k) A[k,i] = (rowsum(A))[i]", After("collapse-column-sums")),
    ("rule collapse-row-sums: sum(i) A[i,k] = (rowsum(A))[k]", After("collapse-column-sums")),
    ("rule collapse-hadamard: A[i,j] B[i,j] = (B .* A)[i,j]", True("A .* B is B .* A")),
    ("rule collapse-hadamard: B[i,j] A[i,j] = (A .* B)[i,j]", True("A .* B is B .* A")),
    ("rule collapse-hadamard-t: A[i,j] B[j,i] = (B' .* A)[i,j]", True("A .* B' is B' .* A")),
    ("rule collapse-diagonal: A[i,i] = (diagvec(A'))[i]", True("diagvec(A') is diagvec(A)")),
    ("rule collapse-hadamard-vector: u[i] v[i] = (v .* u)[i]", True("u .* v is v .* u")),
    ("rule collapse-hadamard-vector: v[i] u[i] = (u .* v)[i]", True("u .* v is v .* u")),
    ("rule collapse-weigh-columns: v[k] A[i,k] = (A * diag(v)')[i,k]", True("diag(v)' is diag(v)")),
    ("rule collapse-weigh-rows: v[k] A[k,j] = (diag(v)' * A)[k,j]", True("diag(v)' is diag(v)")),
];
