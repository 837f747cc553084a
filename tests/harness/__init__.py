"""The test harness: an AWS in memory, a fleet in it, calls through gateway events, and records of AWS requests."""
