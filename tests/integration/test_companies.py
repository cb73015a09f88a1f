"""One of the companies that the documents alone were enough for, cut small: every value is the one of pandas.

All five, whole or cut small: ``python -m tests.benchmarks companies`` (docs/companies.md). The first months
of a published data set of orders: ``test_real_data``.
"""

import os
from pathlib import Path

import pytest

from tests.benchmarks.companies import telco
from tests.benchmarks.companies.trial import SHARED, row_accounts, unaccounted

pytestmark = [pytest.mark.slow, pytest.mark.real_data]


def test_a_company_brought_by_its_yaml_alone_has_the_values_that_pandas_has(tmp_path: Path) -> None:
    if not (SHARED / telco.FILE).is_file():
        assert os.environ.get("CI") != "true", f"{telco.FILE} must be there in CI"
        pytest.skip(f"{telco.FILE} is not on this machine")
    tried = telco.trial(tmp_path, True)
    assert unaccounted(row_accounts(tried.project)) == []
    differing = [f"{one.what}: {one.found}, not {one.expected}" for one in tried.values if not one.equal]
    assert differing == []
