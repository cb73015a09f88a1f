"""Bins: fitted once, read back as they were, no value lost, nobody narrowed down."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.drift.binning import (
    CategoryBins,
    NumberBins,
    fit_edges,
    fold_small,
    mix_rows,
    shortened,
    stored_categories,
    stored_edges,
)

values = st.lists(st.floats(-1e6, 1e6).map(lambda one: round(one, 6)), max_size=200).map(np.array)


def _counts(rows: list[dict[str, object]]) -> dict[object, object]:
    return {row["bin_label"]: row["bin_count"] for row in rows}


@given(values=values, least=st.sampled_from([1, 10]))
def test_edges_ascend_and_every_bin_of_the_fit_holds_enough(values: np.ndarray, least: int) -> None:
    edges = fit_edges(values, 20, least)
    assert edges == sorted(set(edges))
    if len(set(values.tolist())) > 1:
        bins = NumberBins(edges, is_quasi=False)
        bins.add(values)
        assert all(row["bin_count"] >= min(least, values.size) for row in bins.rows()[:-1])


@given(values=values, cut=st.integers(0, 200))
def test_no_value_is_lost_and_batches_do_not_matter(values: np.ndarray, cut: int) -> None:
    values = np.append(values, np.nan)
    edges = fit_edges(values[:-1], 20)
    whole, parts = NumberBins(edges, False), NumberBins(edges, False)
    whole.add(values)
    parts.add(values[:cut])
    parts.add(values[cut:])
    assert whole.rows() == parts.rows()
    assert sum(row["bin_count"] for row in whole.rows()) == values.size
    assert whole.rows()[-1]["bin_label"] == "missing"
    assert whole.rows()[-1]["bin_count"] == 1
    assert sum(row["bin_sum"] or 0 for row in whole.rows()) == pytest.approx(values[:-1].sum(), abs=1e-3)


@given(values=values)
def test_edges_are_read_back_as_they_were_fitted(values: np.ndarray) -> None:
    edges = fit_edges(values, 20)
    assert stored_edges(NumberBins(edges, False).rows()) == edges


def test_many_zeros_get_a_bin_of_their_own() -> None:
    bins = NumberBins(fit_edges(np.array([0.0] * 970 + [1.5] * 20 + list(range(2, 40))), 20), False)
    bins.add(np.array([0.0, 0.0, 1.5]))
    assert _counts(bins.rows())["below 1.5"] == 2


def test_leaving_a_constant_is_seen() -> None:
    bins = NumberBins(fit_edges(np.zeros(500), 20), False)
    bins.add(np.array([-1.0, 0.0, 0.0, 0.5]))
    assert _counts(bins.rows()) == {"below 0": 1, "0": 2, "1e-06 and more": 1, "missing": 0}


def test_sums_over_few_quasi_identifiers_are_hidden() -> None:
    bins = NumberBins([100.0], is_quasi=True)
    bins.add(np.array([50.0] * 12 + [900.0] * 3))
    assert [row["bin_sum"] for row in bins.rows()] == [600.0, None, None]


def test_categories_beyond_the_most_frequent_are_other() -> None:
    bins = CategoryBins(None, is_quasi=False)
    bins.add({f"{number:02}": 100 - number for number in range(40)})
    bins.add({"missing": 7, "other": 2})
    counts = _counts(bins.rows())
    assert len(counts) == 32
    assert counts["other"] == 2 + sum(100 - number for number in range(30, 40))
    assert counts["missing"] == 7


def test_categories_are_kept_once_fitted() -> None:
    first = CategoryBins(None, False)
    first.add({"red": 5, "blue": 9})
    second = CategoryBins(stored_categories(first.rows()), False)
    second.add({"green": 50, "red": 3})
    assert _counts(second.rows()) == {"blue": 0, "red": 3, "other": 50, "missing": 0}


@given(counts=st.dictionaries(st.text(min_size=1, max_size=3), st.integers(0, 30)), other=st.integers(0, 20))
def test_no_bin_of_a_quasi_identifier_narrows_down(counts: dict[str, int], other: int) -> None:
    folded, rest = fold_small(counts, other)
    assert folded.keys() == counts.keys()
    assert sum(folded.values()) + rest == sum(counts.values()) + other
    assert not any(0 < count < 10 for count in folded.values())
    assert not 0 < rest < 10 or not any(folded.values())


def test_a_new_state_appends_to_the_mix() -> None:
    first = mix_rows({"rfm:b": 3, "rfm:a": 1}, [])
    second = mix_rows({"insufficient_data": 2, "rfm:b": 1}, stored_categories(first))
    assert [(row["bin"], row["bin_label"], row["bin_count"]) for row in second] == [
        (0, "rfm:a", 0),
        (1, "rfm:b", 1),
        (2, "insufficient_data", 2),
    ]


@given(values=values)
def test_short_edges_are_no_ones_value_and_put_everybody_on_the_same_side(values: np.ndarray) -> None:
    short = shortened(values)
    assert all(float(f"{one:.2g}") == one for one in short)
    assert (short <= values + 1e-6 * np.abs(values)).all()
    edges = fit_edges(short, 20, 10)
    for edge in edges if len(set(short.tolist())) > 1 else ():
        assert ((short >= edge) == (np.round(values, 6) >= edge)).all()


def test_small_counts_keep_their_own_edges() -> None:
    assert shortened(np.array([0.0, 1, 3, 17, 62_500, -0.29])).tolist() == [0, 1, 3, 17, 62_000, -0.29]


def test_a_category_that_comes_later_gets_a_bin_when_it_is_large_enough() -> None:
    bins = CategoryBins(["red", "blue"], False, new_share=0.1)
    bins.add({"red": 70, "blue": 10, "green": 15, "grey": 5})
    assert _counts(bins.rows()) == {"red": 70, "blue": 10, "green": 15, "other": 5, "missing": 0}


def test_no_large_category_of_the_fit_looks_new_later() -> None:
    counts = {f"{number:02}": 100 - number for number in range(40)}
    first = CategoryBins(None, False, new_share=0.01)
    first.add(counts)
    second = CategoryBins(stored_categories(first.rows()), False, new_share=0.01)
    second.add(counts)
    assert second.rows() == first.rows()
