"""The faces port: where people look out of a picture. A detector, which knows nobody."""
