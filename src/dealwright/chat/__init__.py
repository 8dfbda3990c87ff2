"""The chat without a language model: what a sentence means, what is missing, what needs a consent.

It runs nothing itself: `dialogue` says what to run, and whoever holds the conversation does so. So it is the same in a terminal and in the
web app.
"""
