"""The domain of customer-segments: pure functions from tables to tables.

Belongs here: every rule of the business, from collecting to publishing. Does not belong
here: Dagster (see ``assets``). Importing this package alone loads neither Dagster, nor
scikit-learn, nor Great Expectations.
"""

__version__ = "0.1.0"
