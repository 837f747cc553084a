"""What happens to the fleet: work that takes more than one store, one module a noun."""
