"""Faults in the product's source, put in one at a time, and the tests that must fail for each."""
