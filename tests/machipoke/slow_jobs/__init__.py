"""An app with one slow job, for the test that stops `up` while it runs."""
