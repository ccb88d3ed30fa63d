"""The log port: every event, ordered per key, kept, and read by groups at their own pace."""
