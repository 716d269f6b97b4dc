"""Fault injection with real gateways."""
