"""What agents see of the console, without any protocol: tools, what these say of actions, and answers that fit.

Both are built on it: the MCP server (`dealwright.mcp`), and the language model of the chat (`dealwright.console.model_turns`).
"""
