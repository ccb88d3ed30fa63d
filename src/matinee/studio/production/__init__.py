"""Production takes masters in and sees every title through: upload, the durable journey, its progress, its versions.

Its words: a *source* is a master, kept unchanged under its hash; a *version* is one release being made of a source for a
title; a *journey* is the durable workflow that makes it; a *sidecar* says what came beside the master.
"""
