"""Real gateways in broken environments."""
