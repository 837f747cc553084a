"""Access tokens: a store, who a text identifies, and how they are made and revoked."""
