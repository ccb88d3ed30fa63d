"""The registry port: which instance of which service is where. Embedded: in process, with Eureka's REST as its face."""
