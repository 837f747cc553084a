"""What tests stand on: an AWS of their own, a fleet in it, calls through the gateway event, a record of what AWS was asked."""
