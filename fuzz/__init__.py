"""The whole OpenAPI document tried against a running hub. `make fuzz`."""
