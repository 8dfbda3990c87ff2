"""How a CRM behaves: rules, defaults, side effects. No HTTP, no wire formats."""
