"""Deterministic rules: what makes two accounts one customer without a model, and what forbids it.

Belongs here: rules over two compared accounts. Does not belong here: weights (``comparisons``),
decisions by hand (overrides, ``identity``).

A shared phone or e-mail alone is no rule: families share them.
"""

from collections.abc import Sequence

#: Name of the rule, key to block on, what else must hold of both accounts (``l`` and ``r``).
Rule = tuple[str, tuple[str, ...], str]

_SLIP, _ALIKE = 0.92, 0.80


def similarity(column: str) -> str:
    """Jaro-Winkler similarity of a column of ``l`` and ``r``, the same whichever comes first."""
    left, right = f"l.{column}", f"r.{column}"
    return f"jaro_winkler_similarity(least({left}, {right}), greatest({left}, {right}))"


_GIVEN_AGREES = f"({similarity('given_latin')} >= {_SLIP})"
_FAMILY_AGREES = f"({similarity('family_latin')} >= {_SLIP})"
_BIRTH_FITS = "coalesce(damerau_levenshtein(l.birth, r.birth) <= 1, true)"
_ID_FITS = "coalesce(damerau_levenshtein(l.national_id, r.national_id) <= 1, true)"
_GENDER_FITS = "coalesce(l.gender = r.gender, true)"

#: First the strongest: a pair is named by the first rule that holds.
RULES: tuple[Rule, ...] = (
    # a number typed into another person's record agrees in nothing else
    (
        "national_id",
        ("national_id",),
        f"coalesce({_GIVEN_AGREES} or {_FAMILY_AGREES} or l.birth = r.birth, true)",
    ),
    ("email_and_name", ("email",), f"{_GIVEN_AGREES} and {_BIRTH_FITS} and {_ID_FITS} and {_GENDER_FITS}"),
    ("phone_name_and_birth_date", ("phone", "birth"), f"{_GIVEN_AGREES} and {_FAMILY_AGREES} and {_ID_FITS}"),
    (
        "name_birth_date_and_address",
        ("given_latin", "family_latin", "birth", "address"),
        f"{_ID_FITS} and {_GENDER_FITS}",
    ),
)

#: Alike, one the beginning of the other, or swapped with the family name.
_GIVEN_ALIKE = (
    f"({similarity('given_latin')} >= {_ALIKE}"
    " or starts_with(l.given_latin, r.given_latin) or starts_with(r.given_latin, l.given_latin)"
    " or coalesce(l.given_latin = r.family_latin, false) or coalesce(l.family_latin = r.given_latin, false))"
)

#: Two accounts of which this holds are never one customer: other national ids, unless given name and
#: birth date say that one of the numbers is wrong; another given name and a birth date years apart.
CONFLICT = (
    "(coalesce(damerau_levenshtein(l.national_id, r.national_id) > 2, false)"
    f" and not coalesce({_GIVEN_ALIKE} and damerau_levenshtein(l.birth, r.birth) <= 1, false))"
    f" or (coalesce(not {_GIVEN_ALIKE}, false)"
    " and coalesce(damerau_levenshtein(l.birth, r.birth) > 2, false)"
    " and coalesce(abs(cast(l.birth_year as integer) - cast(r.birth_year as integer)) > 1, false)"
    " and not coalesce(l.national_id = r.national_id, false))"
)


def ruled_pairs(tables: Sequence[str]) -> str:
    """Query for the pairs that a rule links, within one held table of comparables or between two.

    Columns: ``left_account_id`` (the smaller), ``right_account_id``, ``link_rule`` (the first that holds).
    """
    order = "l.account_id < r.account_id" if len(tables) == 1 else "true"
    queries = []
    for place, (name, key, condition) in enumerate(RULES):
        same = " and ".join(f"l.{one} = r.{one}" for one in key)
        queries.append(
            "select least(l.account_id, r.account_id) as left_account_id,"
            " greatest(l.account_id, r.account_id) as right_account_id,"
            f" {place} as place, '{name}' as link_rule"
            f' from "{tables[0]}" l join "{tables[-1]}" r on {same}'
            f" where {order} and ({condition}) and not ({CONFLICT})"
        )
    return (
        "select left_account_id, right_account_id, arg_min(link_rule, place) as link_rule from ("
        + " union all ".join(queries)
        + ") group by left_account_id, right_account_id"
    )


def without_conflicts(pairs: str, tables: Sequence[str]) -> str:
    """Query for the rows of held ``pairs`` whose accounts, held in ``tables``, are not in conflict."""
    accounts = " union all ".join(f'select * from "{one}"' for one in tables)
    return (
        f'with accounts as ({accounts}) select p.* from "{pairs}" p'
        " join accounts l on l.account_id = p.left_account_id"
        " join accounts r on r.account_id = p.right_account_id"
        f" where not ({CONFLICT})"
    )


def shared_emails(tables: Sequence[str], most_shared: int) -> str:
    """Query for pairs between two held tables of comparables that share an e-mail address which at most
    ``most_shared`` accounts have, where nothing known of the two says that they are different people.

    No rule for customers, since families share addresses; exclusions spread by it.
    """
    first, second = tables
    every = " union all ".join(f'select email from "{one}" where email is not null' for one in tables)
    return (
        f"with every as ({every}),"
        f" rare as (select email from every group by email having count(*) <= {most_shared})"
        " select least(l.account_id, r.account_id) as left_account_id,"
        " greatest(l.account_id, r.account_id) as right_account_id, 'shared_email' as link_rule"
        f' from "{first}" l join "{second}" r on l.email = r.email join rare on rare.email = l.email'
        f" where coalesce({_GIVEN_AGREES}, true) and {_BIRTH_FITS} and {_ID_FITS} and {_GENDER_FITS}"
        f" and not ({CONFLICT})"
    )
