"""Classes: which of several things a customer is, told from labels of some customers.

Belongs here: from rows of known numbers and a class of each to frozen parameters as plain numbers, and back
to a share for each class; how good those are out of sample, and what they earn. Does not belong here: where
labels come from, or what a scheme makes of shares (``schemes``).
"""
