"""What no route does: organizations, keys and gateways, made by whoever holds AWS credentials.

Each is a plain function that answers a value; the command `muster` only reads its options and prints.
"""
