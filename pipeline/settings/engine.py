"""Settings of the engine that runs transformations.

Belongs here: which engine, what bounds it, where Spark is. Does not belong here: opening it
(``pipeline.engine``).
"""

import re
from typing import Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator

from pipeline.engine.spark.fixed import FIXED
from pipeline.settings.base import Settings, wrong
from pipeline.settings.sizes import Size, in_bytes

_MASTER = r"^(local(\[(\d+|\*)(,\d+)?\])?|yarn|(spark|k8s)://\S+)$"


class EngineSettings(Settings):
    """The engine that runs transformations, and its bounds. Published values are the same on each."""

    kind: Literal["duckdb", "spark"] = "duckdb"
    threads: int = Field(2, ge=1, le=1024)
    memory_limit: Size = Field("2GB", description="at least 64MB; what does not fit is spilled to disk")
    master: str | None = Field(
        None,
        description="Spark's master: local[4], spark://host:7077, k8s://…, yarn; by default local[threads]",
    )
    remote: SecretStr | None = Field(
        None,
        description="a Spark Connect server: sc://host:15002, with ;token=${TOKEN} where it asks for one",
    )
    conf: dict[str, SecretStr | int | bool] = Field({}, description="further settings of Spark, spark.*")

    @field_validator("memory_limit")
    @classmethod
    def _enough(cls, size: str) -> str:
        if in_bytes(size) < in_bytes("64MB"):
            raise ValueError("the engine needs at least 64MB, better 1GB")
        return size

    @model_validator(mode="after")
    def _fits(self) -> Self:
        problems: list[tuple[tuple[str | int, ...], str]] = []
        if self.kind == "duckdb":
            given = (("master", self.master), ("remote", self.remote), ("conf", self.conf))
            problems += [
                ((name,), "only Spark has it: write kind: spark, or leave it out") for name, it in given if it
            ]
        elif self.master and self.remote:
            problems.append((("remote",), "a server of Spark Connect has a master of its own: leave one out"))
        if self.master and not re.search(_MASTER, self.master):
            problems.append((("master",), "it is no master: local[4], spark://host:7077, k8s://… or yarn"))
        if self.remote and not self.remote.get_secret_value().startswith("sc://"):
            problems.append((("remote",), "it is no address of Spark Connect: sc://host:15002"))
        for name in self.conf if self.kind == "spark" else ():
            if not name.startswith("spark."):
                problems.append((("conf", name), "settings of Spark begin with spark."))
            elif name in FIXED:
                problems.append((("conf", name), f"values depend on it: it is always {FIXED[name]}"))
        if problems:
            raise wrong(*problems)
        return self

    @property
    def memory_bytes(self) -> int:
        """``memory_limit`` in bytes."""
        return in_bytes(self.memory_limit)

    @property
    def written_conf(self) -> dict[str, str]:
        """``conf`` in Spark's words."""
        return {name: _written(one) for name, one in self.conf.items()}


def _written(value: SecretStr | int | bool) -> str:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return str(value).lower() if isinstance(value, bool) else str(value)
