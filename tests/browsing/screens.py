"""Screens as they are once all is drawn."""


async def settled(app, pilot):
    """The text on the screen when no table seeks its widths and the row of keys is drawn."""
    before = None
    for attempt in range(5000):
        await pilot.pause(0.02 if attempt > 1 else None)
        text = text_of(app)
        if app._exit or ("..." not in text and keys_are_drawn(app) and text == before):
            break
        before = text
    return text_of(app)


def keys_are_drawn(app):
    """Whether each row of keys has its keys, which come, and then have room, after a paint."""
    from textual.widgets import Footer  # late: Textual, and each worker reads this module

    return all(
        footer.children and all(key.region for key in footer.children)
        for footer in app.screen.query(Footer)
    )


def text_of(app):
    """What is on the screen, and what was notified; nothing once the app has ended."""
    if app._exit:
        return ""
    lines = [strip.text for strip in app.screen._compositor.render_strips()]
    return "\n".join([*lines, *(str(note.message) for note in app._notifications)])
