"""Benchmarks: requests, capacity units and processor time, measured on this machine. `python -m benchmarks` runs it all."""
