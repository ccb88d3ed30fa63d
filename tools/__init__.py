"""What the Makefile runs: environments, the web build, locks, vectors, scaffolding. Nothing here is shipped but the build hook."""
