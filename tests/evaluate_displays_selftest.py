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

GY = r"\frac{\partial L}{\partial y}"
SOFTMAX = "x : n; size n = 3; y = softmax(x); L = loss(y)"
ROWS = "S : N x M; size N = 2, M = 3; P = rowsoftmax(S/sqrt(M)); L = loss(P)"
LAYERED = "X : N x D; W : D x M; size N = 2, D = 3, M = 4; Z = X*W; H = tanh(Z); L = loss(H)"
UNKNOWN = LAYERED.replace("tanh", "f") + "; unknown f : entrywise"

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
    # functions and operations, in the words of the prelude's notation and in others
    (SOFTMAX, r"y_{i} = \frac{\exp(x_{i})}{\operatorname{sum}(\exp(x))} = \operatorname{softmax}\left(x\right)_{i} "
              r"\quad %s = y \odot \left(%s - \left(%s\right)^{T} y\right)" % (D % ("L", "x"), GY, GY), 3),
    (SOFTMAX, r"%s = \operatorname{diag}(y) - y y^{T} = \operatorname{diag}\left(y\right) - y \otimes y "
              r"\quad \frac{\partial y_{i}}{\partial x_{j}} = y_{i} (\delta_{i,j} - y_{j})" % D % ("y", "x"), 3),
    (ROWS, r"P = \operatorname{rowsoftmax}\left(\frac{S}{\sqrt{M}}\right) \quad %s = \frac{P \odot \left(%s - "
           r"\operatorname{rowsum}\left(P \odot %s\right) \mathbf{1}_{M}^{T}\right)}{\sqrt{M}}"
           % (D % ("L", "S"), D % ("L", "P"), D % ("L", "P")), 2),
    (ROWS, r"p_{i,j} = \frac{\exp\left(\frac{s_{i,j}}{\sqrt{M}}\right)}{\sum^{M}_{k=1} \exp\left(s_{i,k} / \sqrt{M}\right)}"
           .replace(r"s_{i,k} / \sqrt{M}", r"\frac{s_{i,k}}{\sqrt{M}}"), 1),
    (LAYERED, r"%s = \frac{\partial L}{\partial H} \odot (1 - H^{\odot 2}) = \frac{\partial L}{\partial H} \odot \tanh'(Z)"
              r"\quad h_{i,j} = \tanh\left(z_{i,j}\right)" % D % ("L", "Z"), 3),
    (UNKNOWN, r"%s = \frac{\partial L}{\partial H} \odot f'(Z) \quad \frac{\partial h_{i,j}}{\partial z_{a,b}} = "
              r"f'(z_{a,b}) \, \delta_{i,a} \delta_{j,b} \quad H = f\left(Z\right)" % D % ("L", "Z"), 3),
    ("x, y : n; size n = 3; L = x'*y/(norm2(x)*norm2(y))",
     r"%s = \frac{y}{\left\|x\right\|_2 \lVert y \rVert_{2}} - \frac{Lx}{\lVert x \rVert_{2}^{2}} = "
     r"\frac{1}{\sqrt{x^T x}} \left(\frac{y}{\sqrt{\left\langle y, y\right\rangle}} - L \frac{x}{\|x\|_2}\right)"
     .replace(r"\|x\|_2", r"\lVert x \rVert_2") % D % ("L", "x"), 2),
    ("p, q : n; assume p > 0, q > 0; size n = 3; L = sum(p .* log(p ./ q))",
     r"%s = \log\left(p \oslash q\right) + 1 \quad %s = -p \oslash q = -\left(p \oslash q\right)"
     r"\quad L = \sum_{i=1}^{n} p_{i} \log\left(\frac{p_{i}}{q_{i}}\right)" % (D % ("L", "p"), D % ("L", "q")), 4),
    ("X : N x D; W : D x M; b : M; size N = 2, D = 3, M = 4; Y = X*W + ones(N)*b'; L = loss(relu(Y))",
     r"%s = \operatorname{colsum}\left(%s\right) = \left(%s\right)^{T} \mathbf{1}_{N} \quad Y = XW + \mathbf{1}_{N} b^{T}"
     r"\quad \operatorname{relu}'(y_{i,j}) = \operatorname{step}\left(y_{i,j}\right) \quad \max\left(0, Y\right) = \operatorname{relu}(Y)"
     % (D % ("L", "b"), G, G), 5),
    ("x : n; size n = 4; L = variance(x)",
     r"%s = \frac{2 (x - \operatorname{mean}(x))}{n} \quad L = \operatorname{var}\left(x\right) = "
     r"\sum^{n}_{i=1} \frac{(x_{i} - \operatorname{mean}(x))^{2}}{n}" % D % ("L", "x"), 3),
    ("X : N x D; eps : scalar; assume eps > 0; size N = 2, D = 3; H = layernorm(X, eps)",
     r"H = \operatorname{layernorm}_{\mathrm{eps}}\left(X\right) = \operatorname{layernorm}(X, \mathrm{eps}) = "
     r"(X - \operatorname{rowmean}(X) \mathbf{1}_{D}^{T}) \oslash (\sqrt{\operatorname{rowmean}((X - \operatorname{rowmean}(X) "
     r"\mathbf{1}_{D}^{T})^{\odot 2}) + \mathrm{eps}} \mathbf{1}_{D}^{T})", 3),
    # what the file defines, with the ranges that its formulas imply
    ("picked(a : n, b : n)[i: n] = sum(j) delta(i,j) a[j] b[j]; a, b : n; size n = 3; y = picked(a, b); L = loss(y)",
     r"y_{i} = a_{i} b_{i} \quad %s = %s \odot b \quad y = \operatorname{picked}(a, b)" % (D % ("L", "a"), GY), 3),
    ("slide(x : n, w : k)[i: n-k+1] = sum(j) x[i+j-1] w[j]; x : n; w : k; assume n > k; size n = 5, k = 3; y = slide(x, w); L = loss(y)",
     r"y_{i} = \sum^{k}_{j=1} x_{i + j - 1} w_{j} \quad y = x \star w \quad "
     r"\frac{\partial L}{\partial w_{a}} = \sum^{n - k + 1}_{i=1} \frac{\partial L}{\partial y_{i}} x_{i + a - 1}", 3),
    ("scalar Phi(t) derivative exp(-t^2/2)/sqrt(2*pi); x : n; size n = 3; p = Phi(x); L = loss(p)",
     r"%s = \frac{\frac{\partial L}{\partial p} \odot \exp\left(-\frac{x^{\odot 2}}{2}\right)}{\sqrt{2 \pi}} \quad p_{i} = \Phi(x_{i})"
     % D % ("L", "x"), 2),
    ("scalar ph(t) = sqrt(1 + t^2) - 1; x : n; size n = 3; L = sum(ph(x))",
     r"%s = x \oslash \sqrt{1 + x^{\odot 2}} = \operatorname{ph}'(x)" % D % ("L", "x"), 2),
    ("T : N x K; Z : N x K; assume onehot(T); size N = 2, K = 3; P = rowsoftmax(Z); L = crossentropy(P, T)",
     r"%s = \frac{P - T}{N} \quad L = \operatorname{CE}\left(P, T\right)" % D % ("L", "Z"), 2),
    ("sigma : scalar; x : n; assume sigma > 0; size n = 3; L = sum(sigmoid(x))/sigma",
     r"L = \frac{\operatorname{sum}(\operatorname{sigmoid}(x))}{\sigma}", 1),
    ("x : n; size n = 3; y = sigmoid(x); L = sum(y)", r"%s = \sigma\left(x\right) \odot (1 - \sigma(x))" % D % ("L", "x"), 1),
    ("x : n; S : n x n symmetric; size n = 3; L = x'*S*x", D % ("L", "x") + "= 2 S x", 1),
]

WRONG = [
    # the same notation with one mistake each: term, sign, factor, transpose, order, function
    (SOFTMAX, r"%s = y \odot %s" % (D % ("L", "x"), GY)),
    (SOFTMAX, r"%s = y \odot \left(%s + \left(%s\right)^{T} y\right)" % (D % ("L", "x"), GY, GY)),
    (SOFTMAX, r"%s = \operatorname{diag}(y)" % D % ("y", "x")),
    (SOFTMAX, r"y_{i} = \exp(x_{i})"),
    (SOFTMAX, r"y = x"),
    (ROWS, r"%s = P \odot \left(%s - \operatorname{rowsum}\left(P \odot %s\right) \mathbf{1}_{M}^{T}\right)"
           % (D % ("L", "S"), D % ("L", "P"), D % ("L", "P"))),
    (ROWS.replace("N = 2", "N = 3"),
     r"%s = \frac{P \odot \left(%s - \mathbf{1}_{M} \operatorname{rowsum}\left(P \odot %s\right)^{T}\right)}{\sqrt{M}}"
     % (D % ("L", "S"), D % ("L", "P"), D % ("L", "P"))),
    (LAYERED, D % ("L", "Z") + r"= \frac{\partial L}{\partial H} \odot (1 - H)^{\odot 2}"),
    (LAYERED, D % ("L", "Z") + r"= \frac{\partial L}{\partial H} \odot (1 + H^{\odot 2})"),
    (LAYERED, r"h_{i,j} = \tan\left(z_{i,j}\right)"),
    (UNKNOWN, D % ("L", "Z") + r"= \frac{\partial L}{\partial H} \odot f(Z)"),
    (UNKNOWN, D % ("L", "Z") + r"= f'(Z)"),
    ("x, y : n; size n = 3; L = x'*y/(norm2(x)*norm2(y))",
     r"%s = \frac{y}{\lVert x \rVert_2 \lVert y \rVert_2} - \frac{L x}{\lVert x \rVert_2}" % D % ("L", "x")),
    ("p, q : n; assume p > 0, q > 0; size n = 3; L = sum(p .* log(p ./ q))", D % ("L", "p") + r"= \log(p \oslash q)"),
    ("p, q : n; assume p > 0, q > 0; size n = 3; L = sum(p .* log(p ./ q))", D % ("L", "q") + r"= -q \oslash p"),
    ("x : n; size n = 4; L = variance(x)", D % ("L", "x") + r"= \frac{x - \operatorname{mean}(x)}{n}"),
    ("picked(a : n, b : n)[i: n] = sum(j) delta(i,j) a[j] b[j]; a, b : n; size n = 3; y = picked(a, b); L = loss(y)",
     D % ("L", "a") + "=" + GY),
    ("scalar ph(t) = sqrt(1 + t^2) - 1; x : n; size n = 3; L = sum(ph(x))", D % ("L", "x") + r"= 1 \oslash \sqrt{1 + x^{\odot 2}}"),
    ("T : N x K; Z : N x K; size N = 2, K = 3; P = rowsoftmax(Z); L = crossentropy(P, T)",  # not one-hot
     D % ("L", "Z") + r"= \frac{P - T}{N}"),
    ("x : n; S : n x n; size n = 3; L = x'*S*x", D % ("L", "x") + "= 2 S x"),
    # a planted mistake: the links must not all be equal
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
]

SENSELESS = [
    # shapes that do not fit, what nobody gave a meaning, and what cannot be read: never passed over
    (ROWS, r"%s = \frac{P \odot \left(%s - \mathbf{1}_{M} \operatorname{colsum}\left(P \odot %s\right)^{T}\right)}{\sqrt{M}}"
           % (D % ("L", "S"), D % ("L", "P"), D % ("L", "P"))),
    # products of two kinds without brackets, what nothing says the meaning of, values outside a function's domain
    ("A, B, C : n x n; size n = 3; Y = (A .* B)*C", r"Y = A \odot B C"),
    (SOFTMAX, r"y = \operatorname{somemax}(x)"),
    (SOFTMAX, r"y = \operatorname{softmax} x"),
    (SOFTMAX, r"y = \frac{\exp(x)}{y}"),
    (SOFTMAX, r"y = \left|x"),
    (SOFTMAX, r"\lVert x \rVert = \lVert x \rVert_2"),
    ("x : n; assume x < 0; size n = 3; y = 2*x", r"y = \exp(\log(y))"),
    (LAYER, r"Y = \exp(\log(Y))"),
    (LAYER, D % ("L", "W") + "=" + G + "X"),
    (LAYER, D % ("L", "X") + "=" + G + "W"),
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
            if equal == total or unread:
                failures += 1
                print(f"should be read and unequal:\n  {display}\n  {said}")
        for source, display in SENSELESS:
            equal, total, unread, said = run(source, display, wrap)
            if equal < total or total > 0 and not unread:
                failures += 1
                print(f"should not be read:\n  {display}\n  {said}")
    print(f"{len(RIGHT)} right displays and {len(WRONG) + len(SENSELESS)} mistakes, in three wrappings: {failures} surprises")
    return int(failures > 0)


if __name__ == "__main__":
    sys.exit(main())
