"""What tests stand on: an AWS of their own, a fleet to put in it, calls through the gateway event, and a record of what was asked of AWS."""
