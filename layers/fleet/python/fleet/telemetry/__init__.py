"""What devices measure over time. One item a report; it expires by itself."""
