"""Links to files."""
