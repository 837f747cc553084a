"""What devices measured over time. One item a report; it expires by itself."""
