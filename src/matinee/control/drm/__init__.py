"""DRM: content keys and licenses. One key per quality tier and one for audio, made here, wrapped at rest, released to
players only against a license token, and never written anywhere in the clear.
"""
