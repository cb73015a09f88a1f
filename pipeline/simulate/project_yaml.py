"""project.yaml of the company: what a user would have written.

Belongs here: the whole file. Does not belong here: the columns of a source (``mappings``).
"""

from pathlib import Path
from typing import Any

import yaml

from pipeline.simulate.accounts import Accounts
from pipeline.simulate.mappings import MAPPINGS
from pipeline.simulate.plan import PROJECT, TIME_ZONE, Plan
from pipeline.simulate.sources import EVENT_SOURCES, SNAPSHOTS, Form

#: Environment variable that holds the URL of the CRM when it is not a file of the company.
CRM_URL = "DEMO_CRM_URL"
CRM_FILE = "crm.db"
#: Schemes that tell a class of what persons hold, or live with: they are there because a project names them.
_TOLD = ("risk_appetite", "wealth", "demographic")
_HEADER = """\
# A company that does not exist: {customers:,} persons, {periods} months, seed {seed}, {language}{more}.
# Written by `segments simulate`; what is true of it lies apart, for tests and benchmarks only.
"""


def write_project(folder: Path, plan: Plan, accounts: Accounts, as_of: int, has_server: bool) -> None:
    """Write project.yaml; ``has_server``: the CRM is reached by the URL in ``DEMO_CRM_URL``."""
    url = f"${{{CRM_URL}}}" if has_server else f"sqlite:///{CRM_FILE}"
    forms = {name: (one.entity, one.form) for name, one in EVENT_SOURCES.items()}
    sources = {**SNAPSHOTS, **forms}
    settings: dict[str, Any] = {
        "project": PROJECT,
        "title": "Nordlicht, a simulated retailer with a bank, a mobile plan and a marketplace in China",
        "currency": "EUR",
        "time_zone": TIME_ZONE,
        "default_country": "DE",
        "period": "month",
        "first_period": plan.keys[0],
        "last_period": plan.keys[as_of],
        "retention_days": 365,
        "sources": {
            name: {"entity": sources[name][0], "connector": _connector(name, sources[name][1], url), **rest}
            for name, rest in MAPPINGS.items()
        },
        "identity": {"min_accounts": 200, "overrides": _overrides(plan, accounts)},
        "segments": {"warm_up_periods": 2, "refit_every_periods": 3},
        "schemes": [{"scheme": one} for one in _TOLD],
        "engine": {"threads": 2, "memory_limit": "2GB"},
    }
    head = _HEADER.format(
        customers=plan.customers,
        periods=plan.periods,
        seed=plan.seed,
        language=f"language {plan.language}",
        more=(", stationary" if plan.is_stationary else "") + (f", draw {plan.draw}" if plan.draw else ""),
    )
    body = yaml.safe_dump(settings, allow_unicode=True, sort_keys=False, width=110)
    (folder / "project.yaml").write_text(head + body, encoding="utf-8")


def _connector(name: str, form: Form, url: str) -> dict[str, Any]:
    if form.format == "sql":
        found = {"kind": "sql", "url": url, "query": f"SELECT * FROM {form.path}"}
        return found | ({"cursor": "changed"} if name == "crm_leads" else {})
    found = {"kind": "file", "format": form.format, "path": form.path.replace("{period}", "*")}
    if form.format in ("csv", "jsonl") and form.encoding != "utf-8":
        found["encoding"] = form.encoding
    if form.delimiter != ",":
        found["delimiter"] = form.delimiter
    if form.format == "excel":
        found["sheet"] = "Answers"
    return found


def _overrides(plan: Plan, accounts: Accounts) -> list[dict[str, Any]]:
    """Decisions by hand: accounts that look alike and are not, and the other way round."""
    words = {
        "undone": ("apart", "father and son, both called"),
        "same": ("same", "the customer wrote from a new address"),
    }
    return [
        {
            "decision": words[one.event][0],
            "accounts": [f"{accounts.system[at]}/{accounts.id[at]}" for at in one.accounts],
            "from_period": plan.keys[one.period],
            "reason": words[one.event][1],
        }
        for one in accounts.cases
        if one.event in words
    ]
