"""Other words for what is asked: groups of words that mean one thing, a small list of our own and an operator's file.

Genres have their other names beside them; here is what stands in names of films and in what people ask.
"""

from collections.abc import Callable, Sequence

from matinee.engines.search.port import plain

_BUILT_IN = """
ww2, wwii, world war two, world war 2, second world war
ww1, wwi, world war one, first world war
xmas, christmas
navidad, navidades
film, movie
doctor, dr
mister, mr
saint, st
mount, mt
new york, nyc
los angeles, la
united states, usa
tv, television
grey, gray
colour, color
theatre, theater
versus, vs
número, núm, nº
أمريكا, الولايات المتحدة
第二次世界大戦, 第二次大戦
"""
_VARIANTS_MAX = 2


def synonyms(text: str = "") -> Callable[[str], Sequence[str]]:
    """Of a file with a group a line, commas between: for a query, the same with other words, two at the most."""
    groups = []
    for line in (*_BUILT_IN.splitlines(), *text.splitlines()):
        named = line.partition("#")[0].split(",")
        group = list(dict.fromkeys(plain(each) for each in named if plain(each)))
        if len(group) > 1:
            groups.append(group)
    by_phrase = {phrase: [other for other in group if other != phrase] for group in groups for phrase in group}

    def variants(asked: str) -> Sequence[str]:
        text = f" {plain(asked)} "
        found = [
            text.replace(f" {phrase} ", f" {other} ").strip()
            for phrase, others in by_phrase.items()
            if f" {phrase} " in text
            for other in others
        ]
        return tuple(dict.fromkeys(found))[:_VARIANTS_MAX]

    return variants
