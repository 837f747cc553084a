"""Messages of devices, verified and taken in; messages to devices, sent."""
