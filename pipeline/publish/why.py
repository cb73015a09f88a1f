"""Why a customer is in its segment, as sentences that a salesperson reads aloud, in English and Chinese.

Belongs here: sentences from the parts of an explanation, each number as it was told. Does not belong here:
what the reasons are (``segments.explaining``), or the texts of the report (``texts``).
"""

import math
from collections.abc import Sequence
from typing import Any

from pipeline.publish.texts import Language, Words

_TEXTS: dict[Language, dict[str, str]] = {
    "en": {
        "rather": "{scheme}: {segment}, not {other}",
        "past": "{scheme}: {segment}, before {other}",
        "alone": "{scheme}: {segment}",
        "because": ", because {factors}",
        "undecided": "; no single feature decides it",
        "stays": "; it was there before, and too little speaks for another one",
        "against": " Against it speaks that {factors}.",
        "changed": "{feature} went from {other} to {value}",
        "compared": "{feature} is {value} (usually {other} there)",
        "only": "{feature} is {value}",
        "named": "of {feature}",
        "unknown": "{feature} is not known",
        "known_now": "{feature} is {value} (not known before)",
        "greater": " It would be {segment} if {feature} were {value} or more, all else as it is.",
        "less": " It would be {segment} if {feature} were {value} or less, all else as it is.",
        "withheld": " {features} counts, too; values of it are not told.",
        "comma": ", ",
        "last": " and ",
        "stop": ".",
        "yes": "yes",
        "no": "no",
    },
    "zh": {
        "rather": "{scheme}：{segment}，而不是{other}",
        "past": "{scheme}：{segment}，此前为{other}",
        "alone": "{scheme}：{segment}",
        "because": "，因为{factors}",
        "undecided": "；没有单独起决定作用的特征",
        "stays": "；此前即在此，尚无足够依据离开",
        "against": "与此相反的是：{factors}。",
        "changed": "{feature}由{other}变为{value}",
        "compared": "{feature}为{value}（对方通常为{other}）",
        "only": "{feature}为{value}",
        "named": "{feature}",
        "unknown": "{feature}未知",
        "known_now": "{feature}为{value}（此前未知）",
        "greater": "其他不变时，若{feature}达到{value}或更高，则为{segment}。",
        "less": "其他不变时，若{feature}降到{value}或更低，则为{segment}。",
        "withheld": "{features}也起作用，但不公布其数值。",
        "comma": "、",
        "last": "和",
        "stop": "。",
        "yes": "是",
        "no": "否",
    },
}


def sentence(found: dict[str, Any], words: Words, named: Sequence[str] = ()) -> str:
    """One explanation in the language of ``words``.

    ``found`` has ``scheme``, ``segment_id``, ``other_segment_id`` (or None), ``is_own_past``, ``was_there``,
    ``factors`` (each with ``feature``, ``value``, ``other_value``, ``effect``; None is not known), ``change``
    (``feature``, ``value``, ``is_greater``, ``segment_id``, or None) and ``named_only``. Features ``named``
    are no numbers.
    """
    text = _TEXTS[words.language]
    names = {
        "scheme": words.scheme(found["scheme"]),
        "segment": words.state(found["segment_id"]),
        "other": words.state(found["other_segment_id"]) if found["other_segment_id"] else "",
    }
    head = "alone" if not names["other"] else "past" if found["is_own_past"] else "rather"
    told = [(one["effect"] > 0, _factor(one, found, words, named)) for one in found["factors"]]
    fors, against = ([one for is_for, one in told if is_for is kind] for kind in (True, False))
    said = text[head].format(**names)
    undecided = text["stays" if found["was_there"] else "undecided"]
    said += text["because"].format(factors=_listed(fors, text)) if fors else undecided
    said += text["stop"]
    said += text["against"].format(factors=_listed(against, text)) if against else ""
    if change := found["change"]:
        said += text["greater" if change["is_greater"] else "less"].format(
            segment=words.state(change["segment_id"]),
            feature=_label(change["feature"], words),
            value=_value(change["feature"], change["value"], words),
        )
    if found["named_only"]:
        features = _listed([words.feature(one) for one in found["named_only"]], text)
        said += text["withheld"].format(features=features)
    return said


def _factor(factor: dict[str, Any], found: dict[str, Any], words: Words, named: Sequence[str]) -> str:
    text, name = _TEXTS[words.language], factor["feature"]
    parts = {"feature": _label(name, words)}
    if name in named:
        return text["named"].format(**parts)
    if factor["value"] is None:
        return text["unknown"].format(**parts)
    parts["value"] = _value(name, factor["value"], words)
    if factor["other_value"] is None:
        return text["known_now" if found["is_own_past"] else "only"].format(**parts)
    parts["other"] = _value(name, factor["other_value"], words)
    if parts["other"] == parts["value"]:
        return text["only"].format(**parts)
    return text["changed" if found["is_own_past"] else "compared"].format(**parts)


def _label(name: str, words: Words) -> str:
    """A feature's label within a sentence."""
    label = words.feature(name)
    is_word = words.language == "en" and label[1:2].islower()
    return label[:1].lower() + label[1:] if is_word else label


def _value(name: str, value: float, words: Words) -> str:
    """A value to the digits that it was told with, and its unit."""
    unit = words.features[name].unit if name in words.features else ""
    if name.startswith(("is_", "has_")):
        return _TEXTS[words.language]["yes" if value else "no"]
    if unit.startswith(("share", "probability")):
        return f"{_digits(value * 100)}%"
    said = words.unit(name)
    return _digits(value) if said.lower() in words.feature(name).lower() else f"{_digits(value)} {said}"


def _digits(value: float) -> str:
    """``value`` with its three significant digits, and no more than it has."""
    rounded = float(f"{value:.3g}")
    places = max(0, 2 - math.floor(math.log10(abs(rounded)))) if rounded else 0
    text = f"{rounded:,.{places}f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace("-", "−")


def _listed(parts: list[str], text: dict[str, str]) -> str:
    *first, last = parts
    return text["last"].join([text["comma"].join(first), last]) if first else last
