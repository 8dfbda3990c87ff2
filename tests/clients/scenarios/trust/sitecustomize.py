"""Has a client trust the certificate of the test where its HTTP library looks at no variable for it."""

import os

import certifi

certifi.where = lambda: os.environ["REQUESTS_CA_BUNDLE"]
