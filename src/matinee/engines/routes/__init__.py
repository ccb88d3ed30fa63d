"""The routes port: which prefixes are announced to an appliance. Embedded: a BGP speaker that only listens."""
