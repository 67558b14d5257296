#!/usr/bin/env python3
"""The evaluator must accept right displays and catch planted mistakes: run it without arguments."""
import pathlib
import random
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import evaluate_displays as evaluate  # noqa: E402

LAYER = "X : N x D; W : D x M; size N = 2, D = 2, M = 3; Y = X*W; L = loss(Y)"
D = r"\frac{\partial %s}{\partial %s}"
G = r"\frac{\partial L}{\partial Y}"
GRADIENT = (r"\begin{pmatrix} %s & %s & %s \\ %s & %s & %s \end{pmatrix}"
            % tuple(D % ("L", "y_{%d,%d}" % (i, j)) for i in (1, 2) for j in (1, 2, 3)))
UNIT = r"\begin{pmatrix} w_{1,1} & w_{1,2} & w_{1,3} \\ 0 & 0 & 0 \end{pmatrix}"

RIGHT = [
    # program, display, links
    (LAYER, r"Y = XW = \begin{pmatrix} x_{1,1}w_{1,1}+x_{1,2}w_{2,1} & x_{1,1}w_{1,2}+x_{1,2}w_{2,2} & "
            r"x_{1,1}w_{1,3}+x_{1,2}w_{2,3} \\ x_{2,1}w_{1,1}+x_{2,2}w_{2,1} & x_{2,1}w_{1,2}+x_{2,2}w_{2,2} & "
            r"x_{2,1}w_{1,3}+x_{2,2}w_{2,3} \\ \end{pmatrix}", 2),
    (LAYER, G + "=" + GRADIENT, 1),
    (LAYER, r"\frac{\partial L} {\partial X} = %s %s \quad\quad %s = X^T %s"
            % (G, D % ("Y", "X"), D % ("L", "W"), G), 2),
    (LAYER, r"\begin{split} %s &= \sum^{N}_{i=1} \sum_{j=1}^{M} %s %s = %s %s \\ &= %s %s \\ &= %s w_{1,1} "
            r"\\ &\quad + %s w_{1,2} + %s w_{1,3} \end{split}"
            % (D % ("L", "x_{1,1}"), D % ("L", "y_{i,j}"), D % ("y_{i,j}", "x_{1,1}"), G, D % ("Y", "x_{1,1}"),
               GRADIENT, UNIT, D % ("L", "y_{1,1}"), D % ("L", "y_{1,2}"), D % ("L", "y_{1,3}")), 4),
    (LAYER, D % ("Y", "x_{1,1}") + "=" + UNIT, 1),
    (LAYER, r"%s = \sum^{D}_{k=1} \delta_{i,a} \delta_{k,b} w_{k,j} = \delta_{i,a} w_{b,j}"
            % D % ("y_{i,j}", "x_{a,b}"), 2),
    (LAYER, r"%s = \left(%s W^{\top}\right)_{a,b} = \sum_{j=1}^{M} %s w_{b,j}"
            % (D % ("L", "x_{a,b}"), G, D % ("L", "y_{a,j}")), 2),
    (LAYER, r"L = \operatorname{loss}(Y) \\ y_{i,j} = \sum_{k=1}^{D} x_{i,k} w_{k,j}", 2),
    ("X : N x D; size N = 3, D = 2; Y = X'*X; L = loss(Y)",
     r"%s = X \left(%s + \left(%s\right)^{T}\right), \quad y_{1,1} = x_{1,1}^{2} + x_{2,1}^2 + x_{3,1}^2"
     % (D % ("L", "X"), G, G), 2),
    ("A : m x n; x : n; size m = 3, n = 2; y = A*x", D % ("y", "x") + r"= A \quad \frac{\partial y_{i}}{\partial x_{j}} = a_{i,j}", 2),
    ("a : n; b : m; X : n x m; size n = 3, m = 2; L = a'*X*b", r"%s = a b^{\mathsf{T}} \quad L = a^T X b = \operatorname{tr}(b a^T X)" % D % ("L", "X"), 3),
    ("c : scalar; X : N x D; W : D x M; size N = 2, D = 3, M = 2; Y = c*X*W; L = loss(Y)",
     r"%s = c %s W^{T} \quad %s = %s %s" % (D % ("L", "X"), G, D % ("L", "c"), G, D % ("Y", "c")), 2),
    ("X : N x D; W : D x K; V : K x M; size N = 2, D = 3, K = 4, M = 5; H = X*W; Y = H*V; L = loss(Y)",
     r"\begin{aligned} %s &= %s V^{T} \\ %s &= X^T %s = X^{T} %s V^{T} \end{aligned}"
     % (D % ("L", "H"), G, D % ("L", "W"), D % ("L", "H"), G), 3),
    ("X : n x n; A : n x n; size n = 2; Y = X*A; L = loss(Y)",  # square: still a sum of products when scalar
     D % ("L", "x_{1,2}") + "=" + G + r"\begin{pmatrix} a_{2,1} & a_{2,2} \\ 0 & 0 \end{pmatrix}", 1),
    ("X : N x D; W : D x M; size N = 1, D = 1, M = 1; Y = X*W; L = loss(Y)", D % ("L", "X") + "=" + G + "W^T", 1),
    ("X : N x D; Z : N x D; size N = 2, D = 3; L = loss(X)", D % ("L", "Z") + "= 0", 1),
    # a derivative with an intermediate held fixed, one behind its fraction, constants, names with digits
    ("X : n x n; A : n x n; size n = 2; H = X*A; Y = H + X; L = loss(Y)",
     r"\left.%s\right|_{H} = %s \quad %s = %s + %s A^T \quad \left(%s\right)_{H} = %s"
     % (D % ("L", "X"), G, D % ("L", "X"), G, G, D % ("L", "X"), G), 3),
    ("A : m x n; x : n; size m = 3, n = 2", r"\frac{\partial}{\partial x}(Ax) = A = A I_{n} = \mathbf{I}_{m} A", 3),
    ("X : N x D; size N = 3, D = 2; L = 0.5*tr(X'*X)",
     r"%s = X \quad L = \frac{1}{2} \operatorname{tr}(X^T X) = 0.5 \operatorname{tr}\left(X^T X\right)" % D % ("L", "X"), 3),
    ("W2 : N x D; X : D x M; size N = 3, D = 2, M = 4; Y = W2*X; L = loss(Y)",
     r"%s = %s X^T = %s X^{T} + \mathbf{0}_{N \times D} \quad y_{i,j} = \sum_{k=1}^{D} \left(W_{2}\right)_{i,k} x_{k,j}"
     % (D % ("L", "W_{2}"), G, G), 3),
]

WRONG = [
    # a planted mistake: the links must not all be equal
    (LAYER, D % ("L", "W") + "=" + G + "X"),
    (LAYER, D % ("L", "X") + "=" + G + "W"),
    ("X : n x n; W : n x n; size n = 3; Y = X*W; L = loss(Y)", D % ("L", "X") + "=" + G + "W"),
    ("X : n x n; W : n x n; size n = 3; Y = X*W; L = loss(Y)", D % ("L", "X") + "= W^{T}" + G),
    ("X : n x n; W : n x n; size n = 3; Y = X*W; L = loss(Y)", D % ("L", "X") + r"=\left(" + G + r"\right)^{T} W^{T}"),
    ("X : N x D; size N = 3, D = 2; Y = X'*X; L = loss(Y)", D % ("L", "X") + "= X" + G),
    ("c : scalar; X : N x D; size N = 2, D = 2; Y = c*X; L = loss(Y)", D % ("L", "X") + "=" + G),
    (LAYER, D % ("Y", "x_{1,1}") + "=" + UNIT.replace("w_{1,2}", "w_{2,1}")),
    (LAYER, D % ("Y", "x_{1,2}") + "=" + UNIT),
    (LAYER, D % ("L", "x_{1,1}") + "=" + D % ("L", "y_{1,1}") + "w_{1,1} +" + D % ("L", "y_{1,2}") + "w_{1,2}"),
    (LAYER, D % ("L", "x_{1,1}") + r"= \sum^{N}_{i=1} \sum^{D}_{j=1}" + D % ("L", "y_{i,j}") + D % ("y_{i,j}", "x_{1,1}")),
    (LAYER, D % ("y_{i,j}", "x_{a,b}") + r"= \delta_{i,b} w_{a,j}"),
    (LAYER, D % ("y_{i,j}", "x_{a,b}") + r"= w_{b,j}"),
    (LAYER, G + "=" + GRADIENT.replace("y_{2,3}", "y_{1,3}")),
    (LAYER, D % ("L", "X") + "= 0"),
    (LAYER, D % ("L", "X") + "= -" + G + "W^T"),
    ("X : n x n; A : n x n; size n = 2; H = X*A; Y = H + X; L = loss(Y)", D % ("L", "X") + "=" + G),
    ("X : n x n; A : n x n; size n = 2; H = X*A; Y = H + X; L = loss(Y)",
     r"\left." + D % ("L", "X") + r"\right|_{H} = " + D % ("L", "X")),
    ("X : N x D; size N = 3, D = 2; L = 0.5*tr(X'*X)", D % ("L", "X") + "= 2 X"),
    # what cannot be read is never passed over
    (LAYER, r"Y = XW \text{ as it is}"),
    (LAYER, r"Y = \begin{pmatrix} y_{1,1} & \cdots & y_{1,3} \\ y_{2,1} & \cdots & y_{2,3} \end{pmatrix}"),
    (LAYER, r"Y = XQ"),
    (LAYER, r"Y = (XW"),
    (LAYER, r"Y = W X"),
    (LAYER, r"y_{1,1} = y_{3,1}"),
    (LAYER, r"Y = XW ="),
    (LAYER, r"Y \quad X"),
    (LAYER, r""),
]


def run(source, display, wrap):
    program = evaluate.Program()
    program.read(source)
    program.draw(random.Random(7))
    said = []
    return (*evaluate.judge(wrap % display, program, said.append), said)


def main():
    failures = 0
    for wrap in ("text $x$\n\n$$\n%s\n$$\n", "\\[\n%s\n\\]", "\\begin{align*}\n%s\n\\end{align*}"):
        for source, display, links in RIGHT:
            equal, total, unread, said = run(source, display, wrap)
            if (equal, total, unread) != (links, links, 0):
                failures += 1
                print(f"should be right, {equal} of {total} ({links} wanted), {unread} unread:\n  {display}\n  {said}")
        for source, display in WRONG:
            equal, total, unread, said = run(source, display, wrap)
            if equal == total > 0 and not unread:
                failures += 1
                print(f"should be caught:\n  {display}")
    print(f"{len(RIGHT)} right displays and {len(WRONG)} mistakes, in three wrappings: {failures} surprises")
    return int(failures > 0)


if __name__ == "__main__":
    sys.exit(main())
