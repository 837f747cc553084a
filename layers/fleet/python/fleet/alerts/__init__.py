"""The state of devices, and the alerts that start and end with it."""
