"""The search port: documents by language, found by words, beginnings of words and words with mistakes."""
