"""Ways into a cloud: sign-in, addresses, clients."""
