"""The operator's command and the tools around it."""
