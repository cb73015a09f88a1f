"""What two accounts are compared by: forms of their identities that meet halfway.

Belongs here: columns made for comparison and blocking, frequencies of terms. Does not belong
here: the weight of an agreement (``comparisons``), which pairs are looked at (``blocking``).
"""

from collections.abc import Sequence

import ibis
import pyarrow as pa
from ibis.expr import types as ir

from pipeline.engine import Engine
from pipeline.engine.dialect import md5
from pipeline.engine.values import held
from pipeline.identity.linkage.forms import address_text, latin_text, simplified_text

#: Columns that are compared; a project has some of them.
COMPARABLE = (
    "given",
    "family",
    "birth",
    "email",
    "phone",
    "national_id",
    "address",
    "postcode",
    "city",
    "region",
    "gender",
)
#: Columns whose values are of very different frequency: agreement on a rare one says more.
WITH_TERMS = ("given", "family", "birth", "postcode", "city")
#: Columns that ought to be of one person or household.
_PERSONAL = ("email", "phone", "national_id")
#: A value of a personal column that more accounts share is a placeholder (a shop's own number).
MOST_SHARED = 20
#: A term is listed when it is at least this many times as frequent as the mean term.
_LISTED_FROM, _MOST_LISTED = 2.0, 5_000

_TERM_SCHEMA = pa.schema([("term", pa.string()), ("frequency", pa.float64())])
Terms = dict[str, dict[str, float]]


def plain_comparables(identities: ir.Table) -> ir.Table:
    """One row an account: ``account_id`` and text columns to compare and block on, null where unknown.

    Names are in lower case and simplified characters (``given``, ``family``) and as Latin letters
    alone (``_latin``: pinyin, no marks); ``birth`` is YYYYMMDD; ``postcode_area`` is a postcode without its
    last characters; ``address`` holds the words of an address in order of the alphabet.
    """
    i = identities
    last_word = i.full_name.re_extract(r"(\S+)$", 1)
    other_words = i.full_name.re_extract(r"^(.*)\s+\S+$", 1).nullif("")
    unsplit = i.given_name.isnull() & i.family_name.isnull()
    names = i.mutate(
        raw_given=ibis.ifelse(unsplit, other_words, i.given_name),
        raw_family=ibis.ifelse(unsplit, last_word, i.family_name),
        birth=i.birth_date.strftime("%Y%m%d"),
    )
    forms = names.select(
        "account_id",
        given=simplified_text(names.raw_given).nullif(""),
        given_latin=latin_text(names.raw_given).nullif(""),
        family=simplified_text(names.raw_family).nullif(""),
        family_latin=latin_text(names.raw_family).nullif(""),
        birth=names.birth,
        birth_year=names.birth.substr(0, 4),
        email=names.email.lower(),
        email_local=names.email.lower().re_extract(r"^([^@+]+)", 1).nullif(""),
        phone=names.phone,
        national_id=names.national_id.upper().re_replace(r"[^0-9A-Z]", "").nullif(""),
        address=address_text(names.address).nullif(""),
        postcode=names.postcode,
        postcode_area=_area(names.postcode),
        city=simplified_text(names.city).nullif(""),
        region=simplified_text(names.region).nullif(""),
        gender=names.gender,
    )
    return forms.mutate(
        address_words=forms.address.split(" "),
        given_start=forms.given_latin.substr(0, 2),
        family_start=forms.family_latin.substr(0, 3),
    )


def _area(postcode: ir.StringValue) -> ir.StringValue:
    """Wider area of a postcode: without the last three characters if it has letters, else two."""
    cut = ibis.ifelse(postcode.re_search("[A-Za-z]"), 3, 2)
    return postcode.substr(0, ibis.greatest(postcode.length() - cut, 1))


def found_terms(plain: ir.Table, columns: list[str]) -> Terms:
    """Frequencies of terms to freeze: per column the digests of frequent terms, and ``""`` for all others.

    For personal columns: digests of placeholders, values that more than ``MOST_SHARED`` accounts hold.
    A digest is the beginning of an MD5: no value of an identifier is kept.
    """
    terms: Terms = {}
    for column in columns:
        if column not in WITH_TERMS and column not in _PERSONAL:
            continue
        named = plain.filter(plain[column].notnull()).select(term=_digest(plain, column))
        counted = named.group_by("term").agg(n=named.count())
        if column in _PERSONAL:
            shared = counted.filter(counted.n > MOST_SHARED).order_by("term").to_pyarrow()
            terms[column] = {one["term"]: 0.0 for one in shared.to_pylist()}
            continue
        total, distinct = int(named.count().to_pyarrow().as_py()), int(counted.count().to_pyarrow().as_py())
        frequent = counted.filter(counted.n >= max(3.0, _LISTED_FROM * total / distinct))
        listed = (
            frequent.order_by([frequent.n.desc(), frequent.term]).limit(_MOST_LISTED).to_pyarrow().to_pylist()
        )
        rest = (total - sum(one["n"] for one in listed)) / max(distinct - len(listed), 1)
        terms[column] = {one["term"]: round(one["n"] / total, 9) for one in listed}
        terms[column][""] = round(max(rest, 1.0) / total, 9)
    return terms


def comparables(plain: ir.Table, terms: Terms) -> ir.Table:
    """``plain`` (``plain_comparables``) without placeholders, held by the engine."""
    table = plain
    for column in _PERSONAL:
        if shared := sorted(terms.get(column, {})):
            is_shared = _digest(table, column).isin(shared)
            table = table.mutate(**{column: ibis.ifelse(is_shared, ibis.null("string"), table[column])})
    return held(table)


def frequencies(engine: Engine, tables: Sequence[ir.Table], terms: Terms) -> dict[str, ir.Table]:
    """For each column with frozen frequencies: its values in ``tables`` with ``tf_`` + column."""
    found = {}
    for column in WITH_TERMS:
        if column not in terms:
            continue
        values = ibis.union(*(one.select(column) for one in tables)).distinct()
        values = values.filter(values[column].notnull())
        rows = [{"term": term, "frequency": f} for term, f in sorted(terms[column].items()) if term]
        listed = engine.from_arrow(pa.Table.from_pylist(rows, _TERM_SCHEMA))
        joined = values.mutate(term=_digest(values, column)).left_join(listed, "term")
        frequency = joined.frequency.fill_null(terms[column][""])
        found[column] = held(joined.select(column, **{f"tf_{column}": frequency}))
    return found


def _digest(table: ir.Table, column: str) -> ir.StringValue:
    return md5(ibis.literal(f"{column}:") + table[column]).substr(0, 12)
