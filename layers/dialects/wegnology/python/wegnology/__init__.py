"""The WEGnology Devices API."""
