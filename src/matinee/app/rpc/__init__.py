"""Calls between services as HTTP, generated once from a domain's Protocol: shapes says how values travel, problems how
errors do, serve answers, connect asks. See docs/decisions/0022-rpc-from-protocols.md."""
