"""The Dagster shell of customer-segments: assets, checks, jobs, schedule, sensors.

Belongs here: wiring. Does not belong here: any rule of the business (see ``pipeline``).
"""
