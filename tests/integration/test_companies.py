"""Two of the companies that the documents alone were enough for, cut small: every value is the one of pandas.

All five, whole: ``python -m tests.benchmarks companies`` (docs/companies.md).
"""

import os
from pathlib import Path

import pytest

from tests.benchmarks.companies import retail, telco
from tests.benchmarks.companies.trial import SHARED, Trial, row_accounts, unaccounted

pytestmark = [pytest.mark.slow, pytest.mark.real_data]


@pytest.mark.parametrize(
    ("trial", "file"), [(retail.trial, retail.FILE), (telco.trial, telco.FILE)], ids=["retail", "telco"]
)
def test_a_company_brought_by_its_yaml_alone_has_the_values_that_pandas_has(
    tmp_path: Path, trial: Trial, file: str
) -> None:
    if not (SHARED / file).is_file():
        assert os.environ.get("CI") != "true", f"{file} must be there in CI"
        pytest.skip(f"{file} is not on this machine")
    tried = trial(tmp_path, True)
    assert unaccounted(row_accounts(tried.project)) == []
    differing = [f"{one.what}: {one.found}, not {one.expected}" for one in tried.values if not one.equal]
    assert differing == []
