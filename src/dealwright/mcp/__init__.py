"""The MCP server: agents find, describe and run actions by the Model Context Protocol, over stdio and over HTTP.

What agents see is in `dealwright.console.agent_tools`, and works without the protocol; `protocol` and what imports it need the package ``mcp``
(the extra ``mcp``), which is imported only when a server is asked something. Actions are run by `dealwright.console.agents`.
"""
