"""Why texts that could hold anything hold no quasi-identifier of a customer (law L6)."""

OF_PERIOD, OF_SEGMENT = "a period", "a segment, or a status, by its id"
OF_WITHHELD = "null for a feature that is withheld (segments.withheld)"
OF_ID, OF_NAME = "an id that says nothing of the customer", "a name from the program, the settings or both"
