"""The composition root: the only room that knows everything. Settings, engines, services, wiring, servers."""
