"""Organizations, the encryption of their secrets at rest, and the audit log."""
