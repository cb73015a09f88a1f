"""Texts of the restricted zone: tone, language and themes, as scores only.

Belongs here: all that reads free text. Does not belong here: what follows from scores (``ledgers``,
``features``). No text is in what this package gives back or raises, and no part of one but words that
many customers wrote (``theme_fitting``; law L6).
"""

from pipeline.texts.language import language_of
from pipeline.texts.scoring import scored
from pipeline.texts.tone import Tone, ToneModel, tone_model
from pipeline.texts.words import LANGUAGES

__all__ = ["LANGUAGES", "Tone", "ToneModel", "language_of", "scored", "tone_model"]
