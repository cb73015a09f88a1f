"""Settings of identity: which accounts are one customer.

Belongs here: the secret of ids, thresholds, guards, survivorship, overrides. Does not belong here:
linking (``identity``).
"""

from typing import Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator

from pipeline.settings.base import Settings

#: Characters that a secret of ids has at least: as many as 128 random bits in hexadecimal.
LEAST_SECRET = 32


class GuardSettings(Settings):
    """Most that a customer may hold before publication stops: beyond it, accounts of different
    people were probably merged."""

    max_accounts: int = Field(50, ge=2)
    max_birth_dates: int = Field(3, ge=1)
    max_given_names: int = Field(3, ge=1)
    max_national_ids: int = Field(1, ge=1)
    accepted: list[str] = Field([], description="customers that were looked at and may exceed the guards")


class Override(Settings):
    """One decision by hand: two accounts are ``same`` (one customer) or ``apart`` (never one).

    An account is written ``source/source_account_id``, or as its ``account_id``. ``from_period``
    is the first period in which the decision holds; none: all.
    """

    decision: Literal["same", "apart"]
    accounts: tuple[str, str]
    from_period: str | None = None
    reason: str = ""


class IdentitySettings(Settings):
    """How accounts become customers."""

    secret: SecretStr | None = Field(
        None,
        description="``${NAME}`` of the environment: what ids are made with; none: the lake makes its own",
    )
    link: bool = Field(True, description="false: every account is a customer")
    threshold: float = Field(
        0.9, gt=0.5, lt=1, description="match probability from which accounts are one customer"
    )
    min_accounts: int = Field(
        500, ge=10, description="fewer accounts with identifiers fit no model: rules alone link"
    )
    survivorship: list[Literal["source_priority", "most_recent"]] = ["most_recent", "source_priority"]
    guards: GuardSettings = GuardSettings()
    overrides: list[Override] = []

    @field_validator("secret")
    @classmethod
    def _long_enough(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is None:
            return None
        text = secret.get_secret_value().strip()
        if len(text) < LEAST_SECRET:
            raise ValueError(
                f"the secret of ids has fewer than {LEAST_SECRET} characters, so it could be found by trying;"
                " `openssl rand -hex 32` makes one"
            )
        return SecretStr(text)

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        for one in self.overrides:
            if one.accounts[0] == one.accounts[1]:
                raise ValueError(f"an override names {one.accounts[0]} twice")
        return self
