"""Tests of asynclint."""
