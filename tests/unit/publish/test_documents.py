"""The documents of a publication that no test of their own has: how to read it."""

from types import SimpleNamespace

from pipeline.publish.documents import _readme


def test_a_title_is_text_and_nothing_else() -> None:
    manifest = SimpleNamespace(
        title="[x](y)\n# <b>Shop</b> & Co_ *",
        periods={"2024-01": None},
        tables={},
        time_zone="UTC",
        currency="EUR",
    )
    first, second, *_ = _readme(manifest, False).splitlines()  # type: ignore[arg-type]
    assert first == "# \\[x\\](y) # &lt;b&gt;Shop&lt;/b&gt; &amp; Co\\_ \\*: customer segments"
    assert not second
