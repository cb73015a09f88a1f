"""Good documents made wrong in one place, for tests of what the error says."""

#: Marks the line that the error must name.
HERE = "#!"


def changed(document: str, old: str, new: str) -> str:
    assert document.count(old) == 1, old
    return document.replace(old, new)
