"""The worst of many prompts, and bounds where nothing or everything was broken."""
