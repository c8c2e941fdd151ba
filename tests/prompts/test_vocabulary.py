from collections import Counter

from refocus.prompts.terms import read_term
from refocus.prompts.tokens import tokenise
from refocus.prompts.vocabulary import MISSPELLINGS, WORDS, read_entries, word_list


def test_phrases_are_unique() -> None:
    times = Counter(words for words, _ in read_entries())
    assert [words for words, count in times.items() if count > 1] == []


def test_every_phrase_can_be_read() -> None:
    """A phrase that an earlier step reads as something else, such as a number, would never be found."""
    unreadable = []
    for words, meaning in read_entries():
        tokens = tokenise(" ".join((*words, "dog")))
        term = read_term(tokens, [token.text for token in tokens], 0)
        if (term.kind, term.value, term.last) != (meaning.kind, meaning.value, len(tokens) - 2):
            unreadable.append(words)
    assert unreadable == []


def test_every_misspelling_is_corrected_to_a_known_word() -> None:
    """Words of the vocabulary are never corrected, so a misspelling among them would have no effect."""
    assert [wrong for wrong in MISSPELLINGS if wrong in WORDS] == []
    assert [right for right in (*MISSPELLINGS.values(), *word_list("correctable")) if right not in WORDS] == []


def test_words_to_leave_alone_are_outside_the_vocabulary() -> None:
    assert [word for word in word_list("real_words") if word in WORDS] == []
