"""What an export is asked for, checked against what there is, before anything is read at length.

Belongs here: options to ``Asked``, and refusals that name what is possible. Does not belong here: reading
the facts (``cli``), rows (``rows``).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pipeline.errors import InputError
from pipeline.export.rows import Asked
from pipeline.settings.problems import meant, shown
from pipeline.tables.exports import CONTACT
from pipeline.tables.fields import cause

#: What ``--consent`` says for an export that is not filtered by consent.
NO_CONSENT = "none"


@dataclass(frozen=True)
class Options:
    """What was said on the command line; ``None`` where nothing was."""

    scheme: str | None = None
    segment: str | None = None
    moves: bool = False
    cause: str | None = None
    ids: str | None = None
    consent: str | None = None
    identifiers: str | None = None
    language: str = "en"


@dataclass(frozen=True)
class Facts:
    """What there is to export from: the ``period``, its ``segments`` (ids by scheme), ``spaces`` (the sources
    of each account space), and ``purposes`` of consents (``None``: the project has no consents)."""

    period: str
    segments: Mapping[str, Sequence[str]]
    spaces: Mapping[str, Sequence[str]]
    purposes: Sequence[str] | None


def wanted(options: Options, facts: Facts) -> Asked:
    """The export that ``options`` ask for. Raises ``InputError`` for what is missing, unclear or unsafe."""
    if not (options.scheme or options.segment or options.moves):
        raise InputError(
            "segments export",
            "it is not said what to export",
            "--scheme SCHEME, with --segment SEGMENT for one of its segments, or --moves",
            f"Schemes of {facts.period}: {', '.join(facts.segments)}.",
        )
    if options.cause and not options.moves:
        raise InputError(
            "--cause", "only moves have a cause", "--moves with it", "Say --moves too, or leave --cause out."
        )
    if options.cause and options.cause not in cause.values:
        raise _unknown("--cause", options.cause, "cause of moves", cause.values)
    scheme, segment_id = _place(options, facts)
    consent = _consent(options, facts)
    return Asked(
        exported="moves" if options.moves else "assignments",
        period=facts.period,
        account_space=_space(options.ids, facts),
        scheme=scheme,
        segment_id=segment_id,
        cause=options.cause,
        consent=consent,
        identifiers=_identifiers(options.identifiers, consent),
        language=options.language,
    )


def _place(options: Options, facts: Facts) -> tuple[str | None, str | None]:
    """Scheme and segment, each ``None`` where all are asked for."""
    scheme, segment = options.scheme, options.segment
    if segment and ":" in segment:
        own = segment.partition(":")[0]
        if scheme and scheme != own:
            raise InputError(
                f"--segment {shown(segment)}",
                f"it is no segment of {shown(scheme)}",
                "one scheme, and a segment of it",
                "Leave --scheme out, or name the segment without its scheme.",
            )
        scheme, segment = own, segment.partition(":")[2]
    if scheme and scheme not in facts.segments:
        raise _unknown("--scheme", scheme, f"scheme in {facts.period}", facts.segments)
    if not segment:
        return scheme, None
    found = [
        one
        for name, ids in facts.segments.items()
        if scheme in (None, name)
        for one in ids
        if one == f"{name}:{segment}"
    ]
    if len(found) == 1:
        return found[0].partition(":")[0], found[0]
    if found:
        raise InputError(
            f"--segment {shown(segment)}",
            f"several schemes have it: {', '.join(found)}",
            "the segment of one scheme",
            "Write it with its scheme, as above, or say --scheme.",
        )
    named = [facts.segments[scheme]] if scheme else facts.segments.values()
    known = [one.partition(":")[2] if scheme else one for ids in named for one in ids]
    of_scheme = f" of {scheme}" if scheme else ""
    raise _unknown("--segment", segment, f"segment{of_scheme} in {facts.period}", known)


def _space(ids: str | None, facts: Facts) -> str:
    """The account space meant by its name or that of a source; the only one where none is named."""
    if ids in facts.spaces:
        return str(ids)
    if of_source := [space for space, sources in facts.spaces.items() if ids in sources]:
        return of_source[0]
    if ids is not None:
        raise _unknown("--ids", ids, "account space or source with accounts", facts.spaces)
    if len(facts.spaces) != 1:
        raise InputError(
            "segments export",
            "the project's accounts are numbered in several spaces, and it is not said whose numbers to give",
            "--ids with one of " + ", ".join(facts.spaces),
            "A customer without an account in that space is left out, and counted.",
        )
    return next(iter(facts.spaces))


def _consent(options: Options, facts: Facts) -> str | None:
    if options.consent is None and facts.purposes is not None:
        raise InputError(
            "segments export",
            "the project knows consents, and it is not said what the export is for",
            f"--consent with one of {', '.join(facts.purposes) or 'the purposes that a run will find'}",
            f"Or say --consent {NO_CONSENT} to export customers whatever they consented to.",
        )
    if options.consent in (None, NO_CONSENT):
        return None
    if facts.purposes is None:
        raise InputError(
            f"--consent {shown(options.consent)}",
            "no source of the project has the entity consents, so nobody is known to consent",
            "a source of consents",
            "Map one (docs/entities.md), run, and export again.",
        )
    if options.consent not in facts.purposes:
        raise _unknown("--consent", str(options.consent), "purpose that anybody decided on", facts.purposes)
    return options.consent


def _identifiers(given: str | None, consent: str | None) -> tuple[str, ...]:
    if given is None:
        return ()
    names = [one.strip() for one in given.split(",") if one.strip()]
    known = [one.name for one in CONTACT]
    for one in names or [""]:
        if one not in known:
            raise _unknown("--with", one, "identifier that an export may carry", known)
    if consent is None:
        raise InputError(
            f"--with {', '.join(names)}",
            "identifiers leave the restricted zone only for customers who consent to what they are for",
            "--consent with a purpose",
            "Name the purpose, or export numbers alone and join them where the identifiers are.",
        )
    return tuple(one for one in known if one in names)


def _unknown(option: str, given: str, what: str, known: Iterable[str]) -> InputError:
    names = list(known)
    close = meant(given, names)
    remedy = f"Did you mean {close}?" if close else "See segments export --help, and docs/export.md."
    expected = (
        f"one of {', '.join(names)}"
        if names
        else "one, but there is none so far: segments come with a scheme's first fit, purposes with a run"
    )
    return InputError(f"{option} {shown(given)}", f"there is no such {what}", expected, remedy)
