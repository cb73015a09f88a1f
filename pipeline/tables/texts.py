"""Tables of what customers write: scores, themes, and how many wrote about each; never a text.

Belongs here: lists of columns. Does not belong here: their meaning (``fields``), or the texts themselves, which
stand in the restricted tables of their entities (``entities``).
"""

from dataclasses import replace

from pipeline.tables import fields as f
from pipeline.tables.model import Table, table


def text_scores(entity: str) -> Table:
    """Scores of the texts of ``entity``: all that leaves the restricted zone of what was written (law L6)."""
    return table(
        "texts",
        entity,
        f"one text of {entity}: its language and its tone",
        "period source line_key",
        (f.period, f.source, f.account_id, f.line_key, f.text_language, f.tone_index, f.tone_class, f.tone_evidence_count),
        "text_language tone_index tone_class",
    )

THEMED_TEXTS = table(
    "texts",
    "themes",
    "one text in a language whose themes are known: what it is about, and in what tone",
    "period entity source line_key",
    (f.period, f.entity, f.source, f.account_id, f.line_key, f.text_language, f.tone_index, f.theme_ids),
    "tone_index",
)

THEME_VERSIONS = table(
    "models",
    "theme_versions",
    "one language: the version of the themes of its texts that is in force in the period, frozen",
    "period theme_language",
    (
        f.period, f.theme_language, f.theme_version, f.status, f.fitted_period, f.is_refit, f.customers_fitted_count, f.seed,
        f.parameters, f.gates,
    ),
    "theme_version fitted_period customers_fitted_count parameters gates",
)

_THEME_SEGMENT = replace(
    f.segment_id,
    meaning="Segment: scheme:name; everybody for the whole population, whose scheme is called so too.",
    null_meaning="",
    zh="分群编号：方案:名称；everybody 表示全部客户，其方案也以此为名。",
)
_THEME_BORN = replace(f.born_period, meaning="Period in which the theme came into being.", zh="该主题产生的周期。")
_THEME_OVERLAP = replace(
    f.overlap_share,
    meaning="Jaccard overlap, at the refit, between the texts of the theme under the old and the new version.",
    null_meaning="no refit in this period, or the first fit",
    zh="重新拟合时，该主题在新旧版本下文本的 Jaccard 重叠度。",
)

TEXT_THEMES = table(
    "segments",
    "text_themes",
    "one theme of texts in one segment, or of everybody: how many wrote about it, how often, and the change",
    "period theme_id scheme segment_id",
    (
        f.period, f.theme_id, f.scheme, _THEME_SEGMENT, f.theme_language, f.theme_label, _THEME_BORN, f.theme_event,
        f.related_theme_ids, _THEME_OVERLAP, f.customers_count, f.texts_count, f.texts_share, f.texts_share_change,
        f.mean_tone_index,
    ),
    "overlap_share texts_share_change mean_tone_index",
)
