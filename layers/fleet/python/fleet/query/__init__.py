"""Which devices somebody means: the advanced device query, the simple filters, and the order of a list."""
