"""A report as HTML, Markdown, JSON or terminal text. No content is decided here."""
