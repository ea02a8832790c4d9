"""Content of reports, by subject. `report/render` writes it as HTML, Markdown, JSON or terminal text."""
