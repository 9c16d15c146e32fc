"""A vendor's provider held to the protocol: asked as the hub asks, read as the hub reads."""
