"""What the WisDM API accepts and shows, one module a resource."""
