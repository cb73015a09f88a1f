"""Out again: segments and moves under the company's own numbers.

Belongs here: whose numbers and which consents count, files and database tables as destinations, the
record of exports. Does not belong here: arguments and what is printed (``cli``), what is published
(``publish``); what an export reads of a publication is given to it.
"""

from pipeline.export.consent import customers_who_consent, purposes_of
from pipeline.export.csvs import csv_line, csv_text
from pipeline.export.destinations import Destination, destination_of
from pipeline.export.records import Begun, Record, exports_of
from pipeline.export.rows import Asked, Known, Reach, exported, reach, reached

__all__ = [
    "Asked",
    "Begun",
    "Destination",
    "Known",
    "Reach",
    "Record",
    "csv_line",
    "csv_text",
    "customers_who_consent",
    "destination_of",
    "exported",
    "exports_of",
    "purposes_of",
    "reach",
    "reached",
]
