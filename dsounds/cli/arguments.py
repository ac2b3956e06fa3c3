"""What must be known of a command line before it is parsed: it decides which options there are."""


def given(arguments: list[str], option: str) -> str | None:
    """Return the value of an option, None where it is not given."""
    for one, following in zip(arguments, [*arguments[1:], ""], strict=False):
        if one == option:
            return following
        if one.startswith(f"{option}="):
            return one.partition("=")[2]
    return None
