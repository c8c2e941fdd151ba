"""Nouns and adjectives of pictures: colours, people, things, and adjectives with a second meaning."""


def words_of(phrase: str) -> set[str]:
    """The single words of a noun phrase, without 's."""
    return set(phrase.replace("-", " ").replace("'s", "").lower().split())


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


COLOURS = _words(
    "red orange yellow green blue purple violet pink brown black white grey gray golden gold silver beige turquoise "
    "teal cyan magenta crimson scarlet navy lime olive maroon tan cream blond blonde ginger"
)

ADJECTIVES = _words(
    "little big large huge tiny light high deep thick massive pretty bold gorgeous low fine rich soft fuzzy hazy "
    "misty silky bright shiny shining sparkling glowing glittering crazy heavy strong dramatic round rounded mirror "
    "lower upper spinning luminous radiant natural modest clear starry bubbly hollow full hard"
)
"""Words of the vocabulary that are plain adjectives before a noun of the picture: "the little girl"."""

PEOPLE = _words(
    "person man woman girl boy child kid baby toddler bride groom model lady guy gentleman face mother father mum mom "
    "dad singer dancer friend friends people kids children couple portrait player actor actress grandma grandpa wife "
    "husband daughter son sister brother men women boys girls faces musician chef runner skateboarder cyclist driver "
    "teacher student athlete astronaut soldier hiker photographer someone family groomsman bridesmaid"
)

SUBJECTS = PEOPLE | _words(
    "eye eyes nose mouth lips hand hands hair hat dog dogs puppy cat cats kitten horse bird birds bee butterfly "
    "insect dragonfly spider fly fox deer squirrel raccoon animal flower flowers rose tulip dandelion leaf leaves "
    "tree trees mushroom grass fruit apple car cars bike bicycle motorcycle bus taxi train boat ship plane truck "
    "house building church tower bridge castle statue window door chair table cup mug glass bottle plate food cake "
    "coffee book phone laptop clock watch ring guitar drum camera sign candle ball umbrella mountain mountains sky "
    "ground water river stream sea moon sun rock rocks wall fence bench lamp toy teddy doll"
)
"""Nouns that name a subject even when they stand alone."""
