"""Simulated gateways. They use the same queues, keys and URLs as real ones and never read a table."""
