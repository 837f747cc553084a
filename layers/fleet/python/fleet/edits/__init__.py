"""What makes devices and changes them, many in one transaction."""
