"""The papers that get a program started, as Markdown with places to fill: NAME.LANGUAGE.md. papers.py fills them."""
