"""Over which numbers index letters run, and of which axes an axis is made that takes several indices."""
import math

from .numbers import Tensor, Trouble, indexed, narrow, wide


def children(tree):
    for part in tree[1:]:
        for item in part if isinstance(part, list) else [part]:
            for leaf in item if isinstance(item, list) else [item]:
                if isinstance(leaf, tuple):
                    yield leaf


def names(tree):
    """All names in a tree, those of index letters too."""
    found = {tree[1]} if tree[0] == "name" else set()
    for part in children(tree):
        found |= names(part)
    return found


def flat(place):
    """The indices in brackets, those of brackets in them too."""
    return [leaf for part in place[1] for leaf in flat(part)] if place[0] == "tuple" else [place]


# ---- axes that are products ---------------------------------------------------------------------------------


def splits(tree, look):
    """For each axis the sizes of the axes that it is made of, the slowest first, or None: four of a derivative, two of
    anything else."""
    try:
        found = known_splits(tree, look)
    except Trouble:
        found = None
    return found or [None] * (4 if tree[0] == "partial" else 2)


def known_splits(tree, look):
    kind = tree[0]
    if kind == "name" and tree[1] in look.program.definitions:
        return of_matrix(look.program.definitions[tree[1]], look)
    if kind == "call" and tree[1] == "vec":
        rows, columns = made_of(tree[2][0], look)
        return [columns + rows, None]
    if kind == "otimes" or kind == "call" and tree[1] == "kron":
        a, b = tree[2:] if kind == "otimes" else tree[2]
        if kind == "otimes" and not tree[1] and is_column(look.value(a)) and is_column(look.value(b)):
            return [of_matrix(a, look)[0], of_matrix(b, look)[0]]
        return [s + t for s, t in zip(made_of(a, look), made_of(b, look))]
    if kind == "constant" and tree[1] == "K" or kind == "call" and tree[1] == "commutation":
        m, n = map(look.integer, tree[2])
        return [[m, n], [n, m]]
    if kind == "partial":
        return of_matrix(tree[1], look) + of_matrix(tree[2], look)
    if kind == "transpose":
        return of_matrix(tree[1], look)[::-1]
    if kind in ("minus", "over"):
        return of_matrix(tree[1], look)
    if kind == "plus":
        return [next((s for s in each if s), None) for each in zip(*(of_matrix(t, look) for t in tree[1]))]
    if kind == "product":
        matrices = [t for t in tree[1] if wide(look.value(t)).shape != (1, 1)]
        return [of_matrix(matrices[0], look)[0], of_matrix(matrices[-1], look)[1]] if matrices else None
    return None


def of_matrix(tree, look):
    """Two axes, of a derivative too that is a matrix."""
    found = splits(tree, look)
    if tree[0] != "partial":
        return found
    value = look.raw(tree, False)
    if not isinstance(value, Tensor) or value.above == (1, 1):
        return found[2:]
    return found[:2] if value.below == (1, 1) else [found[0], found[2]]


def made_of(tree, look):
    return [s or [size] for s, size in zip(of_matrix(tree, look), wide(look.value(tree)).shape)]


def is_column(value):
    return wide(narrow(value)).shape[1] == 1


def radices(parts, size, spans, split):
    """The ranges of several indices on one axis of this size; `split` gives those that nothing else tells."""
    found = [spans.get(part[1]) if part[0] == "name" else None for part in parts]
    if found.count(None) > 1:
        known = split()
        if known is None or len(known) != len(parts):
            raise Trouble("several indices on an axis that nothing divides")
        found = [a or b for a, b in zip(found, known)]
    if None in found:
        rest = math.prod(r for r in found if r)
        found[found.index(None)] = size // rest
    if math.prod(found) != size:
        raise Trouble(f"indices of ranges {found} on an axis of {size}")
    return found


# ---- letters ------------------------------------------------------------------------------------------------


class Ranges:
    """What a formula says about the ranges of the letters that no sum binds.  The axis on which a letter stands alone
    is certain; then, in this order, what is left on an axis of several indices, the other index of a delta, and the
    axes that an axis is made of.  Where nothing of this tells, a formula must hold however an axis is divided."""

    def __init__(self):
        self.sizes, self.groups, self.deltas = {}, [], []

    def note(self, letter, size):
        known = self.sizes.setdefault(letter, size)
        if known is None:
            self.sizes[letter] = size
        elif size not in (None, known):
            raise Trouble(f"index {letter} on axes of {known} and {size}")

    def every(self):
        """All ranges that are possible."""
        found = self.completed(dict(self.sizes))
        if not found:
            raise Trouble("indices whose ranges divide no axis")
        return found

    def completed(self, sizes):
        while self.divided(sizes) or self.equated(sizes) or self.structured(sizes):
            pass
        for parts, size, _ in self.groups:
            left = size // math.prod(self.known(parts, sizes))
            if left * math.prod(self.known(parts, sizes)) != size:
                return []
            for letter in self.unknown(parts, sizes):
                return [found for d in range(1, left + 1) if left % d == 0
                        for found in self.completed({**sizes, letter: d})]
        if None in sizes.values():
            raise Trouble("an index whose range nothing tells")
        return [sizes]

    @staticmethod
    def known(parts, sizes):
        return [r for r in (sizes[p] if isinstance(p, str) else p for p in parts) if r]

    @staticmethod
    def unknown(parts, sizes):
        return [p for p in parts if isinstance(p, str) and sizes[p] is None]

    def divided(self, sizes):
        for parts, size, _ in self.groups:
            known = self.known(parts, sizes)
            for letter in self.unknown(parts, sizes) if len(known) == len(parts) - 1 else ():
                sizes[letter] = size // math.prod(known)
                return True
        return False

    def equated(self, sizes):
        for pair in self.deltas:
            for one, other in (pair, pair[::-1]):
                size = sizes[other] if isinstance(other, str) else other
                if isinstance(one, str) and sizes[one] is None and size is not None:
                    sizes[one] = size
                    return True
        return False

    def structured(self, sizes):
        for parts, _, split in self.groups:
            for letter, size in zip(parts, split) if split and len(split) == len(parts) else ():
                if isinstance(letter, str) and sizes[letter] is None:
                    sizes[letter] = size
                    return True
        return False


def free_letters(tree, look, bound, ranges):
    """Notes in `ranges` the letters that no sum binds; `bound` has the ranges of those that one does, or None."""
    def part(place):
        """A letter, or the range of one that is bound, or None."""
        if place[0] == "name" and place[1] in bound:
            return bound[place[1]]
        return place[1] if place[0] == "name" and place[1] not in look.sizes else None

    def note(place, size, split=lambda: None):
        if place[0] == "tuple":
            parts = [part(leaf) for leaf in flat(place)]
            for leaf in flat(place):
                note(leaf, None)
            ranges.groups.append((parts, size, split() if None in map(ranges.sizes.get, parts) else None))
        elif isinstance(part(place), str):
            ranges.note(place[1], size)
        elif place[0] != "name":
            for inside in children(place):
                note(inside, None)

    if tree[0] == "sum":
        high = None if tree[3] is None or tree[2] != ("num", 1) else look.at(
            {letter: 1 for letter in names(tree[3]) - set(look.sizes)}).integer(tree[3])
        free_letters(tree[4], look, {**bound, tree[1]: high}, ranges)
        return
    if tree[0] in ("entry", "pick"):
        of = ("name", look.matrix_of(tree[1])) if tree[0] == "entry" else tree[1]
        which, sizes, _ = indexed(look.constant_value(of), len(tree[2]))
        for place, axis, size in zip(tree[2], which, sizes):
            note(place, size, lambda axis=axis: splits(of, look)[axis])
        return
    if tree[0] == "delta":
        for place in tree[1]:
            note(place, None)
        ranges.deltas.append(tuple(map(part, tree[1])))
        return
    for inside in children(tree):
        free_letters(inside, look, bound, ranges)
