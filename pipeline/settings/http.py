"""Settings of HTTP sources: the address, how its answers are paged, how politely it is asked.

Belongs here: the HTTP connector. Does not belong here: asking (``collect``).
"""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator

from pipeline.settings.base import Settings
from pipeline.settings.sizes import Size

#: No single request or wait lasts longer.
DAY_SECONDS = 86_400


class NoPaging(Settings):
    """One answer holds all records."""

    kind: Literal["none"] = "none"


class PagePaging(Settings):
    """Pages are numbered; the first page without records ends the reading."""

    kind: Literal["page"] = "page"
    param: str = "page"
    first: int = 1
    size_param: str | None = Field(None, description="parameter that asks for ``size`` records a page")
    size: int | None = Field(None, ge=1)

    @model_validator(mode="after")
    def _both(self) -> Self:
        if (self.size is None) != (self.size_param is None):
            raise ValueError("give size and size_param together, or neither")
        return self


class OffsetPaging(Settings):
    """Records are numbered; each answer goes on where the one before ended, an empty one ends it."""

    kind: Literal["offset"] = "offset"
    param: str = "offset"
    limit_param: str = "limit"
    limit: int = Field(ge=1)


class NextUrlPaging(Settings):
    """The answer says the address of the next page, at ``path`` (dotted), or not."""

    kind: Literal["next_url"] = "next_url"
    path: str = "next"


class LinkPaging(Settings):
    """The answer's ``Link`` header says the address of the next page (``rel="next"``), or not."""

    kind: Literal["link"] = "link"


class CursorPaging(Settings):
    """The answer says, at ``path`` (dotted), what to send as ``param`` for the next page, or not."""

    kind: Literal["cursor"] = "cursor"
    param: str = "cursor"
    path: str = "next_cursor"


Paging = Annotated[
    NoPaging | PagePaging | OffsetPaging | NextUrlPaging | LinkPaging | CursorPaging,
    Field(discriminator="kind"),
]


class HttpConnector(Settings):
    """JSON records of an HTTP address, page by page.

    ``url``, ``params`` and ``headers`` may hold ``${SECRETS}`` and are never shown. ``records`` is
    the dotted path to the list of records in an answer; none: the answer is the list.
    """

    kind: Literal["http"] = "http"
    url: SecretStr
    params: dict[str, SecretStr] = {}
    headers: dict[str, SecretStr] = {}
    records: str | None = None
    paging: Paging = NoPaging()
    max_pages: int = Field(10_000, ge=1, description="more pages are an error: the paging may be endless")
    requests_per_second: float | None = Field(None, ge=0.001, description="none: as fast as it answers")
    timeout_seconds: float = Field(
        60,
        gt=0,
        le=DAY_SECONDS,
        description="longest that one request may take, from connecting to its last byte",
    )
    max_size: Size = Field("256MB", description="largest answer (one page), unpacked; it is held in memory")
    attempts: int = Field(5, ge=1, le=20, description="tries of a request that may pass the next time")
    backoff_seconds: float = Field(
        1, ge=0, le=DAY_SECONDS, description="wait before the second try; it doubles each time"
    )
    max_wait_seconds: float = Field(120, ge=0, le=DAY_SECONDS, description="longest wait before another try")
    cursor: str | None = Field(None, description="key of a record by which new ones are told")
    since_param: str | None = Field(
        None, description="parameter that asks for records from a value of ``cursor`` on"
    )

    @field_validator(
        "params", "headers", mode="before", json_schema_input_type=dict[str, str | int | float | bool]
    )
    @classmethod
    def _as_text(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        return {key: _plain(value) for key, value in given.items()}

    @field_validator("url")
    @classmethod
    def _absolute(cls, url: SecretStr) -> SecretStr:
        if not url.get_secret_value().startswith(("http://", "https://")):
            raise ValueError("the address must start with https:// or http://")
        return url

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        if (self.cursor is None) != (self.since_param is None):
            raise ValueError("give cursor and since_param together, or neither")
        own = [self.since_param] if self.since_param else []
        if isinstance(self.paging, PagePaging | OffsetPaging | CursorPaging):
            own.append(self.paging.param)
        if isinstance(self.paging, PagePaging) and self.paging.size_param:
            own.append(self.paging.size_param)
        if isinstance(self.paging, OffsetPaging):
            own.append(self.paging.limit_param)
        if twice := sorted({name for name in own if name in self.params or own.count(name) > 1}):
            raise ValueError(f"parameter {', '.join(twice)} is given twice: params, paging, since_param")
        return self


def _plain(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value
