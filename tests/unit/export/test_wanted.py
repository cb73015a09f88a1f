"""What an export may be asked for; everything else is one clear error that says what is possible."""

from dataclasses import replace

import pytest

from pipeline.errors import InputError
from pipeline.export import Asked
from pipeline.export.wanted import Facts, Options, wanted

FACTS = Facts(
    "2024-03",
    {
        "rfm": ["rfm:champions", "rfm:lost"],
        "lifecycle": ["lifecycle:new", "lifecycle:lost"],
        "behaviour_clusters": [],
    },
    {"crm": ["crm", "crm_orders"], "cards": ["till", "web"]},
    ["newsletter", "phone"],
)
RFM = Options(scheme="rfm", ids="crm", consent="newsletter")
ASKED = Asked("assignments", "2024-03", "crm", scheme="rfm", consent="newsletter")


@pytest.mark.parametrize(
    ("options", "asked"),
    [
        (RFM, ASKED),
        (replace(RFM, segment="lost"), replace(ASKED, segment_id="rfm:lost")),
        (replace(RFM, segment="rfm:lost"), replace(ASKED, segment_id="rfm:lost")),
        (replace(RFM, scheme=None, segment="rfm:lost"), replace(ASKED, segment_id="rfm:lost")),
        (replace(RFM, scheme=None, segment="champions"), replace(ASKED, segment_id="rfm:champions")),
        (replace(RFM, ids="crm_orders"), ASKED),
        (replace(RFM, ids="web"), replace(ASKED, account_space="cards")),
        (replace(RFM, consent="none"), replace(ASKED, consent=None)),
        (replace(RFM, identifiers="phone, email"), replace(ASKED, identifiers=("email", "phone"))),
        (replace(RFM, scheme=None, moves=True), replace(ASKED, exported="moves", scheme=None)),
        (
            replace(RFM, moves=True, cause="behaviour"),
            replace(ASKED, exported="moves", cause="behaviour"),
        ),
        (replace(RFM, scheme="behaviour_clusters"), replace(ASKED, scheme="behaviour_clusters")),
    ],
)
def test_what_may_be_asked_for(options: Options, asked: Asked) -> None:
    assert wanted(options, FACTS) == asked


def test_a_company_with_one_space_and_no_consents_need_not_name_them() -> None:
    alone = replace(FACTS, spaces={"shop": ["till"]}, purposes=None)
    found = wanted(Options(scheme="rfm"), alone)
    assert (found.account_space, found.consent) == ("shop", None)
    assert wanted(Options(scheme="rfm", consent="none"), alone) == found


WRONG = {
    "nothing asked for": (Options(), "not said what to export", "--scheme SCHEME"),
    "unknown scheme": (
        replace(RFM, scheme="lifecicle"),
        "there is no such scheme",
        "Did you mean lifecycle?",
    ),
    "unknown segment": (
        replace(RFM, segment="chmpions"),
        "no such segment of rfm",
        "Did you mean champions?",
    ),
    "segment of no scheme": (
        replace(RFM, scheme=None, segment="vip"),
        "no such segment in",
        "lifecycle:lost",
    ),
    "segment of several": (
        replace(RFM, scheme=None, segment="lost"),
        "several schemes have it",
        "rfm:lost, life",
    ),
    "segment of another": (
        replace(RFM, segment="lifecycle:new"),
        "it is no segment of 'rfm'",
        "Leave --scheme out",
    ),
    "a status": (replace(RFM, segment="insufficient_data"), "no such segment of rfm", "champions, lost"),
    "no segments yet": (
        replace(RFM, scheme="behaviour_clusters", segment="a"),
        "no such segment",
        "there is none so far",
    ),
    "cause without moves": (replace(RFM, cause="model"), "only moves have a cause", "Say --moves too"),
    "unknown cause": (replace(RFM, moves=True, cause="behavior"), "no such cause", "Did you mean behaviour?"),
    "no space named": (replace(RFM, ids=None), "numbered in several spaces", "--ids with one of crm, cards"),
    "unknown space": (replace(RFM, ids="shop"), "no such account space", "one of crm, cards"),
    "no consent named": (replace(RFM, consent=None), "not said what the export is for", "newsletter, phone"),
    "unknown purpose": (replace(RFM, consent="newsleter"), "no such purpose", "Did you mean newsletter?"),
    "unknown identifier": (
        replace(RFM, identifiers="email,national_id"),
        "no such identifier",
        "email, phone",
    ),
    "no identifier": (replace(RFM, identifiers=","), "no such identifier", "email, phone"),
    "identifiers without consent": (
        replace(RFM, consent="none", identifiers="email"),
        "only for customers who consent",
        "Name the purpose",
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_may_not_be_asked_for_is_one_clear_error(wrong: str) -> None:
    options, *said = WRONG[wrong]
    with pytest.raises(InputError) as caught:
        wanted(options, FACTS)
    for one in said:
        assert one in str(caught.value)
    assert "\n" not in str(caught.value)


def test_consent_without_consents_is_refused_not_taken_for_everybody() -> None:
    with pytest.raises(InputError, match="nobody is known to consent"):
        wanted(RFM, replace(FACTS, purposes=None))
