"""Subtitles as cues: read from SubRip, WebVTT, ASS and TTML, cleaned, and written as WebVTT and IMSC. All pure."""
