"""The requests and answers of the Thingsee API, one module a resource."""
