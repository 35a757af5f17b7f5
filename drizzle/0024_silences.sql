-- An hour that could not be had is given back though no worker watched, too: a host's last silence is kept.

ALTER TABLE nodes
  ADD COLUMN IF NOT EXISTS silent_from datetime(3) AFTER unreachable_since,
  ADD COLUMN IF NOT EXISTS silent_until datetime(3) AFTER silent_from;
