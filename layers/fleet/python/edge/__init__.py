"""The toolkit of routes and workers: all of Chalice and Powertools is in here. It knows no rule of the fleet."""

import gc

gc.set_threshold(50_000)  # a start makes many objects and drops few: looking for garbage among them takes 6 % of the imports
