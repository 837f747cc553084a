"""The toolkit of routes and workers: all of Chalice and Powertools is in here. It knows no rule of the fleet."""
