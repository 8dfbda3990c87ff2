"""Runs actions for people: what is behind the pages for connections, actions and runs.

It is a client of the connector, which calls other services over the network and this CRM in the process. Its endpoints, which
`dealwright.contract.app.integration` declares, are bound when `dealwright.console.endpoints` is imported; `console.service.open_console`
tells it of the application that serves them.
"""
