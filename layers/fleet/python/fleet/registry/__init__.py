"""The devices of the fleet, and the locations and groups that they are in."""
