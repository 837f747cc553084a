"""The WisDM API, version 4."""
