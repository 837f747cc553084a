"""Whether devices are there: what messages show of it, and who follows from that."""
