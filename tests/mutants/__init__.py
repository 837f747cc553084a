"""Mutation tests: faults in the product's source, inserted one at a time, each of which must fail a test."""
