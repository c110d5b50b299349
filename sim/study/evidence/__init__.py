"""How far what we say can be relied on: what rests on assumption, and every verdict in one place."""
