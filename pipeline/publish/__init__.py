"""The publication: staged beside the last one, validated, swapped in as a whole (law L5).

Belongs here: the wide table, the manifest, the swap, the data dictionary, the report, and
the plan of periods that are due. Does not belong here: how any published value is computed.

The report is imported by its own module (``pipeline.publish.report``): it needs Altair.
"""
