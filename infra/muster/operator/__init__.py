"""Operator commands: create organizations, keys and gateways with AWS credentials rather than through a route.

Each is a plain function that returns a value; the command `muster` only parses options and prints.
"""
