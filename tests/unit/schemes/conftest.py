"""The shop of the tests of segments."""

from tests.unit.segments.conftest import features, shop, versions, write_shop

__all__ = ["features", "shop", "versions", "write_shop"]
