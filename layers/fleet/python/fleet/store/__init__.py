"""Where the fleet is kept. Every method is an access pattern with a number in docs/access-patterns.md."""
