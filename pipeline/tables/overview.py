"""What operations sees first of a period, as a table.

Belongs here: columns and the contract. Does not belong here: what is said in it (``pipeline.publish``).
"""

from pipeline.tables import fields as f
from pipeline.tables.model import INTEGER, TEXT, Field, table

TOPICS = ("verdict", "source", "finding", "goes_on", "refit", "move")

place = Field("place", INTEGER, "Place of the line: what matters most comes first.", minimum=1)
topic = Field("topic", TEXT, "What the line is about: whether to act; a source; a finding; a change that was told before and goes on; a fit that a finding asked for; customers who moved.", values=TOPICS)
subject = Field("line_subject", TEXT, "What it is about, by its label.", null_meaning="all of the period")
said = Field("said", TEXT, "What is so, in the language of the report.")
to_do = Field("to_do", TEXT, "What to do, or the command that lists who it is.", null_meaning="nothing")

OVERVIEW = table(
    "drift",
    "overview",
    "one line of what operations sees first of the period: whether to act, sources, what changed, what was refitted for it, who moved",
    "period place",
    (f.period, place, topic, subject, said, to_do),
    "line_subject to_do",
)
