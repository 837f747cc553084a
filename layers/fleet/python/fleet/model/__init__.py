"""The entities of the fleet, one noun a module. They know nothing of where they are kept."""
