"""Satisfaction as it sounds: the tone of what customers wrote, in contacts, surveys, interviews and posts.

Belongs here: mean tone and the share of negative texts. Does not belong here: how a text is scored
(``texts``), or what customers answered on a scale (``satisfaction``).

tone index = sum of tones / texts with a tone, each tone 2 · probability of positive - 1; negative share =
texts that are negative at odds of two to one / texts with a tone.
"""

from pipeline.features.arithmetic import ratio
from pipeline.features.declaration import Family
from pipeline.features.satisfaction import FAMILY as _SATISFACTION
from pipeline.ledgers.texts import texts
from pipeline.tables.model import INTEGER

FAMILY: Family = _SATISFACTION

_NO_TONE = "no text with a tone in the window"

toned_texts_count_12p = FAMILY.feature(
    "toned_texts_count_12p",
    "Texts in contacts, surveys, interviews and on networks whose tone is known.",
    ("Texts with a tone", "有语气评分的文本数"),
    "texts",
    lambda m, window: m[texts.toned_texts_count],
    [texts.toned_texts_count],
    type=INTEGER,
    null="",
    ripens=True,
)
tone_index_12p = FAMILY.feature(
    "tone_index_12p",
    "Mean tone of texts: -1 surely negative, 1 surely positive.",
    ("Tone of texts", "文本语气指数"),
    "index -1 to 1",
    lambda m, window: ratio(m[texts.tone_index_sum], m[texts.toned_texts_count]),
    [texts.tone_index_sum, texts.toned_texts_count],
    null=_NO_TONE,
    minimum=-1,
    maximum=1,
    words=("writing kindly", "writing angrily", "语气友好", "语气不满"),
    counted_by="toned_texts_count_12p",
)
negative_texts_share_12p = FAMILY.feature(
    "negative_texts_share_12p",
    "Texts in a negative tone (odds of at least two to one) per text with a tone.",
    ("Share of negative texts", "负面文本占比"),
    "share 0-1",
    lambda m, window: ratio(m[texts.negative_texts_count], m[texts.toned_texts_count]),
    [texts.negative_texts_count, texts.toned_texts_count],
    null=_NO_TONE,
    maximum=1,
    words=("often writing angrily", "seldom writing angrily", "常表达不满", "少表达不满"),
    counted_by="toned_texts_count_12p",
)
