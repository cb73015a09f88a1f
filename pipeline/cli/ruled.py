"""``segments show rules``: the rules of a taught scheme's tree: in words, SQL, or a scheme in YAML.

Belongs here: finding the version of a period, and saying where there are none. Does not belong here: the
rules (``pipeline.schemes.teaching``), or their words (``pipeline.publish.rules_in_words``).
"""

import json
from typing import Any

from pipeline.cli.summary import rows
from pipeline.errors import InputError
from pipeline.publish.rules_in_words import rules_in_words
from pipeline.publish.texts import Words
from pipeline.schemes.teaching.rules_as import as_sql, as_yaml
from pipeline.settings import Project, TaughtDocument

#: End of the name of the scheme of rules: it stands beside the one that it was taken from.
_BY_RULES = "_by_rules"
#: Longest name of a scheme.
_LONGEST = 40


def rules_record(project: Project, scheme: str, period: str) -> dict[str, Any]:
    """Rules of ``scheme`` as of ``period``: ``words``, ``sql``, ``yaml``, each a text, and the version.

    Raises ``InputError`` for a scheme that labels do not teach, or whose version has no tree.
    """
    document = project.every_scheme.get(scheme)
    if not isinstance(document, TaughtDocument):
        taught = [name for name, one in project.every_scheme.items() if isinstance(one, TaughtDocument)]
        raise InputError(
            f"rules of {scheme}",
            "that is no scheme which labels teach",
            f"one of {', '.join(taught)}" if taught else "a scheme of kind: taught; this project has none",
            "Rules of other schemes stand in their documents (docs/segments.md).",
        )
    card = next((one for one in rows(project, "model_cards", period) if one["scheme"] == scheme), None)
    parameters = json.loads(card["parameters"]) if card and card["parameters"] else {}
    if "tree" not in parameters:
        raise InputError(
            f"rules of {scheme}",
            "no tree is in force" if not parameters else "its models have no tree among them",
            "a version whose record earned it, with tree among its models",
            f"See gates of {scheme} in model_cards, and models in docs/segments.md.",
        )
    language = project.report.language
    labels = {
        document.segment_id(name): one.label.zh if language == "zh" else one.label.en
        for name, one in document.segments.items()
    }
    words = Words(language, project.currency, labels, features=project.readable)
    role, *rules = rules_in_words(scheme, parameters, words)
    return {
        "scheme": scheme,
        "period": period,
        "version": card["scheme_version"] if card else None,
        "words": "\n".join([role, *(f"- {one}" for one in rules)]),
        "sql": as_sql(parameters, project.readable, period),
        "yaml": as_yaml(
            document, parameters, project.readable, f"{scheme[: _LONGEST - len(_BY_RULES)]}{_BY_RULES}"
        ),
    }
