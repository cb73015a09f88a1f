"""Finding the themes of texts in a refit.

Belongs here: which words may speak, the fit, ids that last through refits. Does not belong here: the themes
of a text (``themes``), or what a change of themes is called (``models.events``, from ``Found.crossing``).
"""

import warnings
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np
from scipy import sparse
from scipy.optimize import linear_sum_assignment
from sklearn.decomposition import NMF
from sklearn.exceptions import ConvergenceWarning
from sklearn.preprocessing import normalize
from threadpoolctl import threadpool_limits

from pipeline.models.frame import Floats, Integers
from pipeline.schemes.clustering.alignment import carried_ids, overlaps
from pipeline.texts.themes import ThemeModel, content_words
from pipeline.texts.words import normal, words

#: A word in more than this share of the texts says nothing of what one is about.
_MOST_SHARE = 0.5


@dataclass(frozen=True)
class Rules:
    """What a fit is bound by. ``least_customers``: below so many no word, and no theme, is shown.

    There are ``least_themes`` (two may come out alike whatever is said) to ``most_themes``: as many as come
    out most alike in both halves of the texts, by ``splits`` ways to halve them. The champion's number is
    kept while it is within ``calm`` of the best. Of fewer than ``least_texts``, and below
    ``least_stability``, there are no themes.
    """

    most_themes: int = 12
    least_customers: int = 10
    related_overlap: float = 0.3
    continued_overlap: float = 0.7
    calm: float = 0.03
    splits: int = 5
    least_themes: int = 3
    least_texts: int = 500
    least_stability: float = 0.75
    most_texts_to_choose: int = 10_000


@dataclass(frozen=True)
class Found:
    """A fit: the model, customers of each theme, texts by (old theme, new theme), and how alike the themes of
    both halves of the texts are, 0-1."""

    model: ThemeModel
    customers: Mapping[str, int]
    crossing: Mapping[tuple[str, str], int]
    stability: float


def find_themes(
    texts: Sequence[str],
    customers: Sequence[str],
    language: str,
    rules: Rules,
    withheld: Iterable[str] = (),
    previous: ThemeModel | None = None,
    taken: Iterable[str] = (),
) -> Found:
    """Themes of ``texts``, each by one of ``customers``; the same in any order of rows.

    ``withheld`` are words that may not speak: names, cities and streets of the restricted zone. A theme of
    fewer than ``rules.least_customers`` is none. With ``previous``, a theme keeps the id of the old theme
    that it shares most texts with (Hungarian method), from ``rules.related_overlap`` of either; others get
    ids that were never ``taken``.
    """
    order = sorted(range(len(texts)), key=lambda one: (texts[one], customers[one]))
    lines = [content_words(texts[one], language) for one in order]
    owners = [customers[one] for one in order]
    kept_number = len(previous.theme_ids) if previous else None
    fitted, stability = _fit(lines, owners, language, rules, withheld, kept_number)
    given = [fitted.themes_of(texts[one]) for one in order]
    kept = {
        name: len(who) for name, who in _customers(given, owners).items() if len(who) >= rules.least_customers
    }
    rows = [at for at, one in enumerate(fitted.theme_ids) if one in kept]
    model = ThemeModel(language, fitted.words, fitted.idf, fitted.directions[rows], _names(fitted, rows))
    new = [_first(model.themes_of(texts[one])) for one in order]
    old = [_first(previous.themes_of(texts[one])) if previous else None for one in order]
    names = _lasting(previous, model, old, new, rules, taken)
    named = ThemeModel(language, model.words, model.idf, model.directions, names)
    renamed = dict(zip(model.theme_ids, names, strict=True))
    crossing = Counter((a, renamed[b]) for a, b in zip(old, new, strict=True) if a and b)
    return Found(named, {renamed[one]: kept[one] for one in model.theme_ids}, dict(crossing), stability)


def _fit(
    lines: list[list[str]],
    owners: list[str],
    language: str,
    rules: Rules,
    withheld: Iterable[str],
    kept_number: int | None,
) -> tuple[ThemeModel, float]:
    """Themes with numbers for ids, of the words that may speak; how stable they are.

    Texts of the same words count once, however many wrote them: what is passed on verbatim is no theme.
    """
    writers: defaultdict[str, set[str]] = defaultdict(set)
    for line, owner in zip(lines, owners, strict=True):
        for one in line:
            writers[one].add(owner)
    first = {tuple(line): at for at, line in reversed(list(enumerate(lines)))}
    lines, owners = [list(line) for line in first], [owners[at] for at in first.values()]
    frequency = Counter(one for line in lines for one in set(line))
    hidden = {
        part for one in withheld for part in (normal(one), *words(normal(one), language)) if part in writers
    }
    spoken = tuple(
        sorted(
            one
            for one, who in writers.items()
            if len(who) >= rules.least_customers
            and one not in hidden
            and frequency[one] <= _MOST_SHARE * len(lines)
        )
    )
    place = {one: at for at, one in enumerate(spoken)}
    idf = np.array([np.log(len(lines) / frequency[one]) + 1 for one in spoken])
    counts = [Counter(one for one in line if one in place) for line in lines]
    entries = [(place[one], row, times) for row, line in enumerate(counts) for one, times in line.items()]
    if not entries:
        return ThemeModel(language, spoken, idf, np.zeros((0, len(spoken))), ()), 0.0
    at, row, times = map(np.array, zip(*entries, strict=True))
    weights = (1 + np.log(times)) * idf[at]
    values = normalize(sparse.csr_matrix((weights, (row, at)), (len(lines), len(spoken))))
    speaking = np.unique(row)
    values = values[speaking]
    count, stability = _number(values, [owners[one] for one in speaking], rules, kept_number)
    directions = np.round(_directions(values, count), 6)
    return ThemeModel(language, spoken, idf, directions, tuple(map(str, range(len(directions))))), stability


def _directions(values: sparse.csr_matrix, count: int) -> Floats:
    """So many directions of unit length, fewer where some are nothing."""
    with warnings.catch_warnings(), threadpool_limits(1):  # sums in another order are other sums (law L3)
        warnings.simplefilter("ignore", ConvergenceWarning)  # what is not stable is not shown, whyever
        fit = NMF(count, init="nndsvd", random_state=0, max_iter=1_000, tol=1e-5).fit(values)
    factors = fit.components_
    strength = np.linalg.norm(factors, axis=1)
    found: Floats = factors[strength > 0] / strength[strength > 0, None]
    return found


def _number(
    values: sparse.csr_matrix, owners: Sequence[str], rules: Rules, kept_number: int | None
) -> tuple[int, float]:
    """How many themes both halves of the customers would find (Greene and others, 2014), and how alike.

    For each number the themes of either half are matched one to one; their mean cosine, over ``rules.splits``
    ways to halve, says how stable they are. The most stable number, of equals the greatest; the champion's
    while it is as good but for ``calm``.
    """
    digests = np.array([crc32(one.encode()) for one in owners])
    splits = []
    for split in range(rules.splits):
        half = digests >> (split + 8) & 1
        splits.append([np.flatnonzero(half == one)[: rules.most_texts_to_choose // 2] for one in (0, 1)])
    sizes = [len(part) for parts in splits for part in parts]
    most = min(rules.most_themes, int(values.shape[1]), *sizes)
    if most < rules.least_themes:
        return max(most, 1), 0.0
    stable = {
        number: float(np.mean([_agreement(values, parts, number) for parts in splits]))
        for number in range(rules.least_themes, most + 1)
    }
    if kept_number is not None and stable.get(kept_number, -1.0) >= max(stable.values()) - rules.calm:
        return kept_number, round(stable[kept_number], 6)
    best = max(stable, key=lambda number: (stable[number], number))
    return best, round(stable[best], 6)


def _agreement(values: sparse.csr_matrix, parts: Sequence[Integers], number: int) -> float:
    """Mean cosine of the themes that two parts have in common, matched one to one; of so many themes."""
    one, other = (_directions(values[part], number) for part in parts)
    cosine = one @ other.T
    matched = linear_sum_assignment(-cosine)
    return round(float(cosine[matched].sum()) / number, 6)


def _customers(given: Sequence[tuple[str, ...]], owners: Sequence[str]) -> dict[str, set[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for themes, owner in zip(given, owners, strict=True):
        for one in themes:
            found[one].add(owner)
    return dict(found)


def _names(fitted: ThemeModel, rows: Sequence[int]) -> tuple[str, ...]:
    return tuple(fitted.theme_ids[at] for at in rows)


def _first(themes: tuple[str, ...]) -> str | None:
    return themes[0] if themes else None


def _lasting(
    previous: ThemeModel | None,
    model: ThemeModel,
    old: Sequence[str | None],
    new: Sequence[str | None],
    rules: Rules,
    taken: Iterable[str],
) -> tuple[str, ...]:
    """Ids of the themes of ``model``: carried on, or the next number never taken."""
    before = previous.theme_ids if previous else ()
    carried: list[str | None] = [None] * len(model.theme_ids)
    if before and model.theme_ids:
        was = np.array([before.index(one) if one else -1 for one in old])
        is_ = np.array([model.theme_ids.index(one) if one else -1 for one in new])
        jaccard = overlaps(was, is_, len(before), len(model.theme_ids))
        carried = carried_ids(jaccard, before, rules.related_overlap)
    number = max((int(one.rpartition("-")[2]) for one in (*taken, *before)), default=0)
    found = []
    for one in carried:
        number += one is None
        found.append(one or f"{model.language}-{number}")
    return tuple(found)
