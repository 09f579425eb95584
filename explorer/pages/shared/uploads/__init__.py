"""Files that a user sends from the browser, and where they are kept meanwhile."""
