"""Desired and reported configurations of gateways, their batteries and their firmware."""
