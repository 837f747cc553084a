"""The Thingsee Operations Cloud API."""
