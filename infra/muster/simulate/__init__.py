"""Gateways that are played: over the same queues, keys and URLs as real ones, and without a look at any table."""
