"""The action plan: whom a company contacts with the capacity or budget that it has, and what that earned.

Belongs here: choosing customers for actions, holding some out for good, following and comparing both. Does
not belong here: segments (``segments``), advice on how to treat them (playbooks), sending anything.
"""

from pipeline.plans.consents import consent_decisions, who_consents
from pipeline.plans.planning import Inputs, Planned, planned

__all__ = ["Inputs", "Planned", "consent_decisions", "planned", "who_consents"]
