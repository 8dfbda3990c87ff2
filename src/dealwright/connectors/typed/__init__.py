"""The actions as typed methods: ``client.v2.deals.list(status="open")``.

`methods` makes them when they are used; the types in ``v1/`` and ``v2/`` are for editors and type checkers, and written by
``make index``.
"""
