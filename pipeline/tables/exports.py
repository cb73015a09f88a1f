"""Tables of exports: what leaves the lake under the company's own numbers, and the record of it.

Belongs here: their columns. Does not belong here: how they are made (``pipeline.export``), tables of the
lake's other zones (``zones``).
"""

import pyarrow as pa

from pipeline.tables import fields as f
from pipeline.tables.entities import PROFILES
from pipeline.tables.model import INTEGER, TEXT, TIMESTAMP, Field, table

_segment_label = Field("segment_label", TEXT, "Name of the segment for readers, in the language that was asked for.", null_meaning="see status")
_from_label = Field("from_label", TEXT, "Name of the state before, in the language that was asked for.")
_to_label = Field("to_label", TEXT, "Name of the state after, in the language that was asked for.")

#: Whose number a row is about, before anything else that it says.
_OWN = (f.period, f.account_space, f.source_account_id)

EXPORTED_ASSIGNMENTS = table(
    "export",
    "assignments",
    "one account of one customer of the population, in one scheme: what the customer was assigned to",
    "account_space source_account_id scheme",
    (*_OWN, f.scheme, f.segment_id, _segment_label, f.status, f.confidence),
    "segment_id segment_label confidence",
)

EXPORTED_MOVES = table(
    "export",
    "moves",
    "one account of one customer who changed segment in one scheme",
    "account_space source_account_id scheme",
    (*_OWN, f.scheme, f.from_state, _from_label, f.to_state, _to_label, f.cause),
)

#: Identifiers that an export may carry: what reaches a customer. Never what only tells who somebody is.
CONTACT_NAMES = ("full_name", "given_name", "family_name", "email", "phone", "address", "postcode")
CONTACT = tuple(one for one in PROFILES.identifiers if one.name in CONTACT_NAMES)

EXPORT_LOG = table(
    "restricted",
    "exports",
    "one export: who took what, when, how much, from which publication, and where to",
    "export_id",
    (
        Field("export_id", TEXT, "Id of the export: when it began (UTC), and letters drawn by lot."),
        Field("export_status", TEXT, "begun: recorded before anything left, so it may have; done: all of it left; failed: nothing did, as far as the destination said.", values=("begun", "done", "failed")),
        Field("begun_at", TIMESTAMP, "When it was recorded, before anything left.", "UTC timestamp"),
        Field("ended_at", TIMESTAMP, "When it was done, or had failed.", "UTC timestamp", null_meaning="not ended, or cut off"),
        Field("exported_by", TEXT, "User of the operating system who exported."),
        Field("host", TEXT, "Machine that it ran on."),
        Field("exported", TEXT, "What was exported.", values=("assignments", "moves")),
        Field("asked_scheme", TEXT, "Scheme that was asked for.", null_meaning="every scheme"),
        Field("asked_segment_id", TEXT, "Segment that was asked for.", null_meaning="every segment"),
        Field("asked_cause", TEXT, "Cause of moves that was asked for.", null_meaning="every cause"),
        Field("of_period", TEXT, "Period that was exported."),
        Field("of_publication", INTEGER, "Number of the publication.", minimum=1),
        Field("of_revision", INTEGER, "Revision of the period in it.", minimum=1),
        Field("account_space", TEXT, "Account space whose numbers were given."),
        Field("consent_purpose", TEXT, "Purpose that consent was asked for.", null_meaning="not filtered by consent"),
        Field("identifiers", pa.list_(TEXT), "Identifiers that were given, by the names of their columns."),
        Field("rows_count", INTEGER, "Rows exported.", "rows", minimum=0),
        Field("customers_count", INTEGER, "Customers among them.", "customers", minimum=0),
        Field("destination", TEXT, "File, or database and table, without user and password."),
    ),
    "ended_at asked_scheme asked_segment_id asked_cause consent_purpose",
)
