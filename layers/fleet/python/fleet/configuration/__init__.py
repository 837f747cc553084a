"""What gateways are configured to, what they say that they run on, their batteries and their firmware."""
