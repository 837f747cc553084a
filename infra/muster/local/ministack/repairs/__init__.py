"""Repairs of defects in MiniStack 1.5.33, a module for each of its parts. Each module's `apply` patches the running process."""
