"""The kernel, which every rule builds on: unit of work, records, change log, access. No rule of a single resource."""
