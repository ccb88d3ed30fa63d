"""The registry port: which instance of which service is where. Embedded: in process."""
