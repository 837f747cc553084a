"""What the WEGnology Devices API accepts and shows."""
