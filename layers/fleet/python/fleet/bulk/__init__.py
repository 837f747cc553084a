"""What makes devices, and acts on many of them at once."""
"""What acts on many devices at once."""
