"""Advice: what looks wrong in a project's sources before anything is made of them.

Belongs here: doubts about settings and sources, drawn from bounded samples and sketches, each with what was
seen, why it matters and what to write. Does not belong here: errors (settings, ``collect``), rows that break a
rule (``clean``), changes through time (``drift``). No doubt stops anything, and none names a value that tells
who somebody is (law L6).
"""

from pipeline.advice.advising import CODES, Source, about_all, about_source
from pipeline.advice.inside import none_inside
from pipeline.advice.model import SAMPLE_ROWS, Advice, Sample
from pipeline.advice.quarantine import bad_rows
from pipeline.advice.sampling import part_of, texts_of, times_of

__all__ = [
    "CODES",
    "SAMPLE_ROWS",
    "Advice",
    "Sample",
    "Source",
    "about_all",
    "about_source",
    "bad_rows",
    "none_inside",
    "part_of",
    "texts_of",
    "times_of",
]
