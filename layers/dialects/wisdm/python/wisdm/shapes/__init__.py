"""The requests and answers of the WisDM API, one module a resource."""
