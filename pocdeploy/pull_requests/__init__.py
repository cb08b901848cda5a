"""The comment on a pull request: from what `pulumi preview --json` writes to Markdown, and onto the pull request."""
