"""A conformance suite for the gateway's wire contract."""
