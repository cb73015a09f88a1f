"""A project's YAML, typed: every source, window, threshold and seed.

Belongs here: what a project may set, its defaults, and validation before any work starts.
Does not belong here: trying a source out (``collect``) or anything that reads data.

Secrets are written as ``${NAME}`` and taken from the environment when the file is loaded;
no other module looks at the environment.
"""

import hashlib
import os
import re
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)

from pipeline.errors import InputError
from pipeline.periods import Calendar
from pipeline.tables.catalogue import BY_NAME as FEATURES_BY_NAME
from pipeline.tables.entities import ENTITIES, SOURCE_ACCOUNT_ID
from pipeline.tables.schemes import BY_NAME as SCHEMES_BY_NAME


class Settings(BaseModel):
    """Base of every part: unknown keys are errors, values never change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class FileConnector(Settings):
    """One file or a glob of files of one format.

    ``path`` is relative to the project's YAML, absolute, or ``package:NAME/inner/path`` for data
    that an installed Python package carries.
    """

    kind: Literal["file"] = "file"
    path: str
    format: Literal["csv", "jsonl", "parquet"]
    delimiter: str = ","
    encoding: str = "utf-8"


class SqlConnector(Settings):
    """A query against a database that SQLAlchemy can reach; the URL usually holds ``${SECRETS}``."""

    kind: Literal["sql"] = "sql"
    url: SecretStr
    query: str


Connector = Annotated[FileConnector | SqlConnector, Field(discriminator="kind")]


class Lookup(Settings):
    """Columns taken from a second file or query, many rows of the source to at most one of it."""

    connector: Connector
    match: dict[str, str] = Field(min_length=1, description="source column -> column of the looked-up table")
    columns: list[str] = Field(min_length=1)


class ColumnMap(Settings):
    """How one column of an entity is made from columns of the source.

    Exactly one of ``column``, ``sum_of`` or ``constant``; then ``values`` recodes (an unlisted
    value is kept unless ``strict``), ``scale`` multiplies, ``format`` parses dates (strptime).
    """

    column: str | None = None
    sum_of: list[str] | None = None
    constant: str | None = None
    values: dict[str, str | int | float | None] | None = None
    strict: bool = False
    scale: float | None = None
    format: str | None = None

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if sum(one is not None for one in (self.column, self.sum_of, self.constant)) != 1:
            raise ValueError("give exactly one of column, sum_of, constant")
        return self

    @property
    def source_columns(self) -> list[str]:
        """Columns of the source that are read."""
        return [self.column] if self.column else list(self.sum_of or [])


class SourceSettings(Settings):
    """One source: where it is, what it becomes, how its columns map."""

    entity: str
    connector: Connector
    lookups: list[Lookup] = []
    account_space: str | None = Field(
        None, description="sources that share account ids name the same space; default: the source's name"
    )
    time_zone: str | None = Field(None, description="zone of timestamps without one; default: the project's")
    columns: dict[str, ColumnMap]
    exact_duplicates: Literal["drop", "keep"] = "drop"
    priority: int = Field(0, description="on equal keys the higher priority survives")

    @field_validator("columns", mode="before")
    @classmethod
    def _short_form(cls, columns: Any) -> Any:
        if isinstance(columns, dict):
            return {name: {"column": one} if isinstance(one, str) else one for name, one in columns.items()}
        return columns

    @model_validator(mode="after")
    def _columns_exist(self) -> Self:
        if self.entity not in ENTITIES:
            raise ValueError(f"unknown entity {self.entity!r}; known: {', '.join(sorted(ENTITIES))}")
        entity = ENTITIES[self.entity]
        known = {one.name for one in (*entity.mapped, *entity.identifiers)}
        needed = set(entity.needed)
        if entity.has_account:
            known.add(SOURCE_ACCOUNT_ID)
            needed.add(SOURCE_ACCOUNT_ID)
        if unknown := sorted(set(self.columns) - known):
            raise ValueError(
                f"columns names {', '.join(unknown)}, which {self.entity} does not have;"
                f" it has: {', '.join(sorted(known))}"
            )
        if missing := sorted(needed - set(self.columns)):
            raise ValueError(f"columns lacks {', '.join(missing)}, which {self.entity} needs")
        if self.entity == "orders" and not {"net_amount", "unit_price_amount"} & set(self.columns):
            raise ValueError("columns needs net_amount or unit_price_amount for orders")
        return self


class TierComponent(Settings):
    """A feature in a tier score: its weight, and whether more of it means more of the quality."""

    feature: str
    weight: float = Field(gt=0)
    direction: Literal["raises", "lowers"] = "raises"

    @field_validator("feature")
    @classmethod
    def _known(cls, name: str) -> str:
        if name not in FEATURES_BY_NAME or not FEATURES_BY_NAME[name].is_numeric:
            raise ValueError(f"{name!r} is not a numeric feature of the catalogue")
        return name


class TierSettings(Settings):
    """One tier scheme: what makes its score, and where low ends and high begins.

    On the ``rank`` scale a component counts by where it stands among the customers of the fit,
    and borders are quantiles of the score at the fit, then frozen (law L7). On the ``value`` scale
    a component counts by its own value, its least to its greatest possible one as 0 to 100, and
    borders are scores: for qualities with a meaning of their own, where ranks would cut through
    noise.
    """

    components: list[TierComponent] = Field(min_length=1)
    scale: Literal["rank", "value"] = "rank"
    needs_any_entity: list[str] = Field(
        [], description="not_applicable unless the project has one of these entities"
    )
    low_below_quantile: float = Field(1 / 3, gt=0, lt=1)
    high_from_quantile: float = Field(2 / 3, gt=0, lt=1)
    low_below_score: float | None = Field(None, ge=0, le=100, description="value scale only")
    high_from_score: float | None = Field(None, ge=0, le=100, description="value scale only")

    @model_validator(mode="after")
    def _borders_fit_the_scale(self) -> Self:
        scores = (self.low_below_score, self.high_from_score)
        if self.scale == "rank":
            if scores != (None, None):
                raise ValueError(
                    "low_below_score and high_from_score need scale: value; a rank scale has quantiles"
                )
            if self.low_below_quantile >= self.high_from_quantile:
                raise ValueError("low_below_quantile must be less than high_from_quantile")
            return self
        if {"low_below_quantile", "high_from_quantile"} & self.model_fields_set:
            raise ValueError("a value scale has low_below_score and high_from_score, not quantiles")
        low, high = scores
        if low is None or high is None:
            raise ValueError("a value scale needs low_below_score and high_from_score")
        if low >= high:
            raise ValueError("low_below_score must be less than high_from_score")
        return self

    @model_validator(mode="after")
    def _value_scale_is_bounded(self) -> Self:
        unbounded = [one.feature for one in self.components if bounds_of(one.feature) is None]
        if self.scale == "value" and unbounded:
            raise ValueError(
                f"a value scale needs features with a least and a greatest possible value, which "
                f"{', '.join(unbounded)} lacks; use scale: rank"
            )
        return self


def bounds_of(feature: str) -> tuple[float, float] | None:
    """Least and greatest possible value of a feature of the catalogue, if it has both."""
    field = FEATURES_BY_NAME[feature].field
    if field.minimum is None or field.maximum is None:
        return None
    return float(field.minimum), float(field.maximum)


def _components(*parts: tuple[str, float, Literal["raises", "lowers"]]) -> TierSettings:
    return TierSettings(components=[TierComponent(feature=a, weight=b, direction=c) for a, b, c in parts])


DEFAULT_TIERS: dict[str, TierSettings] = {
    "purchasing_power": _components(
        ("average_order_amount_12p", 0.4, "raises"),
        ("average_line_amount_12p", 0.4, "raises"),
        ("income_amount", 0.2, "raises"),
    ),
    "purchase_frequency": _components(
        ("orders_per_30_days_12p", 0.7, "raises"), ("mean_gap_days_12p", 0.3, "lowers")
    ),
    # An index of 0.2 is a score of 60: rates that grew by half. One of -0.2, 40: fell by a third.
    "purchase_potential": TierSettings(
        scale="value",
        components=[
            TierComponent(feature="net_amount_trend_index_6p", weight=0.6),
            TierComponent(feature="orders_trend_index_6p", weight=0.4),
        ],
        low_below_score=40,
        high_from_score=60,
    ),
    "satisfaction": TierSettings(
        components=[TierComponent(feature="returned_share_12p", weight=1, direction="lowers")],
        needs_any_entity=["survey_answers", "support_contacts"],
    ),
    "loyalty": _components(
        ("active_periods_share_12p", 0.6, "raises"),
        ("gap_variation_12p", 0.2, "lowers"),
        ("top_store_share_12p", 0.2, "raises"),
    ),
    # High: more likely silent than not.
    "churn_risk": TierSettings(
        scale="value",
        components=[TierComponent(feature="silence_probability", weight=1)],
        low_below_score=20,
        high_from_score=50,
    ),
}


class RfmSettings(Settings):
    """The RFM grid."""

    recency_resolution_days: float = Field(
        7, gt=0, description="recency counts in whole steps of this many days; see pipeline.segments.rfm"
    )


class LifecycleSettings(Settings):
    """Thresholds of the lifecycle rules, in days, shares and ratios."""

    new_within_days: float = 90
    lost_after_days: float = 180
    returned_after_silence_days: float = 120
    at_risk_overdue_ratio: float = 3
    loyal_active_share: float = 0.75
    loyal_min_periods: int = 6
    potential_trend_index: float = 0.2


class ClusterSettings(Settings):
    """Discovered clusters: which features, which numbers of clusters, what counts as stable."""

    features: list[str] = [
        "recency_days",
        "orders_per_30_days_12p",
        "average_order_amount_12p",
        "lines_per_order_12p",
        "categories_count_12p",
        "discount_share_12p",
    ]
    k_min: int = Field(3, ge=2)
    k_max: int = Field(8, le=30)
    bootstraps: int = Field(10, ge=3)
    min_adjusted_rand_index: float = 0.80
    min_cluster_jaccard: float = 0.75
    sample_size: int = Field(50_000, description="customers fitted on, at most; chosen by a hash of the id")

    @field_validator("features")
    @classmethod
    def _numeric(cls, names: list[str]) -> list[str]:
        if wrong := [
            one for one in names if one not in FEATURES_BY_NAME or not FEATURES_BY_NAME[one].is_numeric
        ]:
            raise ValueError(f"not numeric features of the catalogue: {', '.join(wrong)}")
        return names


class SegmentSettings(Settings):
    """Schemes in force, evidence they need, and when they are refitted."""

    schemes: list[str] = list(SCHEMES_BY_NAME)
    warm_up_periods: int = Field(
        3, ge=1, description="nothing is fitted before this many periods have been seen"
    )
    refit_every_periods: int | None = Field(None, ge=1, description="cadence of refits; none: fitted once")
    min_evidence_share: float = Field(0.5, ge=0, le=1)
    min_customers_to_fit: int = Field(50, ge=10)
    tiers: dict[str, TierSettings] = {}
    rfm: RfmSettings = RfmSettings()
    lifecycle: LifecycleSettings = LifecycleSettings()
    clusters: ClusterSettings = ClusterSettings()
    hysteresis_margin: float = Field(
        0.10,
        ge=0,
        le=1,
        description="a refit moves a customer only when the new centre is nearer by this share",
    )
    continued_overlap: float = 0.7
    related_overlap: float = 0.3
    max_model_moved_share: float = Field(
        0.5, description="gate: a challenger that would move more of the population is refused"
    )

    @model_validator(mode="after")
    def _known(self) -> Self:
        for name in (*self.schemes, *self.tiers):
            if name not in SCHEMES_BY_NAME:
                raise ValueError(f"unknown scheme {name!r}; known: {', '.join(SCHEMES_BY_NAME)}")
        return self

    def tier(self, scheme: str) -> TierSettings:
        """Settings of a tier scheme: the project's, or the default."""
        return self.tiers.get(scheme, DEFAULT_TIERS[scheme])


class DriftSettings(Settings):
    """Levels at which a change counts."""

    false_discovery_rate: float = Field(0.01, gt=0, lt=1)
    bins: int = Field(20, ge=5, le=100)
    min_customers: int = Field(100, ge=10, description="fewer customers give no verdict")
    min_kolmogorov_smirnov: float = 0.03
    min_total_variation: float = 0.015
    major_effect: float = Field(0.5, description="standardized effect from which a finding is major")
    major_total_variation: float = 0.10
    min_history_periods: int = Field(
        12, ge=5, description="fewer earlier periods teach no scale of normal change"
    )
    history_periods: int = Field(26, ge=5, description="at most this many earlier periods teach it")
    volume_ratio: float = Field(
        2.0, gt=1, description="row counts beyond this ratio to the previous period are a finding"
    )


class EngineSettings(Settings):
    """Bounds of the engine that runs transformations."""

    threads: int = Field(2, ge=1)
    memory_limit: str = "2GB"


class ReportSettings(Settings):
    """The HTML report."""

    language: Literal["en", "zh"] = "en"


class Project(Settings):
    """One company's configuration, and where it was read from."""

    project: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    time_zone: str
    period: Literal["month", "week"] = "month"
    first_period: str
    last_period: str | None = Field(None, description="none: the last complete period")
    retention_days: float = Field(365, gt=0, description="customers silent for longer leave the population")
    seed: int = 20170101
    lake: Path = Path("lake")
    sources: dict[str, SourceSettings]
    segments: SegmentSettings = SegmentSettings()
    drift: DriftSettings = DriftSettings()
    engine: EngineSettings = EngineSettings()
    report: ReportSettings = ReportSettings()
    folder: Path = Field(exclude=True)

    @field_validator("time_zone")
    @classmethod
    def _zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"{name!r} is not a time zone of the IANA database") from error
        return name

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        for period in filter(None, (self.first_period, self.last_period)):
            self.calendar.start_date(period)
        if not {"orders", "profiles"} & self.entities:
            raise ValueError("sources must give orders or profiles, or both")
        if bad := [name for name in self.sources if not re.fullmatch(r"[a-z][a-z0-9_]*", name)]:
            raise ValueError(f"source names are lower-case words: {', '.join(bad)}")
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
        values = self.sources[source].model_dump_json() + self.time_zone + self.period + self.first_period
        return hashlib.sha256(values.encode()).hexdigest()[:16]

    def digest(self) -> str:
        """Digest of all settings that can change a published value (secrets, engine and report cannot)."""
        values = self.model_dump_json(exclude={"engine", "report", "lake", "title", "last_period"})
        return hashlib.sha256(values.encode()).hexdigest()[:16]


_REFERENCE = re.compile(r"\$\{([A-Z][A-Z0-9_]*)(?::-([^}]*))?\}")


def _with_environment(value: Any, where: Path) -> Any:
    """``value`` with every ``${NAME}`` or ``${NAME:-default}`` replaced from the environment."""
    if isinstance(value, dict):
        return {key: _with_environment(one, where) for key, one in value.items()}
    if isinstance(value, list):
        return [_with_environment(one, where) for one in value]
    if not isinstance(value, str):
        return value

    def replacement(match: re.Match[str]) -> str:
        name, default = match.groups()
        found = os.environ.get(name, default)
        if found is None:
            raise InputError(
                str(where),
                f"${{{name}}} is not set in the environment",
                f"an environment variable {name}",
                f"Set {name}, or write a default as ${{{name}:-value}}.",
            )
        return found

    return _REFERENCE.sub(replacement, value)


def load_project(folder: Path) -> Project:
    """Read and validate ``project.yaml`` of ``folder`` (or the YAML file itself).

    Raises ``InputError`` that names the file, the key, what was expected and what to do.
    """
    path = folder if folder.suffix in (".yaml", ".yml") else folder / "project.yaml"
    if not path.is_file():
        raise InputError(
            str(path),
            "there is no such file",
            "a project's settings",
            "Name a folder with a project.yaml, as in data/complete_journey.",
        )
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(
            str(path),
            f"it cannot be read as YAML ({error})",
            "valid YAML in UTF-8",
            "Correct the file at that place.",
        ) from error
    if not isinstance(content, dict):
        raise InputError(str(path), "it holds no settings", "a mapping of settings", "See docs/settings.md.")
    try:
        return Project(**_with_environment(content, path), folder=path.parent.resolve())
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"]) or "the whole file"
        rest = f" ({error.error_count() - 1} more problems)" if error.error_count() > 1 else ""
        raise InputError(
            f"{path}, key {key}",
            first["msg"] + rest,
            "settings as described in docs/settings.md",
            "Correct that key.",
        ) from error
