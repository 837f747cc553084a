"""What acts on many devices: in a request, or as a job."""
