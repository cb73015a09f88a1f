"""Every entity has a name for readers, in both languages."""

from pipeline.publish import texts_entities
from pipeline.tables.entities import ENTITIES


def test_every_entity_is_called_something_in_both_languages() -> None:
    wanted = {f"entity_{one}" for one in ENTITIES}
    assert set(texts_entities.EN) == set(texts_entities.ZH) == wanted
