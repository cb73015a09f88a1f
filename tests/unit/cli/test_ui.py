"""``segments ui`` says what it means to let others reach it."""

import pytest

from pipeline.cli.ui import beyond_this_machine


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_on_this_machine_there_is_nothing_to_say(host: str) -> None:
    assert beyond_this_machine(host, 3000) == ""


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.5", "dagster.shop.example"])
def test_beyond_it_there_is_no_password(host: str) -> None:
    said = beyond_this_machine(host, 3000)
    assert f"port 3000 of {host}" in said
    assert "password" in said
