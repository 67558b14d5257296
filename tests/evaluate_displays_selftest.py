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

H = r"\frac{\partial^{2} %s}{\partial %s^{2}}"
MIXED = r"\frac{\partial^{2} %s}{\partial %s \, \partial %s}"
VEC = r"\operatorname{vec}(%s)"
VEC_X = VEC % "X"
STACKED = "A : p x n; X : n x m; B : m x q; size p = 2, n = 3, m = 4, q = 5; G = X'*X"
RESIDUAL = "A : p x n; X : n x m; B : m x q; y : p*q; r = y - vec(A*X*B); L = r'*r"  # of sizes that are drawn
SQUARE = "A : n x n; X : n x n; B : n x n; size n = 3; G = X'*X"
LOGISTIC = ("X : N x D; w, v : D; t : N; size N = 4, D = 3; p = sigmoid(X*w); "
            "E = -t'*log(p) - (1 - t)'*log(1 - p); y = X*w; L = loss(y)")
COMPOSED = "x : n; A : m x n; unknown f : entrywise; size n = 3, m = 4; h = f(A*x); L = loss(h)"
BILINEAR = "x : n; y : m; A : n x m; size n = 3, m = 4; q = x'*A*y; L = loss(x, y)"
CURVED = {  # second derivatives of scalar functions of x
    "exp": r"\exp(x)", "log": r"-1 \oslash x^{\odot 2}", "sqrt": r"-\frac{1}{4} (1 \oslash (x \odot \sqrt{x}))",
    "sin": r"-\sin(x)", "cos": r"-\cos(x)", "tan": r"2 (\tan(x) \odot (1 + \tan(x)^{\odot 2}))",
    "tanh": r"-2 (\tanh(x) \odot (1 - \tanh(x)^{\odot 2}))",
    "erf": r"-\frac{4 (x \odot \exp(-x^{\odot 2}))}{\sqrt{\pi}}",
    "sigmoid": r"\sigma(x) \odot (1 - \sigma(x)) \odot (1 - 2 \sigma(x))", "relu": "0 x", "abs": "0 x"}

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
    # second derivatives, of an unknown loss too, and derivatives of what has derivatives in it
    (LOGISTIC, r"%s = X^{T} \, \operatorname{diag}(p \odot (1 - p)) \, X = \frac{\partial}{\partial w}(X^{T} (p - t))" % H % ("E", "w"), 2),
    (LOGISTIC, r"\frac{\partial}{\partial w}\left(\left(%s\right)^{T} v\right) = X^{T} ((Xv) \odot p \odot (1 - p)) = %s v"
               % (D % ("E", "w"), H % ("E", "w")), 2),
    (LOGISTIC, r"%s = \frac{\partial}{\partial w}\left(X^{T} %s\right) = X^{T} %s X"
               % (H % ("L", "w"), GY, H % ("L", "y")), 2),
    (LOGISTIC, r"\frac{\partial \left(X^{T} %s\right)_{i}}{\partial w_{a}} = \sum^{N}_{j=1} \left(\frac{\partial}{\partial y}"
               r"\left(X^{T} %s\right)\right)_{i,j} x_{j,a} = %s = \left(%s\right)_{i,a}"
               % (GY, GY, MIXED % ("L", "w_{i}", "w_{a}"), H % ("L", "w")), 3),
    (LOGISTIC, r"\frac{\partial}{\partial p_{a}}\left(\sum^{N}_{j=1} x_{j,i} (p_{j} - t_{j})\right) = "
               r"\sum^{N}_{j=1} x_{j,i} \delta_{j,a} = x_{a,i} = \left(\frac{\partial}{\partial p}(X^{T} (p - t))\right)_{i,a}", 3),
    (LOGISTIC, r"%s = \sum^{N}_{i=1} p_{i} (1 - p_{i}) x_{i,a}^{2}" % H % ("E", "w_{a}"), 1),
    (BILINEAR, r"%s = A \quad %s = A^{T} \quad %s = \left(%s\right)^{T} \quad %s = a_{i,j}"
               % (MIXED % ("q", "x", "y"), MIXED % ("q", "y", "x"), MIXED % ("L", "x", "y"), MIXED % ("L", "y", "x"),
                  MIXED % ("q", "x_{i}", "y_{j}")), 4),
    (COMPOSED, r"%s = A^{T} \left(\operatorname{diag}(f'(Ax)) %s \operatorname{diag}(f'(Ax)) + \operatorname{diag}\left("
               r"\frac{\partial L}{\partial h} \odot f''(Ax)\right)\right) A" % (H % ("L", "x"), H % ("L", "h")), 1),
    (COMPOSED, r"\left. \frac{\partial}{\partial x_{b}}\left(\sum^{m}_{k=1} a_{k,i} \frac{\partial L}{\partial h_{k}} \, "
               r"f'\left(\sum^{n}_{p=1} a_{k,p}x_{p}\right)\right) \right\vert_{h} = \sum^{m}_{k=1} a_{k,i} "
               r"\frac{\partial L}{\partial h_{k}} \, f''\left(\sum^{n}_{p=1} a_{k,p}x_{p}\right) \, a_{k,b}", 1),
    ("X : N x D; W : D x M; size N = 2, D = 3, M = 4; Z = X*W; L = loss(Z)",
     r"\left(%s\right)_{(i,j),(a,b)} = \sum^{N}_{k=1} \sum^{N}_{m=1} x_{k,j} \left(%s\right)_{m,a,k,i} x_{m,b}"
     % (H % ("L", VEC % "W"), H % ("L", "Z")), 1),
    # a third derivative, and second ones of a function known by its derivative
    ("x : scalar; L = x^4", r"\frac{\partial^{3} L}{\partial x^{3}} = 24 x = \frac{\partial}{\partial x}\left(%s\right)" % H % ("L", "x"), 2),
    ("scalar Phi(t) derivative exp(-t^2/2)/sqrt(2*pi); x : scalar; p = Phi(x)",
     r"%s = -x %s" % (H % ("p", "x"), D % ("p", "x")), 1),
    # stacked columns, Kronecker products, commutation matrices, several indices on one axis
    (STACKED, r"%s = B^{T} \otimes A" % D % (VEC % "AXB", VEC_X), 1),
    (STACKED, r"%s_{(i,j)} = \sum^{n}_{k=1} \sum^{m}_{s=1} a_{j,k}x_{k,s}b_{s,i} = \left((B^{T} \otimes A) %s\right)_{(i,j)}"
              % (VEC % "AXB", VEC_X), 2),
    (STACKED, r"a_{j,c}b_{f,i} = (B^{T} \otimes A)_{(i,j),(f,c)} = \frac{\partial %s_{(i,j)}}{\partial x_{c,f}}" % (VEC % "AXB"), 2),
    (STACKED, r"%s = K_{n,m} %s \quad K_{n,m} K_{m,n} = I_{nm} \quad \delta_{i,c} \delta_{j,f} = (K_{n,m})_{(i,j),(f,c)}"
              % (VEC % "X^{T}", VEC_X), 3),
    (STACKED, r"%s = (X^{T} \otimes I_{m}) K_{n,m} + I_{m} \otimes X^{T}" % D % (VEC % "G", VEC_X), 1),
    (STACKED, r"\frac{\partial %s_{(i,j)}}{\partial x_{c,f}} = \sum^{m}_{k=1} \sum^{m}_{s=1} \left(%s\right)_{(i,j),k,s} "
              r"\frac{\partial g_{k,s}}{\partial x_{c,f}}" % (VEC % "G", D % (VEC % "G", "G")), 1),
    (STACKED, r"X = \operatorname{reshape}_{n \times m}(%s) \quad A \otimes X \otimes B = (A \otimes X) \otimes B = A \otimes (X \otimes B)"
              % VEC_X, 3),
    (STACKED, r"(A \otimes X \otimes B)_{(i,j,k),(c,(f,g))} = a_{i,c}x_{j,f}b_{k,g}", 1),
    (RESIDUAL, r"%s = -B^{T} \otimes A \quad %s = -A^{T} \operatorname{reshape}_{p \times q}\left(%s\right) B^{T} \quad "
               r"%s = -(B \otimes A^{T}) %s = %s %s"
               % (D % ("r", VEC_X), D % ("L", "X"), D % ("L", "r"), D % ("L", VEC_X), D % ("L", "r"),
                  D % ("L", "r"), D % ("r", VEC_X)), 4),
    (RESIDUAL, r"r_{(i,j)} = y_{(i,j)} - \sum^{n}_{k=1} \sum^{m}_{s=1} a_{j,k}x_{k,s}b_{s,i} \quad "
               r"L = \sum^{q}_{i=1} \sum^{p}_{j=1} r_{(i,j)}^{2} \quad 2 r_{(c,f)} = (2 r)_{(c,f)} = \frac{\partial L}{\partial r_{(c,f)}}", 4),
    (RESIDUAL, r"\frac{\partial L}{\partial x_{c,f}} = \sum^{q}_{i=1} \sum^{p}_{j=1} \frac{\partial L}{\partial r_{(i,j)}} "
               r"\frac{\partial r_{(i,j)}}{\partial x_{c,f}} \quad %s = (2 BB^{T}) \otimes (A^{T}A)"
               % H % ("L", VEC_X), 2),
    (BILINEAR, r"(x \otimes y)_{(i,j)} = x_{i}y_{j} \quad x \otimes y = %s \quad x \otimes y = xy^{T} \quad "
               r"\frac{\partial}{\partial x}(x \otimes y) = I_{n} \otimes y" % (VEC % "yx^{T}"), 4),
] + [(f"x : n; assume x > 0; size n = 3; L = sum({name}(x))", r"%s = \operatorname{diag}(%s)" % (H % ("L", "x"), second), 1)
     for name, second in CURVED.items()]

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
    # second derivatives
    (LOGISTIC, r"%s = X^{T} \, \operatorname{diag}(p) \, X" % H % ("E", "w")),
    (LOGISTIC, r"\frac{\partial}{\partial w}\left(\left(%s\right)^{T} v\right) = X^{T} ((Xv) \odot p)" % D % ("E", "w")),
    (LOGISTIC, r"%s = X^{T} X" % H % ("L", "w")),
    (LOGISTIC, r"%s = X^{T} \operatorname{diag}(%s) X" % (H % ("L", "w"), GY)),
    (LOGISTIC.replace("D = 3", "D = 4"), r"%s = X %s X^{T}" % (H % ("L", "w"), H % ("L", "y"))),
    (LOGISTIC.replace("D = 3", "D = 4"), r"%s = X^{T} %s X^{T}" % (H % ("L", "w"), H % ("L", "y"))),
    (LOGISTIC.replace("D = 3", "D = 4"), r"\frac{\partial}{\partial y}\left(X^{T} %s\right) = X %s" % (GY, H % ("L", "y"))),
    (LOGISTIC.replace("D = 3", "D = 4"), r"\frac{\partial}{\partial y}\left(X^{T} %s\right) = %s X" % (GY, H % ("L", "y"))),
    (LOGISTIC, r"\frac{\partial}{\partial y}\left(X^{T} %s\right) = X^{T}" % GY),
    (LOGISTIC.replace("D = 3", "D = 4"), r"\frac{\partial}{\partial p_{a}}\left(\sum^{N}_{j=1} x_{j,i} (p_{j} - t_{j})\right) = x_{i,a}"),
    (LOGISTIC, r"%s = \sum^{N}_{i=1} p_{i} (1 - p_{i}) x_{i,a}" % H % ("E", "w_{a}")),
    (BILINEAR, MIXED % ("q", "x", "y") + "= A^{T}"),
    (BILINEAR.replace("n = 3", "n = 4"), MIXED % ("q", "x", "y") + "= A^{T}"),
    (BILINEAR.replace("n = 3", "n = 4"), MIXED % ("L", "x", "y") + "=" + MIXED % ("L", "y", "x")),
    (COMPOSED, r"%s = A^{T} \operatorname{diag}(f'(Ax)) %s \operatorname{diag}(f'(Ax)) A" % (H % ("L", "x"), H % ("L", "h"))),
    (COMPOSED, r"%s = A^{T} \left(\operatorname{diag}(f'(Ax)) %s \operatorname{diag}(f'(Ax)) + \operatorname{diag}\left("
               r"\frac{\partial L}{\partial h} \odot f'(Ax)\right)\right) A" % (H % ("L", "x"), H % ("L", "h"))),
    ("X : N x D; W : D x M; size N = 3, D = 3, M = 3; Z = X*W; L = loss(Z)",
     r"\left(%s\right)_{(i,j),(a,b)} = \sum^{N}_{k=1} \sum^{N}_{m=1} x_{k,j} \left(%s\right)_{m,i,k,a} x_{m,b}"
     % (H % ("L", VEC % "W"), H % ("L", "Z"))),
    # a transpose dropped or added, factors swapped, the other commutation matrix, indices swapped
    (SQUARE, r"%s = B \otimes A" % D % (VEC % "AXB", VEC_X)),
    (SQUARE, r"%s = B^{T} \otimes A^{T}" % D % (VEC % "AXB", VEC_X)),
    (SQUARE, r"%s = A \otimes B^{T}" % D % (VEC % "AXB", VEC_X)),
    (STACKED, r"%s = A \otimes B^{T}" % D % (VEC % "AXB", VEC_X)),
    (STACKED, r"%s = -B^{T} \otimes A" % D % (VEC % "AXB", VEC_X)),
    (SQUARE, r"%s_{(i,j)} = \sum^{n}_{k=1} \sum^{n}_{s=1} a_{i,k}x_{k,s}b_{s,j}" % (VEC % "AXB")),
    (STACKED.replace("q = 5", "q = 2"), r"%s_{(i,j)} = \sum^{n}_{k=1} \sum^{m}_{s=1} a_{i,k}x_{k,s}b_{s,j}" % (VEC % "AXB")),
    (STACKED, r"%s_{(i,j)} = \sum^{n}_{k=1} \sum^{m}_{s=1} a_{i,k}x_{k,s}b_{s,j}" % (VEC % "AXB")),
    (SQUARE, r"a_{j,c}b_{f,i} = (B^{T} \otimes A)_{(i,j),(c,f)}"),
    (SQUARE, r"a_{j,c}b_{f,i} = (B^{T} \otimes A)_{(j,i),(f,c)}"),
    (STACKED, r"a_{j,c}b_{f,i} = (B^{T} \otimes A)_{(j,i),(f,c)}"),
    (STACKED, r"%s = K_{m,n} %s" % (VEC % "X^{T}", VEC_X)),
    (STACKED, r"K_{n,m} K_{n,m} = I_{nm}"),
    (STACKED, r"\delta_{i,f} \delta_{j,c} = (K_{n,m})_{(i,j),(f,c)}"),
    (STACKED, r"%s = (X^{T} \otimes I_{m}) K_{m,n} + I_{m} \otimes X^{T}" % D % (VEC % "G", VEC_X)),
    (STACKED, r"%s = (I_{m} \otimes X^{T}) K_{n,m} + I_{m} \otimes X^{T}" % D % (VEC % "G", VEC_X)),
    (STACKED, r"%s = (X^{T} \otimes I_{m}) K_{n,m} + X^{T} \otimes I_{m}" % D % (VEC % "G", VEC_X)),
    (STACKED, r"%s = (X^{T} \otimes I_{m}) K_{n,m}" % D % (VEC % "G", VEC_X)),
    (SQUARE, r"%s = (X \otimes I_{n}) K_{n,n} + I_{n} \otimes X^{T}" % D % (VEC % "G", VEC_X)),
    (SQUARE, r"X^{T} = \operatorname{reshape}_{n \times n}(%s)" % VEC_X),
    (STACKED, r"X^{T} = \operatorname{reshape}_{m \times n}(%s)" % VEC_X),
    (SQUARE, r"A \otimes X \otimes B = A \otimes B \otimes X"),
    (RESIDUAL, r"%s = -A^{T} \left(\operatorname{reshape}_{q \times p}\left(%s\right)\right)^{T} B^{T}" % (D % ("L", "X"), D % ("L", "r"))),
    (RESIDUAL, r"%s = -(A^{T} \otimes B) %s" % (D % ("L", VEC_X), D % ("L", "r"))),
    (RESIDUAL, r"%s = (B \otimes A^{T}) %s" % (D % ("L", VEC_X), D % ("L", "r"))),
    (RESIDUAL, r"r_{(i,j)} = y_{(j,i)} - \sum^{n}_{k=1} \sum^{m}_{s=1} a_{j,k}x_{k,s}b_{s,i}"),
    (RESIDUAL, r"2 r_{(c,f)} = (2 r)_{(f,c)}"),
    (BILINEAR, r"(x \otimes y)_{(i,j)} = x_{j}y_{i}"),
    (BILINEAR, r"x \otimes y = y \otimes x"),
    (BILINEAR.replace("n = 3", "n = 4"), r"x \otimes y = y \otimes x"),
    (BILINEAR, r"x \otimes y = yx^{T}"),
    (BILINEAR, r"x \otimes y = %s" % (VEC % "xy^{T}")),
] + [(f"x : n; assume x > 0; size n = 3; L = sum({name}(x))", r"%s = \operatorname{diag}(\frac{1}{3} x + (%s))" % (H % ("L", "x"), second))
     for name, second in CURVED.items()]

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
    # orders that do not fit, a derivative where what defines a name is passed over, indices that divide no axis
    (LOGISTIC, r"\frac{\partial^{2} L}{\partial w} = w"),
    (LOGISTIC, r"\frac{\partial L}{\partial w^{2}} = w"),
    (LOGISTIC, r"\frac{\partial^{2} L}{\partial w \, \partial w \, \partial w} = w"),
    (LOGISTIC, r"\frac{\partial}{\partial p}\left(%s\right) = X^{T}" % D % ("E", "w")),
    (STACKED, r"\operatorname{reshape}_{n \times p}(%s) = X" % VEC_X),
    (STACKED, r"K_{n} = I_{n}"),
    (STACKED, r"AX \otimes B = (AX) \otimes B"),
    (STACKED, r"%s_{(i,j)} = a_{i,k} x_{k,j}" % VEC_X),
    (STACKED, r"\frac{\partial}{\partial \operatorname{vec}(A)_{(i,j),(k,l),(t,u)}}(A \otimes B) = \delta_{i,u} \delta_{k,t} b_{j,l}"),
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
