"""Settings of a whole project.

Belongs here: what is not about sources or segments, and what follows from a project's settings.
Does not belong here: reading the YAML (``loading``).
"""

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, PrivateAttr, ValidationInfo, field_validator, model_validator
from pydantic.json_schema import SkipJsonSchema

from pipeline.errors import InputError
from pipeline.extensions import NO_EXTENSIONS, ExtensionError, Extensions, extensions_of
from pipeline.features import Feature
from pipeline.forecasts import FORECAST_FEATURES
from pipeline.ledgers import LEDGERS, Ledger
from pipeline.periods import Calendar
from pipeline.settings.actions import ActionPlanSettings, action_problems
from pipeline.settings.attributes import AttributeDocument
from pipeline.settings.base import Settings, known_zone, wrong
from pipeline.settings.connectors import with_sqlite_in
from pipeline.settings.declared import declared
from pipeline.settings.drift import DriftSettings
from pipeline.settings.engine import EngineSettings
from pipeline.settings.exclusions import Exclusion, problems
from pipeline.settings.features import FeatureDocument
from pipeline.settings.giving import Sources, given_of
from pipeline.settings.health import HealthSettings
from pipeline.settings.identity import IdentitySettings
from pipeline.settings.notify import NotifySettings
from pipeline.settings.own import Own, check_attributes, own_of
from pipeline.settings.population import PopulationRule, lacking, rule_in_force
from pipeline.settings.problems import shown
from pipeline.settings.publish import Privacy, PublishSettings, quasi_features
from pipeline.settings.report import ReportSettings
from pipeline.settings.runs import RunSettings
from pipeline.settings.schedule import Schedule
from pipeline.settings.schemes import MOST_CLASSES, Scheme
from pipeline.settings.schemes.documents import distinct, in_order
from pipeline.settings.segments import SegmentSettings
from pipeline.settings.sources import SourceSettings
from pipeline.settings.versions import VersionSettings
from pipeline.tables.entities import WITH_TEXT, Entity


class Project(Settings):
    """One company's configuration, and where it was read from.

    Parts that name features and columns learn from the context of validation which there are beside those
    that come along: ``loading`` gives it (``own.declared_in``).
    """

    extends: str | list[str] | None = Field(
        None,
        exclude=True,
        description="file that these settings are laid over (files, the lowest first), relative to this one",
    )
    project: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    time_zone: str
    default_country: str | None = Field(
        None,
        pattern="^[A-Z]{2}$",
        description="country (ISO 3166-1) of phone numbers in national form, where a row names none",
    )
    period: Literal["month", "week"] = "month"
    first_period: str
    last_period: str | None = Field(None, description="none: the last complete period")
    retention_days: float = Field(
        365, gt=0, le=36_525, description="customers silent for longer leave the population"
    )
    population: PopulationRule | None = Field(
        None, description="who belongs to it; default: events, or profiles in a project without events"
    )
    seed: int = Field(20170101, ge=0, le=2**32 - 1)
    lake: Path = Field(Path("lake"), description="folder of this machine; relative ones lie beside the YAML")
    extensions: list[str] = Field(
        [],
        description="Python packages of ledgers and features of the company's own: in this folder, or"
        " installed",
    )
    attributes: list[AttributeDocument] = Field(
        [], description="attributes of the company's own: columns of profiles that its sources map"
    )
    features: list[FeatureDocument] = Field(
        [], description="features by formula, and other words for those that come along"
    )
    sources: dict[str, SourceSettings]
    exclude: list[Exclusion] = Field([], description="accounts that are kept out of every entity")
    identity: IdentitySettings = IdentitySettings()
    segments: SegmentSettings = SegmentSettings()
    versions: VersionSettings = VersionSettings()
    schemes: list[Scheme] = Field(
        [], description="schemes of the project's own, and what differs in those that are built in"
    )
    action_plan: ActionPlanSettings = ActionPlanSettings()
    health: HealthSettings = HealthSettings()
    drift: DriftSettings = DriftSettings()
    engine: EngineSettings = EngineSettings()
    report: ReportSettings = ReportSettings()
    schedule: Schedule | None = Field(
        Schedule(), description="when the project is brought up to date by itself; none: only by hand"
    )
    notify: NotifySettings = NotifySettings()
    runs: RunSettings = RunSettings()
    publish: PublishSettings = PublishSettings()
    folder: SkipJsonSchema[Path] = Field(exclude=True)
    _extended: Extensions = PrivateAttr(NO_EXTENSIONS)

    @model_validator(mode="before")
    @classmethod
    def _databases_in_folder(cls, given: Any) -> Any:
        if not isinstance(given, dict) or "folder" not in given:
            return given
        return with_sqlite_in(given["folder"], given)

    @field_validator("time_zone")
    @classmethod
    def _zone(cls, name: str) -> str:
        return known_zone(name)

    @field_validator("schedule", mode="before", json_schema_input_type=Schedule | Literal["none"])
    @classmethod
    def _by_hand(cls, given: Any) -> Any:
        if given is None or (isinstance(given, str) and given != "none"):
            raise ValueError('write none, or when: {hour: 6}, {cron: "30 6 * * mon-fri"}')
        return None if given == "none" else given

    @field_validator("first_period", "last_period")
    @classmethod
    def _of_the_calendar(cls, given: str | None, info: ValidationInfo) -> str | None:
        if given is not None and {"period", "time_zone"} <= info.data.keys():
            Calendar(info.data["period"], info.data["time_zone"]).start_date(given)
        return given

    @field_validator("lake", mode="before")
    @classmethod
    def _on_this_machine(cls, given: Any) -> Any:
        # a Path of s3://bucket is the folder s3: with the folder bucket in it
        if isinstance(given, str | Path) and re.match(r"[A-Za-z][A-Za-z0-9+.-]+:/", str(given)):
            raise ValueError(
                "the lake must be a folder of this machine: object stores and other URLs are not supported"
                " yet; write a path, such as lake or /data/shop/lake"
            )
        return given

    @field_validator("attributes")
    @classmethod
    def _attributes_are_new(
        cls, attributes: list[AttributeDocument], info: ValidationInfo
    ) -> list[AttributeDocument]:
        check_attributes(attributes, declared(info).extended)
        return attributes

    @field_validator("features")
    @classmethod
    def _formulae_are_sound(
        cls, features: list[FeatureDocument], info: ValidationInfo
    ) -> list[FeatureDocument]:
        if "attributes" in info.data:
            own_of(info.data["attributes"], features, declared(info).extended)
        return features

    @field_validator("sources")
    @classmethod
    def _sources_serve(
        cls, sources: dict[str, SourceSettings], info: ValidationInfo
    ) -> dict[str, SourceSettings]:
        names = [*sources, *(key for one in sources.values() for key in one.gives or ())]
        if bad := [name for name in names if not re.fullmatch(r"[a-z][a-z0-9_]*", name)]:
            raise ValueError(f"source names are lower-case words: {', '.join(bad)}")
        each = [(name, one.by_entity(name, info.context)) for name, one in sources.items()]
        every = {name: one for _, some in each for name, one in some.items()}
        if not {"orders", "profiles"} & {one.entity for one in every.values()}:
            raise ValueError("sources must give orders or profiles, or both")
        counts = Counter(name for _, some in each for name in some)
        if twice := [(name, found) for name, some in each for found in some if counts[found] > 1]:
            raise wrong(*(((name,), f"two sources are called {found}; rename one") for name, found in twice))
        return every

    @model_validator(mode="after")
    def _extensions_declare(self) -> Self:
        # before all other validators of the whole: formulae may read what extensions declare
        try:
            self._extended = extensions_of(self.extensions, self.folder)
        except ExtensionError as error:
            raise wrong((("extensions", error.at), error.found)) from None
        return self

    @model_validator(mode="after")
    def _population_can_be_told(self) -> Self:
        if lack := lacking(self.population, self.entities):
            raise wrong((("population",), lack))
        return self

    @model_validator(mode="after")
    def _exclusions_name_what_exists(self) -> Self:
        if found := problems(self.exclude, self.sources, self.own.entities, self.calendar):
            raise wrong(*((("exclude", *key), words) for key, words in found))
        return self

    @model_validator(mode="after")
    def _mutes_name_sources(self) -> Self:
        if unknown := self.notify.unknown_sources(self.sources):
            raise wrong(*((("notify", "mute", key), words) for key, words in unknown))
        return self

    @field_validator("schemes")
    @classmethod
    def _schemes_are_distinct(cls, own: list[Scheme]) -> list[Scheme]:
        return distinct(own)

    @model_validator(mode="after")
    def _schemes_are_known_and_safe(self) -> Self:
        known = self.every_scheme
        if unknown := [one for one in self.segments.schemes or () if one not in known]:
            named = ", ".join(shown(one) for one in unknown)
            raise wrong((("segments", "schemes"), f"there is no {named}; there are {', '.join(known)}"))
        private = [
            (place, one.kind, names)
            for place, one in enumerate(self.schemes)
            if (names := one.told_exactly(self.privacy.withheld))
        ]
        if private:
            raise wrong(
                *(
                    (
                        ("schemes", place),
                        f"{', '.join(names)} may not be published, and this scheme of kind {kind} would tell "
                        f"more of single customers than one of {MOST_CLASSES} classes; leave it out, take "
                        "kind: tier, fewer thresholds, or name it under publish.attributes",
                    )
                    for place, kind, names in private
                )
            )
        return self

    @model_validator(mode="after")
    def _actions_name_what_exists(self) -> Self:
        if found := list(action_problems(self.action_plan, self, self.privacy.withheld)):
            raise wrong(*((("action_plan", *key), words) for key, words in found))
        return self

    @property
    def calendar(self) -> Calendar:
        """The project's periods."""
        return Calendar(self.period, self.time_zone)

    @property
    def entities(self) -> set[str]:
        """Entities that the sources give."""
        return {one.entity for one in self.sources.values()}

    @property
    def with_texts(self) -> list[str]:
        """Entities of which a source tells what customers wrote."""
        return [name for name in WITH_TEXT if self.sources_telling(name, ["text"])]

    @property
    def catalogue(self) -> Mapping[str, Feature]:
        """Every feature by name: those that come along and the project's own."""
        return self.own.catalogue

    @property
    def readable(self) -> Mapping[str, Feature]:
        """What schemes may read, by name: every feature, and the forecasts beside them."""
        return {**self.catalogue, **FORECAST_FEATURES}

    @property
    def extended(self) -> Extensions:
        """What the project's extensions declare."""
        return self._extended

    @property
    def ledgers(self) -> Mapping[str, Ledger]:
        """Every ledger by name: those that come along and those of extensions."""
        return {**LEDGERS, **self._extended.ledgers}

    @property
    def own(self) -> Own:
        """What follows from the project's own attributes and features."""
        return own_of(self.attributes, self.features, self._extended)

    def entity(self, name: str) -> Entity:
        """The entity of that name with the project's own columns. Raises ``KeyError`` for an unknown one."""
        return self.own.entities[name]

    @property
    def privacy(self) -> Privacy:
        """What may be told of the project's features."""
        return self.publish.privacy(self.catalogue)

    @property
    def population_rule(self) -> PopulationRule:
        """Who belongs to the population, whether or not the settings say it."""
        return rule_in_force(self.population, self.entities)

    @property
    def every_scheme(self) -> Mapping[str, Scheme]:
        """Every scheme by name, in order: built in, changed, the project's own, in use or not.

        Built-in ones that are made of what few companies have are there only where the sources give that, or
        where the project names them. Those whose segments tell the class of a customer by what may not be
        published are there only where the project names them, or what they tell (law L6).
        """
        named = {*(one.scheme for one in self.schemes), *(self.segments.schemes or ())}
        withheld = quasi_features(self.catalogue) - set(self.publish.attributes)
        return {
            name: one
            for name, one in in_order(self.schemes).items()
            if not one.only_where_given
            or name in named
            or (self._gives_scheme(one) and not one.classes_of(withheld))
        }

    @property
    def givable(self) -> frozenset[str]:
        """Features that the sources can give: their entities are there, and a source maps what tells them."""
        return self.givable_to_schemes & self.catalogue.keys()

    @property
    def givable_to_schemes(self) -> frozenset[str]:
        """What schemes may read that the sources can give: features, and forecasts from such features."""
        told = frozenset((one.entity, frozenset(one.columns)) for one in self.sources.values())
        return given_of(self.own, Sources(told))

    def _gives_scheme(self, scheme: Scheme) -> bool:
        some = scheme.needs_any_entity
        is_there = not some or bool(self.entities & set(some))
        return is_there and set(scheme.rests_on()) <= self.givable_to_schemes

    def sources_telling(self, entity: str, columns: Sequence[str]) -> list[str]:
        """Sources of ``entity`` that map one of ``columns``."""
        return [name for name, one in self.sources_of(entity).items() if set(columns) & set(one.columns)]

    def is_in_use(self, scheme: Scheme) -> bool:
        """Whether the project wants ``scheme`` and has an entity that it needs."""
        wanted = self.segments.schemes
        needed = set(scheme.needs_any_entity)
        return (wanted is None or scheme.name in wanted) and (not needed or bool(needed & self.entities))

    @property
    def lake_path(self) -> Path:
        """Absolute place of the lake."""
        return (self.folder / self.lake).resolve()

    def sources_of(self, entity: str) -> dict[str, SourceSettings]:
        """Sources of one entity, by name."""
        return {name: one for name, one in self.sources.items() if one.entity == entity}

    def periods(self, now: datetime) -> list[str]:
        """Periods of the project that are complete at ``now`` (UTC), oldest first."""
        calendar = self.calendar
        current = calendar.key(now.astimezone(ZoneInfo(self.time_zone)).date())
        last = calendar.previous(current)
        if self.last_period and calendar.start_date(self.last_period) < calendar.start_date(last):
            last = self.last_period
        return calendar.between(self.first_period, last)

    def resolve(self, path: str) -> Path:
        """Absolute form of a file connector's path. Raises ``InputError`` for an unknown package."""
        if not path.startswith("package:"):
            return self.folder / Path(path).expanduser()
        package, _, inner = path.removeprefix("package:").partition("/")
        spec = find_spec(package)
        if spec is None or not spec.submodule_search_locations:
            raise InputError(
                path,
                f"the Python package {package!r} is not installed",
                "an installed package that carries the data",
                f"Install it, for instance the extra 'examples', which brings {package}.",
            )
        return Path(spec.submodule_search_locations[0]) / inner

    def source_digest(self, source: str) -> str:
        """Digest of all settings that decide which period a row of ``source`` belongs to."""
        values = self.sources[source].deciding() + self.time_zone + self.period + self.first_period
        return hashlib.sha256(values.encode()).hexdigest()[:16]

    def digest(self) -> str:
        """Digest of all settings that can change a published value (secrets, engine, report cannot)."""
        outside = {"engine": True, "report": True, "lake": True, "title": True, "last_period": True}
        outside |= {"schedule": True, "notify": True, "runs": True}
        values = self.model_dump_json(exclude=outside | {"identity": {"secret": True}})
        return hashlib.sha256(values.encode()).hexdigest()[:16]
