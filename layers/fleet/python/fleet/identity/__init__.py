"""Who calls: users and sessions, API keys, clients and their tokens, and who has to wait after failures."""
