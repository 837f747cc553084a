"""Everything that talks to AWS: clients, tables, objects, queues, and the hashes and boxes whose keys AWS holds. No rule of the fleet."""
