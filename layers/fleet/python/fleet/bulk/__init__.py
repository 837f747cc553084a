"""What makes devices, and acts on many of them at once."""
