"""Orders to devices: what may be ordered, how it is delivered, and how it ended."""
