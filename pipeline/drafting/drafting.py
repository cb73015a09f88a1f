"""The whole way: places -> tables -> what they are -> a draft.

Belongs here: the order of steps, and that the draft loads. Does not belong here: any single guess.
"""

import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from pipeline.collect.files import permitted
from pipeline.drafting import places, project
from pipeline.drafting.checking import loadable
from pipeline.drafting.joining import Ids, Placed, placed, spaces
from pipeline.drafting.model import Draft, Guess, Source
from pipeline.drafting.places import Files, source_name
from pipeline.drafting.sourcing import source_of
from pipeline.drafting.tables import Table, Unread, of_database, of_files, resolving
from pipeline.drafting.telling import told
from pipeline.engine import Engine, Lake, open_engine_at
from pipeline.engine.scratch import leave_nothing
from pipeline.errors import InputError
from pipeline.periods import Cadence
from pipeline.settings import EngineSettings, Project

_REFERENCE = re.compile(r"\$\{([A-Z][A-Z0-9_]*)\}")
_URL = re.compile(r"[a-z][a-z0-9]*(\+[a-z0-9_]+)?://", re.IGNORECASE)
#: Files and tables that are read at most: beyond, the folder is not one of a company's exports.
_MOST_TABLES = 200
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Wishes:
    """What the user says already: none of it is guessed then."""

    title: str | None = None
    time_zone: str | None = None
    currency: str | None = None
    period: Cadence | None = None


def drafted(
    where: Sequence[str], home: Path, wishes: Wishes, now: datetime, tell: Tell = lambda _: None
) -> Draft:
    """A draft of what stands in the places ``where``: folders, files, ``package:NAME/path``, URLs of
    databases or ``${NAME}`` of one. Paths are written relative to ``home``, where the draft will stand.

    Reads every file through once and says by ``tell`` which; what is staged for it stands where the lake
    will be, restricted, and nothing of it is left. Raises ``InputError`` when a place is not there, or none
    has a table.
    """
    lake = home.absolute() / str(Project.model_fields["lake"].default)
    kept = next(one for one in (home.absolute(), *home.absolute().parents) if one.exists())
    engine = open_engine_at(EngineSettings(), lake)
    try:
        tables: list[Table] = []
        unread: list[tuple[str, str]] = []
        environment: dict[str, str] = {}
        for place in where:
            for found in _tables(engine, place, home, environment, unread):
                if isinstance(found, Unread):
                    unread.append((found.place, found.why))
                else:
                    tell(found.name)
                    tables.append(found)
                if len(tables) > _MOST_TABLES:
                    raise _too_many(place)
        if not tables:
            raise _nothing(where, unread)
        return _draft(tables, unread, home, wishes, now, environment)
    finally:
        engine.close()
        leave_nothing(Lake(lake).scratch, kept)


def _tables(
    engine: Engine, place: str, home: Path, environment: dict[str, str], unread: list[tuple[str, str]]
) -> Iterator[Table | Unread]:
    url, written = _database(place, home, environment)
    if url is not None:
        yield from of_database(engine, url, written, "the database")
        return
    base = resolving(Path.cwd()).resolve(place)
    with permitted(place):
        if base.is_file():
            folder = base.parent
            form = places.format_of(base)
            if form is None and not base.suffix.lower().startswith((".db", ".sqlite")):
                raise InputError(
                    place,
                    "its name ends like none of the formats that are read",
                    "a CSV, JSON lines, Parquet or Excel file, or a SQLite database",
                    "Give a folder, such a file, or the URL of a database.",
                )
            groups = [Files(form, (base.name,), (base,))] if form else []
            found = places.Folder(tuple(groups), () if form else (base,), ())
        elif base.is_dir():
            folder, found = base, places.found_in(base)
        else:
            raise InputError(
                place,
                "there is no such file or folder",
                "a folder of files, a file, package:NAME/path, or the URL of a database",
                "Correct the place.",
            )
    unread += [(one, "not a format that is read") for one in found.others]
    yield from of_files(engine, folder, home, _prefix(place, folder, base, home), iter(found.groups))
    for one in found.databases:
        relative = _relative(one, home)
        try:
            yield from of_database(engine, f"sqlite:///{one.resolve()}", f"sqlite:///{relative}", relative)
        except InputError as error:
            yield Unread(relative, str(error))


def _prefix(place: str, folder: Path, base: Path, home: Path) -> str:
    if place.startswith("package:"):
        whole = place.rstrip("/")
        return (whole.rpartition("/")[0] if base.is_file() else whole) + "/"
    inner = _relative(folder, home)
    return "" if inner == "." else f"{inner}/"


def _relative(path: Path, home: Path) -> str:
    """``path`` as the settings name it: relative where it lies below their folder."""
    whole, top = path.resolve(), home.resolve()
    return (whole.relative_to(top) if whole.is_relative_to(top) else whole).as_posix()


def _database(place: str, home: Path, environment: dict[str, str]) -> tuple[str | None, str]:
    """The URL of a database and how the settings name it: by the environment, for it holds secrets."""
    reference = _REFERENCE.fullmatch(place)
    if reference:
        url = os.environ.get(reference[1])
        if not url:
            raise InputError(
                place, "it is not set in the environment", "the URL of a database", f"Set {reference[1]}."
            )
        environment[reference[1]] = "is set"
        return url, place
    if not _URL.match(place):
        return None, ""
    if place.startswith(("http://", "https://", "s3://", "gs://", "az://", "sftp://", "file://")):
        raise InputError(
            urlsplit(place).scheme + "://…",
            "places behind URLs are not drafted from",
            "a folder, a file, or the URL of a database",
            "Copy some of its files into a folder, draft from there, and put the URL into path.",
        )
    if place.startswith("sqlite") and ":///" in place:
        head, _, path = place.partition(":///")
        whole = Path(path.partition("?")[0]).expanduser()
        if path and not path.startswith(":"):
            return f"{head}:///{whole.resolve()}", f"{head}:///{_relative(whole, home)}"
    database = re.sub(r"\W+", "_", urlsplit(place).path).strip("_").upper() or "COMPANY"
    name = f"{database if database[:1].isalpha() else f'DB_{database}'}_DATABASE_URL"
    name = name if name.isascii() else "COMPANY_DATABASE_URL"
    environment[name] = "must be set"
    return place, f"${{{name}}}"


def _draft(
    tables: Sequence[Table],
    unread: list[tuple[str, str]],
    home: Path,
    wishes: Wishes,
    now: datetime,
    environment: dict[str, str],
) -> Draft:
    ids = Ids()
    found = placed(tables, ids)
    sources = [one for one in found if one.is_source]
    names = _names(found)
    taken: set[str] = set()
    shared = spaces(sources, ids)
    index = {id(one): at for at, one in enumerate(found)}
    said = {index[id(sources[at])]: columns for at, columns in told(sources, shared).items()}
    made = [source_of(one, names[at], taken, said.get(at, ())) for at, one in enumerate(found)]
    for at, (home_at, share) in shared.items():
        own, other = index[id(sources[at])], names[index[id(sources[home_at])]]
        made[own].account_space = Guess(
            other,
            "sure" if share >= 0.9 else "likely",
            f"{share:.0%} of its accounts stand in {other}, or the other way round",
        )
    _ask_about_spaces(sources, shared, [made[index[id(one)]] for one in sources])
    spans = {made[index[id(one)]].name: span for one in sources if (span := project.span(one))}
    for at, one in enumerate(made):
        if one.entity == "orders" and one.name in spans and (ask := project.strange_hours(spans[one.name])):
            made[at].asks.append(ask)
    kinds = {made[index[id(one)]].name: one.candidate.entity for one in sources}
    guesses, asks = _project(found, sources, spans, kinds, home, wishes, now)
    unset = tuple(name for name, state in environment.items() if state != "is set")
    return loadable(Draft(guesses, tuple(made), tuple(unread), tuple(asks), environment=unset), home)


def _names(found: Sequence[Placed]) -> list[str]:
    names: list[str] = []
    for one in found:
        words = one.table.words
        short = source_name(words[0], ())
        # files of several folders that are called alike are told apart by their folder
        twice = sum(source_name(other.table.words[0], ()) == short for other in found) > 1
        names.append(source_name(f"{words[-1]} {words[0]}" if twice and len(words) > 1 else words[0], names))
    return names


def _ask_about_spaces(
    sources: Sequence[Placed], shared: dict[int, tuple[int, float]], made: Sequence[Source]
) -> None:
    alone = [
        at
        for at, one in enumerate(sources)
        if one.account and at not in shared and at not in {home for home, _ in shared.values()}
    ]
    if len(sources) > 1:
        for at in alone:
            if sources[at].candidate.entity != "profiles":
                made[at].asks.append(
                    "its accounts stand in no other source; if they are those of one, say so by account_space"
                )


def _project(
    found: Sequence[Placed],
    sources: Sequence[Placed],
    spans: dict[str, project.Span],
    kinds: dict[str, str],
    home: Path,
    wishes: Wishes,
    now: datetime,
) -> tuple[dict[str, Guess], list[str]]:
    asks: list[str] = []
    title = wishes.title or home.resolve().name.replace("_", " ").strip() or "company"
    guesses = {
        "project": Guess(source_name(title, ()), "a guess", "by the title, or the folder's name"),
        "title": Guess(
            title,
            "sure" if wishes.title else "a guess",
            "as asked for" if wishes.title else "the folder's name",
        ),
    }
    place = project.country(found)
    money, ask = project.currency(sources, place)
    if wishes.currency:
        money, ask = Guess(wishes.currency, "sure", "as asked for"), None
    asks += [f"currency: {ask}"] if ask else []
    guesses["currency"] = money
    zone, ask = project.time_zone(sources, place)
    if wishes.time_zone:
        zone, ask = Guess(wishes.time_zone, "sure", "as asked for"), None
    asks += [f"time_zone: {ask}"] if ask else []
    guesses["time_zone"] = zone
    if place is not None and any("phone" in one.candidate.matches for one in sources):
        guesses["default_country"] = Guess(
            place.value, place.sure, f"for phone numbers without a prefix; {place.why}"
        )
    guesses |= project.periods(spans, kinds, zone.value, wishes.period, now)
    if not wishes.period:
        asks.append("period: month or week?")
    return guesses, asks


def _too_many(place: str) -> InputError:
    return InputError(
        place,
        f"it has more than {_MOST_TABLES} tables",
        "the tables of one company's customers",
        "Draft from a folder that holds only what belongs to them.",
    )


def _nothing(where: Sequence[str], unread: Sequence[tuple[str, str]]) -> InputError:
    some = "; ".join(f"{place} ({why})" for place, why in unread[:3])
    more = f" and {len(unread) - 3} more" if len(unread) > 3 else ""
    shown = [one if not _URL.match(one) else "the database" for one in where]
    return InputError(
        ", ".join(shown),
        f"there is no table that can be read{f': {some}{more}' if some else ''}",
        "CSV, JSON lines, Parquet or Excel files, or a database with tables",
        "Put the company's files there, or name another place.",
    )
