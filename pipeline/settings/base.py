"""What all settings have in common.

Belongs here: the base class. Does not belong here: any setting.
"""

from pydantic import BaseModel, ConfigDict


class Settings(BaseModel):
    """Base of every part: unknown keys are errors, values never change after loading, errors show none."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
