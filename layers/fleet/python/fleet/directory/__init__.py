"""Lists of one kind of object of an organization, with page numbers, exact counts and filters over all of them."""
