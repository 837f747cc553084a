"""The log files that gateways store."""
