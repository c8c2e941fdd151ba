import pytest

from refocus.core import BadInput, Problems, SeveralProblems


def note(problems: Problems, *errors: Exception) -> None:
    for error in errors:
        with problems.noted():
            raise error


def test_without_problems_nothing_is_raised() -> None:
    problems = Problems()
    with problems.noted():
        pass
    problems.raise_any()


def test_one_is_raised_as_it_was() -> None:
    problems = Problems()
    error = BadInput("The sky is green.", todo="Look again.")
    note(problems, error)
    with pytest.raises(BadInput) as caught:
        problems.raise_any()
    assert caught.value is error


def test_several_are_said_at_once_each_advice_once() -> None:
    problems = Problems()
    note(problems, BadInput("No a.", todo="Check the name."), BadInput("No b.", todo="Check the name."), BadInput("C."))
    with pytest.raises(BadInput) as caught:
        problems.raise_any()
    assert str(caught.value) == "3 things are wrong. No a. No b. C. Check the name."


def test_problems_of_problems_are_one_list() -> None:
    inner, outer = Problems(), Problems()
    note(inner, BadInput("No a."), BadInput("No b."))
    with outer.noted():
        inner.raise_any()
    note(outer, BadInput("No c."))
    with pytest.raises(SeveralProblems, match=r"3 things are wrong\. No a\. No b\. No c\."):
        outer.raise_any()


def test_other_errors_pass() -> None:
    problems = Problems()
    with pytest.raises(KeyError):
        note(problems, KeyError("x"))
    problems.raise_any()


def test_what_a_user_named_does_not_break_a_message_into_lines() -> None:
    error = BadInput("There is no a\nb\x1b[1m\u2028c.jpg.", todo="Give\ranother, such as Ä 猫.jpg.")
    assert str(error) == r"There is no a\nb\x1b[1m\u2028c.jpg. Give\ranother, such as Ä 猫.jpg."
    assert error.args == (error.message,)
