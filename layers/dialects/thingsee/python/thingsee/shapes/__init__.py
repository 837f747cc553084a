"""What the Thingsee API accepts and shows, one module a resource."""
