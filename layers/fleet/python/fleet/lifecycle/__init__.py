"""Provisioning, moving and deleting: what has a part in several rooms at once."""
