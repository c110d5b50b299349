"""The door by which Hydra finds the sweeper of Partnering Up."""
