"""The quality port: how close an encode looks to its source. VMAF."""
