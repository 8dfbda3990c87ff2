"""Tests of what runs actions for people and agents."""
