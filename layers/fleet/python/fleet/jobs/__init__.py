"""Work on many objects that goes on after the request that asked for it."""
